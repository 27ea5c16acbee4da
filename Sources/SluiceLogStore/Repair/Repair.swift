import SluiceStore
import SluiceSystem

/// Saves what verifies of a damaged store into a new one.
///
/// Each segment that counts becomes a compacted one of the new store with the same number; the
/// index is then made from them as after any loss of it. At last keys are taken out whose newest
/// version is lost or may be, before the folder counts as a store.
struct Repair {
    private let view: StoreView
    private let target: Place
    private let meter: ProgressMeter
    /// Whether a version that a lost one replaced is better than none.
    private let keepsOlder: Bool
    /// The old store's index, where it is sound.
    private let index: Layers?
    private var damages = DamageList()
    private var losses: RepairLosses
    /// Numbers of collections with records, and of those with names; the names.
    private var used: Set<UInt16> = []
    private var named: Set<UInt16> = []
    private var names: Set<[UInt8]> = []
    private let ids: FileIDs

    static func run(
        _ path: String, to target: String, keepsOlder: Bool, _ environment: Environment,
        _ clock: (@Sendable () -> Int64)?, _ meter: ProgressMeter
    ) throws(LogStoreError) -> LogStoreRepairReport {
        let fileSystem = environment.fileSystem
        try NewFolder.checkApart(fileSystem, target, from: path)
        let folder = try Folder.readForRepair(path, environment)
        let view = try StoreView(folder)
        guard !view.segments.isEmpty else {
            throw .corrupt(file: path, offset: 0, message: "there is no segment to repair")
        }
        let new = try NewFolder.begin(fileSystem, target)
        var options = LogStoreOptions(isInline: true, clock: clock)
        options.lockOfMaking = new.lock
        // Another store from here on: nothing of the old one verifies in it.
        let place = Place(environment, target, environment.newIdentity(), options)
        var repair = try Repair(view, place, meter, keepsOlder: keepsOlder)
        try repair.save()
        let report = try repair.finish(
            try Engine.open(target, options: options, environment: environment))
        try new.finish()
        return report
    }

    private init(
        _ view: StoreView, _ target: Place, _ meter: ProgressMeter, keepsOlder: Bool
    ) throws(LogStoreError) {
        self.view = view
        self.target = target
        self.meter = meter
        self.keepsOlder = keepsOlder
        index = view.soundIndex
        let manifest = view.folder.manifest
        losses = RepairLosses(
            covered: index == nil ? 0 : manifest?.lastSequence ?? 0,
            lastGiven: view.recovery.lastSequence, isEndKnown: manifest?.endSequence ?? 0 > 0)
        let largest = view.folder.found.map(\.head.id).max() ?? 0
        ids = try FileIDs(
            after: max(view.folder.largestID, largest), in: view.place.directory)
    }

    /// Takes out of the new store what is older than what is lost, and says what is.
    private func finish(_ engine: Engine) throws(LogStoreError) -> LogStoreRepairReport {
        var report = LogStoreRepairReport(
            damages: damages.damages, recordsMended: losses.mended, recordsLost: losses.records,
            bytesLost: losses.bytes,
            lostRevisions: losses.revisions,
            lastSoundRevision: losses.lastSound.map { Int64(clamping: $0) })
        var older = OlderVersions(engine, index: index, losses, keepsThem: keepsOlder)
        if !damages.isEmpty {
            try older.compareDamaged()
            try older.compareIndex()
            try older.sweep()
        }
        // The index knows one of two copies; nothing but compaction takes the other away.
        if engine.recoveryReport.hasDuplicates { try engine.compact(ProgressMeter { _ in true }) }
        (report.lostKeys, report.lostKeyCount) = (older.keys, older.count)
        report.leftOutCount = older.leftOut
        report.records = engine.reader.statistics.records
        report.collections = engine.reader.collections.count
        try engine.close()
        return report
    }

    private mutating func save() throws(LogStoreError) {
        try meter.expect(view.segments.reduce(0) { $0 + $1.end })
        for damage in view.recovery.report.damages { damages.add(damage) }
        countMissing()
        var last: Segment?
        for segment in view.segments {
            if segment.kind == .log {
                losses.begin(
                    segment, isLinked: segment.previous == last?.id ?? 0,
                    missing: missing(before: segment, after: last))
                last = segment
            }
            try save(segment)
        }
        losses.end(isWhole: view.recovery.promise.segment <= view.recovery.end.segment)
        if losses.lastSound != nil, index == nil {
            // Compaction may have removed what was current then, and left what is older.
            losses.doubtAll(through: losses.wholeBehind)
        }
        damages.add(view.place.options.badBlocks)
        try nameCollections()
        try beginLog()
        try meter.report()
    }

    /// Names segments that the manifest or a later one knows of, and counts what is gone with them.
    private mutating func countMissing() {
        let logs = view.segments.filter { $0.kind == .log }
        for (one, next) in zip(logs, logs.dropFirst())
        where next.previous > max(one.id, covered) {
            damages.add(SegmentHead.fileName(next.previous), 0, "the segment is missing")
        }
        let promise = view.recovery.promise.segment
        if promise > logs.last?.id ?? 0 {
            damages.add(SegmentHead.fileName(promise), 0, "the segment is missing")
        }
        var ends: [UInt32: Int] = [:]
        for entry in view.folder.manifest?.segments ?? [] {
            ends[entry.id] = entry.sums.end
            if view.state.segments[entry.id] == nil { countMissing(entry) }
        }
        let end = view.recovery.promise
        if end.segment > 0 { ends[end.segment] = max(ends[end.segment] ?? 0, end.offset) }
        for (id, end) in ends {
            losses.bytes += max(0, end - max(SegmentHead.byteCount, view.found(id)?.size ?? 0))
        }
    }

    /// Counts the records of a segment that is gone; those of the log that the runs do not cover are
    /// told by the revisions around them.
    private mutating func countMissing(_ entry: Manifest.SegmentFile) {
        guard entry.kind == .compacted || entry.id <= covered,
            // A whole compacted segment took its place.
            !view.recovery.doomed.contains(where: { $0.head.id == entry.id })
        else { return }
        losses.lose(
            records: entry.sums.records, before: entry.sums.lastSequence + 1,
            isIndexed: index != nil)
    }

    /// The last log segment that the runs cover, if in part; compaction may have removed it and
    /// those before it.
    private var covered: UInt32 { view.folder.manifest?.covered.segment ?? 0 }

    /// The revision behind which the log is lost before a segment, because one is missing there.
    private func missing(before segment: Segment, after last: Segment?) -> UInt64? {
        guard let manifest = view.folder.manifest, segment.previous > 0,
            segment.previous != last?.id, segment.previous >= covered
        else { return nil }
        return manifest.lastSequence
    }

    // MARK: Segments

    private mutating func save(_ segment: Segment) throws(LogStoreError) {
        guard let found = view.found(segment.id) else { return }
        let output = try SavedSegment(
            target, id: segment.id, bornSequence: max(1, segment.bornSequence),
            created: segment.created)
        defer { output.free() }
        do throws(LogStoreError) {
            try copy(segment, limit: min(segment.end, found.size), to: output)
        } catch {
            // A device that gives no more of one file may give the others.
            guard case .io(_, let path, _) = error, path.hasSuffix(segment.fileName),
                path.hasPrefix(view.place.directory)
            else { throw error }
            try damages.add(error, file: segment.fileName, offset: 0)
        }
        try output.finish()
    }

    private mutating func copy(
        _ segment: Segment, limit: Int, to output: SavedSegment
    ) throws(LogStoreError) {
        let reader = SegmentReader(
            id: segment.id, file: segment.file, identity: view.place.identity, limit: limit)
        var scan = SegmentScan(reader, from: SegmentHead.byteCount, to: limit)
        var time = segment.created
        var before = 0
        var count = 0
        while let item = try scan.next() {
            switch item {
            case .group(let group, _):
                time = group.time
            case .record(let frame, let offset):
                count += 1
                if let value = try reader.value(at: offset, frame) {
                    let record = SavedSegment.Record(
                        frame: frame, time: reader.time, created: reader.created,
                        key: Array(reader.key), value: value)
                    try save(record, time, in: segment, to: output)
                }
            case .damagedValue(let frame, let offset) where !frame.isContent:
                damages.add(segment.fileName, offset, "a seal does not verify")
            case .damagedValue(let frame, let offset):
                count += 1
                let record = SavedSegment.Record(
                    frame: frame, time: reader.time, created: reader.created,
                    key: Array(reader.key), value: [])
                try saveDamaged(record, at: offset, time, in: segment, to: output)
            case .seal(let offset):
                damages.add(segment.fileName, offset, "a seal lies between records")
            case .gap(let offset, let byteCount):
                let gap = offset..<offset + byteCount
                if try saveGap(gap, &time, in: segment, to: output) { count += 1 }
            }
            try meter.advance(scan.place - before)
            before = scan.place
        }
        if limit < segment.end { losses.breakLog(in: segment) }
        if segment.kind == .compacted { try countRecords(segment, found: count) }
    }

    private mutating func save(
        _ record: SavedSegment.Record, _ time: Int64, in segment: Segment, to output: SavedSegment
    ) throws(LogStoreError) {
        note(record, in: segment)
        try output.append(record, time: time)
    }

    /// Notes bytes that hold no record that verifies, and saves the record that they hold where one
    /// bit is wrong; gives whether they do.
    private mutating func saveGap(
        _ gap: Range<Int>, _ time: inout Int64, in segment: Segment, to output: SavedSegment
    ) throws(LogStoreError) -> Bool {
        var start = gap.lowerBound
        let mended = try mender(segment).record(at: start, to: gap.upperBound)
        let isRecord = mended?.frame.isContent ?? false
        if let mended {
            damages.add(
                segment.fileName, start, "a bit was flipped; what was written is saved",
                key: isRecord ? mended.key : nil)
            start += isRecord ? mended.frame.length : RecordFrame.byteCount
            if isRecord {
                losses.mended += 1
                try save(mended, time, in: segment, to: output)
            } else {
                time = GroupFrame(mended.frame).time
            }
        }
        if start < gap.upperBound {
            let rest = gap.upperBound - start
            damages.add(segment.fileName, start, "\(rest) bytes hold no record that verifies")
            losses.bytes += rest
            losses.breakLog(in: segment)
        }
        return isRecord
    }

    private func mender(_ segment: Segment) -> BitMender {
        BitMender(file: segment.file, identity: view.place.identity, segment: segment.id)
    }

    /// Compares how many records a compacted segment has with how many it had.
    private mutating func countRecords(
        _ segment: Segment, found count: Int
    ) throws(LogStoreError) {
        guard let found = view.found(segment.id) else { return }
        var expected = view.folder.manifest?.segments.first { $0.id == segment.id }?.sums.records
        let reader = SegmentReader(
            id: segment.id, file: segment.file, identity: view.place.identity, limit: found.size)
        if expected == nil, case .seal(let seal) = try reader.group(at: segment.end) {
            expected = seal.records
        }
        guard expected != count else { return }
        losses.lose(
            records: (expected ?? count) - count, before: segment.bornSequence,
            isIndexed: index != nil)
    }

    private mutating func note(_ record: SavedSegment.Record, in segment: Segment) {
        let frame = record.frame
        if segment.kind == .log { losses.follow(frame) }
        losses.note(frame)
        used.insert(frame.collection)
        if frame.kind == RecordKind.collection.rawValue {
            named.insert(UInt16(truncatingIfNeeded: frame.previous))
            names.insert(record.key)
        }
    }

    /// Saves a record whose value does not verify, or what the head alone tells of it.
    private mutating func saveDamaged(
        _ record: SavedSegment.Record, at offset: Int, _ time: Int64, in segment: Segment,
        to output: SavedSegment
    ) throws(LogStoreError) {
        var record = record
        if let value = try mender(segment).value(of: record.frame, at: offset) {
            damages.add(
                segment.fileName, offset, "a bit was flipped; what was written is saved",
                key: record.key)
            record.value = value
            losses.mended += 1
            return try save(record, time, in: segment, to: output)
        }
        damages.add(
            segment.fileName, offset, "the value of a record does not verify", key: record.key)
        losses.lose(record.frame, key: record.key)
        switch RecordKind(rawValue: record.frame.kind) {
        case .put where keepsOlder:
            return note(record, in: segment)
        case .put, .delete:
            // No older version may take the place of the lost one.
            record.frame.kind = RecordKind.delete.rawValue
            record.frame.expiresAt = 0
            record.frame.flags = 0
        case .collection:
            // The number is in the head too.
            record.value.append(number: UInt32(truncatingIfNeeded: record.frame.previous))
        case .cursor:
            // Where it stood nobody knows. Whoever follows it is told that what came behind is gone;
            // of the store's own ones the largest number keeps the most.
            let isOwn = record.key.starts(with: Name.ownPrefix.utf8)
            record.value.append(number: isOwn ? Int64.max : 0)
        default:
            return
        }
        try save(record, time, in: segment, to: output)
    }

    // MARK: What is missing

    /// Saves the names that only the manifest has, and gives collections whose names are lost new
    /// ones, so that their records can be reached.
    private mutating func nameCollections() throws(LogStoreError) {
        let known = view.folder.manifest?.names ?? [:]
        let unnamed = used.union(known.keys).subtracting(named)
            .filter { $0 >= SystemCollection.firstUser }.sorted()
        guard !unnamed.isEmpty else { return }
        let output = try SavedSegment(
            target, id: ids.take(), bornSequence: 1, created: view.recovery.lastTime)
        defer { output.free() }
        for number in unnamed {
            try name(number, known[number]?.text ?? newName(number), in: output)
        }
        try output.finish()
    }

    private mutating func newName(_ number: UInt16) -> String {
        var name = "recovered-\(number)"
        while names.contains(Array(name.utf8)) { name += "-" }
        damages.add(
            Manifest.fileName, Int(number),
            "the name of collection \(number) is lost; it is \(name) now")
        return name
    }

    private func name(
        _ number: UInt16, _ name: String, in output: SavedSegment
    ) throws(LogStoreError) {
        var frame = RecordFrame()
        frame.kind = RecordKind.collection.rawValue
        frame.collection = SystemCollection.catalog
        frame.keyLength = name.utf8.count
        frame.previous = UInt64(number)
        var record = SavedSegment.Record(frame: frame, created: 0, key: Array(name.utf8))
        record.value.append(number: UInt32(number))
        try output.append(record, time: view.recovery.lastTime)
    }

    /// Makes the segment in which the log goes on, behind the last revision of the old store.
    private func beginLog() throws(LogStoreError) {
        let last = losses.lastGiven
        let id = ids.take()
        var head = SegmentHead(
            store: target.identity, id: id, kind: .log, bornSequence: last + 1)
        head.previousLast = last
        head.synced = LogPosition(segment: id, offset: SegmentHead.byteCount)
        head.created = view.recovery.lastTime
        _ = try Log.create(head, place: target, isSynced: true)
    }
}
