/// The records of some segments that compaction has to keep, with their keys.
///
/// Kept small: there is one for each record of the segments.
struct Survivors {
    struct Item {
        /// Which of the victims it lies in, and where.
        var victim: UInt8
        /// Whether it is copied as a tombstone, whatever it was.
        var isTombstone: Bool
        /// Whether the index knows its key; it is not told again of what it has forgotten for good.
        var isKnown: Bool
        /// The version that replaced it; the largest number where none did.
        var successor: UInt64
        var collection: UInt16
        var offset: UInt32
        /// Bytes of the whole record.
        var length: UInt32
        var keyStart: UInt32
        var keyCount: UInt32
        var version: UInt64
        /// The time it was written.
        var time: Int64
    }

    private(set) var items: [Item] = []
    private var keys: [UInt8] = []

    var count: Int { items.count }

    mutating func append(
        _ frame: RecordFrame, key: UnsafeRawBufferPointer, victim: Int, offset: Int, time: Int64,
        isTombstone: Bool, isKnown: Bool, successor: UInt64
    ) {
        let isUser = frame.collection >= SystemCollection.firstUser
        items.append(
            Item(
                victim: UInt8(truncatingIfNeeded: victim), isTombstone: isTombstone,
                isKnown: isKnown, successor: successor,
                collection: frame.collection, offset: UInt32(truncatingIfNeeded: offset),
                length: UInt32(truncatingIfNeeded: frame.length),
                keyStart: UInt32(truncatingIfNeeded: keys.count), keyCount: UInt32(key.count),
                version: isUser ? frame.sequence : frame.previous, time: time))
        keys.append(contentsOf: key)
    }

    /// Forgets those added last.
    mutating func removeLast(_ count: Int) {
        guard count > 0 else { return }
        keys.removeLast(keys.count - Int(items[items.count - count].keyStart))
        items.removeLast(count)
    }

    /// Sorts by collection and key, of one key the newest version first.
    mutating func sort() {
        keys.withUnsafeBytes { keys in
            items.sort { one, two in
                guard one.collection == two.collection else {
                    return one.collection < two.collection
                }
                let order = Self.key(one, keys).lexicallyCompared(to: Self.key(two, keys))
                return order == 0 ? one.version > two.version : order < 0
            }
        }
    }

    /// Gives each key's items in order.
    func forEachKey(
        _ body: (UnsafeRawBufferPointer, Range<Int>) throws(LogStoreError) -> Void
    ) throws(LogStoreError) {
        try keys.withBytes { keys throws(LogStoreError) in
            var start = 0
            while start < items.count {
                let key = Self.key(items[start], keys)
                var end = start + 1
                while end < items.count, items[end].collection == items[start].collection,
                    Self.key(items[end], keys).lexicallyCompared(to: key) == 0
                {
                    end += 1
                }
                try body(key, start..<end)
                start = end
            }
        }
    }

    private static func key(
        _ item: Item, _ keys: UnsafeRawBufferPointer
    ) -> UnsafeRawBufferPointer {
        let start = Int(item.keyStart)
        return UnsafeRawBufferPointer(rebasing: keys[start..<start + Int(item.keyCount)])
    }
}
