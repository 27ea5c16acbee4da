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
    /// Whether a write was refused for want of space since somebody last looked.
    var isShortOfSpace = false
    /// Numbers of the collections; only the committer adds some.
    var collections: [Name: UInt16]
    var nextCollection: Int
    /// The last sequence number given.
    @exclusivity(unchecked) var lastSequence: UInt64
    /// The number of the collection asked for last, which the next one mostly is too.
    @exclusivity(unchecked) private var latest: (name: Name, number: UInt16)?

    /// Comes before each round of commits and follows it, both inside the turn.
    var beforeCommit: (() -> Void)?
    var afterCommit: (() -> Void)?
    /// Ends the active memtable, inside the turn.
    var freeze: (() -> Void)?
    /// Counts the sums anew if they are wrong, inside the turn.
    var recount: (() -> Void)?
    /// Waits, inside the turn, while compaction makes room on a full device; gives whether there is
    /// room then.
    var waitForRoom: (() -> Bool)?
    /// Whether the holder of the turn may wait; a thread of the pool that tasks share may not.
    @exclusivity(unchecked) private(set) var mayWait = true
    /// Whether a write was left undone because it would have had to wait.
    @exclusivity(unchecked) var hasToWait = false
    /// Runs something while background work stands still and has given back what it took.
    var betweenCare: ((_ body: () throws(LogStoreError) -> Void) throws(LogStoreError) -> Void)?

    // The group in progress, and which results wait for it.
    private var unfinished: [(item: Int, write: Int)] = []
    @exclusivity(unchecked) var now: Int64 = 0
    /// What counted against the cap when the group began.
    @exclusivity(unchecked) private(set) var liveBytes = 0
    /// Bytes written since the store was opened.
    @exclusivity(unchecked) private(set) var bytesWritten = 0
    /// Bytes written, since the store was opened, at which to look after space and memory again.
    var nextCare = 0
    var isCareDue: Bool { bytesWritten >= nextCare }
    /// Whether the last look may have found too little of either.
    var mayHaveToWait = false
    /// The end of the log that background work was asked to name in the manifest.
    var namedSegment: UInt32
    /// When the end of the log and the store's folder were looked for last, in the store's time.
    @exclusivity(unchecked) var lookedForLogAt: Int64 = 0
    @exclusivity(unchecked) var lookedForFolderAt: Int64 = 0
    /// Whether the manifest says that the store was closed properly, which the first group undoes.
    var isClosedInManifest = false
    /// Bytes written since the active memtable began.
    @exclusivity(unchecked) var bytesSinceFreeze = 0
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
        namedSegment = log.active.id
        collections = shared.read { $0.collections }
        nextCollection = Int(collections.values.max() ?? SystemCollection.firstUser - 1) + 1
    }

    deinit {
        buffer.free()
    }

    /// Has writes left undone that would have to wait, until `allowWaiting`; false where that is all
    /// of them.
    func forbidWaiting() -> Bool {
        guard !mayHaveToWait else { return false }
        mayWait = false
        return true
    }

    func allowWaiting() {
        mayWait = true
        hasToWait = false
    }

    /// Commits work in order, writes together in as few groups as possible.
    func perform(_ work: [CommitQueue.Work]) -> [CommitQueue.Results] {
        turn.checkAlone("the committer")
        var results: [CommitQueue.Results] = []
        results.reserveCapacity(work.count)
        beforeCommit?()
        for item in work {
            switch item {
            case .writes(let writes):
                results.append([])
                evaluate(writes, isAlone: work.count == 1, into: &results)
            case .declare(let names):
                finishGroup(&results)
                results.append([system { () throws(LogStoreError) in try declare(names) }])
            case .cursors(let cursors):
                finishGroup(&results)
                results.append([system { () throws(LogStoreError) in try setCursors(cursors) }])
            case .roll:
                finishGroup(&results)
                results.append([system { () throws(LogStoreError) in try roll() }])
            case .freeze:
                finishGroup(&results)
                freeze?()
                results.append([.success(LogStoreOutcome(items: []))])
            case .recount:
                finishGroup(&results)
                recount?()
                results.append([.success(LogStoreOutcome(items: []))])
            }
        }
        finishGroup(&results)
        afterCommit?()
        return results
    }

    /// The result of one operation.
    typealias Single = Result<LogStoreOutcome.Item, LogStoreError>

    /// Commits one operation as a group of its own.
    func perform(_ operation: LogStoreWrite.Operation) -> Single {
        turn.checkAlone("the committer")
        beforeCommit?()
        defer { afterCommit?() }
        do throws(LogStoreError) {
            if let failure = durability.failure { throw failure }
            beginGroup()
            let item = try evaluate(operation)
            try commitGroup()
            return .success(item)
        } catch {
            return .failure(error)
        }
    }

    /// Evaluates writes; full groups are committed on the way, the last one is left open.
    private func evaluate(
        _ writes: [LogStoreWrite], isAlone: Bool, into results: inout [CommitQueue.Results]
    ) {
        let last = results.count - 1
        results[last].reserveCapacity(writes.count)
        for (index, write) in writes.enumerated() {
            if pending.isEmpty { beginGroup() }
            do throws(LogStoreError) {
                let outcome = try evaluate(write, isOnly: isAlone && writes.count == 1)
                results[last].append(.success(outcome))
                unfinished.append((last, index))
            } catch {
                // A thread that may wait does it, with those behind it.
                if hasToWait { return }
                results[last].append(.failure(error))
            }
            if pendingBytes >= Self.groupBytes { finishGroup(&results) }
            if hasToWait { return }
        }
    }

    private func system(
        _ body: () throws(LogStoreError) -> Void
    ) -> CommitQueue.Results.Element {
        do throws(LogStoreError) {
            try body()
            return .success(LogStoreOutcome(items: []))
        } catch {
            return .failure(error)
        }
    }

    /// Commits the group in progress; a failure becomes the result of all its writes.
    private func finishGroup(_ results: inout [CommitQueue.Results]) {
        do throws(LogStoreError) {
            try commitGroup()
        } catch {
            if hasToWait, let first = unfinished.first {
                results[first.item].removeLast(results[first.item].count - first.write)
            } else {
                for (item, write) in unfinished { results[item][write] = .failure(error) }
            }
        }
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
    func number(_ collection: String) throws(LogStoreError) -> UInt16 {
        turn.checkAlone("the committer")
        let name = Name(collection)
        if let latest, latest.name == name { return latest.number }
        guard let number = collections[name] else { throw .missingCollection(collection) }
        latest = (name, number)
        return number
    }

    /// Writes, syncs and applies the group in progress.
    ///
    /// Without records there is nothing to do.
    func commitGroup() throws(LogStoreError) {
        turn.checkAlone("the committer")
        defer {
            pending.removeAll(keepingCapacity: true)
            overlay.removeAll()
            pendingBytes = 0
            chargeDelta = 0
        }
        guard !pending.isEmpty else { return }
        // A single record takes its time from the group's frame right before it.
        if pending.count > 1 {
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
        bytesSinceFreeze += total
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
