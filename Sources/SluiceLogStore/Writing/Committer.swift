import SluiceStore
import SluiceSystem

/// Turns writes into groups and commits them.
///
/// Used by one thread at a time: whoever holds the turn that `CommitQueue` hands out, which debug
/// builds check. That is why overlapping access need not be looked for at run time, which would cost
/// a write a tenth.
final class Committer {
    /// A record that the group in progress will write.
    struct Pending {
        var frame: RecordFrame
        var key: [UInt8]
        var value: [UInt8]
        /// The revision that created the key; 0 where this record does.
        var created: UInt64 = 0
        /// The newest version of the key in the store before the group.
        var stored: IndexEntry?

        /// What it counts against the cap.
        var charge: Int {
            frame.kind == RecordKind.delete.rawValue ? 0 : 32 + key.count + value.count
        }
    }

    /// A group stops growing at this size, so that one slow sync does not hold everything up.
    static let groupBytes = 4 << 20

    let place: Place
    let log: Log
    /// Who has the turn.
    var turn: Custody { log.turn }
    let durability: Durability
    /// Around the closures of updates.
    let updating = ClosureGuard()
    let shared: ReadWriteLocked<StoreState>
    let clock: StoreClock
    let reserve: Reserve
    /// Whether a write was refused for want of space since the last report.
    @exclusivity(unchecked) var isShortOfSpace = false
    /// Numbers of the collections; only the committer adds some.
    var collections: [Name: UInt16]
    var nextCollection: Int
    /// The last sequence number given.
    @exclusivity(unchecked) var lastSequence: UInt64
    /// The number of the collection asked for last, which the next one mostly is too.
    @exclusivity(unchecked) private var latest: (name: Name, number: UInt16)?

    // Stopping for want of room, and going on.
    /// What is known of the room on the device, until it is made use of.
    @exclusivity(unchecked) var room = Room.unknown
    /// What it stopped for, and goes on with once that has been seen to.
    @exclusivity(unchecked) var shortage: Shortage?
    /// Whether it stopped while it committed a group.
    private var isCommitStopped = false
    /// What the single operation came to whose commit stopped.
    private var stoppedItem: Outcome?

    // The group in progress, and which results of the round wait for it.
    private var unfinished: [(work: Int, write: Int)] = []
    @exclusivity(unchecked) var now: Int64 = 0
    /// What counted against the cap when the group began.
    @exclusivity(unchecked) private(set) var liveBytes = 0
    /// Bytes written since the store was opened.
    @exclusivity(unchecked) private(set) var bytesWritten = 0
    /// When the end of the log and the store's folder were looked for last, in the store's time.
    @exclusivity(unchecked) var lookedForLogAt: Int64 = 0
    @exclusivity(unchecked) var lookedForFolderAt: Int64 = 0
    @exclusivity(unchecked) var pending: [Pending] = []
    @exclusivity(unchecked) var overlay: [KeyName: Int] = [:]
    @exclusivity(unchecked) var pendingBytes = 0
    @exclusivity(unchecked) var chargeDelta = 0
    @exclusivity(unchecked) var buffer = GroupBuffer()

    init(
        place: Place, log: Log, durability: Durability, shared: ReadWriteLocked<StoreState>,
        clock: StoreClock, reserve: Reserve, lastSequence: UInt64
    ) {
        self.place = place
        self.log = log
        self.durability = durability
        self.shared = shared
        self.lastSequence = lastSequence
        self.clock = clock
        self.reserve = reserve
        collections = shared.read { $0.collections }
        nextCollection = Int(collections.values.max() ?? SystemCollection.firstUser - 1) + 1
    }

    deinit {
        buffer.free()
    }

    /// What the log has come to since the last report.
    func report() -> CommitReport {
        turn.checkAlone("the committer")
        defer { isShortOfSpace = false }
        return CommitReport(
            lastSequence: lastSequence,
            end: LogPosition(segment: log.active.id, offset: log.end), bytesWritten: bytesWritten,
            segmentBytes: log.segmentBytes, isShortOfSpace: isShortOfSpace)
    }

    // MARK: Rounds

    /// Commits work in order, writes together in as few groups as possible, until all is done or
    /// the committer stops for want of room.
    ///
    /// It stops where `room` does not say whether there is any, and goes on from there when it is
    /// called again with the same round.
    func advance(_ round: inout CommitRound, room: Room = .unknown) -> Shortage? {
        turn.checkAlone("the committer")
        self.room = room
        shortage = nil
        if isCommitStopped { finishGroup(&round) }
        while shortage == nil, round.next < round.work.count {
            perform(round.work[round.next], &round)
            if shortage == nil { round.next += 1 }
        }
        if shortage == nil { finishGroup(&round) }
        return shortage
    }

    /// Ends a round that stopped, for a caller that must not wait: its results end before the first
    /// write that stopped it.
    func abandon(_ round: inout CommitRound) {
        // What was ready before is committed all the same.
        if !isCommitStopped {
            shortage = nil
            finishGroup(&round)
        }
        if isCommitStopped, let first = unfinished.first {
            round.results.removeLast(round.results.count - first.work - 1)
            round.results[first.work].removeLast(round.results[first.work].count - first.write)
        }
        abandonGroup()
    }

    /// Forgets what a single operation or a group that stopped has come to.
    func abandonGroup() {
        unfinished.removeAll(keepingCapacity: true)
        stoppedItem = nil
        isCommitStopped = false
        isShortOfSpace = true
        shortage = nil
        clearGroup()
    }

    private func perform(_ work: CommitQueue.Work, _ round: inout CommitRound) {
        switch work {
        case .writes(let writes): return evaluate(writes, &round)
        case .batches(let batches): return evaluate(batches, &round)
        case .declare, .cursors, .roll, .freeze, .recount: break
        }
        finishGroup(&round)
        guard shortage == nil else { return }
        do throws(LogStoreError) {
            switch work {
            case .writes, .batches: break
            case .declare(let names): try declare(names)
            case .cursors(let cursors): try setCursors(cursors)
            case .roll: try roll()
            case .freeze: round.asksToFreeze = true
            case .recount: round.asksToRecount = true
            }
            round.results.append([.success(BatchOutcome([]))])
        } catch {
            if shortage == nil {
                round.results.append([.failure(error)])
            } else {
                // It is done anew from the beginning.
                clearGroup()
            }
        }
    }

    /// The result of one operation.
    typealias Single = Result<Outcome, LogStoreError>

    /// Commits one operation as a group of its own; nil where it stopped for want of room, and goes
    /// on when it is called again.
    func perform(_ operation: LogStoreWrite.Operation, room: Room = .unknown) -> Single? {
        turn.checkAlone("the committer")
        self.room = room
        shortage = nil
        do throws(LogStoreError) {
            if isCommitStopped, let item = stoppedItem {
                try commitGroup()
                isCommitStopped = false
                return .success(item)
            }
            if let failure = durability.failure { throw failure }
            beginGroup()
            let item = try evaluate(operation)
            do throws(LogStoreError) {
                try commitGroup()
            } catch {
                isCommitStopped = shortage != nil
                stoppedItem = item
                throw error
            }
            return .success(item)
        } catch {
            if shortage != nil { return nil }
            isCommitStopped = false
            return .failure(error)
        }
    }

    /// Evaluates the writes of a piece of work that have no results yet; full groups are committed
    /// on the way, the last one is left open.
    private func evaluate(_ writes: [some CommittedBatch], _ round: inout CommitRound) {
        let place = round.next
        if round.results.count == place {
            round.results.append([])
            round.results[place].reserveCapacity(writes.count)
        }
        let isOnly = round.work.count == 1 && writes.count == 1
        for index in round.results[place].count..<writes.count {
            if pending.isEmpty { beginGroup() }
            do throws(LogStoreError) {
                let outcome = try evaluate(writes[index], isOnly: isOnly)
                round.results[place].append(.success(outcome))
                unfinished.append((place, index))
            } catch {
                if shortage != nil { return }
                round.results[place].append(.failure(error))
            }
            if pendingBytes >= Self.groupBytes { finishGroup(&round) }
            if shortage != nil { return }
        }
    }

    /// Commits the group in progress; a failure becomes the result of all its writes.
    private func finishGroup(_ round: inout CommitRound) {
        do throws(LogStoreError) {
            try commitGroup()
        } catch {
            isCommitStopped = shortage != nil
            if isCommitStopped { return }
            for (work, write) in unfinished { round.results[work][write] = .failure(error) }
        }
        isCommitStopped = false
        unfinished.removeAll(keepingCapacity: true)
    }

    func beginGroup() {
        turn.checkAlone("the committer")
        now = clock.now()
        var hasExpired = false
        (hasExpired, liveBytes) = shared.read { ($0.expiry.isDue(at: now), $0.totals.liveBytes) }
        guard hasExpired else { return }
        liveBytes = shared.write { state in
            state.expire(at: now)
            return state.totals.liveBytes
        }
    }

    /// The number of a collection.
    func number(_ name: Name) throws(LogStoreError) -> UInt16 {
        turn.checkAlone("the committer")
        if let latest, latest.name == name { return latest.number }
        guard let number = collections[name] else { throw .missingCollection(name.text) }
        latest = (name, number)
        return number
    }

    /// Writes, syncs and applies the group in progress.
    ///
    /// Without records there is nothing to do. Where it stops for want of room, the group stays.
    func commitGroup() throws(LogStoreError) {
        turn.checkAlone("the committer")
        defer { if shortage == nil { clearGroup() } }
        guard !pending.isEmpty else { return }
        // A single record takes its time from the group's frame right before it.
        if pending.count > 1, pending[0].frame.flags & RecordFlags.time == 0 {
            for index in pending.indices { pending[index].frame.flags |= RecordFlags.time }
            pendingBytes += pending.count * RecordFrame.timeByteCount
        }
        let firstSequence = lastSequence
        let newSequence = pending.reduce(lastSequence) { max($0, $1.frame.sequence) }
        guard newSequence <= RecordFrame.maximumSequence else {
            throw .invalid("the store has given out all the revisions there are")
        }
        if let failure = durability.failure { throw failure }
        try checkOwner()
        let (segment, start) = try withReserve(isAllowed: !hasPuts) {
            () throws(LogStoreError) in try writeGroup(newSequence)
        }
        lastSequence = newSequence
        apply(to: segment, start, after: firstSequence)
    }

    private func clearGroup() {
        pending.removeAll(keepingCapacity: true)
        overlay.removeAll()
        pendingBytes = 0
        chargeDelta = 0
    }

    /// Whether the group takes more space for good than it gives back.
    private var hasPuts: Bool {
        pending.contains { $0.frame.kind == RecordKind.put.rawValue }
    }

    private func writeGroup(
        _ newSequence: UInt64
    ) throws(LogStoreError) -> (segment: Segment, start: Int) {
        let total = pendingBytes + RecordFrame.byteCount
        let (segment, start, replaced) = try log.room(
            for: total, lastSequence: lastSequence, time: now)
        if let replaced { entered(segment, after: replaced) }
        encode(segment, start, newSequence)
        try log.write(buffer, takesSpaceAhead: !reserve.isReleased)
        bytesWritten += total
        return (segment, start)
    }

    func entered(_ segment: Segment, after replaced: Segment) {
        shared.write { state in
            replaced.isSealed = true
            state.add(segment)
        }
        replaced.mapIfWanted(place.options)
    }

    private func encode(_ segment: Segment, _ start: Int, _ newSequence: UInt64) {
        buffer.reset()
        let identity = place.identity
        buffer.begin(
            GroupFrame(
                byteCount: pendingBytes, lastSequence: newSequence, synced: log.synced,
                time: now),
            seed: identity.seed(segment: segment.id, offset: start))
        for record in pending {
            let offset = start + buffer.byteCount
            buffer.append(
                record.frame, time: now, created: record.created, key: record.key,
                value: record.value, seed: identity.seed(segment: segment.id, offset: offset))
        }
        buffer.finish()
    }

    /// Makes the group visible.
    ///
    /// Readers get in between, but never inside a batch.
    private func apply(to segment: Segment, _ start: Int, after firstSequence: UInt64) {
        var offset = start + RecordFrame.byteCount
        var index = 0
        while index < pending.count {
            shared.write { state in
                if index == 0 {
                    segment.mark(start, after: firstSequence)
                    segment.sums.frameBytes += RecordFrame.byteCount
                    state.groups += 1
                }
                var taken = 0
                while index < pending.count {
                    let record = pending[index]
                    record.key.withUnsafeBytes { key in
                        state.apply(
                            record.frame,
                            created: record.created == 0
                                ? record.frame.sequence : record.created,
                            key: key, in: segment, at: offset, stored: record.stored)
                        if record.frame.collection < SystemCollection.firstUser {
                            state.applySystem(record.frame.kind, key: key, value: record.value)
                        }
                    }
                    segment.sums.note(record.frame)
                    offset += record.frame.length
                    state.revision = max(state.revision, record.frame.sequence)
                    index += 1
                    taken += 1
                    if taken >= 256, record.frame.flags & RecordFlags.more == 0 { break }
                }
                segment.end = offset
            }
        }
    }
}
