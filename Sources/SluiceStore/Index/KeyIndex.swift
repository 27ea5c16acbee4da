/// The ordered map from (collection number, key) to where the newest version lies.
///
/// Everything else in the store reaches the index through this type. It lies in memory and is
/// rebuilt from the segments when a store is opened. Guarded by the store's reader-writer lock.
final class KeyIndex {
    private var trees: [RadixTree?] = []

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

    /// Removes a key.
    func remove(_ collection: UInt16, _ key: UnsafeRawBufferPointer) {
        guard Int(collection) < trees.count, let tree = trees[Int(collection)] else { return }
        _ = tree.remove(key)
    }

    /// A walk over the keys of a collection; valid while the lock is held.
    func walk(
        _ collection: UInt16, from bound: RadixTree.Bound, reverse: Bool
    ) -> RadixTree.Walk? {
        guard Int(collection) < trees.count, let tree = trees[Int(collection)] else { return nil }
        return RadixTree.Walk(tree, from: bound, reverse: reverse)
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
