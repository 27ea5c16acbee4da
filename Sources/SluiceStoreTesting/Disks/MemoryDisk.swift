public import SluiceSystem

/// Files in memory, by their paths, gone with the object: for tests that want files and no disk.
///
/// Every path has a folder: none is made, and none goes. Nothing fails but what a file system cannot
/// do; ``SimulatedDisk`` fails and loses power where a test says so. Time passes only in
/// ``pause(milliseconds:)``. May be used from any thread.
public final class MemoryDisk: FileSystem {
    private struct State {
        var files: [Name: MemoryFile]
        var locks: Set<Name> = []
        var milliseconds: Int64 = 0
    }

    private let state: Lock<State>
    private let mapsFiles: Bool
    private let maximumFileBytes: Int

    /// A disk with these files, by their paths.
    ///
    /// - Parameters:
    ///   - mapsFiles: Whether files give their first bytes in memory; see ``MemoryFile``.
    ///   - maximumFileBytes: Bytes that a file may have; 1 GiB unless given.
    public init(
        _ files: [String: [UInt8]] = [:], mapsFiles: Bool = false,
        maximumFileBytes: Int = MemoryFile.usualMaximumBytes
    ) {
        self.mapsFiles = mapsFiles
        self.maximumFileBytes = maximumFileBytes
        var found: [Name: MemoryFile] = [:]
        for (path, bytes) in files {
            found[Name(path: path)] = MemoryFile(
                bytes, isMapped: mapsFiles, maximumBytes: maximumFileBytes)
        }
        state = Lock(State(files: found))
    }

    /// The paths of all files, sorted by bytes.
    public var paths: [String] { state.withLock { $0.files.keys.sorted().map(\.text) } }

    /// The bytes of the file at a path, nil where there is none; what is set is another file, and
    /// nil removes the name.
    public subscript(path: String) -> [UInt8]? {
        get { state.withLock { $0.files[Name(path: path)] }?.bytes }
        set { state.withLock { $0.files[Name(path: path)] = newValue.map(file) } }
    }

    private func file(_ bytes: [UInt8]) -> MemoryFile {
        MemoryFile(bytes, isMapped: mapsFiles, maximumBytes: maximumFileBytes)
    }

    /// Nothing: every path has a folder.
    public func makeDirectory(_ path: String) throws(FileError) -> [String] { [] }

    /// The names of the files in a folder; none where it has none.
    public func list(_ path: String) throws(FileError) -> [String] {
        let folder = Name(path: path)
        return state.withLock { $0.files.keys.compactMap { $0.lastPart(in: folder) } }
    }

    /// Opens a file for reading and writing.
    public func open(_ path: String, creating: Bool) throws(FileError) -> any File {
        let name = Name(path: path)
        let (file, isNew) = state.withLock { state -> (MemoryFile?, Bool) in
            if let file = state.files[name] { return (file, false) }
            let file = creating ? self.file([]) : nil
            state.files[name] = file
            return (file, true)
        }
        guard let file else { throw .none("open", path) }
        if creating, !isNew { try file.truncate(to: 0) }
        return file
    }

    /// Gives a file another name.
    public func rename(_ path: String, to target: String) throws(FileError) {
        let (from, to) = (Name(path: path), Name(path: target))
        try state.withLock { state throws(FileError) in
            guard let file = state.files.removeValue(forKey: from) else {
                throw .none("rename", path)
            }
            state.files[to] = file
        }
    }

    /// Removes a file's name.
    public func remove(_ path: String) throws(FileError) {
        let file = state.withLock { $0.files.removeValue(forKey: Name(path: path)) }
        guard file != nil else { throw .none("unlink", path) }
    }

    /// Gives a file a second name.
    public func link(_ path: String, to target: String) throws(FileError) {
        let (from, to) = (Name(path: path), Name(path: target))
        try state.withLock { state throws(FileError) in
            guard let file = state.files[from] else { throw .none("link", path) }
            guard state.files[to] == nil else {
                throw FileError(operation: "link", path: path, errno: FileError.nameTaken)
            }
            state.files[to] = file
        }
    }

    /// Whether two paths lead to the same file, or are the same folder's.
    public func isSame(_ path: String, _ other: String) -> Bool {
        let (one, two) = (Name(path: path), Name(path: other))
        return one == two
            || state.withLock { $0.files[one] != nil && $0.files[one] === $0.files[two] }
    }

    /// The folder and all above it.
    public func folders(upFrom path: String) -> [String] { Folder.upwards(from: path) }

    /// Nothing: what is in memory is as durable as it gets.
    public func syncDirectory(_ path: String) throws(FileError) {}

    /// Locks a folder among all who use this disk.
    public func lock(folder path: String) throws(FileError) -> LockAttempt {
        let folder = Name(path: path)
        guard state.withLock({ $0.locks.insert(folder).inserted }) else {
            return .busy(processID: nil)
        }
        return .acquired(HeldLock { [state] in state.withLock { _ = $0.locks.remove(folder) } })
    }

    /// The milliseconds that were paused.
    public func monotonicMilliseconds() -> Int64 { state.withLock { $0.milliseconds } }

    /// Lets time pass without waiting.
    public func pause(milliseconds: Int) {
        state.withLock { $0.milliseconds += Int64(milliseconds) }
    }
}

extension FileError {
    /// There is no such file.
    fileprivate static func none(_ operation: String, _ path: String) -> FileError {
        FileError(operation: operation, path: path, errno: noFile)
    }
}
