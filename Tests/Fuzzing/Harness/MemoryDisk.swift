import Glibc
import SluiceSystem

@testable import SluiceLogStore

/// Files in memory, quick to make.
///
/// `@unchecked Sendable`: a fuzzed store is inline and has no other thread.
final class MemoryDisk: FileSystem, @unchecked Sendable {
    final class Content {
        var bytes: [UInt8]

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
        }
    }

    private(set) var files: [String: Content] = [:]
    private let mapsFiles: Bool

    init(_ files: [String: [UInt8]] = [:], mapsFiles: Bool) {
        self.files = files.mapValues { Content($0) }
        self.mapsFiles = mapsFiles
    }

    func makeDirectory(_ path: String) throws(FileError) -> [String] { [] }

    func list(_ path: String) throws(FileError) -> [String] { Array(files.keys) }

    func open(_ path: String, creating: Bool) throws(FileError) -> any File {
        let name = Self.name(path)
        if creating { files[name] = Content([]) }
        return MemoryFile(try content(name), mapsFiles: mapsFiles)
    }

    func rename(_ path: String, to target: String) throws(FileError) {
        let content = try content(Self.name(path))
        files[Self.name(path)] = nil
        files[Self.name(target)] = content
    }

    func remove(_ path: String) throws(FileError) {
        _ = try content(Self.name(path))
        files[Self.name(path)] = nil
    }

    func syncDirectory(_ path: String) throws(FileError) {}

    func lock(folder path: String) throws(FileError) -> LockAttempt { .acquired(MemoryLock()) }

    func monotonicMilliseconds() -> Int64 { 0 }

    func pause(milliseconds: Int) {}

    private func content(_ name: String) throws(FileError) -> Content {
        guard let content = files[name] else {
            throw FileError(operation: "open", path: name, errno: ENOENT)
        }
        return content
    }

    private static func name(_ path: String) -> String {
        path.split(separator: "/").last.map { String($0) } ?? path
    }
}

/// The lock of a memory disk, which nobody else wants.
private final class MemoryLock: FileLock {
    func isFolder(at path: String) -> Bool { true }
}

/// An open file of a memory disk, or one by itself.
final class MemoryFile: File, @unchecked Sendable {
    private let content: MemoryDisk.Content
    private let mapsFiles: Bool
    private var mapped: [UnsafeMutableRawBufferPointer] = []

    init(_ content: MemoryDisk.Content, mapsFiles: Bool) {
        self.content = content
        self.mapsFiles = mapsFiles
    }

    convenience init(_ bytes: [UInt8], mapsFiles: Bool) {
        self.init(MemoryDisk.Content(bytes), mapsFiles: mapsFiles)
    }

    deinit {
        for bytes in mapped { bytes.deallocate() }
    }

    func size() throws(FileError) -> Int { content.bytes.count }

    func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(FileError) -> Int {
        guard offset >= 0 else { throw FileError(operation: "pread", path: "", errno: EINVAL) }
        guard offset < content.bytes.count else { return 0 }
        let count = min(buffer.count, content.bytes.count - offset)
        buffer.copyBytes(from: content.bytes[offset..<offset + count])
        return count
    }

    func write(_ buffer: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
        try grow(offset, buffer.count)
        content.bytes.replaceSubrange(offset..<offset + buffer.count, with: buffer)
    }

    func truncate(to size: Int) throws(FileError) {
        try grow(size, 0)
        content.bytes.removeLast(content.bytes.count - size)
    }

    /// Zeros up to the end of what is to be written; what makes a file huge has no space.
    private func grow(_ offset: Int, _ count: Int) throws(FileError) {
        guard offset >= 0 else { throw FileError(operation: "pwrite", path: "", errno: EINVAL) }
        guard offset < 64 << 20 else {
            throw FileError(operation: "pwrite", path: "", errno: ENOSPC)
        }
        let missing = offset + count - content.bytes.count
        if missing > 0 { content.bytes += repeatElement(0, count: missing) }
    }

    func sync() throws(FileError) {}

    /// A copy that ends exactly where it may be read, so that reading behind it is noticed.
    ///
    /// The store only maps what it changes no more.
    func map(count: Int) -> UnsafeRawBufferPointer? {
        guard mapsFiles, count > 0, count <= content.bytes.count else { return nil }
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 4096)
        copy.copyBytes(from: content.bytes[..<count])
        mapped.append(copy)
        return UnsafeRawBufferPointer(copy)
    }
}
