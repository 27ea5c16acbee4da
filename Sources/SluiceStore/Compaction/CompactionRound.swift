/// One round of compaction: copies what is live in some segments to a new one and lets them go.
///
/// A crash at any point leaves either the old segments, or both, or the new one; each is the same
/// store.
struct CompactionRound {
    private struct Survivor {
        /// As the copy will have it.
        var frame: RecordFrame
        var time: Int64
        /// Bytes before the value in the victim.
        var headLength: Int
        var victim: Int
        var offset: Int
        var keyStart: Int
        /// Where the copy lies.
        var target = 0
    }

    private static let flushBytes = 1 << 20
    /// Entries moved in one hold of the lock.
    private static let movesPerHold = 256

    let place: Log.Place
    let shared: ReadWriteLocked<StoreState>
    let durability: Durability
    let plan: CompactionPlan
    let now: Int64
    /// Looked at now and then; throws to give up.
    let checkpoint: () throws(LogStoreError) -> Void

    private var survivors: [Survivor] = []
    private var dropped: [Survivor] = []
    private var keys: [UInt8] = []

    init(
        place: Log.Place, shared: ReadWriteLocked<StoreState>, durability: Durability,
        plan: CompactionPlan, now: Int64,
        checkpoint: @escaping () throws(LogStoreError) -> Void
    ) {
        self.place = place
        self.shared = shared
        self.durability = durability
        self.plan = plan
        self.now = now
        self.checkpoint = checkpoint
    }

    /// Copies and moves; afterwards the victims may go once the log is durable up to now.
    mutating func run(id: UInt32) throws(LogStoreError) {
        for index in plan.victims.indices { try collect(index) }
        sort()
        // One file goes at once. Several may go one by one in a crash, and a tombstone before what
        // it hides; the seal of a new segment tells that all of them are done with.
        if survivors.isEmpty, plan.victims.count == 1 {
            move(to: nil)
        } else {
            let copy = try copy(id: id)
            move(to: copy)
        }
    }

    // MARK: Collecting

    /// Finds the records of a victim that the index refers to.
    private mutating func collect(_ victim: Int) throws(LogStoreError) {
        let segment = plan.victims[victim]
        let isDead = shared.read { _ in segment.liveBytes + segment.tombstoneBytes == 0 }
        guard !isDead else { return }
        let reader = SegmentReader(
            id: segment.id, file: segment.file, identity: place.identity, limit: segment.end)
        var offset = SegmentHead.byteCount
        var time: Int64 = 0
        while offset < segment.end {
            guard case .record(let frame) = try reader.record(at: offset) else {
                shared.write { _ in segment.isDamaged = true }
                throw .corrupt(
                    file: segment.fileName, offset: offset,
                    message: "a record does not verify; the segment is kept")
            }
            if frame.kind == RecordKind.group.rawValue {
                time = GroupFrame(frame).time
                offset += RecordFrame.byteCount
                try checkpoint()
                continue
            }
            if frame.isContent { consider(frame, reader, victim, offset, groupTime: time) }
            offset += frame.length
        }
    }

    private mutating func consider(
        _ frame: RecordFrame, _ reader: SegmentReader, _ victim: Int, _ offset: Int,
        groupTime: Int64
    ) {
        let entry = shared.read { $0.index.entry(frame.collection, reader.key) }
        guard let entry, entry.segment == plan.victims[victim].id, Int(entry.offset) == offset
        else { return }
        var survivor = Survivor(
            frame: frame, time: reader.time ?? groupTime, headLength: frame.headLength,
            victim: victim, offset: offset,
            keyStart: keys.count)
        survivor.frame.flags = RecordFlags.time
        keys.append(contentsOf: reader.key)
        if entry.isDead {
            // Deleted or expired: what remains is a tombstone with the same sequence number.
            survivor.frame.kind = RecordKind.delete.rawValue
            survivor.frame.valueLength = 0
            survivor.frame.expiresAt = 0
            if frame.sequence < plan.floor {
                dropped.append(survivor)
                return
            }
        }
        survivors.append(survivor)
    }

    private mutating func sort() {
        keys.withUnsafeBytes { keys in
            survivors.sort { one, two in
                guard one.frame.collection == two.frame.collection else {
                    return one.frame.collection < two.frame.collection
                }
                return Self.key(of: one, in: keys)
                    .lexicallyCompared(to: Self.key(of: two, in: keys)) < 0
            }
        }
    }

    private static func key(
        of survivor: Survivor, in keys: UnsafeRawBufferPointer
    ) -> UnsafeRawBufferPointer {
        let start = survivor.keyStart
        return UnsafeRawBufferPointer(rebasing: keys[start..<start + survivor.frame.keyLength])
    }

    // MARK: Copying

    /// Writes the survivors to a new segment, which appears under its name when it is complete.
    private mutating func copy(id: UInt32) throws(LogStoreError) -> Segment {
        var head = SegmentHead(
            store: place.identity, id: id, kind: .compacted, bornSequence: plan.bornSequence)
        head.created = now
        head.synced = durability.synced
        let name = SegmentHead.fileName(id)
        let temporary = place.path(name + ".tmp")
        let file = try place.fileSystem.open(temporary, creating: true)
        let segment = Segment(head: head, file: file)
        do throws(LogStoreError) {
            try file.write(head.encoded(), at: 0)
            try write(to: segment)
            let seal = SealRecord(
                segment, end: segment.end, replaced: plan.victims.map(\.id))
            let seed = place.identity.seed(segment: id, offset: segment.end)
            try file.write(seal.encoded(seed: seed), at: segment.end)
            try file.sync()
        } catch {
            try? place.fileSystem.remove(temporary)
            throw error
        }
        do throws(LogStoreError) {
            try place.fileSystem.rename(temporary, to: place.path(name))
            try place.fileSystem.syncDirectory(place.directory)
        } catch {
            // Nobody knows whether the segment is there now, and it must not be there unknown:
            // tombstones would go that still hide something in it.
            durability.poison(error)
            throw error
        }
        segment.isSealed = true
        return segment
    }

    private mutating func write(to segment: Segment) throws(LogStoreError) {
        var buffer = GroupBuffer()
        defer { buffer.free() }
        for index in survivors.indices {
            let survivor = survivors[index]
            let offset = segment.end + buffer.byteCount
            let start = survivor.keyStart
            buffer.append(
                survivor.frame, time: survivor.time,
                key: Array(keys[start..<start + survivor.frame.keyLength]),
                value: try value(of: survivor),
                seed: place.identity.seed(segment: segment.id, offset: offset))
            survivors[index].target = offset
            segment.note(survivor.frame.sequence)
            if buffer.byteCount >= Self.flushBytes {
                try flush(&buffer, to: segment)
                try checkpoint()
            }
        }
        try flush(&buffer, to: segment)
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

    private func value(of survivor: Survivor) throws(LogStoreError) -> [UInt8] {
        guard survivor.frame.valueLength > 0 else { return [] }
        let victim = plan.victims[survivor.victim]
        let file = victim.file
        var value = [UInt8](repeating: 0, count: survivor.frame.valueLength)
        let offset = survivor.offset + survivor.headLength
        guard try file.read(into: &value, at: offset) == value.count else {
            throw .corrupt(
                file: victim.fileName, offset: survivor.offset, message: "the file has shrunk")
        }
        return value
    }

    // MARK: Moving

    /// Lets the index refer to the copies.
    ///
    /// A key written meanwhile is left as it is.
    private func move(to segment: Segment?) {
        if let segment {
            shared.write { state in state.segments[segment.id] = segment }
            for start in stride(from: 0, to: survivors.count, by: Self.movesPerHold) {
                let end = min(start + Self.movesPerHold, survivors.count)
                shared.write { state in
                    for survivor in survivors[start..<end] { move(survivor, to: segment, state) }
                }
            }
        }
        for start in stride(from: 0, to: dropped.count, by: Self.movesPerHold) {
            let end = min(start + Self.movesPerHold, dropped.count)
            shared.write { state in
                for survivor in dropped[start..<end] { drop(survivor, state) }
            }
        }
        shared.write { state in
            for victim in plan.victims {
                state.segments[victim.id] = nil
                state.retired.append(victim)
            }
            state.compactedSegments += plan.victims.count
            state.compactedBytes += segment.map { $0.end - SegmentHead.byteCount } ?? 0
        }
    }

    private func move(_ survivor: Survivor, to segment: Segment, _ state: StoreState) {
        keys.withUnsafeBytes { keys in
            let key = Self.key(of: survivor, in: keys)
            guard let entry = state.index.entry(survivor.frame.collection, key),
                isAtOldPlace(entry, survivor)
            else { return }
            let isUser = survivor.frame.collection >= SystemCollection.firstUser
            let isTombstone = survivor.frame.kind == RecordKind.delete.rawValue
            let moved = IndexEntry(
                version: entry.version, created: entry.created, segment: segment.id,
                offset: survivor.target,
                length: survivor.frame.length, expiresAt: isTombstone ? 0 : entry.expiresAt,
                isDead: entry.isDead, recordFlags: RecordFlags.time)
            state.count(entry, isUser: isUser, by: -1)
            state.count(moved, isUser: isUser, by: 1)
            _ = state.index.update(survivor.frame.collection, key, moved) { _ in true }
        }
    }

    /// Removes a tombstone that nothing needs any more.
    private func drop(_ survivor: Survivor, _ state: StoreState) {
        keys.withUnsafeBytes { keys in
            let key = Self.key(of: survivor, in: keys)
            guard let entry = state.index.entry(survivor.frame.collection, key), entry.isDead,
                isAtOldPlace(entry, survivor)
            else { return }
            if state.snapshots.isEmpty {
                state.count(entry, isUser: true, by: -1)
                state.index.remove(survivor.frame.collection, key)
            } else {
                // A search may yet pass here and ask for what came before the tombstone.
                let name = KeyName(collection: survivor.frame.collection, key: Array(key))
                state.snapshots.depart(name, version: entry.version)
            }
        }
    }

    private func isAtOldPlace(_ entry: IndexEntry, _ survivor: Survivor) -> Bool {
        entry.segment == plan.victims[survivor.victim].id && Int(entry.offset) == survivor.offset
    }
}
