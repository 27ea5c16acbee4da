/// Reads files whole, in pieces, for copying and for their hashes.
struct FileCopy {
    /// Whole blocks of the hash.
    private static let pieceBytes = ContentHash.blockBytes * 8192

    let meter: ProgressMeter

    /// The hash of a file's first bytes, which `take` gets in pieces; nil where it is shorter.
    func hash(
        _ file: DiskFile, byteCount: Int,
        _ take: (_ piece: UnsafeRawBufferPointer, _ offset: Int) throws(LogStoreError) -> Void =
            { _, _ throws(LogStoreError) in }
    ) throws(LogStoreError) -> UInt64? {
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: min(Self.pieceBytes, max(byteCount, 1)), alignment: 16)
        defer { buffer.deallocate() }
        var stream = ContentHash.Stream(seed: 0, byteCount: byteCount)
        var offset = 0
        while byteCount - offset > Self.pieceBytes {
            guard let piece = try read(file, offset, Self.pieceBytes, buffer) else { return nil }
            stream.update(piece)
            try take(piece, offset)
            offset += piece.count
            try meter.advance(piece.count)
        }
        guard let piece = try read(file, offset, byteCount - offset, buffer) else { return nil }
        if !piece.isEmpty { try take(piece, offset) }
        try meter.advance(piece.count)
        return stream.finish(piece)
    }

    private func read(
        _ file: DiskFile, _ offset: Int, _ count: Int, _ buffer: UnsafeMutableRawBufferPointer
    ) throws(LogStoreError) -> UnsafeRawBufferPointer? {
        let target = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
        guard try file.read(into: target, at: offset) == count else { return nil }
        return UnsafeRawBufferPointer(target)
    }

    /// Copies a file's first bytes to a new file, durably; gives their hash, nil where it is
    /// shorter.
    ///
    /// The new file appears under its name when it is complete.
    func copy(
        _ file: DiskFile, byteCount: Int, to path: String, _ fileSystem: Disk
    ) throws(LogStoreError) -> UInt64? {
        let temporary = path + ".tmp"
        let target = try fileSystem.open(temporary, creating: true)
        let hash = try hash(file, byteCount: byteCount) { piece, offset throws(LogStoreError) in
            try target.write(piece, at: offset)
        }
        try target.sync()
        try fileSystem.rename(temporary, to: path)
        return hash
    }
}
