/// Files and folders as stores and components use them: the operating system's, or those of a test.
///
/// ``PosixFileSystem`` is the real one and the only place with system calls. Paths are the system's:
/// parts between `/`, relative ones from the current folder; whoever calls keeps NUL out of them.
/// May be used from any thread, and by several at once; calls block theirs. What fails is a
/// ``FileError`` that names the call and the path, and has changed nothing unless an operation says
/// so.
public protocol FileSystem: Sendable {
    /// Creates a folder and the folders above it, for their owner alone.
    ///
    /// - Returns: The folders whose entries changed and have to be synced, from the top down; empty
    ///   where the folder was there.
    /// - Throws: ``FileError``; `ENOTDIR` where a file is in the way. Folders above may be there then.
    func makeDirectory(_ path: String) throws(FileError) -> [String]

    /// The names inside a folder, in no order, without `.` and `..`.
    ///
    /// - Throws: ``FileError``; ``FileError/isNoSuchFile`` where there is no folder.
    func list(_ path: String) throws(FileError) -> [String]

    /// Opens a file for reading and writing.
    ///
    /// A file that may only be read is opened all the same; writing it then fails.
    ///
    /// - Parameter creating: Whether a file that is not there is made, for its owner alone, and one
    ///   that is there is emptied.
    /// - Throws: ``FileError``; ``FileError/isNoSuchFile``, ``FileError/isTooManyFiles``.
    func open(_ path: String, creating: Bool) throws(FileError) -> any File

    /// Gives a file another name at once; a file that has it is replaced, and stays open where it is.
    ///
    /// - Throws: ``FileError``; ``FileError/isNoSuchFile``.
    func rename(_ path: String, to target: String) throws(FileError)

    /// Removes a file's name; where the file is open it can still be read and written.
    ///
    /// - Throws: ``FileError``; ``FileError/isNoSuchFile``.
    func remove(_ path: String) throws(FileError)

    /// Gives a file a second name, which must be free; both then stand for the same bytes.
    ///
    /// - Throws: ``FileError``, also where the file system cannot, and from one device to another.
    ///   Whoever calls copies the file then.
    func link(_ path: String, to target: String) throws(FileError)

    /// Whether two paths lead to the same file or folder; false where one leads nowhere.
    func isSame(_ path: String, _ other: String) -> Bool

    /// The folder at a path and all above it, the nearest first, with links followed; where none is
    /// there, those that are and in which it would be made.
    func folders(upFrom path: String) -> [String]

    /// Makes creations, renames and removals inside a folder durable, not the bytes of its files.
    ///
    /// - Throws: ``FileError``; what was to be made durable may be lost then.
    func syncDirectory(_ path: String) throws(FileError)

    /// Opens a folder, so that a sync of it cannot fail for want of a descriptor.
    ///
    /// - Throws: ``FileError``; ``FileError/isNoSuchFile``, ``FileError/isTooManyFiles``.
    func openFolder(_ path: String) throws(FileError) -> any OpenFolder

    /// Tries once to become the owner of a folder, among all processes.
    ///
    /// The lock lies on the folder itself, which nobody can remove while it holds files, and not on
    /// a file in it, of which somebody may make a new one.
    ///
    /// - Throws: ``FileError``; ``FileError/isNoSuchFile`` where there is no folder.
    func lock(folder path: String) throws(FileError) -> LockAttempt

    /// Opens a file to read or write it from start to end; pipes and terminals too, where there are.
    ///
    /// What is made may be read by everybody, as the process's mask allows.
    ///
    /// - Throws: ``FileError``; also for a folder.
    func stream(_ path: String, _ mode: FileStream.Mode) throws(FileError) -> FileStream

    /// What the file at a path is known by, links followed, or the one that would be made there; nil
    /// where none could be.
    func identity(_ path: String) -> FileIdentity?

    /// Where opening a path for writing makes a file that is not there: where links that lead nowhere
    /// say. Nothing is made.
    ///
    /// - Throws: ``FileError`` where the folder is not there or takes no files.
    func placeOfNewFile(_ path: String) throws(FileError) -> String

    /// Milliseconds of a clock that never goes back, which says how long somebody has waited.
    func monotonicMilliseconds() -> Int64

    /// Lets that clock go on by so much; the real one blocks the calling thread meanwhile.
    func pause(milliseconds: Int)
}

/// An open file.
///
/// May be used from any thread, and by several at once: a read beside a write of the same bytes gives
/// some of each. Closed when the last reference goes. Offsets are not negative.
public protocol File: AnyObject, Sendable {
    /// Bytes in the file.
    func size() throws(FileError) -> Int

    /// Reads until the buffer is full or the file ends; gives the number of bytes read.
    ///
    /// - Throws: ``FileError``; ``FileError/isOfDevice`` for what the device cannot read.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int

    /// Writes the whole buffer; a file that ends before `offset` is filled up with zeros.
    ///
    /// - Throws: ``FileError``, ``FileError/isNoSpace`` among them; a part may be written then.
    func write(_ buffer: UnsafeRawBufferPointer, at offset: Int) throws(FileError)

    /// Writes the whole buffer; it is on the device when this returns, whatever else is not.
    ///
    /// - Throws: What `write` and `sync` do.
    func writeDurably(_ buffer: UnsafeRawBufferPointer, at offset: Int) throws(FileError)

    /// Takes space for the file's first bytes at once, those it does not have yet reading as zeros,
    /// so that writes there need no more of it and may go through memory; false where the system
    /// has no space or no such call, then nothing is changed.
    func reserve(count: Int) -> Bool

    /// Makes memory ready for writes into a part of the space that `reserve` took; only a hint.
    func prepareWrites(_ range: Range<Int>)

    /// Cuts the file, or fills it up with zeros.
    ///
    /// - Throws: ``FileError``, ``FileError/isNoSpace`` among them.
    func truncate(to size: Int) throws(FileError)

    /// Makes the file's bytes durable, not its name.
    ///
    /// - Throws: ``FileError``; what was written since the last sync may be lost then, though reads
    ///   still give it, and no later sync saves it.
    func sync() throws(FileError)

    /// Keeps others from locking the file until `unlock`, or while the object lives; false where
    /// another one has.
    func lock() -> Bool

    /// Lets go of the lock; nothing where there is none.
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
public enum LockAttempt {
    /// Owned until the lock object goes.
    case acquired(any FileLock)
    /// Another owner has it, with its process id where it is known.
    case busy(processID: Int32?)
}

/// An owned lock of a folder; letting it go releases it.
public protocol FileLock: AnyObject, Sendable {
    /// Whether a path leads to the folder that was locked.
    func isFolder(at path: String) -> Bool
}

/// An open folder; closed when the last reference goes.
public protocol OpenFolder: Sendable {
    /// Makes creations, renames and removals inside the folder durable.
    ///
    /// - Throws: What ``FileSystem/syncDirectory(_:)`` does.
    func sync() throws(FileError)
}

/// A folder of a file system that need not open one to sync it.
private struct FolderByPath: OpenFolder {
    let fileSystem: any FileSystem
    let path: String

    func sync() throws(FileError) { try fileSystem.syncDirectory(path) }
}

extension FileSystem {
    /// A folder whose sync is ``FileSystem/syncDirectory(_:)``: for file systems without descriptors.
    public func openFolder(_ path: String) throws(FileError) -> any OpenFolder {
        FolderByPath(fileSystem: self, path: path)
    }

    /// Fails: for file systems without links.
    public func link(_ path: String, to target: String) throws(FileError) {
        throw FileError(operation: "link", path: path, errno: FileError.notSupported)
    }

    /// Whether the paths are the same text: for file systems without links.
    public func isSame(_ path: String, _ other: String) -> Bool { path.isSame(as: other) }

    /// The path alone: for file systems whose folders do not lie in each other.
    public func folders(upFrom path: String) -> [String] { [path] }

    /// A stream over the ``File`` at a path: for file systems that know nothing but files.
    ///
    /// What is made is its owner's alone.
    public func stream(
        _ path: String, _ mode: FileStream.Mode
    ) throws(FileError) -> FileStream {
        let isThere = identity(path)?.isThere ?? false
        if case .new = mode, isThere {
            throw FileError(operation: "open", path: path, errno: FileError.nameTaken)
        }
        let creates =
            switch mode {
            case .read, .existing: false
            case .write, .new: true
            case .append: !isThere
            }
        let file = try open(path, creating: creates)
        return FileStream(file, path: path, isAppending: mode.isAppending)
    }

    /// By the path alone: for file systems without links.
    public func identity(_ path: String) -> FileIdentity? {
        FileIdentity(named: path, isThere: (try? open(path, creating: false)) != nil)
    }

    /// The path: for file systems without links.
    public func placeOfNewFile(_ path: String) throws(FileError) -> String { path }

    /// The whole content of a file, or nil where there is none.
    ///
    /// - Throws: ``FileError``.
    public func contents(_ path: String) throws(FileError) -> [UInt8]? {
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
    /// Nil: for files that cannot be mapped.
    public func map(count: Int) -> UnsafeRawBufferPointer? { nil }
    /// False: for files that take space only as they grow.
    public func reserve(count: Int) -> Bool { false }
    /// Does nothing.
    public func prepareWrites(_ range: Range<Int>) {}
    /// True: for files that nobody else can open.
    public func lock() -> Bool { true }
    /// Does nothing.
    public func unlock() {}
    /// The greatest number: for files whose names nobody else changes.
    public func size(at path: String) -> Int? { .max }
    /// True: for files whose names nobody else changes.
    public func isFile(at path: String) -> Bool { true }

    /// Writes and then syncs.
    public func writeDurably(_ buffer: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
        try write(buffer, at: offset)
        try sync()
    }

    /// Reads into an array, all of it or its first `count` bytes; gives the number of bytes read.
    public func read(
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
    public func write(_ bytes: [UInt8], at offset: Int) throws(FileError) {
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
