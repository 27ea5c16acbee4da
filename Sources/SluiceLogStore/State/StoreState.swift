import SluiceStore
import SluiceSystem

/// Everything that readers look at: the layers of the index and what belongs to them.
///
/// Guarded by the store's reader-writer lock, which also sees to exclusive access; in debug builds
/// whatever changes it checks that the caller holds the lock.
final class StoreState: Guarded {
    let custody = Custody()
    @exclusivity(unchecked) private(set) var layers: Layers
    /// The manifest that holds once the frozen memtable is in a run; nil where there is none.
    ///
    /// It changes together with what it tells of, so that it never names a file that the state
    /// has let go.
    private(set) var frozenManifest: Manifest?
    let snapshots = OpenSnapshots()
    @exclusivity(unchecked) private(set) var segments: [UInt32: Segment] = [:]
    @exclusivity(unchecked) var collections: [Name: UInt16] = [:] {
        didSet {
            someCollections = collections.prefix(Self.fewCollections).map { ($0.key, $0.value) }
        }
    }
    var names: [UInt16: Name] = [:]
    /// Segments of the log that are known to be missing.
    var lostLogs: [UInt32: LogLink] = [:]
    var cursors: [Name: Int64] = [:]
    /// Cursors whose records do not verify, with what is wrong.
    private(set) var damagedCursors: [Name: LogStoreError] = [:]
    /// Some collections, which are looked through before any name is hashed.
    @exclusivity(unchecked) private var someCollections: [(name: Name, number: UInt16)] = []
    private static let fewCollections = 8
    /// The newest acknowledged revision.
    @exclusivity(unchecked) var revision: UInt64 = 0
    @exclusivity(unchecked) var totals = StoreTotals()
    @exclusivity(unchecked) var expiry = ExpirySums()
    /// Whether the sums were seen not to be those of the records; they are counted anew then.
    var areSumsWrong = false
    /// How often the sums were counted anew since the store was opened.
    var recounts = 0
    /// Whether versions that were replaced are kept; fixed once the store is open.
    @exclusivity(unchecked) private(set) var keepsHistory: Bool
    /// How much of them.
    private(set) var retention = Retention.none
    /// The oldest revision that can be read.
    var horizon: UInt64 = 0
    /// Whether records are missing of which nobody knows the keys.
    var isIncomplete = false
    var isClosed = false
    @exclusivity(unchecked) var groups = 0
    var compactedSegments = 0
    var compactedBytes = 0
    /// Segments that are being compacted, and the records in them that were replaced meanwhile.
    @exclusivity(unchecked) var victims: Set<UInt32> = []
    var replacedInVictims: [IndexEntry] = []
    /// Those of them that were replaced before the memtable was frozen.
    var replacedBeforeFreeze: [IndexEntry] = []

    init(keepsHistory: Bool) {
        self.keepsHistory = keepsHistory
        layers = Layers(
            active: Memtable(start: .start), frozen: nil, runs: [], segments: SegmentTable([]))
        layers.active.custody = custody
    }

    /// Sets how much of history is kept, once it is known.
    func retain(_ retention: Retention) {
        self.retention = retention
        keepsHistory = !retention.isNone
    }

    /// The number of a collection.
    @inline(__always)
    func number(of name: Name) -> UInt16? {
        for (known, number) in someCollections where known.isIdentical(to: name) { return number }
        return collections[name]
    }

    // MARK: Layers

    func add(_ segment: Segment) {
        segment.custody = custody
        segments[segment.id] = segment
        setLayers()
    }

    func setSegments(_ segments: [UInt32: Segment]) {
        for segment in segments.values { segment.custody = custody }
        self.segments = segments
        setLayers()
    }

    /// Replaces parts of the layers; what is not given stays.
    func setLayers(active: Memtable? = nil, runs: [Run]? = nil) {
        custody.checkAlone("the store's state")
        active?.custody = custody
        layers = Layers(
            active: active ?? layers.active, frozen: layers.frozen, runs: runs ?? layers.runs,
            segments: SegmentTable(segments.values))
    }

    /// The active memtable grows no more; another begins where `manifest` ends.
    func freeze(_ manifest: Manifest) {
        custody.checkAlone("the store's state")
        replacedBeforeFreeze = replacedInVictims
        frozenManifest = manifest
        layers.active.custody = nil
        layers = Layers(
            active: Memtable(start: manifest.covered), frozen: layers.active, runs: layers.runs,
            segments: layers.segments)
        layers.active.custody = custody
    }

    /// The frozen memtable is in these runs.
    func thaw(runs: [Run]) {
        custody.checkAlone("the store's state")
        frozenManifest = nil
        layers = Layers(
            active: layers.active, frozen: nil, runs: runs, segments: layers.segments)
    }

    /// Changes the manifest of the frozen memtable, if there is one.
    func correctFrozenManifest(_ body: (inout Manifest) -> Void) {
        guard var manifest = frozenManifest else { return }
        body(&manifest)
        frozenManifest = manifest
    }

    /// The newest version of a key.
    func newest(
        _ collection: UInt16, _ key: UnsafeRawBufferPointer
    ) throws(LogStoreError) -> IndexEntry? {
        if let entry = layers.active.newest(collection, key) { return entry }
        return try layers.newestBelow(collection, key)
    }

    /// Whether any segment holds deletes.
    var hasTombstones: Bool {
        segments.values.contains { $0.sums.tombstones > 0 }
    }

    // MARK: Records

    /// Enters a record at its place; `stored` is the key's newest version, where it may lie below
    /// the active memtable.
    func apply(
        _ frame: RecordFrame, created: UInt64, key: UnsafeRawBufferPointer, in segment: Segment,
        at offset: Int, stored: IndexEntry?
    ) {
        custody.checkAlone("the store's state")
        let isUser = frame.collection >= SystemCollection.firstUser
        let entry = IndexEntry(frame, created: created, segment: segment.id, offset: offset)
        let inMemory = layers.active.insert(frame.collection, key, entry) {
            isUser && (keepsHistory || snapshots.sees($0))
        }
        if let old = inMemory ?? present(stored, frame.collection, key) {
            count(old, by: -1, isUser: isUser)
            if isUser, keepsHistory, !old.isDead, old.version < entry.version {
                segments[old.segment]?.sums.replaced.add(Int(old.length), by: entry.version)
            }
            if victims.contains(old.segment) { replacedInVictims.append(old) }
        }
        count(entry, by: 1, isUser: isUser)
    }

    /// Enters a version that is older than the newest one, met while segments are read out of
    /// order.
    func enterFormer(
        _ entry: IndexEntry, newest: IndexEntry, _ collection: UInt16, _ key: UnsafeRawBufferPointer
    ) {
        guard keepsHistory, collection >= SystemCollection.firstUser else { return }
        // The layer that has a key has its newest version.
        _ = layers.active.insert(collection, key, newest) { _ in true }
        _ = layers.active.insert(collection, key, entry) { _ in true }
    }

    /// Where a version lies now: compaction may have moved it since it was looked up.
    private func present(
        _ stored: IndexEntry?, _ collection: UInt16, _ key: UnsafeRawBufferPointer
    ) -> IndexEntry? {
        guard let stored, !stored.isDead, segments[stored.segment] == nil else { return stored }
        return (try? layers.newestBelow(collection, key)) ?? stored
    }

    /// Adds an entry to the sums, or takes it away.
    func count(_ entry: IndexEntry, by sign: Int, isUser: Bool) {
        custody.checkAlone("the store's state")
        guard !entry.isDead, !expiry.hasTaken(entry.expiresAt) else { return }
        let segment = segments[entry.segment]
        segment?.sums.liveBytes += sign * Int(entry.length)
        guard isUser else { return }
        totals.liveBytes += sign * entry.charge
        totals.records += sign
        // Of a segment that is gone, what had been replaced since the sums were written down counts
        // for none.
        if entry.expiresAt != 0 { expiry.count(entry, by: sign, in: segment?.id ?? 0) }
    }

    /// Enters the value of a record of the store's own.
    func applySystem(_ kind: UInt8, key: UnsafeRawBufferPointer, value: [UInt8]) {
        custody.checkAlone("the store's state")
        let name = Name(String(decoding: key, as: UTF8.self))
        value.withUnsafeBytes { bytes in
            switch RecordKind(rawValue: kind) {
            case .collection where bytes.count == 4:
                let number = UInt16(exactly: bytes.field(0, as: UInt32.self)) ?? 0
                guard number >= SystemCollection.firstUser else { break }
                collections[name] = number
                names[number] = name
            case .cursor where bytes.count == 8:
                cursors[name] = bytes.field(0, as: Int64.self)
                damagedCursors[name] = nil
            default:
                break
            }
        }
    }

    /// Enters a cursor whose record does not verify, which holds until it is set anew.
    func applyDamagedCursor(_ key: UnsafeRawBufferPointer, _ error: LogStoreError) {
        custody.checkAlone("the store's state")
        let name = Name(String(decoding: key, as: UTF8.self))
        damagedCursors[name] = error
        // Those of the store's own say how much is kept: everything, then.
        if name.isOwn { cursors[name] = .max }
    }

    /// Records whose instant has come count as live no more.
    func expire(at now: Int64) {
        custody.checkAlone("the store's state")
        guard expiry.isDue(at: now) else { return }
        for (id, sum) in expiry.take(at: now) {
            segments[id]?.sums.liveBytes -= sum.bytes
            totals.liveBytes -= sum.charge
            totals.records -= sum.records
        }
    }
}
