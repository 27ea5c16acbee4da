import SluiceSystem

/// Lines up writes and hands the committer to one thread at a time.
///
/// While a group is being synced the next one gathers by itself; no timer is involved. A caller
/// that finds the committer idle may take the turn itself and spare two thread switches; otherwise
/// the writer thread, started when it is first needed, takes all that has gathered.
final class CommitQueue: Sendable {
    typealias Results = [Result<LogStoreOutcome, LogStoreError>]

    /// What to commit.
    enum Work: Sendable {
        case writes([LogStoreWrite])
        case declare([String])
        case cursors([(name: String, position: Int64)])
        /// Ends the active segment, so that compaction can have it.
        case roll
        /// Ends the active memtable, so that it can be flushed.
        case freeze
        /// Counts the sums anew if they are wrong.
        case recount
    }

    private struct Request {
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

    /// Whether the calling thread got the turn.
    private enum Turn {
        case mine, taken, stopped
    }

    /// Commits on the calling thread, waiting for the turn if need be.
    func runHere(_ work: Work) -> Results {
        let isMine = state.wait(until: { !$0.isBusy || $0.isStopped }) { state in
            guard !state.isStopped else { return false }
            state.isBusy = true
            return true
        }
        return isMine ? lead(work) : Self.refusal(work)
    }

    /// Commits on the calling thread if the committer is idle, or else waits for the writer thread.
    func runAndWait(_ work: Work) -> Results {
        if let results = tryRunHere(work) { return results }
        let answer = Monitor<Results?>(nil)
        enqueue(Request(work: work) { results in answer.change { $0 = results } })
        return answer.wait(until: { $0 != nil }) { $0 ?? [] }
    }

    /// Commits on the calling thread if the committer is idle and nobody waits.
    ///
    /// Where it must not wait for space or memory, the results end before the first write that
    /// would have to; other work is left undone, with nil.
    func tryRunHere(_ work: Work, mayWait: Bool = true) -> Results? {
        switch tryTurn(mayWait: mayWait) {
        case .mine:
            let results = committer.perform([work])
            let isUndone = committer.hasToWait
            endTurn()
            if case .writes = work { return results.first ?? [] }
            return isUndone ? nil : results.first ?? []
        case .taken: return nil
        case .stopped: return Self.refusal(work)
        }
    }

    /// Commits a single operation, as `tryRunHere` does; nil also where it would have to wait.
    func tryRunHere(
        _ operation: LogStoreWrite.Operation, mayWait: Bool = true
    ) -> Committer.Single? {
        switch tryTurn(mayWait: mayWait) {
        case .mine:
            let result = committer.perform(operation)
            let isUndone = committer.hasToWait
            endTurn()
            return isUndone ? nil : result
        case .taken: return nil
        case .stopped: return .failure(.closed)
        }
    }

    private func tryTurn(mayWait: Bool) -> Turn {
        let turn: Turn = state.withLock { state in
            if state.isStopped { return .stopped }
            guard !state.isBusy, state.requests.isEmpty else { return .taken }
            state.isBusy = true
            return .mine
        }
        guard turn == .mine else { return turn }
        committer.turn.take()
        if mayWait || committer.forbidWaiting() { return .mine }
        endTurn()
        return .taken
    }

    private func endTurn() {
        committer.allowWaiting()
        committer.turn.give()
        state.change { $0.isBusy = false }
    }

    /// Commits on the writer thread.
    func run(_ work: Work) async -> Results {
        await withUnsafeContinuation { continuation in
            enqueue(Request(work: work) { continuation.resume(returning: $0) })
        }
    }

    /// Has the writer thread do something that nobody waits for.
    func post(_ work: Work) {
        enqueue(Request(work: work) { _ in })
    }

    /// Finishes what has been accepted, refuses everything else, and gives the committer.
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

    private func lead(_ work: Work) -> Results {
        committer.turn.take()
        let results = committer.perform([work])
        endTurn()
        return results.first ?? []
    }

    private func enqueue(_ request: Request) {
        let refusal: LogStoreError? = state.change { state in
            guard !state.isStopped else { return .closed }
            if state.writer == nil { state.writer = SystemThread { [self] in serve() } }
            guard state.writer != nil else { return .noThread }
            state.requests.append(request)
            return nil
        }
        if let refusal { request.complete(Self.refusal(request.work, refusal)) }
    }

    /// The writer thread: takes whatever has gathered until the queue is stopped and empty.
    private func serve() {
        while let requests = next() {
            committer.turn.take()
            let results = committer.perform(requests.map(\.work))
            for (request, result) in zip(requests, results) { request.complete(result) }
            gather(requests.count)
            endTurn()
        }
    }

    /// Lets those who have just been answered come back with their next work, so that the next
    /// group is as large as this one instead of holding the first of them alone.
    private func gather(_ count: Int) {
        guard count > 1 else { return }
        for _ in 0..<min(count * 2, Self.longestGather) {
            guard state.withLock({ $0.requests.count < count && !$0.isStopped }) else { return }
            SystemThread.yield()
        }
    }

    private func next() -> [Request]? {
        state.wait(until: { state in
            state.requests.isEmpty ? state.isStopped : !state.isBusy
        }) { state in
            guard !state.requests.isEmpty else { return nil }
            state.isBusy = true
            defer { state.requests.removeAll(keepingCapacity: true) }
            return state.requests
        }
    }

    static func refusal(_ work: Work, _ error: LogStoreError = .closed) -> Results {
        if case .writes(let writes) = work { return writes.map { _ in .failure(error) } }
        return [.failure(error)]
    }
}
