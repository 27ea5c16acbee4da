public import SluiceSystem

/// A file in memory, on a ``MemoryDisk`` or by itself; open as long as somebody has it.
///
/// Where it is mapped, ``map(count:)`` gives a copy that ends exactly where it may be read, so that
/// reading behind it is noticed; what is written later does not show there. May be used from any
/// thread.
public final class MemoryFile: File {
    /// Bytes that a file may have where nothing else is said: 1 GiB.
    public static let usualMaximumBytes = 1 << 30

    private let content: Lock<[UInt8]>
    /// Numbers, not pointers, which a lock could not hold as sendable.
    private let mapped = Lock<[UInt]>([])
    private let isMapped: Bool
    private let maximumBytes: Int

    /// A file with these bytes.
    public init(
        _ bytes: [UInt8] = [], isMapped: Bool = false,
        maximumBytes: Int = MemoryFile.usualMaximumBytes
    ) {
        content = Lock(bytes)
        self.isMapped = isMapped
        self.maximumBytes = maximumBytes
    }

    deinit {
        for address in mapped.withLock(\.self) {
            UnsafeMutableRawPointer(bitPattern: address)?.deallocate()
        }
    }

    /// All that the file holds.
    public var bytes: [UInt8] { content.withLock(\.self) }

    /// Bytes in the file.
    public func size() throws(FileError) -> Int { content.withLock(\.count) }

    /// Reads until the buffer is full or the file ends.
    public func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(FileError) -> Int {
        try check(offset, 0, "pread")
        return content.withLock { bytes in
            guard offset < bytes.count else { return 0 }
            let part = bytes[offset..<min(bytes.count, offset + buffer.count)]
            buffer.copyBytes(from: part)
            return part.count
        }
    }

    /// Writes the whole buffer.
    public func write(_ buffer: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
        try check(offset, buffer.count, "pwrite")
        content.withLock { bytes in
            let missing = offset + buffer.count - bytes.count
            if missing > 0 { bytes += repeatElement(0, count: missing) }
            bytes.replaceSubrange(offset..<offset + buffer.count, with: buffer)
        }
    }

    /// Cuts the file, or fills it up with zeros.
    public func truncate(to size: Int) throws(FileError) {
        try check(size, 0, "ftruncate")
        content.withLock { bytes in
            if size < bytes.count {
                bytes.removeLast(bytes.count - size)
            } else {
                bytes += repeatElement(0, count: size - bytes.count)
            }
        }
    }

    /// Refuses what no file has, and has no space for what makes one too large.
    private func check(_ offset: Int, _ count: Int, _ operation: String) throws(FileError) {
        let number: Int32? =
            if offset < 0 {
                FileError.invalidArgument
            } else if operation != "pread", offset > maximumBytes - count {
                FileError.noSpace
            } else {
                nil
            }
        if let number { throw FileError(operation: operation, path: "", errno: number) }
    }

    /// Nothing: what is in memory is as durable as it gets.
    public func sync() throws(FileError) {}

    /// The first bytes of the file in memory; nil where it is not mapped.
    public func map(count: Int) -> UnsafeRawBufferPointer? {
        guard isMapped, count > 0 else { return nil }
        return content.withLock { bytes -> UInt? in
            guard count <= bytes.count else { return nil }
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 4096)
            copy.copyBytes(from: bytes[..<count])
            return UInt(bitPattern: copy.baseAddress)
        }.map { address in
            mapped.withLock { $0.append(address) }
            return UnsafeRawBufferPointer(
                start: UnsafeRawPointer(bitPattern: address), count: count)
        }
    }
}
