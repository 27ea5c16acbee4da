import SluiceSystem

/// The file system as the store uses it: what fails is a ``LogStoreError``.
struct Disk: Sendable {
    let files: any FileSystem

    init(_ files: any FileSystem) { self.files = files }

    /// Creates a folder and those above it; gives the folders whose entries changed.
    func makeDirectory(_ path: String) throws(LogStoreError) -> [String] {
        try LogStoreError.wrapping { () throws(FileError) in try files.makeDirectory(path) }
    }

    /// The names inside a folder, in no order.
    func list(_ path: String) throws(LogStoreError) -> [String] {
        try LogStoreError.wrapping { () throws(FileError) in try files.list(path) }
    }

    /// Opens a file for reading and writing; creating a file that exists empties it.
    func open(_ path: String, creating: Bool) throws(LogStoreError) -> DiskFile {
        try LogStoreError.wrapping { () throws(FileError) in
            DiskFile(try files.open(path, creating: creating))
        }
    }

    /// Renames a file, replacing the target.
    func rename(_ path: String, to target: String) throws(LogStoreError) {
        try LogStoreError.wrapping { () throws(FileError) in
            try files.rename(path, to: target)
        }
    }

    /// Removes a file's name; open files stay readable.
    func remove(_ path: String) throws(LogStoreError) {
        try LogStoreError.wrapping { () throws(FileError) in try files.remove(path) }
    }

    /// Gives a file a second name, which must be free.
    func link(_ path: String, to target: String) throws(LogStoreError) {
        try LogStoreError.wrapping { () throws(FileError) in try files.link(path, to: target) }
    }

    /// Whether two paths lead to the same folder.
    func isSame(_ path: String, _ other: String) -> Bool { files.isSame(path, other) }

    /// The folder at a path and all above it, the nearest first.
    func folders(upFrom path: String) -> [String] { files.folders(upFrom: path) }

    /// Makes creations, renames and removals inside a folder durable.
    func syncDirectory(_ path: String) throws(LogStoreError) {
        try LogStoreError.wrapping { () throws(FileError) in try files.syncDirectory(path) }
    }

    /// Opens a folder, so that a sync of it cannot fail for want of a descriptor.
    func openFolder(_ path: String) throws(LogStoreError) -> DiskFolder {
        try LogStoreError.wrapping { () throws(FileError) in
            DiskFolder(folder: try files.openFolder(path))
        }
    }

    /// Tries once to become the owner of a folder.
    func lock(folder path: String) throws(LogStoreError) -> LockAttempt {
        try LogStoreError.wrapping { () throws(FileError) in try files.lock(folder: path) }
    }

    /// Milliseconds of a clock that never goes back.
    func monotonicMilliseconds() -> Int64 { files.monotonicMilliseconds() }

    /// Blocks the calling thread.
    func pause(milliseconds: Int) { files.pause(milliseconds: milliseconds) }

    /// The whole content of a file, or nil where there is none.
    func contents(_ path: String) throws(LogStoreError) -> [UInt8]? {
        try LogStoreError.wrapping { () throws(FileError) in try files.contents(path) }
    }
}

/// An open folder.
struct DiskFolder: Sendable {
    let folder: any OpenFolder

    /// Makes creations, renames and removals inside the folder durable.
    func sync() throws(LogStoreError) {
        try LogStoreError.wrapping { () throws(FileError) in try folder.sync() }
    }
}

extension LogStoreError {
    /// The failure of a call to the file system.
    init(_ error: FileError) {
        self = .io(operation: error.operation, path: error.path, errno: error.errno)
    }

    /// Runs what asks the file system.
    @inline(__always)
    static func wrapping<R>(
        _ body: () throws(FileError) -> R
    ) throws(LogStoreError) -> R {
        do throws(FileError) { return try body() } catch { throw LogStoreError(error) }
    }

    /// The failure of the file system that it is, if it is one.
    var fileError: FileError? {
        guard case .io(let operation, let path, let number) = self else { return nil }
        return FileError(operation: operation, path: path, errno: number)
    }

    /// Whether the device, a quota, or the process's limit on the size of files has no space left.
    var isNoSpace: Bool { fileError?.isNoSpace ?? false }

    /// Whether the process, or the system, has as many files open as it may.
    var isTooManyFiles: Bool { fileError?.isTooManyFiles ?? false }

    /// Whether it is the process's limit on the size of a file.
    var isFileTooLarge: Bool { fileError?.isFileTooLarge ?? false }

    /// Whether it lies in a file that it cannot be read, and not in what the process has or may do.
    var isOfFile: Bool { fileError?.isOfFile ?? false }

    /// Whether the device failed.
    var isOfDevice: Bool { fileError?.isOfDevice ?? false }

    var isNoSuchFile: Bool { fileError?.isNoSuchFile ?? false }

    /// The system has no thread to give.
    static let noThread = LogStoreError(FileError.noThread)
}
