import Glibc

/// An open file, pipe or terminal: unbuffered, closed when the last reference goes.
///
/// Together with ``Folder`` the only place outside of the store that talks to the operating system
/// about files. Calls block their thread; one call at a time.
package final class FileStream: Sendable {
    /// What a file is opened for.
    package enum Mode: Sendable, Equatable {
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
    }

    /// The path, for messages.
    package let path: String
    private let descriptor: Int32
    private let isOwned: Bool

    /// Standard input.
    package static let standardInput = FileStream(descriptor: 0, path: "standard input")
    /// Standard output.
    package static let standardOutput = FileStream(descriptor: 1, path: "standard output")
    /// Standard error.
    package static let standardError = FileStream(descriptor: 2, path: "standard error")

    private init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
        isOwned = false
    }

    /// Opens a file.
    ///
    /// - Throws: ``FileError``; also for a folder.
    package init(_ path: String, _ mode: Mode) throws(FileError) {
        let flags: Int32 =
            switch mode {
            case .read: O_RDONLY
            case .write: O_WRONLY | O_CREAT | O_TRUNC
            case .append: O_WRONLY | O_CREAT | O_APPEND
            case .existing(let isAppending): O_WRONLY | (isAppending ? O_APPEND : 0)
            case .new: O_WRONLY | O_CREAT | O_EXCL
            }
        var permissions: UInt32 = 0o644
        if case .new(let wanted) = mode { permissions = wanted }
        let opened = open(path, flags | O_CLOEXEC, permissions)
        guard opened >= 0 else { throw FileError(operation: "open", path: path, errno: errno) }
        if case .new = mode { fchmod(opened, permissions) }
        var status = stat()
        if fstat(opened, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
            close(opened)
            throw FileError(operation: "read", path: path, errno: EISDIR)
        }
        descriptor = opened
        self.path = path
        isOwned = true
    }

    deinit {
        if isOwned { close(descriptor) }
    }

    /// Whether the file is a terminal.
    package var isTerminal: Bool { isatty(descriptor) == 1 }

    /// The size in bytes; nil for what has none, such as a pipe.
    package var size: Int? {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return nil
        }
        return Int(status.st_size)
    }

    /// What the file is known by, whatever its kind.
    package var fileIdentity: FileIdentity? { FileIdentity(descriptor: descriptor) }

    /// What the system knows an ordinary file by, whatever its path; nil for anything else.
    package var identity: Folder.Identity? {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return nil
        }
        return Folder.Identity(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
    }

    /// Reads up to `count` bytes; an empty array at the end.
    package func read(upTo count: Int) throws(FileError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while true {
                let got = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                if got < 0, errno == EINTR { continue }
                filled = max(0, got)
                failure = got < 0 ? errno : 0
                return
            }
        }
        guard failure == 0 else {
            throw FileError(operation: "read", path: path, errno: failure)
        }
        return bytes
    }

    /// Waits until a read gives something, the end of a pipe included; false where time runs out.
    ///
    /// So a reader of a pipe or terminal can look now and then whether it is still wanted.
    package func isReadable(withinMilliseconds limit: Int) -> Bool {
        var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&ready, 1, Int32(clamping: limit)) != 0
    }

    /// Writes all bytes.
    package func write(_ bytes: some Collection<UInt8>) throws(FileError) {
        var failure: Int32 = 0
        let done: Void? = bytes.withContiguousStorageIfAvailable {
            failure = writeAll(UnsafeRawBufferPointer($0))
        }
        if done == nil {
            Array(bytes).withUnsafeBytes { failure = writeAll($0) }
        }
        guard failure == 0 else {
            throw FileError(operation: "write", path: path, errno: failure)
        }
    }

    /// Throws away what the file holds.
    package func truncate() throws(FileError) {
        guard ftruncate(descriptor, 0) == 0 else {
            throw FileError(operation: "write", path: path, errno: errno)
        }
    }

    /// Makes what was written durable.
    package func sync() throws(FileError) {
        guard fsync(descriptor) == 0 else {
            throw FileError(operation: "write", path: path, errno: errno)
        }
    }

    private func writeAll(_ buffer: UnsafeRawBufferPointer) -> Int32 {
        var rest = buffer[...]
        while let base = UnsafeRawBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
            let wrote = Glibc.write(descriptor, base, rest.count)
            if wrote < 0 {
                if errno == EINTR { continue }
                if errno == EAGAIN {
                    var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&ready, 1, -1)
                    continue
                }
                return errno
            }
            rest = rest.dropFirst(wrote)
        }
        return 0
    }

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
        throw FileError(operation: "read", path: path, errno: EFBIG)
    }

    /// The last byte of a file; nil where it is empty, has no size or cannot be read.
    package static func lastByte(of path: String) -> UInt8? {
        guard let file = try? FileStream(path, .read), let size = file.size, size > 0 else {
            return nil
        }
        var byte: UInt8 = 0
        return pread(file.descriptor, &byte, 1, off_t(size - 1)) == 1 ? byte : nil
    }

    /// Replaces a file's contents.
    package static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
        try FileStream(path, .write).write(bytes)
    }
}
