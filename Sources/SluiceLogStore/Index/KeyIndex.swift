/// The ordered map of a memtable from (collection number, key) to where a version lies: a radix
/// tree for each collection.
///
/// Guarded by the store's reader-writer lock, which also sees to exclusive access.
final class KeyIndex {
    @exclusivity(unchecked) private var trees: [RadixTree?] = []

    /// The entry of a key, a tombstone's included.
    @inline(__always)
    func entry(_ collection: UInt16, _ key: UnsafeRawBufferPointer) -> IndexEntry? {
        guard Int(collection) < trees.count, let tree = trees[Int(collection)] else { return nil }
        return tree.leaf(key)?.entry
    }

    /// Sets the entry of a key and gives the one it replaced; keeps the old one where `replaces`
    /// says no.
    @inline(__always)
    func update(
        _ collection: UInt16, _ key: UnsafeRawBufferPointer, _ entry: IndexEntry,
        if replaces: (IndexEntry) -> Bool
    ) -> (isSet: Bool, old: IndexEntry?) {
        let (leaf, isNew) = tree(collection).insert(key, entry)
        guard !isNew else { return (true, nil) }
        let old = leaf.entry
        guard replaces(old) else { return (false, old) }
        leaf.entry = entry
        return (true, old)
    }

    /// A walk over the keys of a collection; valid while nothing changes.
    func walk(
        _ collection: UInt16, from bound: RadixTree.Bound, reverse: Bool
    ) -> RadixTree.Walk? {
        guard Int(collection) < trees.count, let tree = trees[Int(collection)] else { return nil }
        return RadixTree.Walk(tree, from: bound, reverse: reverse)
    }

    /// The collections that hold keys, in order.
    var collections: [UInt16] {
        trees.indices.filter { trees[$0] != nil }.map { UInt16($0) }
    }

    /// Keys in all collections.
    var count: Int {
        trees.reduce(0) { $0 + ($1?.count ?? 0) }
    }

    /// Bytes of memory held.
    var byteCount: Int {
        trees.reduce(0) { $0 + ($1?.arena.byteCount ?? 0) }
    }

    private func tree(_ collection: UInt16) -> RadixTree {
        let number = Int(collection)
        while trees.count <= number { trees.append(nil) }
        if let tree = trees[number] { return tree }
        let tree = RadixTree()
        trees[number] = tree
        return tree
    }
}
