import SluiceSystem

/// Records of a segment whose fate is looked up together, so that the store's lock is taken once
/// for many of them.
struct Candidates {
    struct Item {
        var frame: RecordFrame
        var offset: Int
        /// The time it was written.
        var time: Int64
        fileprivate var keyStart: Int

        var version: UInt64 {
            frame.collection >= SystemCollection.firstUser ? frame.sequence : frame.previous
        }
    }

    /// What the index says of a record.
    enum Standing: Equatable {
        /// The newest version of its key.
        case newest
        /// A version that history keeps, replaced by the one with this number.
        case former(successor: UInt64)
        /// The index knows newer versions and no longer this one.
        case forgotten
        /// The index does not know the key.
        case unknown

        /// The version that replaced it; nil where none did.
        var successor: UInt64? {
            if case .former(let successor) = self { successor } else { nil }
        }
    }

    /// What the memtable says of a key: its newest version there, or with history all of them.
    private struct InMemory {
        var newest: IndexEntry?
        var all: [IndexEntry] = []
    }

    /// How many are looked up at once.
    static let most = 256

    private(set) var items: [Item] = []
    private var keys: [UInt8] = []

    mutating func removeAll() {
        items.removeAll(keepingCapacity: true)
        keys.removeAll(keepingCapacity: true)
    }

    mutating func append(
        _ frame: RecordFrame, key: UnsafeRawBufferPointer, offset: Int, time: Int64
    ) {
        items.append(Item(frame: frame, offset: offset, time: time, keyStart: keys.count))
        keys.append(contentsOf: key)
    }

    func forEach<E: Error>(
        _ body: (Int, Item, UnsafeRawBufferPointer) throws(E) -> Void
    ) throws(E) {
        try keys.withBytes { bytes throws(E) in
            for (index, item) in items.enumerated() {
                let key = bytes[item.keyStart..<item.keyStart + item.frame.keyLength]
                try body(index, item, UnsafeRawBufferPointer(rebasing: key))
            }
        }
    }

    /// What the index says of each of them, all of which lie in `segment`.
    func standings(
        in segment: UInt32, _ shared: ReadWriteLocked<StoreState>, keepsHistory: Bool
    ) throws(LogStoreError) -> [Standing] {
        var inMemory = [InMemory](repeating: InMemory(), count: items.count)
        let layers = shared.read { state in
            let memtable = state.layers.active
            forEach { index, item, key in
                let collection = item.frame.collection
                if keepsHistory {
                    inMemory[index].all = memtable.versions(collection, key)
                } else {
                    inMemory[index].newest = memtable.newest(collection, key)
                }
            }
            return state.layers
        }
        var standings: [Standing] = []
        standings.reserveCapacity(items.count)
        try forEach { index, item, key throws(LogStoreError) in
            let collection = item.frame.collection
            if keepsHistory {
                let below = try layers.versionsBelow(collection, key)
                standings.append(
                    Self.standing(of: item, in: segment, inMemory[index].all + below))
                return
            }
            var newest = inMemory[index].newest
            if newest == nil { newest = try layers.newestBelow(collection, key) }
            standings.append(Self.standing(of: item, in: segment, newest: newest))
        }
        return standings
    }

    private static func standing(
        of item: Item, in segment: UInt32, newest: IndexEntry?
    ) -> Standing {
        guard let newest else { return .unknown }
        let isHere = newest.segment == segment && Int(newest.offset) == item.offset
        if isHere { return .newest }
        // An older version says nothing of this one.
        return newest.version < item.version ? .unknown : .forgotten
    }

    /// `versions` are those of the memtable and those below it, each newest first.
    private static func standing(
        of item: Item, in segment: UInt32, _ versions: [IndexEntry]
    ) -> Standing {
        var successor: UInt64?
        for version in versions where version.version < successor ?? .max {
            if version.segment == segment, Int(version.offset) == item.offset {
                return successor.map { .former(successor: $0) } ?? .newest
            }
            // Older versions say nothing of this one.
            guard version.version >= item.version else { break }
            successor = version.version
        }
        return successor == nil ? .unknown : .forgotten
    }
}
