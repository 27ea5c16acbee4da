/// Rebuilds a store from its folder.
///
/// Segments are the truth. The manifest only adds what they cannot say of themselves: which of them
/// there should be and where the log ended at the last quiet moment. `Recovery.md` tells the whole.
struct Recovery {
    /// A segment file found in the folder.
    struct Found {
        var head: SegmentHead
        var segment: Segment
        var size: Int
        /// Whether a copy of the head verifies, and whether both do.
        var hasHead: Bool
        var isHeadWhole: Bool
    }

    let place: Log.Place
    let manifest: Manifest?
    let state: StoreState
    /// Whether no manifest was damaged: a missing one tells that the store was never compacted.
    let hasManifestToTrust: Bool
    var report: LogStore.RecoveryReport
    var logs: [Found] = []
    var lastSequence: UInt64 = 0
    var lastTime: Int64 = 0
    /// Everything in the log before this place is on the device.
    var promise = LogPosition.start
    /// Where the log ends.
    var end = LogPosition.start
    /// Segments that the log was cut before, or that an unfinished recovery left.
    var doomed: [Found] = []
    /// Whether something follows the end of the log that must not be appended to.
    var hasRefuse = false
    /// Segments that something follows which a later segment holds again.
    var overhangs: [Segment] = []

    init(place: Log.Place, manifest: Manifest?, state: StoreState, report: LogStore.RecoveryReport)
    {
        self.place = place
        self.manifest = manifest
        self.state = state
        self.report = report
        hasManifestToTrust = report.damages.isEmpty
        if let manifest {
            promise = manifest.end
            lastTime = manifest.time
            lastSequence = manifest.nextSequence == 0 ? 0 : manifest.nextSequence - 1
        }
    }

    mutating func damage(_ id: UInt32, _ offset: Int, _ message: String, key: [UInt8]? = nil) {
        report.damages.append(
            LogStore.RecoveryReport.Damage(
                file: SegmentHead.fileName(id), offset: offset, key: key, message: message))
        state.segments[id]?.isDamaged = true
    }

    /// Enters every record of every segment into the state.
    mutating func replay(_ found: [Found]) throws(LogStoreError) {
        logs = found.filter { $0.head.kind == .log }.sorted { $0.head.id < $1.head.id }
        let candidates = found.filter { $0.head.kind == .compacted }
        for one in found { state.segments[one.head.id] = one.segment }
        for entry in manifest?.segments ?? [] where state.segments[entry.id] == nil {
            damage(entry.id, 0, "the segment is missing")
        }
        // Newest first: a whole one tells which others it replaced.
        for one in candidates.sorted(by: { $0.head.id > $1.head.id }) {
            guard state.segments[one.head.id] != nil else { continue }
            note(one)
            for id in try replayCompacted(one) { retire(id, in: found) }
        }
        logs = logs.filter { state.segments[$0.head.id] != nil }
        dropAbandoned()
        for one in logs { note(one) }
        try replayLog()
        // The newest records may be tombstones that compaction has removed since.
        for one in found where state.segments[one.head.id] != nil && one.head.bornSequence > 0 {
            lastSequence = max(lastSequence, one.head.bornSequence - 1)
        }
        try checkHeads(found)
        readSystemRecords()
        state.revision = lastSequence
    }

    /// Names damaged heads.
    ///
    /// One that may never have got to the device is written again.
    private mutating func checkHeads(_ found: [Found]) throws(LogStoreError) {
        for one in found where !one.isHeadWhole && state.segments[one.head.id] != nil {
            let start = LogPosition(segment: one.head.id, offset: 0)
            if one.head.kind == .compacted || promise > start {
                damage(one.head.id, 0, "the segment's head is damaged")
            } else {
                try one.segment.file.write(one.head.encoded(), at: 0)
                try one.segment.file.sync()
            }
        }
    }

    private mutating func note(_ one: Found) {
        lastTime = max(lastTime, one.head.created)
        promise = max(promise, one.head.synced)
    }

    /// A segment whose records all lie in a newer one; the crash came before it was removed.
    private mutating func retire(_ id: UInt32, in found: [Found]) {
        guard let one = found.first(where: { $0.head.id == id }) else { return }
        state.segments[id] = nil
        doomed.append(one)
    }

    /// A recovery that was cut short may have left log segments that a newer one passes over.
    private mutating func dropAbandoned() {
        var kept: [Found] = []
        var next: Found?
        for one in logs.reversed() {
            if let next, next.head.previous < one.head.id {
                state.segments[one.head.id] = nil
                doomed.append(one)
                continue
            }
            kept.append(one)
            next = one
        }
        logs = kept.reversed()
    }

    mutating func enter(
        _ frame: RecordFrame, _ offset: Int, _ key: UnsafeRawBufferPointer, in segment: Segment
    ) {
        report.records += 1
        lastSequence = max(lastSequence, frame.sequence)
        segment.note(frame.sequence)
        state.apply(frame, key: key, in: segment, at: offset)
    }

    /// The values of collections and cursors, once it is known which of their records count.
    private mutating func readSystemRecords() {
        let reader = RecordReader(identity: place.identity)
        for (collection, kind) in [
            (SystemCollection.catalog, RecordKind.collection),
            (SystemCollection.cursors, RecordKind.cursor),
        ] {
            var walk = state.index.walk(collection, from: .unbounded, reverse: false)
            while let leaf = walk?.next() {
                let entry = leaf.entry
                guard let segment = state.segments[entry.segment] else { continue }
                do throws(LogStoreError) {
                    let value = try reader.value(entry, in: segment, key: Array(leaf.key))
                    var frame = RecordFrame()
                    frame.kind = kind.rawValue
                    state.applySystem(frame, key: leaf.key, value: value)
                } catch {
                    damage(entry.segment, Int(entry.offset), "\(error)", key: Array(leaf.key))
                }
            }
        }
    }
}
