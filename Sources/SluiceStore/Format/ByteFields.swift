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
