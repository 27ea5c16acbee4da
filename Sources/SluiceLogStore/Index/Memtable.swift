import SluiceSystem

/// The index of the newest part of the log, in memory: for each key its newest version there, and
/// the ones before it that an open snapshot or kept history may ask for.
///
/// `@unchecked Sendable`: while it grows it is guarded by the store's reader-writer lock, which in
/// debug builds its callers are asked for; once frozen it never changes again.
final class Memtable: @unchecked Sendable {
    /// Who holds the lock that guards it; nil once it is frozen.
    @exclusivity(unchecked) var custody: Custody?
    private let index = KeyIndex()
    /// Replaced versions by key, newest last.
    @exclusivity(unchecked) private var former: [KeyName: [IndexEntry]] = [:]
    @exclusivity(unchecked) private var formerBytes = 0
    /// The memtable holds the log from here on.
    let start: LogPosition

    init(start: LogPosition) {
        self.start = start
    }

    var isEmpty: Bool { index.count == 0 }
    /// Keys, and versions kept besides.
    var entryCount: Int { index.count + former.values.reduce(0) { $0 + $1.count } }
    /// The collections that hold keys, in order.
    var collections: [UInt16] { index.collections }
    /// Bytes of memory held.
    var byteCount: Int { index.byteCount + formerBytes }

    /// The newest version of a key, tombstones included.
    @inline(__always)
    func newest(_ collection: UInt16, _ key: UnsafeRawBufferPointer) -> IndexEntry? {
        custody?.checkShared("a memtable")
        return index.entry(collection, key)
    }

    /// The newest version of a key that is not newer than `revision`.
    func newest(
        _ collection: UInt16, _ key: UnsafeRawBufferPointer, atMost revision: UInt64
    ) -> IndexEntry? {
        custody?.checkShared("a memtable")
        guard let entry = index.entry(collection, key) else { return nil }
        return visible(entry, collection, key, revision)
    }

    /// All versions of a key, newest first.
    func versions(_ collection: UInt16, _ key: UnsafeRawBufferPointer) -> [IndexEntry] {
        custody?.checkShared("a memtable")
        guard let entry = index.entry(collection, key) else { return [] }
        return [entry] + formers(collection, key).reversed()
    }

    /// Enters a version and gives the newest one that was there before.
    ///
    /// Where `keepsFormer` says so the replaced one stays as a former version. A version older than
    /// the newest is entered as a former one.
    @inline(__always)
    func insert(
        _ collection: UInt16, _ key: UnsafeRawBufferPointer, _ entry: IndexEntry,
        keepsFormer: (IndexEntry) -> Bool
    ) -> IndexEntry? {
        assert(custody != nil, "a frozen memtable is changed")
        custody?.checkAlone("a memtable")
        let (isSet, old) = index.update(collection, key, entry) { $0.version <= entry.version }
        if let old {
            let other = isSet ? old : entry
            if old.version != entry.version, keepsFormer(other) { keep(other, collection, key) }
        }
        return old
    }

    private func keep(
        _ entry: IndexEntry, _ collection: UInt16, _ key: UnsafeRawBufferPointer
    ) {
        let name = KeyName(collection: collection, key: Array(key))
        var versions = former[name] ?? []
        let place = versions.firstIndex { $0.version >= entry.version } ?? versions.count
        if place < versions.count, versions[place].version == entry.version {
            versions[place] = entry
        } else {
            versions.insert(entry, at: place)
            formerBytes += MemoryLayout<IndexEntry>.stride + (place == 0 ? key.count + 96 : 0)
        }
        former[name] = versions
    }

    private func formers(
        _ collection: UInt16, _ key: UnsafeRawBufferPointer
    ) -> [IndexEntry] {
        guard !former.isEmpty else { return [] }
        return former[KeyName(collection: collection, key: Array(key))] ?? []
    }

    private func visible(
        _ entry: IndexEntry, _ collection: UInt16, _ key: UnsafeRawBufferPointer,
        _ revision: UInt64
    ) -> IndexEntry? {
        if entry.version <= revision { return entry }
        return formers(collection, key).last { $0.version <= revision }
    }

    /// Walks over keys from a bound until `body` says no; gives each key's newest version that is
    /// not newer than `revision`, and whether the walk came to the end of the collection.
    func walk(
        _ collection: UInt16, from bound: RadixTree.Bound, reverse: Bool, atMost revision: UInt64,
        _ body: (UnsafeRawBufferPointer, IndexEntry?) -> Bool
    ) -> Bool {
        custody?.checkShared("a memtable")
        guard var walk = index.walk(collection, from: bound, reverse: reverse) else { return true }
        while let leaf = walk.next() {
            let entry = visible(leaf.entry, collection, leaf.key, revision)
            guard body(leaf.key, entry) else { return false }
        }
        return true
    }

    /// Gives every key with its versions, newest first, in order of collections and keys.
    func forEach(
        _ body: (UInt16, UnsafeRawBufferPointer, [IndexEntry]) throws(LogStoreError) -> Void
    ) throws(LogStoreError) {
        custody?.checkShared("a memtable")
        for collection in index.collections {
            var walk = index.walk(collection, from: .unbounded, reverse: false)
            while let leaf = walk?.next() {
                let versions = [leaf.entry] + formers(collection, leaf.key).reversed()
                try body(collection, leaf.key, versions)
            }
        }
    }
}
