import SluiceStore
import SluiceSystem

/// Lines up work and hands the committer to one thread at a time.
///
/// While a group is being synced the next one gathers by itself; no timer is involved. A caller
/// that finds the committer idle may take the turn itself and spare two thread switches; otherwise
/// the writer thread, started when it is first needed, takes all that has gathered.
final class CommitQueue: Sendable {
    typealias Results = [Result<LogStoreOutcome, LogStoreError>]

    /// What to commit.
    enum Work: Sendable {
        case writes([LogStoreWrite])
        case batches([Batch])
        case declare([String])
        case cursors([(name: String, position: Int64)])
        /// Ends the active segment, so that compaction can have it.
        case roll
        /// Ends the active memtable, so that it can be flushed.
        case freeze
        /// Counts the sums anew if they are wrong.
        case recount
    }

    /// Work that waits for the writer thread.
    struct Request {
        var work: Work
        var complete: @Sendable (Results) -> Void
    }

    private struct State {
        var requests: [Request] = []
        /// Somebody has the turn.
        var isBusy = false
        var isStopped = false
        var writer: SystemThread?
    }

    /// Whether the calling thread got the turn.
    enum Turn {
        case mine(Committer), taken, stopped
    }

    /// How often the writer thread yields at most while a group gathers.
    private static let longestGather = 64

    private let state = Monitor(State())
    // Used only by the holder of the turn, which `state.isBusy` gives to one thread at a time and
    // `Committer.turn` notes; whoever opens the store comes before all of them.
    private nonisolated(unsafe) let committer: Committer

    /// The committer, for the one who opens the store, before anybody else can have the turn.
    var committerBeforeUse: Committer { committer }

    init(_ committer: Committer) {
        self.committer = committer
    }

    // MARK: Turns

    /// Takes the turn if nobody has it and no work waits.
    func tryTurn() -> Turn {
        let isMine: Bool? = state.withLock { state in
            if state.isStopped { return nil }
            guard !state.isBusy, state.requests.isEmpty else { return false }
            state.isBusy = true
            return true
        }
        guard let isMine else { return .stopped }
        return isMine ? take() : .taken
    }

    /// Takes the turn as soon as nobody has it.
    func waitForTurn() -> Turn {
        let isMine = state.wait(until: { !$0.isBusy || $0.isStopped }) { state in
            guard !state.isStopped else { return false }
            state.isBusy = true
            return true
        }
        return isMine ? take() : .stopped
    }

    private func take() -> Turn {
        committer.turn.take()
        return .mine(committer)
    }

    /// Gives the turn back.
    func endTurn() {
        committer.turn.give()
        state.change { $0.isBusy = false }
    }

    /// Finishes what has been accepted, refuses everything else, and gives the turn for good.
    func stop() -> Committer {
        state.change { $0.isStopped = true }
        let writer = state.wait(until: { !$0.isBusy && $0.requests.isEmpty }) { state in
            state.isBusy = true
            return state.writer
        }
        committer.turn.take()
        if let writer, !writer.isCurrent { writer.join() }
        return committer
    }

    // MARK: Waiting work

    /// Lines up work for the writer thread, which `startWriter` starts where there is none yet.
    func enqueue(_ request: Request, startWriter: () -> SystemThread?) {
        let refusal: LogStoreError? = state.change { state in
            guard !state.isStopped else { return .closed }
            if state.writer == nil { state.writer = startWriter() }
            guard state.writer != nil else { return .noThread }
            state.requests.append(request)
            return nil
        }
        if let refusal { request.complete(Self.refusal(request.work, refusal)) }
    }

    /// Waits for work and takes the turn with all that has gathered; nil when the queue is stopped
    /// and empty.
    func next() -> (requests: [Request], committer: Committer)? {
        let requests: [Request]? = state.wait(until: { state in
            state.requests.isEmpty ? state.isStopped : !state.isBusy
        }) { state in
            guard !state.requests.isEmpty else { return nil }
            state.isBusy = true
            defer { state.requests.removeAll(keepingCapacity: true) }
            return state.requests
        }
        guard let requests else { return nil }
        committer.turn.take()
        return (requests, committer)
    }

    /// Lets those who have just been answered come back with their next work, so that the next
    /// group is as large as this one instead of holding the first of them alone.
    func gather(_ count: Int) {
        guard count > 1 else { return }
        for _ in 0..<min(count * 2, Self.longestGather) {
            guard state.withLock({ $0.requests.count < count && !$0.isStopped }) else { return }
            SystemThread.yield()
        }
    }

    static func refusal(_ work: Work, _ error: LogStoreError = .closed) -> Results {
        Results(repeating: .failure(error), count: work.resultCount)
    }
}

extension CommitQueue.Work {
    /// How many results it has.
    var resultCount: Int {
        switch self {
        case .writes(let writes): writes.count
        case .batches(let batches): batches.count
        case .declare, .cursors, .roll, .freeze, .recount: 1
        }
    }

    /// What is left of it once it has so many results; nil where that is nothing.
    func rest(after count: Int) -> CommitQueue.Work? {
        guard count < resultCount else { return nil }
        return switch self {
        case .writes(let writes): .writes(Array(writes[count...]))
        case .batches(let batches): .batches(Array(batches[count...]))
        case .declare, .cursors, .roll, .freeze, .recount: self
        }
    }
}
