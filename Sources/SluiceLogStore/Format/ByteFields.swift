// Fixed-width little-endian fields inside a buffer. Callers have checked that the field fits.

extension UnsafeRawBufferPointer {
    @inline(__always)
    func field<T: FixedWidthInteger>(_ offset: Int, as type: T.Type = T.self) -> T {
        T(littleEndian: loadUnaligned(fromByteOffset: offset, as: T.self))
    }

    /// An unsigned number of 6 bytes.
    @inline(__always)
    func field48(_ offset: Int) -> UInt64 {
        UInt64(field(offset, as: UInt32.self)) | UInt64(field(offset + 4, as: UInt16.self)) << 32
    }
}

extension UnsafeMutableRawPointer {
    @inline(__always)
    func setField<T: FixedWidthInteger>(_ offset: Int, _ value: T) {
        storeBytes(of: value.littleEndian, toByteOffset: offset, as: T.self)
    }

    /// An unsigned number of 6 bytes; the upper two are dropped.
    @inline(__always)
    func setField48(_ offset: Int, _ value: UInt64) {
        setField(offset, UInt32(truncatingIfNeeded: value))
        setField(offset + 4, UInt16(truncatingIfNeeded: value >> 32))
    }
}

extension [UInt8] {
    /// Appends a fixed-width little-endian number.
    mutating func append<T: FixedWidthInteger>(number: T) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }
}

extension [UInt8] {
    /// Runs `body` with the bytes; unlike `withUnsafeBytes` it keeps the type of an error.
    @inline(__always)
    func withBytes<R, E: Error>(
        _ body: (UnsafeRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        try withUnsafeBufferPointer { buffer throws(E) in
            try body(UnsafeRawBufferPointer(buffer))
        }
    }
}

/// Reads fields one behind the other; once they run out it gives zeros and `isWhole` is false.
struct FieldReader {
    private let source: UnsafeRawBufferPointer
    private var offset = 0
    private(set) var isWhole = true

    init(_ source: UnsafeRawBufferPointer) {
        self.source = source
    }

    mutating func next<T: FixedWidthInteger>(_ type: T.Type = T.self) -> T {
        guard isWhole, source.count - offset >= MemoryLayout<T>.size else {
            isWhole = false
            return 0
        }
        defer { offset += MemoryLayout<T>.size }
        return source.field(offset)
    }

    /// The most bytes or things that a number may stand for: sums of such numbers never overflow,
    /// however many a file has room for.
    private static let maximumSum = 1 << 36

    /// A number of bytes or things in one file: 64 bits.
    mutating func length() -> Int {
        sum(in: 0...Self.maximumSum)
    }

    /// What a number of bytes or things has changed by: 64 bits.
    mutating func change() -> Int {
        sum(in: -Self.maximumSum...Self.maximumSum)
    }

    /// A number of 64 bits; one outside of `range` is not read.
    mutating func sum(in range: ClosedRange<Int>) -> Int {
        let value = Int(next(Int64.self))
        guard range.contains(value) else {
            isWhole = false
            return 0
        }
        return value
    }

    /// A sequence number; one larger than there are is not read.
    mutating func sequence(upTo limit: UInt64 = RecordFrame.maximumSequence) -> UInt64 {
        let value = next(UInt64.self)
        guard value <= limit else {
            isWhole = false
            return 0
        }
        return value
    }

    mutating func bytes(_ count: Int) -> [UInt8]? {
        guard isWhole, source.count - offset >= count else {
            isWhole = false
            return nil
        }
        defer { offset += count }
        return Array(source[offset..<offset + count])
    }
}
