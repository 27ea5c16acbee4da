/// The smallest and largest values in a block's rows, which give their widths.
///
/// A value is written as what it is above the smallest, in as many bytes as the largest needs.
/// Expiry and flags are turned so that the flags are the lowest byte: rows that differ in a flag
/// alone need one byte for it.
struct RunColumns {
    private var version = Range()
    /// How much younger a version is than the one that created the key; 0 for most.
    private var age = Range()
    private var expiry = Range()
    private var segment = Range()
    private var offset = Range()
    private var length = Range()
    /// Bytes of a row.
    private(set) var stride = 0

    private struct Range {
        var smallest: UInt64 = 0
        var largest: UInt64 = 0

        init() {}

        @inline(__always)
        init(_ value: UInt64) {
            smallest = value
            largest = value
        }

        @inline(__always)
        mutating func take(_ value: UInt64) {
            smallest = min(smallest, value)
            largest = max(largest, value)
        }

        /// Bytes that the values need, 0 where all are the same.
        @inline(__always)
        var width: Int {
            (64 &- (largest &- smallest).leadingZeroBitCount &+ 7) &>> 3
        }
    }

    init() {}

    @inline(__always)
    init(_ entry: IndexEntry) {
        version = Range(entry.version)
        age = Range(entry.version &- entry.created)
        expiry = Range(Self.turned(entry.expiryAndFlags))
        segment = Range(UInt64(entry.segment))
        offset = Range(UInt64(entry.offset))
        length = Range(UInt64(entry.length))
    }

    @inline(__always)
    private static func turned(_ expiryAndFlags: UInt64) -> UInt64 {
        expiryAndFlags &<< 8 | expiryAndFlags &>> 56
    }

    /// The columns with one more row.
    @inline(__always)
    func joined(with entry: IndexEntry) -> RunColumns {
        var joined = self
        joined.version.take(entry.version)
        joined.age.take(entry.version &- entry.created)
        joined.expiry.take(Self.turned(entry.expiryAndFlags))
        joined.segment.take(UInt64(entry.segment))
        joined.offset.take(UInt64(entry.offset))
        joined.length.take(UInt64(entry.length))
        joined.stride =
            joined.version.width &+ joined.age.width &+ joined.expiry.width
            &+ joined.segment.width &+ joined.offset.width &+ joined.length.width
        return joined
    }

    /// Writes widths and smallest values into a block's head.
    func write(to block: UnsafeMutableRawPointer) {
        let ranges = [version, age, expiry, segment, offset, length]
        for (index, range) in ranges.enumerated() {
            block.setField(16 + index, UInt8(truncatingIfNeeded: range.width))
        }
        block.setField(22, UInt8(truncatingIfNeeded: stride))
        block.setField(24, version.smallest)
        block.setField(32, age.smallest)
        block.setField(40, expiry.smallest)
        block.setField(48, UInt32(truncatingIfNeeded: segment.smallest))
        block.setField(52, UInt32(truncatingIfNeeded: offset.smallest))
        block.setField(56, UInt32(truncatingIfNeeded: length.smallest))
    }

    /// Writes a row, and zeros or part of the value behind it: up to eight bytes that are written
    /// later.
    @inline(__always)
    func write(_ entry: IndexEntry, to row: UnsafeMutableRawPointer) {
        var row = row
        @inline(__always) func put(_ value: UInt64, _ range: Range) {
            row.setField(0, value &- range.smallest)
            row += range.width
        }
        put(entry.version, version)
        put(entry.version &- entry.created, age)
        put(Self.turned(entry.expiryAndFlags), expiry)
        put(UInt64(entry.segment), segment)
        put(UInt64(entry.offset), offset)
        put(UInt64(entry.length), length)
    }
}
