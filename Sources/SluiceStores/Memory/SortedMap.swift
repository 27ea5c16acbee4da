/// Values by keys in the order of their bytes: sorted blocks of a few hundred keys.
///
/// A look-up is two binary searches; an insertion moves at most one block.
struct SortedMap<Value: Sendable>: Sendable {
    private struct Block: Sendable {
        var keys: [[UInt8]]
        var values: [Value]
    }

    private static var largestBlock: Int { 512 }

    /// None is empty.
    private var blocks: [Block] = []
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// A place among the keys.
    struct Index: Equatable {
        fileprivate var block: Int
        fileprivate var offset: Int
    }

    subscript(key: [UInt8]) -> Value? {
        get {
            let index = firstIndex(notBelow: key)
            return self.key(at: index) == key ? blocks[index.block].values[index.offset] : nil
        }
        set {
            let index = firstIndex(notBelow: key)
            let isThere = self.key(at: index) == key
            switch (newValue, isThere) {
            case (let value?, true): blocks[index.block].values[index.offset] = value
            case (let value?, false): insert(key, value, at: index)
            case (nil, true): remove(at: index)
            case (nil, false): break
            }
        }
    }

    /// The place of the first key that is not smaller.
    func firstIndex(notBelow key: [UInt8]) -> Index {
        let block = Self.first(blocks.count) {
            !Self.isBelow(blocks[$0].keys[blocks[$0].keys.count - 1], key)
        }
        guard block < blocks.count else { return end }
        let keys = blocks[block].keys
        return Index(block: block, offset: Self.first(keys.count) { !Self.isBelow(keys[$0], key) })
    }

    /// Behind the last key.
    var end: Index { Index(block: blocks.count, offset: 0) }
    /// The first key's place; the end of an empty map.
    var start: Index { Index(block: 0, offset: 0) }

    func key(at index: Index) -> [UInt8]? {
        index.block < blocks.count ? blocks[index.block].keys[index.offset] : nil
    }

    func value(at index: Index) -> Value { blocks[index.block].values[index.offset] }

    func index(after index: Index) -> Index {
        let next = index.offset + 1
        return next < blocks[index.block].keys.count
            ? Index(block: index.block, offset: next) : Index(block: index.block + 1, offset: 0)
    }

    /// The place before another one; nil before the first.
    func index(before index: Index) -> Index? {
        if index.offset > 0 { return Index(block: index.block, offset: index.offset - 1) }
        guard index.block > 0 else { return nil }
        return Index(block: index.block - 1, offset: blocks[index.block - 1].keys.count - 1)
    }

    private mutating func insert(_ key: [UInt8], _ value: Value, at index: Index) {
        count += 1
        guard !blocks.isEmpty else { return blocks.append(Block(keys: [key], values: [value])) }
        // Behind the last key of all the last block takes it.
        let place =
            index.block < blocks.count
            ? index : Index(block: blocks.count - 1, offset: blocks[blocks.count - 1].keys.count)
        blocks[place.block].keys.insert(key, at: place.offset)
        blocks[place.block].values.insert(value, at: place.offset)
        split(place.block)
    }

    private mutating func split(_ block: Int) {
        let size = blocks[block].keys.count
        guard size > Self.largestBlock else { return }
        let upper = Block(
            keys: Array(blocks[block].keys[(size / 2)...]),
            values: Array(blocks[block].values[(size / 2)...]))
        blocks[block].keys.removeSubrange((size / 2)...)
        blocks[block].values.removeSubrange((size / 2)...)
        blocks.insert(upper, at: block + 1)
    }

    private mutating func remove(at index: Index) {
        count -= 1
        blocks[index.block].keys.remove(at: index.offset)
        blocks[index.block].values.remove(at: index.offset)
        if blocks[index.block].keys.isEmpty { blocks.remove(at: index.block) }
    }

    static func isBelow(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.lexicographicallyPrecedes(right)
    }

    /// The smallest number below `count` for which it is so, `count` where it is for none.
    private static func first(_ count: Int, _ isSo: (Int) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = low + (high - low) / 2
            if isSo(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
