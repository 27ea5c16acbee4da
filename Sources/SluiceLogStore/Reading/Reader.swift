import SluiceSystem

/// What reads an open store, from any thread.
final class Reader: Sendable {
    let place: Place
    let shared: ReadWriteLocked<StoreState>
    private let clock: StoreClock
    /// Those who wait for changes; whoever commits tells it of them.
    let feed = ChangeFeed()

    init(_ place: Place, _ shared: ReadWriteLocked<StoreState>, _ clock: StoreClock) {
        self.place = place
        self.shared = shared
        self.clock = clock
    }

    // MARK: State

    var revision: Int64 {
        Int64(clamping: shared.read { $0.revision })
    }

    var horizon: Int64 {
        Int64(clamping: shared.read { $0.keptHorizon })
    }

    var collections: [String] {
        shared.read { $0.collections.keys.sorted().map(\.text) }
    }

    /// The positions kept under names, those of the store's own too.
    var cursors: [Name: Int64] {
        shared.read { $0.cursors }
    }

    /// The names of cursors whose records do not verify, those of the store's own too.
    var damagedCursors: [Name] {
        shared.read { Array($0.damagedCursors.keys) }
    }

    func cursor(_ name: String) throws(LogStoreError) -> Int64? {
        let name = Name(name)
        let (position, damage) = shared.read { ($0.cursors[name], $0.damagedCursors[name]) }
        if let damage { throw damage }
        return position
    }

    var statistics: LogStoreStatistics {
        let now = clock.now()
        shared.write { $0.expire(at: now) }
        return shared.read { state in
            LogStoreStatistics(
                liveBytes: state.totals.liveBytes,
                totalBytes: state.totalBytes,
                records: state.totals.records,
                tombstones: state.segments.values.reduce(0) { $0 + $1.sums.tombstones },
                segments: state.segments.count, revision: Int64(clamping: state.revision),
                compactedSegments: state.compactedSegments, compactedBytes: state.compactedBytes,
                recounts: state.recounts, groups: state.groups, runs: state.layers.runs.count,
                runBytes: state.layers.runs.reduce(0) { $0 + $1.byteCount },
                memoryBytes: state.layers.active.byteCount + (state.layers.frozen?.byteCount ?? 0),
                snapshots: state.snapshots.count)
        }
    }

    // MARK: Records

    func get(
        _ collection: String, _ key: [UInt8], asOf: Int64?
    ) throws(LogStoreError) -> LogStoreRecord? {
        if let asOf {
            return try get(collection, key, at: readPoint(asOf: asOf))
        }
        guard let (entry, layers) = try newest(collection, key) else { return nil }
        return try RecordReader(identity: place.identity, layers: layers).record(entry, key: key)
    }

    func get(
        _ collection: String, _ key: [UInt8], at point: ReadPoint
    ) throws(LogStoreError) -> LogStoreRecord? {
        let entry = try key.withBytes { key throws(LogStoreError) -> IndexEntry? in
            let (number, entry) = try shared.read {
                state throws(LogStoreError) -> (UInt16, IndexEntry?) in
                let number = try self.number(of: collection, state)
                return (
                    number, point.layers.active.newest(number, key, atMost: point.revision)
                )
            }
            if let entry { return entry }
            return try point.layers.newestBelow(number, key, atMost: point.revision)
        }
        guard let entry, entry.isLive(at: point.time) else { return nil }
        return try RecordReader(identity: place.identity, layers: point.layers)
            .record(entry, key: key)
    }

    func read(
        _ collection: String, _ key: [UInt8], into buffer: inout [UInt8]
    ) throws(LogStoreError) -> Bool {
        guard let (entry, layers) = try newest(collection, key) else { return false }
        let reader = RecordReader(identity: place.identity, layers: layers)
        _ = try reader.copyValue(entry, key: key, into: &buffer)
        return true
    }

    /// Runs `body` with the value of a live key where it lies.
    func withValue<R>(
        _ collection: String, _ key: [UInt8], _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws(LogStoreError) -> R? {
        guard let (entry, layers) = try newest(collection, key) else { return nil }
        let result = try key.withBytes { key throws(LogStoreError) -> Result<R, any Error> in
            try RecordReader(identity: place.identity, layers: layers)
                .withValue(entry, key: key) { value, _ in Result { try body(value) } }
        }
        switch result {
        case .success(let value): return value
        case .failure(let error): throw (error as? LogStoreError) ?? .cancelled(error)
        }
    }

    /// The newest version of a key, if it is live, with what it was found in.
    @inline(__always)
    private func newest(
        _ collection: String, _ key: [UInt8]
    ) throws(LogStoreError) -> (IndexEntry, Layers)? {
        try key.withBytes { key throws(LogStoreError) -> (IndexEntry, Layers)? in
            let (number, found, layers) = try shared.read {
                state throws(LogStoreError) -> (UInt16, IndexEntry?, Layers) in
                let number = try self.number(of: collection, state)
                return (number, state.layers.active.newest(number, key), state.layers)
            }
            var entry = found
            if entry == nil { entry = try layers.newestBelow(number, key) }
            guard let entry, !entry.isDead,
                entry.expiresAt == 0 || entry.expiresAt > clock.now()
            else { return nil }
            return (entry, layers)
        }
    }

    func find(_ collection: String, _ find: LogStoreFind) throws(LogStoreError) -> LogStorePage {
        try self.find(collection, find, at: readPoint(asOf: find.asOf))
    }

    func find(
        _ collection: String, _ find: LogStoreFind, at point: ReadPoint
    ) throws(LogStoreError) -> LogStorePage {
        var search = try search(collection, find, at: point)
        return try search.page(asOf: point.revision)
    }

    func scan(
        _ collection: String, _ find: LogStoreFind, at point: ReadPoint? = nil,
        _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws -> Bool
    ) throws(LogStoreError) {
        let point = if let point { point } else { try readPoint(asOf: find.asOf) }
        var search = try search(collection, find, at: point)
        try search.scan(body)
    }

    private func search(
        _ collection: String, _ find: LogStoreFind, at point: ReadPoint
    ) throws(LogStoreError) -> Search {
        let number = try shared.read { state throws(LogStoreError) -> UInt16 in
            try self.number(of: collection, state)
        }
        return try Search(
            find, number, layers: point.layers, revision: point.revision, now: point.time,
            identity: place.identity, lock: shared)
    }

    /// All kept versions of a key, newest first.
    func history(
        _ collection: String, _ key: [UInt8], limit: Int
    ) throws(LogStoreError) -> [LogStoreVersion] {
        try key.withBytes { key throws(LogStoreError) -> [LogStoreVersion] in
            let (number, inMemory, point) = try shared.read {
                state throws(LogStoreError) -> (UInt16, [IndexEntry], ReadPoint) in
                let number = try self.number(of: collection, state)
                return (
                    number, state.layers.active.versions(number, key),
                    ReadPoint(state, revision: state.revision, time: 0)
                )
            }
            var entries = inMemory
            for entry in try point.layers.versionsBelow(number, key)
            where entry.version < entries.last?.version ?? .max {
                entries.append(entry)
            }
            return try read(entries, below: point, key: key, limit: limit)
        }
    }

    private func read(
        _ entries: [IndexEntry], below point: ReadPoint, key: UnsafeRawBufferPointer, limit: Int
    ) throws(LogStoreError) -> [LogStoreVersion] {
        let horizon = shared.read { $0.keptHorizon }
        let now = clock.now()
        let reader = RecordReader(identity: place.identity, layers: point.layers)
        var versions: [LogStoreVersion] = []
        var successor = UInt64.max
        for entry in entries where limit <= 0 || versions.count < limit {
            // Older ones may still lie in the log, but no longer all of them do.
            guard successor > horizon else { break }
            // That a key is absent from here on need not be said, so the record may be gone.
            if entry.version <= horizon, !entry.isLive(at: now) { break }
            successor = entry.version
            // Compaction makes a delete of an expired version sooner or later.
            let isLive = entry.isLive(at: now)
            var version = LogStoreVersion(
                revision: Int64(clamping: entry.version), isDelete: !isLive,
                expiresAt: isLive && entry.expiresAt != 0 ? entry.expiresAt : nil)
            do throws(LogStoreError) {
                (version.value, version.updatedAt) =
                    try reader.withValue(entry, key: key) { (isLive ? Array($0) : nil, $1) }
            } catch .corrupt(let file, let offset, let message, let key, let revision) {
                version.damage = LogStoreRecoveryReport.Damage(
                    file: file, offset: offset, key: key, revision: revision, message: message)
            }
            versions.append(version)
        }
        return versions
    }

    /// The moment of a revision, of now where it is nil.
    func readPoint(asOf: Int64?) throws(LogStoreError) -> ReadPoint {
        let now = clock.now()
        return try shared.read { state throws(LogStoreError) -> ReadPoint in
            guard !state.isClosed else { throw .closed }
            guard let asOf else { return ReadPoint(state, revision: state.revision, time: now) }
            let revision = UInt64(max(0, asOf))
            guard revision <= state.revision else {
                throw .invalid(
                    "revision \(asOf) is not there yet; the newest is \(state.revision)")
            }
            guard revision >= state.keptHorizon else {
                throw .gone(oldest: Int64(clamping: state.keptHorizon))
            }
            return ReadPoint(state, revision: revision, time: now)
        }
    }

    @inline(__always)
    func number(of collection: String, _ state: StoreState) throws(LogStoreError) -> UInt16 {
        guard !state.isClosed else { throw .closed }
        guard let number = state.number(of: Name(collection)) else {
            // Its name may be among what is lost.
            guard !state.isIncomplete else {
                throw .corrupt(
                    file: place.directory, offset: 0,
                    message: "collection \"\(collection)\" may be among what is lost")
            }
            throw .missingCollection(collection)
        }
        return number
    }
}
