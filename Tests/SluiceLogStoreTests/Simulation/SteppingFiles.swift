import SluiceSystem

@testable import SluiceLogStore

/// Another file system, before each of whose steps something may be done.
///
/// A simulated disk tells of what changes it; this tells of reads as well.
struct SteppingFiles<Base: FileSystem>: FileSystem {
    let base: Base
    /// Bytes that one step reads at most.
    var pieceBytes = Int.max
    let beforeStep: @Sendable () -> Void

    func makeDirectory(_ path: String) throws(FileError) -> [String] {
        try base.makeDirectory(path)
    }

    func list(_ path: String) throws(FileError) -> [String] {
        beforeStep()
        return try base.list(path)
    }

    func open(_ path: String, creating: Bool) throws(FileError) -> any File {
        beforeStep()
        return SteppingFile(
            base: try base.open(path, creating: creating), pieceBytes: pieceBytes,
            beforeStep: beforeStep)
    }

    func rename(_ path: String, to target: String) throws(FileError) {
        try base.rename(path, to: target)
    }

    func remove(_ path: String) throws(FileError) { try base.remove(path) }

    func syncDirectory(_ path: String) throws(FileError) { try base.syncDirectory(path) }

    func lock(folder path: String) throws(FileError) -> LockAttempt {
        try base.lock(folder: path)
    }

    func monotonicMilliseconds() -> Int64 { base.monotonicMilliseconds() }

    func pause(milliseconds: Int) { beforeStep() }
}

/// A file of such a file system.
final class SteppingFile: File {
    private let base: any File
    private let pieceBytes: Int
    private let beforeStep: @Sendable () -> Void

    init(base: any File, pieceBytes: Int, beforeStep: @escaping @Sendable () -> Void) {
        self.base = base
        self.pieceBytes = pieceBytes
        self.beforeStep = beforeStep
    }

    func size() throws(FileError) -> Int {
        beforeStep()
        return try base.size()
    }

    func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(FileError) -> Int {
        var total = 0
        while total < buffer.count {
            beforeStep()
            let wanted = min(pieceBytes, buffer.count - total)
            let piece = UnsafeMutableRawBufferPointer(
                rebasing: buffer[total..<total + wanted])
            let count = try base.read(into: piece, at: offset + total)
            total += count
            if count < wanted { break }
        }
        return total
    }

    func write(_ buffer: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
        try base.write(buffer, at: offset)
    }

    func truncate(to size: Int) throws(FileError) { try base.truncate(to: size) }

    func sync() throws(FileError) { try base.sync() }
}
