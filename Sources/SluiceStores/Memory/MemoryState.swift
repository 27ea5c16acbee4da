import SluiceStore
import SluiceSystem

/// The versions of one key that are kept, oldest first; never empty.
struct MemoryVersions: Sendable {
    struct Item: Sendable {
        var revision: Int64
        var createdRevision: Int64
        /// Nil for a delete.
        var value: [UInt8]?
        var expiresAt: Int64?
        var updatedAt: Int64
        /// Whether the record has expired and counts no more.
        var hasExpired = false

        func isLive(at time: Int64) -> Bool {
            value != nil && !hasExpired && (expiresAt.map { $0 > time } ?? true)
        }

        /// Whether nothing is lost where the version is not kept any more.
        var isDead: Bool { value == nil || hasExpired }

        func told(at time: Int64) -> Version {
            let isLive = isLive(at: time)
            return Version(
                revision: revision, value: isLive ? value : nil, isDelete: !isLive,
                expiresAt: isLive ? expiresAt : nil, updatedAt: updatedAt)
        }
    }

    var items: [Item]

    /// The version that a revision saw; nil where the key was not there yet.
    func item(asOf revision: Int64) -> Item? { items.last { $0.revision <= revision } }
}

/// What a memory store holds, behind its lock.
struct MemoryState: BatchEvaluator.View {
    var collections: [Name: SortedMap<MemoryVersions>] = [:]
    var cursors: [Name: Int64] = [:]
    var revision: Int64 = 0
    var time: Int64 = 0
    var isClosed = false
    private(set) var liveBytes = 0
    private let keepRevisions: Int64
    /// The records of the revisions after the horizon, in order; those before `logStart` are gone.
    private var log: [RecordKey] = []
    private var logStart = 0
    /// Live records that expire, by the instant.
    private var expiring = SortedMap<RecordKey>()

    init(keepRevisions: Int64) { self.keepRevisions = keepRevisions }

    /// The oldest revision that may be asked for.
    var horizon: Int64 { revision - Int64(log.count - logStart) }

    /// What a record counts against the cap.
    static func bytes(_ key: RecordKey, _ value: [UInt8]) -> Int {
        32 + key.key.count + value.count
    }

    func checkOpen() throws(StoreError) {
        if isClosed { throw .closed }
    }

    func checkReach(of revision: Int64) throws(StoreError) {
        guard revision >= horizon else {
            throw StoreError(
                .gone, "revision \(revision) is not kept any more; the oldest is \(horizon)",
                oldestRevision: horizon)
        }
        guard revision <= self.revision else {
            throw StoreError(
                .invalidMessage,
                "revision \(revision) is still to come; the newest is \(self.revision)")
        }
    }

    // MARK: Time

    /// Goes on to a time, at which records may have expired; gives the store's time, which never goes back.
    @discardableResult
    mutating func advance(to now: Int64) -> Int64 {
        time = max(time, now)
        while let first = expiring.key(at: expiring.start), !expiring.isEmpty {
            let key = expiring.value(at: expiring.start)
            guard Self.instant(first) <= time else { break }
            expiring[first] = nil
            expire(key)
        }
        return time
    }

    /// Stops to count a record that has expired, and lets go of it unless its version is still kept.
    private mutating func expire(_ key: RecordKey) {
        guard var versions = collections[key.collection]?[key.key],
            let value = versions.items.last?.value
        else { return }
        liveBytes -= Self.bytes(key, value)
        versions.items[versions.items.count - 1].hasExpired = true
        let isOld = versions.items.count == 1 && versions.items[0].revision <= horizon
        collections[key.collection]?[key.key] = isOld ? nil : versions
    }

    /// Where a record stands among those that expire.
    private static func place(_ key: RecordKey, _ instant: Int64) -> [UInt8] {
        withUnsafeBytes(of: instant.bigEndian) { Array($0) } + Array(key.collection.text.utf8) + [0]
            + key.key
    }

    private static func instant(_ place: [UInt8]) -> Int64 {
        place.prefix(8).reduce(0) { $0 << 8 | Int64($1) }
    }

    // MARK: Reading

    func isDeclared(_ collection: Name) -> Bool { collections[collection] != nil }

    func record(_ key: RecordKey) throws(StoreError) -> Record? { try live(key, asOf: nil) }

    /// The live record of a key, now or at a revision.
    func live(_ key: RecordKey, asOf revision: Int64?) throws(StoreError) -> Record? {
        guard let records = collections[key.collection] else {
            throw .missingCollection(key.collection)
        }
        return records[key.key]?.item(asOf: revision ?? self.revision)?.record(key.key, at: time)
    }

    func changes(after revision: Int64, limit: Int) throws(StoreError) -> ChangePage {
        guard revision >= horizon else {
            throw StoreError(
                .gone,
                "the changes after \(revision) are not kept any more; the oldest is \(horizon)",
                oldestRevision: horizon)
        }
        let first = logStart + Int(clamping: max(0, revision - horizon))
        let last = limit > 0 ? min(log.count, first + limit) : log.count
        guard first < last else { return ChangePage(changes: [], through: self.revision) }
        let changes = (first..<last).compactMap { place -> StoreChange? in
            let key = log[place]
            let number = horizon + Int64(place - logStart) + 1
            guard let item = collections[key.collection]?[key.key]?.item(asOf: number) else {
                return nil
            }
            return StoreChange(
                record: key, value: item.value, isDelete: item.value == nil,
                revision: item.revision, updatedAt: item.updatedAt, expiresAt: item.expiresAt)
        }
        return ChangePage(changes: changes, through: horizon + Int64(last - logStart))
    }

    // MARK: Writing

    /// Whether the live records stay within the cap, or become fewer.
    func checkRoom(
        for evaluation: BatchEvaluator.Evaluation, _ maximum: Int
    ) throws(StoreError) {
        var growth = 0
        for change in evaluation.steps.flatMap({ [$0.change].compactMap(\.self) + $0.also }) {
            if let old = try live(change.key, asOf: nil) {
                growth -= Self.bytes(change.key, old.value)
            }
            growth += change.value.map { Self.bytes(change.key, $0) } ?? 0
        }
        guard growth <= 0 || liveBytes + growth <= maximum else {
            throw StoreError(
                .diskFull,
                "the store may hold \(maximum) bytes of live records and has \(liveBytes): delete "
                    + "some, or raise the cap")
        }
    }

    /// Takes the changes over; each takes a revision.
    mutating func apply(
        _ evaluation: BatchEvaluator.Evaluation, at time: Int64
    ) -> BatchOutcome {
        let outcomes = evaluation.steps.map { step in
            var outcome = Outcome(existed: step.existed, reply: step.reply)
            if let change = step.change {
                outcome.revision = apply(change, at: time)
                outcome.expiresAt = change.expiresAt
            }
            for change in step.also { _ = apply(change, at: time) }
            return outcome
        }
        cursors.merge(evaluation.cursors) { _, new in new }
        trim()
        return BatchOutcome(outcomes)
    }

    private mutating func apply(_ change: BatchEvaluator.Change, at time: Int64) -> Int64 {
        revision += 1
        let key = change.key
        var versions = collections[key.collection]?[key.key] ?? MemoryVersions(items: [])
        var created = revision
        if let old = versions.items.last, let value = old.value, old.isLive(at: time) {
            created = old.createdRevision
            liveBytes -= Self.bytes(key, value)
            if let instant = old.expiresAt { expiring[Self.place(key, instant)] = nil }
        }
        if let value = change.value {
            liveBytes += Self.bytes(key, value)
            if let instant = change.expiresAt { expiring[Self.place(key, instant)] = key }
        }
        versions.items.append(
            MemoryVersions.Item(
                revision: revision, createdRevision: created, value: change.value,
                expiresAt: change.expiresAt, updatedAt: time))
        collections[key.collection]?[key.key] = versions
        log.append(key)
        return revision
    }

    /// Lets go of what is older than the revisions that are kept.
    private mutating func trim() {
        while Int64(log.count - logStart) > keepRevisions {
            let key = log[logStart]
            logStart += 1
            guard var versions = collections[key.collection]?[key.key] else { continue }
            let horizon = horizon
            while versions.items.count > 1, versions.items[1].revision <= horizon {
                versions.items.removeFirst()
            }
            let isGone =
                versions.items.count == 1 && versions.items[0].isDead
                && versions.items[0].revision <= horizon
            collections[key.collection]?[key.key] = isGone ? nil : versions
        }
        if logStart > 1024, logStart * 2 > log.count {
            log.removeFirst(logStart)
            logStart = 0
        }
    }
}

extension MemoryVersions.Item {
    /// The record of a key; nil where it is not live at a time.
    func record(_ key: [UInt8], at time: Int64) -> Record? {
        guard isLive(at: time), let value else { return nil }
        return Record(
            key: key, value: value, revision: revision, createdRevision: createdRevision,
            updatedAt: updatedAt, expiresAt: expiresAt)
    }
}
