/// One search: entries are collected in pieces under the lock, values read in between.
struct Search {
    /// Entries looked at in one hold of the lock, so that a writer never waits long.
    private static let keysPerHold = 4096
    /// Bytes of records collected in one hold, so that a page of large values is read in pieces.
    private static let bytesPerHold = 4 << 20

    private let find: LogStore.Find
    private let now: Int64
    private let needsValues: Bool
    private let window: SearchWindow
    /// The bounds that prefix, start, end and after come to.
    private let lower: RadixKeyBound
    private let upper: RadixKeyBound

    private(set) var page = LogStore.Page(records: [], next: nil, asOf: 0)
    private(set) var isFinished = false
    /// The revision of the snapshot that the store keeps for this search.
    private(set) var snapshot: UInt64?
    private var revision: UInt64?
    private var hits: [SearchHit] = []
    /// The last key looked at by `collect`; the next hold goes on behind it.
    private var position: [UInt8]?
    /// Whether `collect` has come to the end of the range.
    private var isAtEnd = false
    private var keysLeft: Int
    private var bytesLeft: Int
    private var lastLooked: [UInt8]?

    init(find: LogStore.Find, identity: StoreIdentity, now: Int64) {
        self.find = find
        self.now = now
        window = SearchWindow(reader: RecordReader(identity: identity))
        needsValues = !find.keysOnly || find.where != nil
        keysLeft = max(1, find.maximumKeys)
        bytesLeft = max(1, find.maximumBytes)
        (lower, upper) = RadixKeyBound.bounds(of: find)
    }

    /// Collects the next entries.
    ///
    /// The first call fixes the revision that is searched.
    mutating func collect(from state: StoreState, collection: UInt16) {
        let revision = self.revision ?? state.revision
        if self.revision == nil {
            self.revision = revision
            page.asOf = Int64(clamping: revision)
        }
        var found: [SearchHit] = []
        var last = position
        var looked = 0
        var bytes = 0
        let mayLook = min(Self.keysPerHold, keysLeft)
        // One more than can be returned tells whether the range ends there.
        let wanted =
            find.limit > 0 && find.where == nil
            ? min(find.limit, .max - 1) - page.records.count + 1 : Int.max
        isAtEnd = walk(state, collection) { leaf in
            let key = Array(leaf.key)
            looked += 1
            if let (entry, segment) = visible(leaf.entry, key, collection, state, revision) {
                found.append(SearchHit(key: key, entry: entry, segment: segment))
                bytes += needsValues ? Int(entry.length) : key.count
            }
            last = key
            return looked < mayLook && bytes < Self.bytesPerHold && found.count < wanted
        }
        hits = found
        position = last
        keysLeft -= looked
        if !isAtEnd, keysLeft > 0, snapshot == nil {
            snapshot = revision
            state.snapshots.begin(revision)
        }
    }

    /// Walks from the last position until `body` says no; gives whether the range ends there.
    private func walk(
        _ state: StoreState, _ collection: UInt16, _ body: (RadixLeaf) -> Bool
    ) -> Bool {
        let start = position.map { RadixKeyBound.exclusive($0) } ?? (find.reverse ? upper : lower)
        let stop = find.reverse ? lower : upper
        return start.withBound { bound in
            guard var walk = state.index.walk(collection, from: bound, reverse: find.reverse) else {
                return true
            }
            var goesOn = true
            while let leaf = walk.next(), stop.contains(leaf.key, isLower: find.reverse) {
                guard goesOn else { return false }
                goesOn = body(leaf)
            }
            return true
        }
    }

    /// What the snapshot sees of a key.
    private func visible(
        _ entry: IndexEntry, _ key: [UInt8], _ collection: UInt16, _ state: StoreState,
        _ revision: UInt64
    ) -> (IndexEntry, Segment)? {
        if entry.version > revision {
            let name = KeyName(collection: collection, key: key)
            guard let former = state.snapshots.former(name, at: revision),
                former.entry.isLive(at: now)
            else { return nil }
            return (former.entry, former.segment)
        }
        guard entry.isLive(at: now), let segment = state.segments[entry.segment] else { return nil }
        return (entry, segment)
    }

    /// Reads and filters what was collected.
    mutating func take() throws(LogStoreError) {
        for (index, hit) in hits.enumerated() {
            if find.limit > 0, page.records.count >= find.limit { return stop() }
            var record = LogStore.Record(
                key: hit.key, value: [], revision: Int64(clamping: hit.entry.version),
                expiresAt: hit.entry.expiresAt == 0 ? nil : hit.entry.expiresAt)
            if needsValues {
                record.value = try window.value(of: index, in: hits)
            }
            if let condition = find.where {
                do {
                    guard try condition(record) else {
                        lastLooked = hit.key
                        continue
                    }
                } catch {
                    throw (error as? LogStoreError) ?? .cancelled(error)
                }
            }
            if find.keysOnly { record.value = [] }
            let bytes = record.key.count + record.value.count
            if bytes > bytesLeft, !page.records.isEmpty { return stop() }
            bytesLeft -= bytes
            page.records.append(record)
            lastLooked = hit.key
        }
        lastLooked = position ?? lastLooked
        if isAtEnd {
            isFinished = true
        } else if keysLeft <= 0 {
            stop()
        }
    }

    private mutating func stop() {
        isFinished = true
        page.next = lastLooked
    }
}
