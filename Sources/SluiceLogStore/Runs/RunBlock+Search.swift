import Glibc

/// A key to be looked for, collection first, followed by eight zero bytes.
struct RunTarget {
    let start: UnsafeRawPointer
    let count: Int

    static let slackByteCount = 8

    /// Writes a collection, a key and `more` zero bytes of key, and the zeros behind them, into a
    /// buffer that is large enough.
    @inline(__always)
    init(
        _ buffer: UnsafeMutableRawPointer, _ collection: UInt16, _ key: UnsafeRawBufferPointer,
        more: Int = 0
    ) {
        buffer.storeBytes(of: collection.bigEndian, as: UInt16.self)
        let body = buffer + RunFormat.collectionByteCount
        if let base = key.baseAddress { body.copyMemory(from: base, byteCount: key.count) }
        count = RunFormat.collectionByteCount &+ key.count &+ more
        (body + key.count).storeBytes(of: 0, as: UInt64.self)
        if more > 0 { (body + (key.count &+ more)).storeBytes(of: 0, as: UInt64.self) }
        start = UnsafeRawPointer(buffer)
    }

    /// Bytes of the buffer that a target needs.
    static func byteCount(key: Int) -> Int {
        RunFormat.collectionByteCount + key + 1 + slackByteCount
    }
}

extension RunBlock {
    /// The place of a key's version, or where it would be.
    struct Place {
        /// The first entry that does not come before what was looked for.
        var index: Int
        /// Whether its key is the one looked for.
        var isKeyEqual: Bool
    }

    /// The first entry of a greater key, or of the same one with at most `version`.
    @inline(__always)
    func place(_ target: RunTarget, _ version: UInt64) -> Place {
        let order = memcmp(target.start, prefix, min(prefixCount, target.count))
        if order != 0 { return Place(index: order < 0 ? 0 : count, isKeyEqual: false) }
        guard target.count >= prefixCount else { return Place(index: 0, isKeyEqual: false) }
        let key = target.start + prefixCount
        let keyCount = target.count &- prefixCount
        let head = Self.head(key, keyCount)
        let group = groupsBefore(head, key, keyCount, version)
        if group > 0, let place = scan(group &- 1, key, keyCount, version) { return place }
        guard group < groupCount else { return Place(index: count, isKeyEqual: false) }
        return Place(
            index: group &* RunFormat.groupCount,
            isKeyEqual: self.head(group) == head && compareFirst(group, key, keyCount) == 0)
    }

    /// The head of a key whose bytes are followed by enough zeros.
    @inline(__always)
    static func head(_ key: UnsafeRawPointer, _ count: Int) -> UInt64 {
        let bytes = UInt64(bigEndian: key.loadUnaligned(as: UInt64.self))
        return bytes & ~0xFF | UInt64(truncatingIfNeeded: min(count, 8))
    }

    /// How many groups begin before the key's version.
    @inline(__always)
    private func groupsBefore(
        _ head: UInt64, _ key: UnsafeRawPointer, _ keyCount: Int, _ version: UInt64
    ) -> Int {
        var less = 0
        for group in 0..<groupCount {
            less &+= self.head(group) < head ? 1 : 0
        }
        var upper = less
        while upper < groupCount, self.head(upper) == head { upper &+= 1 }
        while less < upper {
            let middle = (less &+ upper) / 2
            let order = compareFirst(middle, key, keyCount)
            let isBefore =
                order == 0
                ? self.version(middle &* RunFormat.groupCount) > version : order < 0
            if isBefore { less = middle &+ 1 } else { upper = middle }
        }
        return less
    }

    /// Negative, zero or positive as a group's first key comes before, equals or follows a key.
    @inline(__always)
    private func compareFirst(_ group: Int, _ key: UnsafeRawPointer, _ keyCount: Int) -> Int {
        var at = keys(group)
        let count = RunKeyLengths.number(&at) &>> 1
        let order = memcmp(at, key, min(count, keyCount))
        return order != 0 ? Int(order) : count &- keyCount
    }

    /// Looks through a group whose first entry comes before what is looked for; nil where all do.
    ///
    /// Knowing how many bytes the last key had in common with the one looked for, most entries
    /// are passed by the length alone that they share with the one before them.
    @inline(__always)
    private func scan(
        _ group: Int, _ key: UnsafeRawPointer, _ keyCount: Int, _ version: UInt64
    ) -> Place? {
        var at = keys(group)
        let first = RunKeyLengths.number(&at) &>> 1
        var matched = Self.commonCount(at, key, min(first, keyCount))
        at += first
        var index = group &* RunFormat.groupCount &+ 1
        let end = min(index &+ RunFormat.groupCount &- 1, count)
        while index < end {
            let lengths = RunKeyLengths(&at)
            if lengths.shared < matched { return Place(index: index, isKeyEqual: false) }
            if lengths.shared == matched {
                let rest = keyCount &- matched
                let common = Self.commonCount(at, key + matched, min(lengths.own, rest))
                matched &+= common
                if common == rest {
                    guard common == lengths.own else {
                        return Place(index: index, isKeyEqual: false)
                    }
                    if self.version(index) <= version {
                        return Place(index: index, isKeyEqual: true)
                    }
                } else if common < lengths.own, at.byte(common) > key.byte(matched) {
                    return Place(index: index, isKeyEqual: false)
                }
            }
            at += lengths.own
            index &+= 1
        }
        return nil
    }

    /// How many of the first `limit` bytes are the same.
    @inline(__always)
    static func commonCount(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ limit: Int) -> Int {
        var count = 0
        while count &+ 8 <= limit {
            let difference: UInt64 = a.number(count) ^ b.number(count)
            if difference != 0 { return count &+ difference.trailingZeroBitCount / 8 }
            count &+= 8
        }
        while count < limit, a.byte(count) == b.byte(count) { count &+= 1 }
        return count
    }
}

extension UnsafeRawPointer {
    @inline(__always)
    func byte(_ offset: Int) -> UInt8 {
        load(fromByteOffset: offset, as: UInt8.self)
    }
}
