import Glibc
import Synchronization

/// Where a file's first bytes lie in memory.
///
/// A number, not a pointer, which a lock could not hold as sendable.
private struct Mapping {
    package let address: UInt
    package let count: Int

    /// Maps a file's first bytes.
    package init?(_ descriptor: Int32, count: Int, protection: Int32) {
        guard count > 0,
            let bytes = mmap(nil, count, protection, MAP_SHARED, descriptor, 0),
            bytes != MAP_FAILED
        else { return nil }
        address = UInt(bitPattern: bytes)
        self.count = count
    }
}

/// A file descriptor, closed when the last reference goes.
package final class PosixFile: File {
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
    /// What the system knows the file by; nil where it cannot be asked without the times.
    private let identity: FileStatus?

    /// Larger writes cost the system call less than the page faults that memory would.
    private static let largestCopy = 32 << 10
    private static let pageBytes = Int(sysconf(Int32(_SC_PAGESIZE)))
    /// `MADV_POPULATE_WRITE`, which the C library's headers may not have.
    private static let populateWrite: Int32 = 23

    package init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
        identity = FileStatus(descriptor: descriptor)
    }

    deinit {
        for mapping in mappings.withLock({ $0 }) {
            munmap(UnsafeMutableRawPointer(bitPattern: mapping.address), mapping.count)
        }
        let durable = durableDescriptor.load(ordering: .relaxed)
        if durable >= 0 { close(durable) }
        close(descriptor)
    }

    package func size() throws(FileError) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system("fstat", path) }
        return Int(status.st_size)
    }

    package func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(FileError) -> Int {
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

    package func write(_ buffer: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
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
    package func writeDurably(_ buffer: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
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
    ) throws(FileError) {
        var done = 0
        while done < buffer.count {
            let count = pwrite(
                descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done,
                offset + done)
            if count < 0 {
                guard errno == EINTR else { throw .system("pwrite", path) }
            } else if count == 0 {
                throw FileError(operation: "pwrite", path: path, errno: EIO)
            } else {
                done += count
            }
        }
    }

    package func reserve(count: Int) -> Bool {
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

    package func prepareWrites(_ range: Range<Int>) {
        let address = writableAddress.load(ordering: .relaxed)
        let end = min(range.upperBound, writableCount.load(ordering: .relaxed))
        let first = range.lowerBound / Self.pageBytes * Self.pageBytes
        guard address != 0, first >= 0, end > first else { return }
        // Before Linux 5.14 it is refused, and in a file that was cut meanwhile it fails.
        madvise(
            UnsafeMutableRawPointer(bitPattern: address + UInt(first)), end - first,
            Self.populateWrite)
    }

    package func truncate(to size: Int) throws(FileError) {
        // Touching what is cut off would end the process.
        if size < writableCount.load(ordering: .relaxed) {
            writableCount.store(size, ordering: .relaxed)
        }
        while ftruncate(descriptor, size) != 0 {
            guard errno == EINTR else { throw .system("ftruncate", path) }
        }
    }

    package func sync() throws(FileError) {
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

    package func map(count: Int) -> UnsafeRawBufferPointer? {
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

    package func lock() -> Bool {
        // Where the system knows no locks, there is none to have.
        flock(descriptor, LOCK_EX | LOCK_NB) == 0 || ![EWOULDBLOCK, EINTR].contains(errno)
    }

    package func unlock() {
        flock(descriptor, LOCK_UN)
    }

    /// Not by `fstat`, which asks for times as well: the kernel then gives the file another time with
    /// the next write, and a durable write has to write that, too.
    package func size(at path: String) -> Int? {
        guard let identity, let found = FileStatus(path: path) else {
            return isFile(at: path) ? try? size() : nil
        }
        return found.isSame(as: identity) ? found.size : nil
    }

    package func isFile(at path: String) -> Bool { Self.isSame(descriptor, path) }

    /// Whether a path leads to an open file or folder.
    package static func isSame(_ descriptor: Int32, _ path: String) -> Bool {
        var mine = stat()
        var found = stat()
        return fstat(descriptor, &mine) == 0 && stat(path, &found) == 0
            && mine.st_dev == found.st_dev && mine.st_ino == found.st_ino
    }

    /// The process id that the owner of a lock file wrote into it.
    package func processID() -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 16)
        guard let count = try? read(into: &bytes, at: 0) else { return nil }
        return Int32(String(decoding: bytes[..<count].prefix { $0 != 10 }, as: UTF8.self))
    }
}
