/// An open file, pipe or terminal, read or written from start to end: unbuffered, closed when the last
/// reference goes.
///
/// A file of the operating system by its descriptor, or one of another ``FileSystem``. Calls block
/// their thread; one call at a time.
public final class FileStream: Sendable {
    /// What a file is opened for.
    public enum Mode: Sendable, Equatable {
        /// Reading.
        case read
        /// Writing from the start; what was there is gone.
        case write
        /// Writing at the end.
        case append
        /// Writing to what is there, which is not changed yet.
        case existing(appending: Bool)
        /// Writing a new file, which must not be there, with exactly these permissions.
        case new(permissions: UInt32)

        /// Whether what is written goes to the end.
        var isAppending: Bool { self == .append || self == .existing(appending: true) }
    }

    /// The path, for messages.
    public let path: String
    private let base: any StreamBase

    /// Standard input.
    package static let standardInput = FileStream(descriptor: 0, path: "standard input")
    /// Standard output.
    package static let standardOutput = FileStream(descriptor: 1, path: "standard output")
    /// Standard error.
    package static let standardError = FileStream(descriptor: 2, path: "standard error")

    private init(descriptor: Int32, path: String) {
        self.path = path
        base = DescriptorStream(descriptor: descriptor, path: path)
    }

    /// Opens a file of the operating system.
    ///
    /// - Throws: ``FileError``; also for a folder.
    package init(_ path: String, _ mode: Mode) throws(FileError) {
        self.path = path
        base = try DescriptorStream(path, mode)
    }

    /// Goes through a file of some file system, from its start.
    ///
    /// - Parameters:
    ///   - path: The path, for messages, and what the file is known by.
    ///   - isAppending: Whether what is written goes to the file's end.
    public init(_ file: any File, path: String, isAppending: Bool = false) {
        self.path = path
        base = PositionedStream(file, path: path, isAppending: isAppending)
    }

    /// Whether the file is a terminal.
    package var isTerminal: Bool { base.isTerminal }

    /// The size in bytes; nil for what has none, such as a pipe.
    public var size: Int? { base.size }

    /// What the file is known by, whatever its kind.
    package var identity: FileIdentity? { base.identity }

    /// Reads up to `count` bytes; an empty array at the end.
    public func read(upTo count: Int) throws(FileError) -> [UInt8] {
        try base.read(upTo: count)
    }

    /// How many bytes are read at once where a file is read from start to end.
    package static let chunkBytes = 131_072
    /// How long a read of a silent pipe keeps its reader.
    private static let patienceMilliseconds = 100

    /// The next bytes, at most `count`: none at the end; nil where a pipe or terminal has been silent
    /// for a while, so that its reader can look whether it is still wanted.
    package func nextBytes(upTo count: Int = chunkBytes) throws(FileError) -> [UInt8]? {
        guard base.isReadable(withinMilliseconds: Self.patienceMilliseconds) else { return nil }
        return try base.read(upTo: count)
    }

    /// Writes all bytes.
    public func write(_ bytes: some Collection<UInt8>) throws(FileError) {
        var failure: FileError?
        func write(_ buffer: UnsafeRawBufferPointer) {
            do throws(FileError) { try base.write(buffer) } catch { failure = error }
        }
        let done: Void? = bytes.withContiguousStorageIfAvailable {
            write(UnsafeRawBufferPointer($0))
        }
        if done == nil { Array(bytes).withUnsafeBytes { write($0) } }
        if let failure { throw failure }
    }

    /// Throws away what the file holds.
    package func truncate() throws(FileError) { try base.truncate() }

    /// Makes what was written durable.
    public func sync() throws(FileError) { try base.sync() }

    /// The most that is read of a file that is needed whole, unless more is asked for: 64 MiB.
    package static let usualMaximumBytes = 67_108_864

    /// Reads a whole file.
    ///
    /// - Parameter limit: The most bytes that it may have; a device without an end has more.
    package static func contents(
        of path: String, atMost limit: Int = usualMaximumBytes
    ) throws(FileError) -> [UInt8] {
        try FileStream(path, .read).contents(atMost: limit)
    }

    /// Reads up to the end.
    ///
    /// - Parameter limit: The most bytes that may come.
    package func contents(atMost limit: Int = usualMaximumBytes) throws(FileError) -> [UInt8] {
        let size = size ?? 0
        var bytes: [UInt8] = []
        while size <= limit, bytes.count <= limit {
            let part = try read(upTo: max(65_536, size - bytes.count + 1))
            guard !part.isEmpty else { return bytes }
            if bytes.isEmpty { bytes = part } else { bytes += part }
        }
        throw FileError(operation: "read", path: path, errno: FileError.tooLarge)
    }

    /// The last byte; nil where the file is empty, has no size or cannot be read.
    package var lastByte: UInt8? { base.lastByte }

    /// Replaces a file's contents.
    package static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
        try FileStream(path, .write).write(bytes)
    }
}
