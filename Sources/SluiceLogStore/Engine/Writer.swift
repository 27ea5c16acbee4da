import SluiceStore
import SluiceSystem

/// Commits what callers write, and has maintenance look at what each round of commits came to.
final class Writer: Sendable {
    private let place: Place
    let queue: CommitQueue
    private let maintenance: Maintenance
    private let durability: Durability
    private let clock: StoreClock
    private let feed: ChangeFeed
    /// Around the closures of updates.
    private let updating: ClosureGuard
    /// Syncs every so often under `Sync.every`.
    private let syncJob: BackgroundJob
    /// When the last sync of an inline store with an interval was.
    private let lastSync = Monitor<Int64>(0)
    /// Goes ahead of writes through memory.
    private let spaceAhead = SpaceAhead()

    init(
        _ committer: Committer, _ queue: CommitQueue, _ maintenance: Maintenance, _ feed: ChangeFeed
    ) {
        place = committer.place
        durability = committer.durability
        clock = committer.clock
        updating = committer.updating
        self.queue = queue
        self.maintenance = maintenance
        self.feed = feed
        if case .every(let milliseconds) = committer.place.options.sync {
            syncJob = BackgroundJob(delayMilliseconds: max(1, milliseconds))
        } else {
            syncJob = BackgroundJob(delayMilliseconds: 0)
        }
    }

    /// Whether the calling thread is inside of the closure of an update, which holds up all others.
    var isInsideUpdate: Bool { updating.isHere }

    private var isSynced: Bool { place.options.sync == .always }

    // MARK: For callers

    func write(_ writes: [LogStoreWrite]) async -> CommitQueue.Results {
        await run(.writes(writes))
    }

    func write(_ batches: [Batch]) async -> CommitQueue.Results {
        await run(.batches(batches))
    }

    func writeAndWait(_ writes: [LogStoreWrite]) -> CommitQueue.Results {
        runAndWait(.writes(writes))
    }

    func write(_ operation: LogStoreWrite.Operation) async -> Committer.Single {
        if let refusal { return .failure(refusal) }
        // A task's thread must not wait: others may be what it waits for.
        if !isSynced, !place.options.isInline, let result = tryHere(operation, mayWait: false) {
            return result
        }
        return Self.single(await run(.writes([LogStoreWrite([operation])])))
    }

    func writeAndWait(_ operation: LogStoreWrite.Operation) -> Committer.Single {
        if let refusal { return .failure(refusal) }
        if !place.options.isInline, let result = tryHere(operation) { return result }
        return Self.single(runAndWait(.writes([LogStoreWrite([operation])])))
    }

    /// The refusal of writes, where the store is open for reading only or waits for the caller.
    private var refusal: LogStoreError? {
        if isInsideUpdate { return .insideUpdate }
        return place.options.isReadOnly ? .readOnly : nil
    }

    private static func single(_ results: CommitQueue.Results) -> Committer.Single {
        guard let result = results.first else { return .failure(.closed) }
        return result.flatMap { $0.items.first.map { .success($0) } ?? .failure(.closed) }
    }

    /// Commits something and waits until it is done.
    func runAndWait(_ work: CommitQueue.Work) -> CommitQueue.Results {
        if let refusal { return CommitQueue.refusal(work, refusal) }
        return place.options.isInline ? runHere(work) : runHereOrThere(work)
    }

    /// Commits something without holding a thread of the caller's meanwhile.
    func run(_ work: CommitQueue.Work) async -> CommitQueue.Results {
        if let refusal { return CommitQueue.refusal(work, refusal) }
        if place.options.isInline { return runHere(work) }
        // Without a sync a commit takes microseconds: less than handing it to another thread.
        guard !isSynced, let results = tryHere(work, mayWait: false) else {
            return await runThere(work)
        }
        guard let rest = work.rest(after: results.count) else { return results }
        return results + (await runThere(rest))
    }

    // MARK: Threads

    /// Commits on the calling thread, waiting for the turn if need be.
    private func runHere(_ work: CommitQueue.Work) -> CommitQueue.Results {
        guard case .mine(let committer) = queue.waitForTurn() else {
            return CommitQueue.refusal(work)
        }
        defer { queue.endTurn() }
        return commit([work], committer).results.first ?? []
    }

    /// Commits on the calling thread if the committer is idle, or else waits for the writer thread.
    private func runHereOrThere(_ work: CommitQueue.Work) -> CommitQueue.Results {
        if let results = tryHere(work, mayWait: true) { return results }
        let answer = Monitor<CommitQueue.Results?>(nil)
        enqueue(work) { results in answer.change { $0 = results } }
        return answer.wait(until: { $0 != nil }) { $0 ?? [] }
    }

    /// Commits on the calling thread if the committer is idle and nobody waits.
    ///
    /// Where it must not wait for space or memory, the results end before the first write that
    /// would have to; other work is left undone, with nil.
    private func tryHere(_ work: CommitQueue.Work, mayWait: Bool) -> CommitQueue.Results? {
        switch queue.tryTurn() {
        case .mine(let committer):
            defer { queue.endTurn() }
            guard mayWait || !maintenance.mayHaveToWait else { return nil }
            return commit([work], committer, mayWait: mayWait).results.first
        case .taken: return nil
        case .stopped: return CommitQueue.refusal(work)
        }
    }

    /// Commits a single operation on the calling thread; nil where that cannot be now, and where it
    /// would have to wait.
    private func tryHere(
        _ operation: LogStoreWrite.Operation, mayWait: Bool = true
    ) -> Committer.Single? {
        switch queue.tryTurn() {
        case .mine(let committer):
            defer { queue.endTurn() }
            guard mayWait || !maintenance.mayHaveToWait else { return nil }
            return commit(operation, committer, mayWait: mayWait)
        case .taken: return nil
        case .stopped: return .failure(.closed)
        }
    }

    /// Commits on the writer thread.
    private func runThere(_ work: CommitQueue.Work) async -> CommitQueue.Results {
        await withUnsafeContinuation { continuation in
            enqueue(work) { continuation.resume(returning: $0) }
        }
    }

    private func enqueue(
        _ work: CommitQueue.Work, _ complete: @escaping @Sendable (CommitQueue.Results) -> Void
    ) {
        queue.enqueue(CommitQueue.Request(work: work, complete: complete)) {
            SystemThread { [self] in serve() }
        }
    }

    /// The writer thread: takes whatever has gathered until the queue is stopped and empty.
    private func serve() {
        while let (requests, committer) = queue.next() {
            let results = commit(requests.map(\.work), committer).results
            for (request, result) in zip(requests, results) { request.complete(result) }
            queue.gather(requests.count)
            queue.endTurn()
        }
    }

    // MARK: Rounds

    /// Commits work in order; what of it would have to wait is left undone unless it may.
    private func commit(
        _ work: [CommitQueue.Work], _ committer: Committer, mayWait: Bool = true
    ) -> CommitRound {
        maintenance.willCommit()
        var round = CommitRound(work)
        var shortage = committer.advance(&round)
        while let met = shortage {
            guard mayWait else {
                committer.abandon(&round)
                break
            }
            shortage = goOn(met, committer) { committer.advance(&round, room: $0) }
        }
        if round.asksToFreeze { maintenance.freezeIfDue(committer.report(), isForced: true) }
        if round.asksToRecount { maintenance.recountIfNeeded(committer.report()) }
        follow(committer)
        return round
    }

    /// Commits one operation; nil where it would have to wait and must not.
    private func commit(
        _ operation: LogStoreWrite.Operation, _ committer: Committer, mayWait: Bool
    ) -> Committer.Single? {
        maintenance.willCommit()
        var result = committer.perform(operation)
        while result == nil, let met = committer.shortage {
            guard mayWait else {
                committer.abandonGroup()
                break
            }
            result = goOn(met, committer) { committer.perform(operation, room: $0) }
        }
        follow(committer)
        return result
    }

    /// Has the committer go on once it is known what room there is.
    private func goOn<R: Sendable>(
        _ shortage: Shortage, _ committer: Committer, _ body: (Room) -> R
    ) -> R {
        switch shortage {
        case .room: body(maintenance.waitForRoom(committer.report()) ? .unknown : .none)
        case .quiet: maintenance.standingStill { body(.quiet) }
        }
    }

    /// What follows a round of commits: readers of changes wake up, background work is looked at
    /// now and then.
    private func follow(_ committer: Committer) {
        let report = committer.report()
        feed.advance(to: report.lastSequence)
        if place.options.isInline {
            syncInline()
        } else if case .every = place.options.sync, durability.isDirty {
            syncJob.ask { [durability] in try? durability.sync() }
        }
        maintenance.noteEnd(report)
        guard maintenance.isLookDue(report) else { return }
        if !place.options.isInline, let stretch = committer.log.stretchAhead() {
            spaceAhead.prepare(stretch)
        }
        if let byteCount = maintenance.look(report) { committer.log.seal(at: byteCount) }
    }

    /// Without threads the interval of `Sync.every` is looked at after each commit.
    private func syncInline() {
        guard case .every(let milliseconds) = place.options.sync, durability.isDirty else { return }
        let now = clock.now()
        let isDue = lastSync.withLock { last in
            guard now - last >= Int64(milliseconds) else { return false }
            last = now
            return true
        }
        if isDue { try? durability.sync() }
    }

    /// Ends the threads, but not that of maintenance.
    func stopJobs() {
        syncJob.stop()
        spaceAhead.stop()
    }
}
