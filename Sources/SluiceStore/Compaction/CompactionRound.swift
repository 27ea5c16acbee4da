/// One round of compaction: copies what has to stay of some segments to a new one, in order of
/// keys, and writes where it went as a run of the index.
///
/// Changes nothing that anybody reads; `Engine+Compact` makes the result count. A crash before that
/// leaves files that nothing names.
struct CompactionRound {
    /// What a round made.
    struct Output {
        /// The segment with the survivors; nil where there were none.
        var segment: Segment?
        var run: Run?
        /// The survivors that count as live, at their new places, by their old ones.
        var moved: [OldPlace: IndexEntry] = [:]
    }

    /// Where a record lay.
    struct OldPlace: Hashable {
        var segment: UInt32
        var offset: UInt32
    }

    private static let flushBytes = 1 << 20
    /// Records between two looks at whether to give up.
    private static let checkDistance = 1024

    let engine: Engine
    let plan: CompactionPlan
    let policy: VersionPolicy
    /// The runs and segments that were there when the round began.
    let layers: Layers
    /// Looked at now and then; throws to give up.
    let checkpoint: () throws(LogStoreError) -> Void

    private var survivors = Survivors()
    private var replaced: [ReplacedBytes.Part] = []
    /// The smallest number of a version that replaced one of the survivors.
    private var oldestSuccessor = UInt64.max

    init(
        engine: Engine, plan: CompactionPlan, policy: VersionPolicy, layers: Layers,
        checkpoint: @escaping () throws(LogStoreError) -> Void
    ) {
        self.engine = engine
        self.plan = plan
        self.policy = policy
        self.layers = layers
        self.checkpoint = checkpoint
    }

    private var place: Log.Place { engine.place }
    private var keepsHistory: Bool { engine.keepsHistory }

    mutating func run(id: UInt32) throws(LogStoreError) -> Output {
        for index in plan.victims.indices { try collect(index) }
        // One file goes at once. Several may go one by one in a crash, and a tombstone before what
        // it hides; the seal of a new segment tells that all of them are done with.
        if survivors.count == 0, plan.victims.count == 1 { return Output() }
        survivors.sort()
        return try copy(id: id)
    }

    // MARK: Collecting

    /// Finds the records of a victim that have to stay.
    private mutating func collect(_ victim: Int) throws(LogStoreError) {
        let segment = plan.victims[victim]
        let sums = engine.shared.read { _ in segment.sums }
        let isDead =
            sums.keptBytes(horizon: policy.horizon) + sums.tombstones + sums.expiring == 0
        guard !isDead else { return }
        let reader = SegmentReader(
            id: segment.id, file: segment.file, identity: place.identity, limit: sums.end)
        var offset = SegmentHead.byteCount
        var time: Int64 = 0
        var count = 0
        while offset < sums.end {
            guard case .record(let frame) = try reader.record(at: offset) else {
                engine.shared.write { _ in segment.isDamaged = true }
                throw .corrupt(
                    file: segment.fileName, offset: offset,
                    message: "a record does not verify; the segment is kept")
            }
            if frame.kind == RecordKind.group.rawValue {
                time = GroupFrame(frame).time
                offset += RecordFrame.byteCount
                continue
            }
            if frame.isContent {
                try consider(frame, reader, victim, offset, time: reader.time ?? time)
            }
            offset += frame.length
            count += 1
            if count % Self.checkDistance == 0 { try checkpoint() }
        }
    }

    private mutating func consider(
        _ frame: RecordFrame, _ reader: SegmentReader, _ victim: Int, _ offset: Int, time: Int64
    ) throws(LogStoreError) {
        let versions = try versions(frame.collection, reader.key)
        let id = plan.victims[victim].id
        let isUser = frame.collection >= SystemCollection.firstUser
        let isExpired = frame.expiresAt != 0 && frame.expiresAt <= policy.expired
        let isDead = frame.kind == RecordKind.delete.rawValue || isUser && isExpired
        let place = versions.firstIndex { $0.segment == id && Int($0.offset) == offset }
        if let place, place > 0 {
            // An older version, which only history asks for.
            let successor = versions[place - 1].version
            guard successor > policy.horizon else { return }
            oldestSuccessor = min(oldestSuccessor, successor)
            replaced.append(ReplacedBytes.Part(through: successor, bytes: frame.length))
        } else if place == nil {
            // Runs no longer say what is gone for good; its tombstone may still hide something.
            guard versions.isEmpty, isDead else { return }
        }
        if isDead, place ?? 0 == 0, frame.sequence < plan.floor, frame.sequence <= policy.horizon {
            return
        }
        survivors.append(
            frame, key: reader.key, victim: victim, offset: offset, time: time,
            isTombstone: isDead && place ?? 0 == 0, isNewest: place == 0)
    }

    /// Versions of a key that the index knows, newest first; without history only the newest.
    private func versions(
        _ collection: UInt16, _ key: UnsafeRawBufferPointer
    ) throws(LogStoreError) -> [IndexEntry] {
        guard keepsHistory else {
            let (entry, layers) = engine.shared.read { state in
                (state.layers.active.newest(collection, key), state.layers)
            }
            if let entry { return [entry] }
            return try layers.newestBelow(collection, key).map { [$0] } ?? []
        }
        var (versions, layers) = engine.shared.read { state in
            (state.layers.active.versions(collection, key), state.layers)
        }
        for entry in try layers.versionsBelow(collection, key)
        where entry.version < versions.last?.version ?? .max {
            versions.append(entry)
        }
        return versions
    }

    // MARK: Copying

    /// Writes the survivors to a new segment and their places to a run; both appear under their
    /// names when they are complete.
    private mutating func copy(id: UInt32) throws(LogStoreError) -> Output {
        // A segment must not hold what was replaced before it was born.
        var head = SegmentHead(
            store: place.identity, id: id, kind: .compacted,
            bornSequence: min(plan.bornSequence, oldestSuccessor))
        head.created = engine.clock.now()
        head.synced = engine.durability.synced
        let name = SegmentHead.fileName(id)
        let temporary = place.path(name + ".tmp")
        let file = try place.fileSystem.open(temporary, creating: true)
        var output = Output(segment: Segment(head: head, file: file))
        do throws(LogStoreError) {
            try file.write(head.encoded(), at: 0)
            output.run = try engine.writeRun(expectedEntries: survivors.count) {
                writer throws(LogStoreError) in
                try write(to: &output, writer)
            }
            try finish(output, file)
            try place.fileSystem.rename(temporary, to: place.path(name))
            try place.fileSystem.syncDirectory(place.directory)
        } catch {
            try? place.fileSystem.remove(temporary)
            try remove(output, cause: error)
            throw error
        }
        return output
    }

    private func finish(_ output: Output, _ file: any File) throws(LogStoreError) {
        guard let segment = output.segment else { return }
        var parts = ReplacedBytes()
        for part in replaced.sorted(by: { $0.through < $1.through }) {
            parts.add(part.bytes, by: part.through)
        }
        segment.sums.replaced = parts
        let seal = SealRecord(segment, end: segment.end, replaced: plan.victims.map(\.id))
        let seed = place.identity.seed(segment: segment.id, offset: segment.end)
        try file.write(seal.encoded(seed: seed), at: segment.end)
        try file.sync()
        segment.isSealed = true
    }

    /// Takes back what a failed round left.
    ///
    /// Unless the manifest may name it by now. A segment that stays although nothing knows of it
    /// could outlive the tombstones of what it holds, so the store takes no more writes then.
    func remove(_ output: Output, cause: LogStoreError) throws(LogStoreError) {
        guard engine.durability.failure == nil else { return }
        if let run = output.run { try? place.fileSystem.remove(place.path(Run.fileName(run.id))) }
        guard let segment = output.segment else { return }
        do throws(LogStoreError) {
            try place.fileSystem.remove(place.path(segment.fileName))
            try place.fileSystem.syncDirectory(place.directory)
        } catch  where error.isNoSuchFile {
        } catch {
            engine.durability.poison(error)
        }
    }

    private mutating func write(to output: inout Output, _ writer: RunWriter) throws(LogStoreError)
    {
        guard let segment = output.segment else { return }
        var buffer = GroupBuffer()
        defer { buffer.free() }
        let items = survivors.items
        var moved: [OldPlace: IndexEntry] = [:]
        try survivors.forEachKey { key, range throws(LogStoreError) in
            var entries: [IndexEntry] = []
            for item in items[range] {
                let entry = try copy(item, key, to: segment, &buffer)
                entries.append(entry)
                if item.isNewest, !entry.isDead {
                    let old = plan.victims[Int(item.victim)].id
                    moved[OldPlace(segment: old, offset: item.offset)] = entry
                }
                if buffer.byteCount >= Self.flushBytes {
                    try flush(&buffer, to: segment)
                    try checkpoint()
                }
            }
            for entry in try withNeighbours(entries, items[range.lowerBound].collection, key) {
                try writer.append(items[range.lowerBound].collection, key, entry)
            }
        }
        try flush(&buffer, to: segment)
        output.moved = moved
    }

    /// Copies one record and gives its new entry.
    private func copy(
        _ item: Survivors.Item, _ key: UnsafeRawBufferPointer, to segment: Segment,
        _ buffer: inout GroupBuffer
    ) throws(LogStoreError) -> IndexEntry {
        let victim = plan.victims[Int(item.victim)]
        var headBytes = [UInt8](
            repeating: 0,
            count: RecordFrame.byteCount + RecordFrame.timeByteCount + RecordFrame.createdByteCount)
        let read = try victim.file.read(into: &headBytes, at: Int(item.offset))
        guard read >= RecordFrame.byteCount else { throw shrunk(victim, item) }
        var frame = headBytes.withUnsafeBytes { RecordFrame($0) }
        let created =
            frame.flags & RecordFlags.created == 0
            ? frame.sequence
            : headBytes.withUnsafeBytes {
                $0.field(
                    RecordFrame.byteCount + frame.extensionLength - RecordFrame.createdByteCount)
            }
        var value: [UInt8] = []
        if item.isTombstone {
            frame.kind = RecordKind.delete.rawValue
            frame.valueLength = 0
            frame.expiresAt = 0
            frame.flags = RecordFlags.time
        } else {
            value = [UInt8](repeating: 0, count: frame.valueLength)
            let start = Int(item.offset) + frame.headLength
            guard try victim.file.read(into: &value, at: start) == value.count else {
                throw shrunk(victim, item)
            }
            frame.flags = frame.flags & RecordFlags.created | RecordFlags.time
        }
        let offset = segment.end + buffer.byteCount
        buffer.append(
            frame, time: item.time, created: created, key: Array(key), value: value,
            seed: place.identity.seed(segment: segment.id, offset: offset))
        segment.sums.note(frame)
        let entry = IndexEntry(frame, created: created, segment: segment.id, offset: offset)
        return entry
    }

    private func shrunk(_ victim: Segment, _ item: Survivors.Item) -> LogStoreError {
        .corrupt(
            file: victim.fileName, offset: Int(item.offset), message: "the file has shrunk")
    }

    /// The moved versions of a key and, where history is kept, the others that the runs know: the
    /// first run that has a key has to have its newest version.
    private func withNeighbours(
        _ moved: [IndexEntry], _ collection: UInt16, _ key: UnsafeRawBufferPointer
    ) throws(LogStoreError) -> [IndexEntry] {
        guard keepsHistory else { return moved }
        var versions: [UInt64: IndexEntry] = [:]
        let hash = Run.keyHash(collection, key)
        for run in layers.runs.reversed() {
            for entry in try run.versions(collection, key, hash: hash) {
                versions[entry.version] = entry
            }
        }
        for entry in moved { versions[entry.version] = entry }
        let all = versions.values.sorted { $0.version > $1.version }
        return policy.kept(all, collection)
    }

    private func flush(
        _ buffer: inout GroupBuffer, to segment: Segment
    ) throws(LogStoreError) {
        buffer.finish()
        for piece in buffer.pieces.indices {
            segment.end += try buffer.write(piece, to: segment.file, at: segment.end)
        }
        buffer.reset()
    }
}
