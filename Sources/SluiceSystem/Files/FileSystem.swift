/// What the store asks of the operating system.
///
/// `PosixFileSystem` is the real one and the only place with system calls; tests put a simulated
/// one in its place. Every method throws `FileError`.
package protocol FileSystem: Sendable {
    /// Creates a folder and the folders above it, for their owner alone. Gives the folders whose
    /// entries changed.
    func makeDirectory(_ path: String) throws(FileError) -> [String]
    /// The names inside a folder, in no order.
    func list(_ path: String) throws(FileError) -> [String]
    /// Opens a file for reading and writing; creating a file that exists empties it, and a file
    /// that is created is its owner's alone.
    func open(_ path: String, creating: Bool) throws(FileError) -> any File
    /// Renames a file, replacing the target.
    func rename(_ path: String, to target: String) throws(FileError)
    /// Removes a file's name; open files stay readable.
    func remove(_ path: String) throws(FileError)
    /// Gives a file a second name, which must be free; both then stand for the same bytes.
    ///
    /// Fails where the file system cannot, and from one device to another.
    func link(_ path: String, to target: String) throws(FileError)
    /// Whether two paths lead to the same folder.
    func isSame(_ path: String, _ other: String) -> Bool
    /// The folder at a path and all above it, the nearest first, with links followed; where none is
    /// there, those that are and in which it would be made.
    func folders(upFrom path: String) -> [String]
    /// Makes creations, renames and removals inside a folder durable.
    func syncDirectory(_ path: String) throws(FileError)
    /// Opens a folder, so that a sync of it cannot fail for want of a descriptor.
    func openFolder(_ path: String) throws(FileError) -> any OpenFolder
    /// Tries once to become the owner of a folder.
    ///
    /// The lock lies on the folder itself, which nobody can remove while it holds files, and not on
    /// a file in it, of which somebody may make a new one.
    func lock(folder path: String) throws(FileError) -> LockAttempt
    /// Milliseconds of a clock that never goes back.
    func monotonicMilliseconds() -> Int64
    /// Blocks the calling thread.
    func pause(milliseconds: Int)
}

/// An open file.
///
/// Safe to use from any thread; closed when the last reference goes.
package protocol File: AnyObject, Sendable {
    /// Bytes in the file.
    func size() throws(FileError) -> Int
    /// Reads until the buffer is full or the file ends; gives the number of bytes read.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError)
        -> Int
    /// Writes the whole buffer.
    func write(_ buffer: UnsafeRawBufferPointer, at offset: Int) throws(FileError)
    /// Writes the whole buffer; it is on the device when this returns, whatever else is not.
    func writeDurably(_ buffer: UnsafeRawBufferPointer, at offset: Int) throws(FileError)
    /// Takes space for the file's first bytes at once, those it does not have yet reading as zeros,
    /// so that writes there need no more of it and may go through memory; false where the system
    /// has no space or no such call, then nothing is changed.
    func reserve(count: Int) -> Bool
    /// Makes memory ready for writes into a part of the space that `reserve` took; only a hint.
    func prepareWrites(_ range: Range<Int>)
    /// Cuts or extends the file.
    func truncate(to size: Int) throws(FileError)
    /// Makes the file's bytes durable.
    func sync() throws(FileError)
    /// Keeps others from locking the file until `unlock`, or while the object lives; false where
    /// another one has.
    func lock() -> Bool
    func unlock()
    /// Bytes in the file where a path leads to it, nil where it does not; asked often.
    func size(at path: String) -> Int?
    /// Whether a path leads to the file.
    func isFile(at path: String) -> Bool
    /// The first bytes of the file in memory, read only, while the file object lives; nil where
    /// the file is shorter or cannot be mapped, then it must be read.
    ///
    /// What is written to the file later shows in the bytes. Cutting the file makes touching
    /// what was cut off end the process, so only files that never shrink may be mapped.
    func map(count: Int) -> UnsafeRawBufferPointer?
}

/// What one try for a lock gave.
package enum LockAttempt {
    /// Owned until the lock object goes.
    case acquired(any FileLock)
    /// Another owner has it, with its process id where it is known.
    case busy(processID: Int32?)
}

/// An owned lock; letting it go releases it.
package protocol FileLock: AnyObject, Sendable {
    /// Whether a path leads to the folder that was locked.
    func isFolder(at path: String) -> Bool
}

/// An open folder.
package protocol OpenFolder: Sendable {
    /// Makes creations, renames and removals inside the folder durable.
    func sync() throws(FileError)
}

/// A folder of a file system that need not open one to sync it.
private struct FolderByPath: OpenFolder {
    package let fileSystem: any FileSystem
    package let path: String

    package func sync() throws(FileError) { try fileSystem.syncDirectory(path) }
}

extension FileSystem {
    package func openFolder(_ path: String) throws(FileError) -> any OpenFolder {
        FolderByPath(fileSystem: self, path: path)
    }

    package func link(_ path: String, to target: String) throws(FileError) {
        throw FileError(operation: "link", path: path, errno: FileError.notSupported)
    }

    package func isSame(_ path: String, _ other: String) -> Bool {
        path == other
    }

    package func folders(upFrom path: String) -> [String] { [path] }

    /// The whole content of a file, or nil where there is none.
    package func contents(_ path: String) throws(FileError) -> [UInt8]? {
        let file: any File
        do {
            file = try open(path, creating: false)
        } catch {
            guard error.isNoSuchFile else { throw error }
            return nil
        }
        var bytes = [UInt8](repeating: 0, count: try file.size())
        let count = try file.read(into: &bytes, at: 0)
        bytes.removeLast(bytes.count - count)
        return bytes
    }
}

extension File {
    package func map(count: Int) -> UnsafeRawBufferPointer? { nil }
    package func reserve(count: Int) -> Bool { false }
    package func prepareWrites(_ range: Range<Int>) {}
    package func lock() -> Bool { true }
    package func unlock() {}
    package func size(at path: String) -> Int? { .max }
    package func isFile(at path: String) -> Bool { true }

    package func writeDurably(_ buffer: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
        try write(buffer, at: offset)
        try sync()
    }

    /// Reads into an array, all of it or its first `count` bytes; gives the number of bytes read.
    package func read(
        into bytes: inout [UInt8], count: Int? = nil, at offset: Int
    ) throws(FileError) -> Int {
        var result: Result<Int, FileError> = .success(0)
        bytes.withUnsafeMutableBytes { buffer in
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(count ?? buffer.count))
            do throws(FileError) {
                result = .success(try read(into: part, at: offset))
            } catch {
                result = .failure(error)
            }
        }
        return try result.get()
    }

    /// Writes a whole array.
    package func write(_ bytes: [UInt8], at offset: Int) throws(FileError) {
        var failure: FileError?
        bytes.withUnsafeBytes { buffer in
            do throws(FileError) {
                try write(buffer, at: offset)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}
