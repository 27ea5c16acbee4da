/// Lines up writes and hands the committer to one thread at a time.
///
/// While a group is being synced the next one gathers by itself; no timer is involved. A caller
/// that finds the committer idle may take the turn itself and spare two thread switches; otherwise
/// the writer thread, started when it is first needed, takes all that has gathered.
final class CommitQueue: Sendable {
    typealias Results = [Result<LogStore.Outcome, LogStoreError>]

    /// What to commit.
    enum Work: Sendable {
        case writes([LogStore.Write])
        case declare([String])
        case cursor(String, Int64)
        /// Ends the active segment, so that compaction can have it.
        case roll
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
        var writer: StoreThread?
    }

    private let state = Monitor(State())
    // Used only by the holder of the turn, which `state.isBusy` gives to one thread at a time.
    private nonisolated(unsafe) let committer: Committer

    init(_ committer: Committer) {
        self.committer = committer
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
    func tryRunHere(_ work: Work) -> Results? {
        enum Turn { case mine, taken, stopped }
        let turn: Turn = state.withLock { state in
            if state.isStopped { return .stopped }
            guard !state.isBusy, state.requests.isEmpty else { return .taken }
            state.isBusy = true
            return .mine
        }
        switch turn {
        case .mine: return lead(work)
        case .taken: return nil
        case .stopped: return Self.refusal(work)
        }
    }

    /// Commits on the writer thread.
    func run(_ work: Work) async -> Results {
        await withUnsafeContinuation { continuation in
            enqueue(Request(work: work) { continuation.resume(returning: $0) })
        }
    }

    /// Finishes what has been accepted, refuses everything else, and gives the committer.
    func stop() -> Committer {
        state.change { $0.isStopped = true }
        let writer = state.wait(until: { !$0.isBusy && $0.requests.isEmpty }) { state in
            state.isBusy = true
            return state.writer
        }
        if let writer, !writer.isCurrent { writer.join() }
        return committer
    }

    private func lead(_ work: Work) -> Results {
        let results = committer.perform([work])
        state.change { $0.isBusy = false }
        return results.first ?? []
    }

    private func enqueue(_ request: Request) {
        let isAccepted = state.change { state in
            guard !state.isStopped else { return false }
            if state.writer == nil { state.writer = StoreThread { [self] in serve() } }
            guard state.writer != nil else { return false }
            state.requests.append(request)
            return true
        }
        if !isAccepted { request.complete(Self.refusal(request.work)) }
    }

    /// The writer thread: takes whatever has gathered until the queue is stopped and empty.
    private func serve() {
        while let requests = next() {
            let results = committer.perform(requests.map(\.work))
            state.change { $0.isBusy = false }
            for (request, result) in zip(requests, results) { request.complete(result) }
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

    private static func refusal(_ work: Work) -> Results {
        if case .writes(let writes) = work { return writes.map { _ in .failure(.closed) } }
        return [.failure(.closed)]
    }
}
