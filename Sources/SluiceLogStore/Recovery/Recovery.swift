import SluiceSystem

/// Rebuilds the state of a store from its folder.
///
/// Segments are the truth. With a manifest whose runs are all there, only the log behind what they
/// cover is read; without one, all segments are, and runs are made anew. `Recovery.md` tells the
/// whole.
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

    let place: Place
    let manifest: Manifest?
    let state: StoreState
    /// The runs hold the index of all before this place.
    let covered: LogPosition
    /// Whether no manifest was damaged: a missing one tells that the store was never flushed.
    let hasManifestToTrust: Bool
    /// Bytes of the active memtable at which it is spilled.
    var spillsAt = Int.max
    /// Writes the active memtable as a run, or drops it; gives whether there was space for that.
    var spill: (StoreState) throws(LogStoreError) -> Bool = { _ in false }
    /// Whether there are runs that no manifest names yet.
    private(set) var hasSpilled = false
    /// Collections with records that were read, and that of the last one.
    private var used: Set<UInt16> = []
    private var lastUsed: UInt16 = 0
    var report: LogStoreRecoveryReport
    var logs: [Found] = []
    var lastSequence: UInt64 = 0
    var lastTime: Int64 = 0
    /// Bytes of records that were read.
    var bytesReplayed = 0
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

    init(_ folder: Folder, state: StoreState) {
        place = folder.place
        manifest = folder.manifest
        self.state = state
        report = folder.report
        covered = folder.isIndexed ? folder.manifest?.covered ?? .start : .start
        hasManifestToTrust = report.damages.isEmpty
        if let manifest {
            promise = manifest.end
            // What was seen to be expired stays so, whatever the system's clock says.
            lastTime = max(manifest.time, manifest.expiry.taken)
            lastSequence = max(manifest.lastSequence, manifest.endSequence)
        }
    }

    /// Whether what is copied has to be on the device before the store is used.
    var isSynced: Bool { place.options.sync.promises }

    mutating func damage(_ id: UInt32, _ offset: Int, _ message: String, key: [UInt8]? = nil) {
        report.damages.append(
            LogStoreRecoveryReport.Damage(
                file: SegmentHead.fileName(id), offset: offset, key: key, message: message))
        state.segments[id]?.isDamaged = true
    }

    /// Names a place where records are missing.
    ///
    /// The index knows which they were where the manifest's runs cover the place.
    mutating func loss(_ id: UInt32, _ offset: Int, _ message: String, isIndexed: Bool = false) {
        damage(id, offset, message)
        report.damages[report.damages.count - 1].isLoss = true
        report.damages[report.damages.count - 1].isUnknownLoss = !isIndexed
    }

    // MARK: With an index

    /// Takes over what the manifest says and replays the log behind it.
    mutating func resumeIndex(_ found: [Found], runs: [Run]) throws(LogStoreError) {
        guard let manifest else { return }
        state.setSegments(
            Dictionary(found.map { ($0.head.id, $0.segment) }, uniquingKeysWith: { one, _ in one }))
        state.totals = manifest.totals
        state.expiry = manifest.expiry
        state.horizon = state.keepsHistory ? manifest.horizon : 0
        state.setLayers(active: Memtable(start: covered), runs: runs)
        nameCollections(manifest)
        for entry in manifest.segments { check(entry, in: found) }
        logs = found.filter { $0.head.kind == .log && $0.head.id >= covered.segment }
            .sorted { $0.head.id < $1.head.id }
        dropAbandoned()
        for one in logs { note(one) }
        try replayLog()
        nameGaps(behind: covered.segment)
        try readSystemRecords()
        try checkHeads(logs.filter { $0.head.id > covered.segment })
        noteLostLogs()
        state.revision = lastSequence
    }

    /// Whether segments are gone from the beginning or the middle of the log.
    ///
    /// With a manifest that is damage, so one must not be written before the index covers the gap.
    var hasGap: Bool {
        logs.first?.head.previous ?? 0 > 0
            || zip(logs, logs.dropFirst()).contains { one, next in
                next.head.previous > one.head.id
            }
    }

    /// Names log segments that were there and are not: nothing takes them away before they are
    /// covered.
    private mutating func nameGaps(behind covered: UInt32) {
        if let first = logs.first, first.head.previous > covered, first.head.id > covered {
            loss(first.head.previous, 0, "the segment is missing")
        }
        for (one, next) in zip(logs, logs.dropFirst())
        where next.head.previous > max(one.head.id, covered) {
            loss(next.head.previous, 0, "the segment is missing")
        }
        if promise.segment > end.segment, state.segments[promise.segment] == nil {
            loss(promise.segment, 0, "the segment is missing")
            hasRefuse = true
        }
    }

    /// Compares a segment's file with what the manifest says of it.
    private mutating func check(_ entry: Manifest.SegmentFile, in found: [Found]) {
        let isIndexed = isIndexed(entry, in: found)
        guard let one = found.first(where: { $0.head.id == entry.id }) else {
            return loss(entry.id, 0, "the segment is missing", isIndexed: isIndexed)
        }
        if one.size < entry.sums.end {
            loss(
                entry.id, one.size,
                "the segment ends \(entry.sums.end - one.size) bytes before its records do",
                isIndexed: isIndexed)
        } else if !one.hasHead {
            loss(entry.id, 0, "the head is not that of the segment", isIndexed: isIndexed)
        } else {
            return
        }
        if entry.id == covered.segment { hasRefuse = true }
    }

    /// Whether the index knows all that a segment held: in the one where the runs end, the log may
    /// have gone on.
    private func isIndexed(_ entry: Manifest.SegmentFile, in found: [Found]) -> Bool {
        guard entry.kind == .log, entry.id >= covered.segment else { return true }
        guard entry.id == covered.segment else { return false }
        if let manifest, manifest.isClean, manifest.end == covered { return true }
        return found.contains {
            $0.head.kind == .log && $0.hasHead && $0.head.previous == entry.id
                && $0.head.previousEnd == covered.offset
        }
    }

    /// Whether the end of the log was moved to a segment that this recovery does not know: an owner
    /// recovers meanwhile, and cuts what was read here.
    var isSuperseded: Bool {
        get throws(LogStoreError) {
            guard let last = logs.last else { return false }
            for name in try place.fileSystem.list(place.directory) {
                guard let id = SegmentHead.id(fileName: name), id > last.head.id,
                    state.segments[id] == nil,
                    let head = try SegmentHead.read(place.path(name), place.fileSystem),
                    head.kind == .log, head.store == place.identity
                else { continue }
                // A segment that was begun since goes on where the last one ends.
                if head.previous > last.head.id { continue }
                if head.previous < last.head.id || head.previousEnd <= end.offset { return true }
            }
            return false
        }
    }

    // MARK: Without one

    /// Enters every record of every segment.
    mutating func rebuildIndex(_ found: [Found]) throws(LogStoreError) {
        logs = found.filter { $0.head.kind == .log }.sorted { $0.head.id < $1.head.id }
        let candidates = found.filter { $0.head.kind == .compacted }
        state.setSegments(
            Dictionary(found.map { ($0.head.id, $0.segment) }, uniquingKeysWith: { one, _ in one }))
        if let manifest { nameCollections(manifest) }
        for entry in manifest?.segments ?? [] where state.segments[entry.id] == nil {
            loss(entry.id, 0, "the segment is missing")
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
        // Compaction removes log segments once a manifest covers them.
        nameGaps(behind: manifest?.covered.segment ?? .max)
        // The newest records may be tombstones that compaction has removed since.
        for one in found where state.segments[one.head.id] != nil && one.head.bornSequence > 0 {
            lastSequence = max(lastSequence, one.head.bornSequence - 1)
        }
        try checkHeads(found)
        try readSystemRecords()
        nameUnknownCollections()
        noteLostLogs()
        state.revision = lastSequence
        state.horizon = rebuiltHorizon(candidates)
    }

    /// The oldest revision that can be read: which versions compaction has removed only a manifest
    /// tells, that of the last compaction.
    private func rebuiltHorizon(_ candidates: [Found]) -> UInt64 {
        if let manifest,
            candidates.allSatisfy({ one in
                manifest.segments.contains { $0.id == one.head.id }
            })
        {
            return state.keepsHistory ? manifest.horizon : lastSequence
        }
        let isWhole =
            candidates.isEmpty && !hasGap && logs.first?.head.bornSequence ?? 1 <= 1
        return isWhole ? 0 : lastSequence
    }

    /// Names damaged heads.
    ///
    /// One that may never have got to the device is written again.
    private mutating func checkHeads(_ found: [Found]) throws(LogStoreError) {
        for one in found where !one.isHeadWhole && state.segments[one.head.id] != nil {
            let start = LogPosition(segment: one.head.id, offset: 0)
            if one.head.kind == .compacted || promise > start {
                damage(one.head.id, 0, "the segment's head is damaged")
            } else if !place.options.isReadOnly {
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
        // Two newer ones may say so, where a round of compaction was done again after a crash.
        guard state.segments[id] != nil, let one = found.first(where: { $0.head.id == id })
        else { return }
        remove(id)
        doomed.append(one)
    }

    mutating func remove(_ id: UInt32) {
        var segments = state.segments
        segments[id] = nil
        state.setSegments(segments)
    }

    /// A recovery that was cut short may have left log segments that a newer one passes over.
    private mutating func dropAbandoned() {
        var kept: [Found] = []
        var next: Found?
        for one in logs.reversed() {
            if let next, next.head.previous < one.head.id {
                remove(one.head.id)
                doomed.append(one)
                continue
            }
            kept.append(one)
            next = one
        }
        logs = kept.reversed()
    }

    /// Takes over the names of collections, which the log may no longer tell.
    private func nameCollections(_ manifest: Manifest) {
        for (number, name) in manifest.names where number >= SystemCollection.firstUser {
            state.collections[name] = number
            state.names[number] = name
        }
    }

    /// Names collections that have records and no name: it is lost, and with it perhaps others.
    private mutating func nameUnknownCollections() {
        var messages = used.sorted().filter { state.names[$0] == nil }
            .map { "the name of collection \($0) is lost" }
        // Nothing takes a name away, and a revision is that of a record in a collection.
        if state.names.isEmpty, messages.isEmpty, lastSequence > 0 {
            messages = ["the names of all collections are lost"]
        }
        report.damages += messages.map {
            LogStoreRecoveryReport.Damage(
                file: Manifest.fileName, offset: 0, message: $0, isLoss: true, isUnknownLoss: true)
        }
    }

    // MARK: Records

    mutating func enter(
        _ frame: RecordFrame, _ created: UInt64, _ key: UnsafeRawBufferPointer,
        in segment: Segment, at offset: Int
    ) throws(LogStoreError) {
        report.records += 1
        bytesReplayed += frame.length
        lastSequence = max(lastSequence, frame.sequence)
        if frame.collection >= SystemCollection.firstUser, frame.collection != lastUsed {
            lastUsed = frame.collection
            used.insert(frame.collection)
        }
        let stored = try state.newest(frame.collection, key)
        let version =
            frame.collection < SystemCollection.firstUser ? frame.previous : frame.sequence
        if stored?.version == version { report.hasDuplicates = true }
        if let stored, stored.version > version {
            let entry = IndexEntry(frame, created: created, segment: segment.id, offset: offset)
            return state.enterFormer(entry, newest: stored, frame.collection, key)
        }
        state.apply(frame, created: created, key: key, in: segment, at: offset, stored: stored)
        let byteCount = state.layers.active.byteCount
        guard byteCount > spillsAt else { return }
        if try spill(state) {
            hasSpilled = true
        } else {
            // Each try takes long.
            spillsAt = byteCount * 2
        }
    }

    /// The values of collections and cursors, once it is known which of their records count.
    private mutating func readSystemRecords() throws(LogStoreError) {
        for (collection, kind) in [
            (SystemCollection.catalog, RecordKind.collection),
            (SystemCollection.cursors, RecordKind.cursor),
        ] {
            let layers = state.layers
            let reader = RecordReader(identity: place.identity, layers: layers)
            var walk = try LayerCursor(
                layers, collection, from: .unbounded, reverse: false, revision: .max, lock: nil)
            while let (key, entry) = try walk.next() {
                do throws(LogStoreError) {
                    let value = try reader.record(entry, key: Array(key)).value
                    state.applySystem(kind.rawValue, key: key, value: value)
                } catch {
                    var message = "\(error)"
                    if case .corrupt(_, _, let text, _, _) = error { message = text }
                    damage(entry.segment, Int(entry.offset), message, key: Array(key))
                    guard kind == .collection else {
                        state.applyDamagedCursor(key, error)
                        continue
                    }
                    // The index knows the name and, as its version, the number of a collection.
                    var value: [UInt8] = []
                    value.append(number: UInt32(truncatingIfNeeded: entry.version))
                    state.applySystem(kind.rawValue, key: key, value: value)
                }
            }
        }
    }
}
