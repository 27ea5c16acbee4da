import SluiceSystem

/// Finds keys of a repaired store whose newest version is lost, or may be, and takes out the older
/// ones.
///
/// They are deleted by ordinary writes, before the store counts as one.
struct OlderVersions {
    /// Keys after which no more are listed.
    private static let limit = 10_000
    /// Deletes that are written at once.
    private static let batch = 500

    private let engine: Engine
    /// The old store's index, where it is sound.
    private let index: Layers?
    private let losses: RepairLosses
    private let keepsThem: Bool
    private let now: Int64
    private let names: [UInt16: Name]
    private(set) var keys: [LogStoreRepairReport.LostKey] = []
    private(set) var count = 0
    /// Keys of which an older version was found that is taken out.
    private(set) var leftOut = 0
    private var deletes: [LogStoreWrite] = []
    /// Keys of damaged records that are listed.
    private var damaged: Set<KeyName> = []

    init(_ engine: Engine, index: Layers?, _ losses: RepairLosses, keepsThem: Bool) {
        self.engine = engine
        self.index = index
        self.losses = losses
        self.keepsThem = keepsThem
        now = engine.clock.now()
        names = engine.shared.read { $0.names }
    }

    /// Looks at every key that the old store's index knows.
    mutating func compareIndex() throws(LogStoreError) {
        guard let index else { return }
        for collection in names.keys.sorted() {
            var cursor = try LayerCursor(
                index, collection, from: .unbounded, reverse: false, revision: .max, lock: nil)
            while let (key, entry) = try cursor.next() {
                try compare(entry, collection, key)
            }
        }
        try flush()
    }

    private mutating func compare(
        _ entry: IndexEntry, _ collection: UInt16, _ key: UnsafeRawBufferPointer
    ) throws(LogStoreError) {
        let found = try newest(collection, key)
        if let found, found.version > entry.version { return }
        let isDeleted = found?.version == entry.version
        if isDeleted, found?.isDead == entry.isDead { return }
        let isLive = entry.isLive(at: now)
        let older = found.flatMap { !isDeleted && $0.isLive(at: now) ? $0.version : nil }
        guard isLive || older != nil,
            !damaged.contains(KeyName(collection: collection, key: Array(key)))
        else { return }
        let isPast = entry.version > losses.lastSound ?? .max && wasCurrent(older ?? 0)
        let isKept = older != nil && (isPast || keepsThem && isLive)
        if isLive || isKept {
            list(collection, Array(key), lost: entry.version, found: older, isKept: isKept)
        }
        if older != nil, !isKept { try delete(collection, Array(key)) }
    }

    /// Whether a version was the newest as of the last sound revision, where only the end is lost.
    private func wasCurrent(_ version: UInt64) -> Bool {
        losses.lastSound != nil && version > losses.wholeBehind
    }

    /// Looks at the keys of records whose values are lost.
    mutating func compareDamaged() throws(LogStoreError) {
        for record in losses.damaged where record.expiresAt == 0 || record.expiresAt > now {
            let name = KeyName(collection: record.collection, key: record.key)
            let known = try record.key.withBytes { key throws(LogStoreError) in
                (
                    indexed: try index?.newestBelow(record.collection, key),
                    found: try newest(record.collection, key)
                )
            }
            if let indexed = known.indexed, indexed.version >= record.revision { continue }
            if let found = known.found, found.version > record.revision { continue }
            guard damaged.insert(name).inserted else { continue }
            let older = known.found.flatMap { $0.isLive(at: now) ? $0.version : nil }
            list(
                record.collection, record.key, lost: record.revision, found: older,
                isKept: older != nil)
        }
    }

    /// Looks at every key of the new store: the index may know that it is gone, and a key whose
    /// newest version is older than what is lost may have been in that.
    mutating func sweep() throws(LogStoreError) {
        let layers = engine.shared.read { $0.layers }
        let last = engine.shared.read { $0.revision }
        for collection in names.keys.sorted() {
            var cursor = try LayerCursor(
                layers, collection, from: .unbounded, reverse: false, revision: last,
                lock: engine.shared)
            while let (bytes, entry) = try cursor.next() {
                guard entry.isLive(at: now) else { continue }
                let known = try index?.newestBelow(collection, bytes)
                if index != nil, known == nil, entry.version <= losses.covered {
                    // The index forgets what was deleted or has expired.
                    if !wasCurrent(entry.version) { try delete(collection, Array(bytes)) }
                    continue
                }
                guard entry.version < losses.doubtBefore, known?.version ?? 0 <= entry.version
                else { continue }
                let key = Array(bytes)
                if damaged.contains(KeyName(collection: collection, key: key)) { continue }
                list(collection, key, lost: nil, found: entry.version, isKept: keepsThem)
                if !keepsThem { try delete(collection, key) }
            }
        }
        try flush()
    }

    private func newest(
        _ collection: UInt16, _ key: UnsafeRawBufferPointer
    ) throws(LogStoreError) -> IndexEntry? {
        let (found, layers) = engine.shared.read { state in
            (state.layers.active.newest(collection, key), state.layers)
        }
        if let found { return found }
        return try layers.newestBelow(collection, key)
    }

    private mutating func list(
        _ collection: UInt16, _ key: [UInt8], lost: UInt64?, found: UInt64?, isKept: Bool
    ) {
        count += 1
        if found != nil, !isKept { leftOut += 1 }
        guard keys.count < Self.limit else { return }
        keys.append(
            LogStoreRepairReport.LostKey(
                collection: names[collection]?.text ?? "", key: key,
                revision: lost.map { Int64(clamping: $0) },
                found: found.map { Int64(clamping: $0) }, isKept: isKept))
    }

    // MARK: Deletes

    private mutating func delete(_ collection: UInt16, _ key: [UInt8]) throws(LogStoreError) {
        guard let name = names[collection]?.text else { return }
        deletes.append(LogStoreWrite([.delete(collection: name, key: key)]))
        if deletes.count == Self.batch { try flush() }
    }

    private mutating func flush() throws(LogStoreError) {
        for result in engine.writer.writeAndWait(deletes) { _ = try result.get() }
        deletes = []
    }
}
