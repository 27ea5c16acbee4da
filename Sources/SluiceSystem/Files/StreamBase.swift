import Glibc

/// What a ``FileStream`` reads and writes.
protocol StreamBase: Sendable {
    var isTerminal: Bool { get }
    var size: Int? { get }
    var identity: FileIdentity? { get }
    var lastByte: UInt8? { get }
    func read(upTo count: Int) throws(FileError) -> [UInt8]
    /// Waits until a read gives something, the end of a pipe included; false where time runs out.
    func isReadable(withinMilliseconds limit: Int) -> Bool
    func write(_ buffer: UnsafeRawBufferPointer) throws(FileError)
    func truncate() throws(FileError)
    func sync() throws(FileError)
}

/// A descriptor of the operating system: a file, pipe or terminal.
final class DescriptorStream: StreamBase {
    private let path: String
    private let descriptor: Int32
    private let isOwned: Bool

    /// A descriptor that somebody else closes.
    init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
        isOwned = false
    }

    init(_ path: String, _ mode: FileStream.Mode) throws(FileError) {
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
        guard opened >= 0 else { throw .system("open", path) }
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

    var isTerminal: Bool { isatty(descriptor) == 1 }

    var size: Int? {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return nil
        }
        return Int(status.st_size)
    }

    var identity: FileIdentity? { FileIdentity(descriptor: descriptor) }

    var lastByte: UInt8? {
        guard let size, size > 0 else { return nil }
        var byte: UInt8 = 0
        return pread(descriptor, &byte, 1, off_t(size - 1)) == 1 ? byte : nil
    }

    func read(upTo count: Int) throws(FileError) -> [UInt8] {
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

    func isReadable(withinMilliseconds limit: Int) -> Bool {
        var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&ready, 1, Int32(clamping: limit)) != 0
    }

    func write(_ buffer: UnsafeRawBufferPointer) throws(FileError) {
        var rest = buffer[...]
        while let base = UnsafeRawBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
            let wrote = Glibc.write(descriptor, base, rest.count)
            if wrote < 0 {
                if errno == EINTR { continue }
                guard errno == EAGAIN else { throw .system("write", path) }
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&ready, 1, -1)
                continue
            }
            rest = rest.dropFirst(wrote)
        }
    }

    func truncate() throws(FileError) {
        guard ftruncate(descriptor, 0) == 0 else { throw .system("write", path) }
    }

    func sync() throws(FileError) {
        guard fsync(descriptor) == 0 else { throw .system("write", path) }
    }
}

/// A file of some file system, with the place up to which it has been read or written.
final class PositionedStream: StreamBase {
    private let file: any File
    private let path: String
    private let isAppending: Bool
    private let position = Lock(0)

    init(_ file: any File, path: String, isAppending: Bool) {
        self.file = file
        self.path = path
        self.isAppending = isAppending
    }

    var isTerminal: Bool { false }
    var size: Int? { try? file.size() }
    var identity: FileIdentity? { FileIdentity(named: path, isThere: true) }

    var lastByte: UInt8? {
        var byte: [UInt8] = [0]
        guard let size, size > 0, let count = try? file.read(into: &byte, at: size - 1) else {
            return nil
        }
        return count == 1 ? byte[0] : nil
    }

    func read(upTo count: Int) throws(FileError) -> [UInt8] {
        try position.withLock { position throws(FileError) in
            let left = max(0, try file.size() - position)
            var bytes = [UInt8](repeating: 0, count: min(count, left))
            let got = try file.read(into: &bytes, at: position)
            bytes.removeLast(bytes.count - got)
            position += got
            return bytes
        }
    }

    func isReadable(withinMilliseconds limit: Int) -> Bool { true }

    func write(_ buffer: UnsafeRawBufferPointer) throws(FileError) {
        try position.withLock { position throws(FileError) in
            let place = isAppending ? try file.size() : position
            try file.write(buffer, at: place)
            position = place + buffer.count
        }
    }

    func truncate() throws(FileError) { try file.truncate(to: 0) }

    func sync() throws(FileError) { try file.sync() }
}
