/// A block of a run in memory: a sorted part of its entries, or of the tree above them.
///
/// Keys are the collection's number in big-endian order and the key's bytes. The common prefix of
/// the block's keys is kept once; the rest of them in groups of 16, of which the first is written
/// in full and the others without what they share with the one before. What an entry says besides
/// is a row of fixed width, so that any of them is found without reading those before.
///
/// Only made of bytes that `RunBlock.damage` has found none in; nothing is checked here again.
struct RunBlock {
    let start: UnsafeRawPointer
    let count: Int
    let prefixCount: Int
    /// Bytes of a row.
    let stride: Int
    let groupCount: Int

    @inline(__always)
    init(_ start: UnsafeRawPointer) {
        self.start = start
        count = Int(start.number(12, as: UInt16.self))
        prefixCount = Int(start.number(14, as: UInt16.self))
        stride = Int(start.number(22, as: UInt8.self))
        groupCount = (count &+ RunFormat.groupCount &- 1) / RunFormat.groupCount
    }

    /// Pages of the block.
    var pageCount: Int { Int(start.number(8, as: UInt16.self)) }
    /// Pages of the leaf before, 0 for the first.
    var pageCountBefore: Int { Int(start.number(10, as: UInt16.self)) }

    // The groups' heads come first, right behind the block's own: a search waits for memory once
    // for both. A group's rows lie before its keys for the same reason.
    @inline(__always)
    private var groups: UnsafeRawPointer { start + RunFormat.blockHeadByteCount }

    @inline(__always)
    var prefix: UnsafeRawPointer { groups + groupCount &* RunFormat.groupByteCount }

    /// The first seven bytes of a group's first key, and its length up to 8: in the keys' order.
    @inline(__always)
    func head(_ group: Int) -> UInt64 {
        groups.number(group &* RunFormat.groupByteCount)
    }

    /// Where a group's rows begin.
    @inline(__always)
    func rows(_ group: Int) -> UnsafeRawPointer {
        let offset: UInt16 = groups.number(group &* RunFormat.groupByteCount &+ 8)
        return start + Int(offset)
    }

    /// Where a group's keys begin, behind its rows.
    @inline(__always)
    func keys(_ group: Int) -> UnsafeRawPointer {
        let entries = min(RunFormat.groupCount, count &- group &* RunFormat.groupCount)
        return rows(group) + entries &* stride
    }

    @inline(__always)
    private func row(_ index: Int) -> UnsafeRawPointer {
        rows(index / RunFormat.groupCount) + index % RunFormat.groupCount &* stride
    }

    /// The version of an entry alone.
    @inline(__always)
    func version(_ index: Int) -> UInt64 {
        let width: UInt8 = start.number(16)
        return start.number(24, as: UInt64.self) &+ row(index).number(0) & Self.mask(width)
    }

    @inline(__always)
    func entry(_ index: Int) -> IndexEntry {
        var row = row(index)
        var widths: UInt64 = start.number(16)
        // At least eight bytes follow the last row, so that many can be read everywhere.
        @inline(__always) func column() -> UInt64 {
            let width = UInt8(truncatingIfNeeded: widths)
            let value = row.number(0, as: UInt64.self) & Self.mask(width)
            row += Int(width)
            widths &>>= 8
            return value
        }
        let version = start.number(24, as: UInt64.self) &+ column()
        let age = start.number(32, as: UInt64.self) &+ column()
        let turned = start.number(40, as: UInt64.self) &+ column()
        let segment = start.number(48, as: UInt32.self) &+ UInt32(truncatingIfNeeded: column())
        let offset = start.number(52, as: UInt32.self) &+ UInt32(truncatingIfNeeded: column())
        let length = start.number(56, as: UInt32.self) &+ UInt32(truncatingIfNeeded: column())
        return IndexEntry(
            version: version, created: version &- age,
            expiryAndFlags: turned &>> 8 | turned &<< 56,
            segment: segment, offset: offset, length: length)
    }

    /// Ones in the lowest `width` bytes, 0 to 8.
    @inline(__always)
    private static func mask(_ width: UInt8) -> UInt64 {
        let half = UInt64(width &* 4)
        return (((1 as UInt64) &<< half) &<< half) &- 1
    }

    /// The page of a child, in a block of the tree above the leaves.
    @inline(__always)
    func childPage(_ index: Int) -> Int {
        Int(entry(index).segment)
    }
}

/// How a block's key says what it shares with the one before, and how much of its own follows.
///
/// Four bits each where they suffice; all ones otherwise, and two numbers follow.
struct RunKeyLengths {
    var shared: Int
    var own: Int

    static let escape: UInt8 = 0xFF

    init(shared: Int, own: Int) {
        self.shared = shared
        self.own = own
    }

    /// Reads the lengths at `at` and moves behind them.
    @inline(__always)
    init(_ at: inout UnsafeRawPointer) {
        let byte = at.load(as: UInt8.self)
        at += 1
        if byte != Self.escape {
            shared = Int(byte &>> 4)
            own = Int(byte & 15)
        } else {
            shared = Self.number(&at)
            own = Self.number(&at)
        }
    }

    /// A number of seven bits a byte, the lowest first; a set high bit means more.
    @inline(__always)
    static func number(_ at: inout UnsafeRawPointer) -> Int {
        let byte = at.load(as: UInt8.self)
        at += 1
        return byte < 128 ? Int(byte) : longNumber(Int(byte & 127), &at)
    }

    private static func longNumber(_ low: Int, _ at: inout UnsafeRawPointer) -> Int {
        var value = low
        for shift in [7, 14] {
            let byte = at.load(as: UInt8.self)
            at += 1
            value |= Int(byte & 127) &<< shift
            if byte < 128 { break }
        }
        return value
    }
}

extension UnsafeRawPointer {
    /// A little-endian number; the caller knows that it lies in the buffer.
    @inline(__always)
    func number<T: FixedWidthInteger>(_ offset: Int, as type: T.Type = T.self) -> T {
        T(littleEndian: loadUnaligned(fromByteOffset: offset, as: T.self))
    }
}
