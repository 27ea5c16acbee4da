import Glibc
import Synchronization

/// The operating system's files.
///
/// The only place in the store with system calls on files.
struct PosixFileSystem: FileSystem {
    /// What is made is its owner's alone, whatever the process's mask says.
    private static let fileMode: mode_t = 0o600
    private static let folderMode: mode_t = 0o700
    /// How many links one path may lead through, as in the system.
    private static let maximumLinks = 40

    func makeDirectory(_ path: String) throws(LogStoreError) -> [String] {
        var missing: [String] = []
        var current = path
        var status = stat()
        while stat(current, &status) != 0 {
            guard errno == ENOENT else { throw .system("stat", current) }
            missing.append(current)
            current = Self.parent(current)
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw .io(operation: "mkdir", path: current, errno: ENOTDIR)
        }
        var changed: [String] = []
        for folder in missing.reversed() {
            if mkdir(folder, Self.folderMode) == 0 {
                chmod(folder, Self.folderMode)
            } else if errno != EEXIST {
                throw .system("mkdir", folder)
            }
            changed.append(Self.parent(folder))
        }
        return changed
    }

    func list(_ path: String) throws(LogStoreError) -> [String] {
        guard let folder = opendir(path) else { throw .system("opendir", path) }
        defer { closedir(folder) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(folder) else {
                guard errno == 0 else { throw .system("readdir", path) }
                return names
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
    }

    func open(_ path: String, creating: Bool) throws(LogStoreError) -> any File {
        let flags = creating ? O_RDWR | O_CREAT | O_TRUNC : O_RDWR
        var descriptor = Glibc.open(path, flags | O_CLOEXEC, Self.fileMode)
        // Who may only look can still open a store for reading.
        if descriptor < 0, !creating, [EACCES, EROFS, EPERM].contains(errno) {
            descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        }
        guard descriptor >= 0 else { throw .system("open", path) }
        if creating { fchmod(descriptor, Self.fileMode) }
        return PosixFile(descriptor: descriptor, path: path)
    }

    func rename(_ path: String, to target: String) throws(LogStoreError) {
        guard Glibc.rename(path, target) == 0 else { throw .system("rename", path) }
    }

    func remove(_ path: String) throws(LogStoreError) {
        guard unlink(path) == 0 else { throw .system("unlink", path) }
    }

    func link(_ path: String, to target: String) throws(LogStoreError) {
        guard Glibc.link(path, target) == 0 else { throw .system("link", path) }
    }

    func isThere(_ path: String) -> Bool { access(path, F_OK) == 0 }

    func isSame(_ path: String, _ other: String) -> Bool {
        var one = stat()
        var two = stat()
        guard stat(path, &one) == 0, stat(other, &two) == 0 else { return false }
        return one.st_dev == two.st_dev && one.st_ino == two.st_ino
    }

    func folders(upFrom path: String) -> [String] {
        guard let nearest = Self.nearest(path), let real = realpath(nearest, nil) else { return [] }
        defer { free(real) }
        var folder = String(cString: real)
        var status = stat()
        if stat(folder, &status) == 0, status.st_mode & S_IFMT != S_IFDIR {
            folder = Self.parent(folder)
        }
        var folders = [folder]
        while folder != "/" {
            folder = Self.parent(folder)
            folders.append(folder)
        }
        return folders
    }

    /// The path, or the nearest above it, at which something is.
    private static func nearest(_ path: String) -> String? {
        var current = path
        var links = 0
        while access(current, F_OK) != 0 {
            if let target = link(current) {
                links += 1
                guard links <= maximumLinks else { return nil }
                current = target.hasPrefix("/") ? target : "\(parent(current))/\(target)"
            } else {
                let above = parent(current)
                guard above != current else { return nil }
                current = above
            }
        }
        return current
    }

    /// Where a link leads; nil for anything else.
    private static func link(_ path: String) -> String? {
        var target = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path, &target, target.count)
        guard count > 0 else { return nil }
        return String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func syncDirectory(_ path: String) throws(LogStoreError) {
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("open", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .system("fsync", path) }
    }

    func lock(folder path: String) throws(LogStoreError) -> LockAttempt {
        let folder = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw .system("open", path) }
        let isLocked = flock(folder, LOCK_EX | LOCK_NB) == 0
        let reason = errno
        let owner: PosixFile
        do throws(LogStoreError) {
            owner = try Self.ownerFile(path)
        } catch {
            close(folder)
            throw error
        }
        // Some file systems of other machines lock no folders: there the file has to do.
        let canLock = ![EBADF, EINVAL, ENOLCK, EOPNOTSUPP].contains(reason)
        guard isLocked || !canLock, owner.lock() else {
            close(folder)
            return .busy(processID: owner.processID())
        }
        try owner.truncate(to: 0)
        try owner.write(Array("\(getpid())\n".utf8), at: 0)
        return .acquired(PosixFolderLock(descriptor: folder, file: owner))
    }

    /// A lock says nothing about its owner, so the owner writes it into a file.
    private static func ownerFile(_ folder: String) throws(LogStoreError) -> PosixFile {
        let path = folder + "/LOCK"
        return PosixFile(descriptor: try openOwnerFile(path), path: path)
    }

    private static func openOwnerFile(_ path: String) throws(LogStoreError) -> Int32 {
        let flags = O_RDWR | O_CLOEXEC
        while true {
            let known = Glibc.open(path, flags)
            if known >= 0 { return known }
            guard errno == ENOENT else { throw .system("open", path) }
            let new = Glibc.open(path, flags | O_CREAT | O_EXCL, fileMode)
            if new >= 0 {
                fchmod(new, fileMode)
                return new
            }
            // Another process made it, and may have removed it again.
            guard errno == EEXIST else { throw .system("open", path) }
        }
    }

    func monotonicMilliseconds() -> Int64 {
        SystemClock.read(CLOCK_MONOTONIC)
    }

    func pause(milliseconds: Int) {
        usleep(UInt32(clamping: milliseconds * 1000))
    }

    private static func parent(_ path: String) -> String {
        var path = Substring(path)
        let mark = UInt8(ascii: "/")
        while path.utf8.count > 1, path.utf8.last == mark {
            path = Substring(path.utf8.dropLast())
        }
        guard let slash = path.utf8.lastIndex(of: mark) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

/// The lock of a folder, and the file that names its owner; both go with the object.
private final class PosixFolderLock: FileLock {
    private let descriptor: Int32
    private let file: PosixFile?

    init(descriptor: Int32, file: PosixFile?) {
        self.descriptor = descriptor
        self.file = file
    }

    deinit {
        close(descriptor)
    }

    func isFolder(at path: String) -> Bool { PosixFile.isSame(descriptor, path) }
}

/// Where a file's first bytes lie in memory.
///
/// A number, not a pointer, which a lock could not hold as sendable.
private struct Mapping {
    let address: UInt
    let count: Int

    /// Maps a file's first bytes.
    init?(_ descriptor: Int32, count: Int, protection: Int32) {
        guard count > 0,
            let bytes = mmap(nil, count, protection, MAP_SHARED, descriptor, 0),
            bytes != MAP_FAILED
        else { return nil }
        address = UInt(bitPattern: bytes)
        self.count = count
    }
}

/// A file descriptor, closed when the last reference goes.
final class PosixFile: File {
    private let descriptor: Int32
    private let path: String
    /// They stay while the object lives: somebody may be reading from each of them.
    private let mappings = Monitor<[Mapping]>([])
    /// Where writes may go through memory, and up to which place of the file.
    private let writableAddress = Atomic<UInt>(0)
    private let writableCount = Atomic<Int>(0)
    /// The part of it that was written since it was last let go.
    private let dirtyStart = Atomic<Int>(0)
    private let dirtyEnd = Atomic<Int>(0)
    /// The same file once more, for writes that wait for the device; -1 until there was one.
    private let durableDescriptor = Atomic<Int32>(-1)

    /// Larger writes cost the system call less than the page faults that memory would.
    private static let largestCopy = 32 << 10
    private static let pageBytes = Int(sysconf(Int32(_SC_PAGESIZE)))
    /// `MADV_POPULATE_WRITE`, which the C library's headers may not have.
    private static let populateWrite: Int32 = 23

    init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit {
        for mapping in mappings.withLock({ $0 }) {
            munmap(UnsafeMutableRawPointer(bitPattern: mapping.address), mapping.count)
        }
        let durable = durableDescriptor.load(ordering: .relaxed)
        if durable >= 0 { close(durable) }
        close(descriptor)
    }

    func size() throws(LogStoreError) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system("fstat", path) }
        return Int(status.st_size)
    }

    func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(LogStoreError) -> Int {
        var done = 0
        while done < buffer.count {
            let count = pread(
                descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done,
                offset + done)
            if count == 0 { break }
            if count < 0 {
                guard errno == EINTR else { throw .system("pread", path) }
            } else {
                done += count
            }
        }
        return done
    }

    func write(_ buffer: UnsafeRawBufferPointer, at offset: Int) throws(LogStoreError) {
        if buffer.count <= Self.largestCopy, offset >= 0,
            buffer.count <= writableCount.load(ordering: .relaxed) - offset,
            let source = buffer.baseAddress,
            let target = UnsafeMutableRawPointer(
                bitPattern: writableAddress.load(ordering: .relaxed))
        {
            (target + offset).copyMemory(from: source, byteCount: buffer.count)
            dirtyEnd.store(offset + buffer.count, ordering: .relaxed)
            return
        }
        try write(buffer, at: offset, to: descriptor)
    }

    /// One call that writes and waits for these bytes alone is a tenth faster than two.
    func writeDurably(_ buffer: UnsafeRawBufferPointer, at offset: Int) throws(LogStoreError) {
        var durable = durableDescriptor.load(ordering: .relaxed)
        if durable < 0 {
            // By its number, as the path may lead elsewhere by now.
            durable = Glibc.open("/proc/self/fd/\(descriptor)", O_WRONLY | O_DSYNC | O_CLOEXEC)
            guard durable >= 0 else {
                try write(buffer, at: offset, to: descriptor)
                return try sync()
            }
            let (isSet, other) = durableDescriptor.compareExchange(
                expected: -1, desired: durable, ordering: .relaxed)
            if !isSet {
                close(durable)
                durable = other
            }
        }
        try write(buffer, at: offset, to: durable)
    }

    private func write(
        _ buffer: UnsafeRawBufferPointer, at offset: Int, to descriptor: Int32
    ) throws(LogStoreError) {
        var done = 0
        while done < buffer.count {
            let count = pwrite(
                descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done,
                offset + done)
            if count < 0 {
                guard errno == EINTR else { throw .system("pwrite", path) }
            } else if count == 0 {
                throw .io(operation: "pwrite", path: path, errno: EIO)
            } else {
                done += count
            }
        }
    }

    func reserve(count: Int) -> Bool {
        guard posix_fallocate(descriptor, 0, count) == 0 else { return false }
        mappings.withLock { mappings in
            guard writableAddress.load(ordering: .relaxed) == 0,
                let writable = Mapping(descriptor, count: count, protection: PROT_READ | PROT_WRITE)
            else { return }
            mappings.append(writable)
            writableAddress.store(writable.address, ordering: .relaxed)
            writableCount.store(count, ordering: .relaxed)
        }
        return true
    }

    func prepareWrites(_ range: Range<Int>) {
        let address = writableAddress.load(ordering: .relaxed)
        let end = min(range.upperBound, writableCount.load(ordering: .relaxed))
        let first = range.lowerBound / Self.pageBytes * Self.pageBytes
        guard address != 0, first >= 0, end > first else { return }
        // Before Linux 5.14 it is refused, and in a file that was cut meanwhile it fails.
        madvise(
            UnsafeMutableRawPointer(bitPattern: address + UInt(first)), end - first,
            Self.populateWrite)
    }

    func truncate(to size: Int) throws(LogStoreError) {
        // Touching what is cut off would end the process.
        if size < writableCount.load(ordering: .relaxed) {
            writableCount.store(size, ordering: .relaxed)
        }
        while ftruncate(descriptor, size) != 0 {
            guard errno == EINTR else { throw .system("ftruncate", path) }
        }
    }

    func sync() throws(LogStoreError) {
        letGoOfDirtyPages()
        guard fdatasync(descriptor) == 0 else { throw .system("fdatasync", path) }
    }

    /// Takes the pages written through memory out of the mapping at once; whoever touches them
    /// again gets them back.
    ///
    /// A sync would take each of them out alone, and interrupt every processor for it.
    private func letGoOfDirtyPages() {
        let start = dirtyStart.load(ordering: .relaxed)
        let end = dirtyEnd.load(ordering: .relaxed)
        let address = writableAddress.load(ordering: .relaxed)
        guard address != 0, end > start else { return }
        let first = start / Self.pageBytes * Self.pageBytes
        madvise(
            UnsafeMutableRawPointer(bitPattern: address + UInt(first)), end - first, MADV_DONTNEED)
        dirtyStart.store(end, ordering: .relaxed)
    }

    func map(count: Int) -> UnsafeRawBufferPointer? {
        let mapping = mappings.withLock { mappings in
            if !mappings.contains(where: { $0.count >= count }),
                let size = try? size(), size >= count,
                let mapping = Mapping(descriptor, count: size, protection: PROT_READ)
            {
                mappings.append(mapping)
            }
            return mappings.last
        }
        guard count > 0, let mapping, count <= mapping.count else { return nil }
        return UnsafeRawBufferPointer(
            start: UnsafeRawPointer(bitPattern: mapping.address), count: count)
    }

    func lock() -> Bool {
        // Where the system knows no locks, there is none to have.
        flock(descriptor, LOCK_EX | LOCK_NB) == 0 || ![EWOULDBLOCK, EINTR].contains(errno)
    }

    func unlock() {
        flock(descriptor, LOCK_UN)
    }

    func isThere(count: Int) -> Bool {
        // Not `fstat`, which asks for times as well: the kernel then gives the file another time
        // with the next write, and a durable write has to write that, too.
        lseek(descriptor, 0, SEEK_END) >= count
    }

    func isFile(at path: String) -> Bool { Self.isSame(descriptor, path) }

    /// Whether a path leads to an open file or folder.
    fileprivate static func isSame(_ descriptor: Int32, _ path: String) -> Bool {
        var mine = stat()
        var found = stat()
        return fstat(descriptor, &mine) == 0 && stat(path, &found) == 0
            && mine.st_dev == found.st_dev && mine.st_ino == found.st_ino
    }

    /// The process id that the owner of a lock file wrote into it.
    func processID() -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 16)
        guard let count = try? read(into: &bytes, at: 0) else { return nil }
        return Int32(String(decoding: bytes[..<count].prefix { $0 != 10 }, as: UTF8.self))
    }
}

/// The system's wall clock.
enum SystemClock {
    /// Milliseconds since 1970.
    static func milliseconds() -> Int64 {
        read(CLOCK_REALTIME)
    }

    static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}

/// Texts for error numbers.
enum SystemMessage {
    /// The number for a file that is not there.
    static let noFile = ENOENT
    /// The number for what the file system cannot do.
    static let notSupported = EOPNOTSUPP

    static func text(_ number: Int32) -> String {
        String(cString: strerror(number))
    }
}

extension LogStoreError {
    /// The failure of the system call just made.
    static func system(_ operation: String, _ path: String) -> LogStoreError {
        .io(operation: operation, path: path, errno: errno)
    }

    /// Whether the device, a quota, or the process's limit on the size of files has no space left.
    var isNoSpace: Bool {
        if case .io(_, _, let number) = self { return [ENOSPC, EDQUOT, EFBIG].contains(number) }
        return false
    }

    /// Whether the process, or the system, has as many files open as it may.
    var isTooManyFiles: Bool {
        if case .io("open", _, let number) = self { return [EMFILE, ENFILE].contains(number) }
        return false
    }

    /// Whether it is the process's limit on the size of a file.
    var isFileTooLarge: Bool {
        if case .io(_, _, EFBIG) = self { true } else { false }
    }

    /// Whether it lies in a file that it cannot be read, and not in what the process has or may do.
    var isOfFile: Bool {
        guard case .io(_, _, let number) = self else { return false }
        return ![EMFILE, ENFILE, ENOMEM, EACCES, EPERM].contains(number)
    }

    var isNoSuchFile: Bool {
        if case .io(_, _, let number) = self { return number == ENOENT }
        return false
    }
}
