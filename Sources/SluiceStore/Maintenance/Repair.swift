/// Saves what verifies of a damaged store into a new one.
///
/// Each segment that counts becomes a compacted one of the new store with the same number; the
/// index is then made from them as after any loss of it.
struct Repair {
    private let view: StoreView
    private let target: Log.Place
    private let meter: ProgressMeter
    private var damages = DamageList()
    private var bytesLost = 0
    /// Numbers of collections with records, and of those with names; the names.
    private var used: Set<UInt16> = []
    private var named: Set<UInt16> = []
    private var names: Set<[UInt8]> = []
    private var nextID: UInt32

    static func run(
        _ path: String, to target: String, _ environment: Environment,
        _ clock: (@Sendable () -> Int64)?, _ meter: ProgressMeter
    ) throws(LogStoreError) -> LogStore.RepairReport {
        let fileSystem = environment.fileSystem
        try NewFolder.checkApart(fileSystem, target, from: path)
        let folder = try Folder.readForRepair(path, environment)
        let view = try StoreView(folder)
        guard !view.segments.isEmpty else {
            throw .corrupt(file: path, offset: 0, message: "there is no segment to repair")
        }
        let new = try NewFolder.begin(fileSystem, target)
        let options = LogStore.Options(isInline: true, clock: clock)
        // Another store from here on: nothing of the old one verifies in it.
        let place = Log.Place(environment, target, environment.newIdentity(), options)
        var repair = Repair(view, place, meter)
        try repair.save()
        try new.finish()
        return try repair.report(
            try Engine.open(target, options: options, environment: environment))
    }

    private init(_ view: StoreView, _ target: Log.Place, _ meter: ProgressMeter) {
        self.view = view
        self.target = target
        self.meter = meter
        nextID = view.folder.largestID + 1
        for one in view.folder.found { nextID = max(nextID, one.head.id + 1) }
    }

    private func report(_ engine: Engine) throws(LogStoreError) -> LogStore.RepairReport {
        let report = LogStore.RepairReport(
            records: engine.statistics.records, collections: engine.collections.count,
            damages: damages.damages, bytesLost: bytesLost)
        try engine.close()
        return report
    }

    private mutating func save() throws(LogStoreError) {
        try meter.expect(view.segments.reduce(0) { $0 + $1.end })
        for damage in view.recovery.report.damages { damages.add(damage) }
        countMissing()
        for segment in view.segments { try save(segment) }
        try nameCollections()
        try beginLog()
        try meter.report()
    }

    /// Names segments that the manifest or a later one knows of, and counts what is gone with them.
    private mutating func countMissing() {
        let logs = view.segments.filter { $0.kind == .log }
        let covered = view.folder.manifest?.covered.segment ?? 0
        // Before what the manifest covers compaction may have removed some.
        for (one, next) in zip(logs, logs.dropFirst())
        where next.previous > max(one.id, covered) {
            damages.add(SegmentHead.fileName(next.previous), 0, "the segment is missing")
        }
        let promise = view.recovery.promise.segment
        if promise > logs.last?.id ?? 0 {
            damages.add(SegmentHead.fileName(promise), 0, "the segment is missing")
        }
        var ends: [UInt32: Int] = [:]
        for entry in view.folder.manifest?.segments ?? [] { ends[entry.id] = entry.sums.end }
        let end = view.recovery.promise
        if end.segment > 0 { ends[end.segment] = max(ends[end.segment] ?? 0, end.offset) }
        for (id, end) in ends {
            bytesLost += max(0, end - max(SegmentHead.byteCount, view.found(id)?.size ?? 0))
        }
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
        let name = segment.fileName
        let reader = SegmentReader(
            id: segment.id, file: segment.file, identity: view.place.identity, limit: limit)
        var scan = SegmentScan(reader, from: SegmentHead.byteCount, to: limit)
        var time = segment.created
        var before = 0
        while let item = try scan.next() {
            switch item {
            case .group(let group, _):
                time = group.time
            case .record(let frame, let offset):
                note(frame, reader)
                let key = Array(reader.key)
                let (created, own) = (reader.created, reader.time)
                if let value = try reader.value(at: offset, frame) {
                    try output.append(
                        frame, time: own ?? time, created: created, key: key, value: value)
                }
            case .damagedValue(let frame, let offset):
                damages.add(
                    name, offset, "the value of a record does not verify", key: Array(reader.key))
                bytesLost += frame.length
                try saveHead(frame, reader, time, to: output)
            case .seal(let offset):
                damages.add(name, offset, "a seal lies between records")
            case .gap(let offset, let byteCount):
                damages.add(name, offset, "\(byteCount) bytes hold no record that verifies")
                bytesLost += byteCount
            }
            try meter.advance(scan.place - before)
            before = scan.place
        }
    }

    private mutating func note(_ frame: RecordFrame, _ reader: SegmentReader) {
        used.insert(frame.collection)
        if frame.kind == RecordKind.collection.rawValue {
            named.insert(UInt16(truncatingIfNeeded: frame.previous))
            names.insert(Array(reader.key))
        }
    }

    /// Saves what the head alone tells of a record whose value is lost.
    private mutating func saveHead(
        _ frame: RecordFrame, _ reader: SegmentReader, _ time: Int64, to output: SavedSegment
    ) throws(LogStoreError) {
        var frame = frame
        var value: [UInt8] = []
        switch RecordKind(rawValue: frame.kind) {
        case .put, .delete:
            // No older version may take the place of the lost one.
            frame.kind = RecordKind.delete.rawValue
            frame.expiresAt = 0
            frame.flags = 0
        case .collection:
            // The number is in the head too.
            note(frame, reader)
            value.append(number: UInt32(truncatingIfNeeded: frame.previous))
        default:
            return
        }
        try output.append(
            frame, time: reader.time ?? time, created: reader.created, key: Array(reader.key),
            value: value)
    }

    // MARK: What is missing

    /// Gives collections whose names are lost new ones, so that their records can be reached.
    private mutating func nameCollections() throws(LogStoreError) {
        let lost = used.subtracting(named).filter { $0 >= SystemCollection.firstUser }.sorted()
        guard !lost.isEmpty else { return }
        let output = try SavedSegment(
            target, id: nextID, bornSequence: 1, created: view.recovery.lastTime)
        defer { output.free() }
        nextID += 1
        for number in lost {
            var name = "recovered-\(number)"
            while names.contains(Array(name.utf8)) { name += "-" }
            damages.add(
                Manifest.fileName, Int(number),
                "the name of collection \(number) is lost; it is \(name) now")
            var frame = RecordFrame()
            frame.kind = RecordKind.collection.rawValue
            frame.collection = SystemCollection.catalog
            frame.keyLength = name.utf8.count
            frame.previous = UInt64(number)
            var value: [UInt8] = []
            value.append(number: UInt32(number))
            try output.append(
                frame, time: view.recovery.lastTime, created: 0, key: Array(name.utf8),
                value: value)
        }
        try output.finish()
    }

    /// Makes the segment in which the log goes on, behind the last revision of the old store.
    private func beginLog() throws(LogStoreError) {
        let last = view.recovery.lastSequence
        var head = SegmentHead(
            store: target.identity, id: nextID, kind: .log, bornSequence: last + 1)
        head.previousLast = last
        head.synced = LogPosition(segment: nextID, offset: SegmentHead.byteCount)
        head.created = view.recovery.lastTime
        _ = try Log.create(head, place: target, isSynced: true)
    }
}

/// A compacted segment that repair writes.
private final class SavedSegment {
    private static let flushBytes = 1 << 20

    private let place: Log.Place
    private let segment: Segment
    private var buffer = GroupBuffer()

    init(
        _ place: Log.Place, id: UInt32, bornSequence: UInt64, created: Int64
    ) throws(LogStoreError) {
        self.place = place
        var head = SegmentHead(
            store: place.identity, id: id, kind: .compacted, bornSequence: bornSequence)
        head.created = created
        let file = try place.fileSystem.open(
            place.path(SegmentHead.fileName(id)), creating: true)
        try file.write(head.encoded(), at: 0)
        segment = Segment(head: head, file: file)
    }

    func free() {
        buffer.free()
    }

    /// Writes a record, with its time and the revision that created its key.
    func append(
        _ frame: RecordFrame, time: Int64, created: UInt64, key: [UInt8], value: [UInt8]
    ) throws(LogStoreError) {
        var frame = frame
        frame.valueLength = value.count
        frame.flags = frame.flags & RecordFlags.created | RecordFlags.time
        let offset = segment.end + buffer.byteCount
        buffer.append(
            frame, time: time, created: created, key: key, value: value,
            seed: place.identity.seed(segment: segment.id, offset: offset))
        segment.sums.note(frame)
        if buffer.byteCount >= Self.flushBytes { try flush() }
    }

    private func flush() throws(LogStoreError) {
        buffer.finish()
        for piece in buffer.pieces.indices {
            segment.end += try buffer.write(piece, to: segment.file, at: segment.end)
        }
        buffer.reset()
    }

    /// Seals the segment, durably.
    func finish() throws(LogStoreError) {
        try flush()
        let seal = SealRecord(segment, end: segment.end)
        let seed = place.identity.seed(segment: segment.id, offset: segment.end)
        try segment.file.write(seal.encoded(seed: seed), at: segment.end)
        try segment.file.sync()
    }
}
