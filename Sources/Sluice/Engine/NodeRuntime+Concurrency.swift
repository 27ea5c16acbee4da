import SluiceJSON
import SluiceSystem
import Synchronization

/// One attempt at a message by a handler that may be given up.
///
/// What it emits and what fails in it counts only where it ends before its time limit.
final class Attempt: Sendable {
    private struct State {
        var delivered: JSON?
        var isOver = false
        var failures: [(report: JSON, lineage: Lineage)] = []
    }

    private let state = Lock(State())

    /// Whether the time limit has run out.
    var isOver: Bool { state.withLock(\.isOver) }

    /// The message after the edge's `map`; nil where the handler has never got it and never will.
    var delivered: JSON? { state.withLock(\.delivered) }

    /// Notes that the handler gets the message; false where it must not, because the time limit has
    /// run out before.
    func deliver(_ message: JSON) -> Bool {
        state.withLock { state in
            guard !state.isOver else { return false }
            state.delivered = message
            return true
        }
    }

    /// Keeps a failure until it is known whether the attempt counts.
    func add(_ report: JSON, _ lineage: Lineage) {
        state.withLock { state in
            if !state.isOver { state.failures.append((report, lineage)) }
        }
    }

    /// What failed, with the lineages, which are kept no longer.
    func takeFailures() -> [(report: JSON, lineage: Lineage)] {
        state.withLock { state in
            defer { state.failures = [] }
            return state.failures
        }
    }

    func giveUp() {
        let failures = state.withLock { state in
            state.isOver = true
            defer { state.failures = [] }
            return state.failures
        }
        // Their lineages may end here, after the lock is free.
        withExtendedLifetime(failures) {}
    }
}

extension NodeRuntime {
    /// Whether messages are handled in tasks of their own.
    var isConcurrent: Bool {
        (plan.concurrency > 1 || plan.timeoutMilliseconds != nil) && !isExit
    }

    /// Handles up to `concurrency` messages at once; what they emit leaves in their order unless the
    /// node says `ordered: false`.
    ///
    /// A message has its place until its handler has really returned, also after a time limit: the
    /// handlers of a node never run more than `concurrency` at a time.
    @inline(never)
    func handleConcurrently(_ outbox: Outbox) async {
        let window = Window(
            size: plan.concurrency, isOrdered: plan.isOrdered, activity: run.activity)
        var hand: [Parcel] = []
        while let work = await inbox.take(into: &hand) {
            switch work {
            case .timer(let index):
                await window.drain()
                await handleTimer(index, outbox)
            case .ended(let edges):
                await window.drain()
                await end(edges, outbox)
            case .parcels(let edge):
                while !hand.isEmpty {
                    let parcel = hand.removeFirst()
                    let ticket = await window.enter()
                    run.activity.beginRunning()
                    // Emptied by the handling: the message must be gone when the task ends.
                    let box = Lock<Parcel?>(parcel)
                    run.spawnLoose { [self] in
                        await handleAlone(box, inEdges[edge], ticket, window)
                        run.activity.endRunning()
                    }
                }
            }
        }
        await window.drain()
    }

    private func handleAlone(
        _ box: borrowing Lock<Parcel?>, _ edge: InEdge, _ ticket: Int, _ window: Window
    ) async {
        guard var parcel = box.withLock({ $0.take() }) else { return }
        var outcome = await attempt(parcel, edge)
        while outcome.isRetrying, let retry = edge.retry, !run.isAborted {
            await outcome.handler?.value
            parcel.attempts += 1
            let delay = retry.delay(afterAttempt: parcel.attempts, random: run.scheduler.random())
            try? await run.sleep(milliseconds: delay)
            outcome = await attempt(parcel, edge)
        }
        if outcome.isRetrying { run.lose(1, on: edge.index) }
        await window.leave(ticket, Finished(cause: parcel, emitted: outcome.parcels)) { finished in
            let outbox = makeOutbox()
            outbox.fill(finished.emitted)
            await flush(outbox)
            withExtendedLifetime(finished.cause) {}
            group.release()
        }
        await outcome.handler?.value
        window.handlerReturned(ticket)
    }

    /// What one attempt emitted.
    private struct Outcome: Sendable {
        var parcels: [[Parcel]]
        var isRetrying = false
        /// The task of a handler with a time limit, which may not have returned in time.
        ///
        /// Until it ends it has the message: what waits for the message's end must not look stuck.
        var handler: Task<Void, Never>?
    }

    private func attempt(_ parcel: Parcel, _ edge: InEdge) async -> Outcome {
        guard !run.isAborted else {
            run.lose(1, on: edge.index)
            return Outcome(parcels: [])
        }
        let attempt = Attempt()
        guard let timeout = plan.timeoutMilliseconds else {
            let outcome = await handleOnce(parcel, edge, attempt)
            settle(attempt, outcome)
            return outcome
        }
        let (inTime, handler) = await run.within(milliseconds: timeout) { [self] in
            await handleOnce(parcel, edge, attempt)
        } onTimeout: {
            attempt.giveUp()
        }
        if let inTime { settle(attempt, inTime) }
        var outcome = inTime ?? failLate(parcel, edge, attempt, timeout)
        outcome.handler = handler
        return outcome
    }

    /// Reports the failures of an attempt that counts.
    private func settle(_ attempt: Attempt, _ outcome: Outcome) {
        guard !outcome.isRetrying else { return }
        let failures = attempt.takeFailures()
        for (index, failure) in failures.enumerated() {
            noteFailure(failure.report, failure.lineage, isFirst: index == 0)
        }
    }

    /// The outcome of an attempt whose time limit ran out.
    private func failLate(
        _ parcel: Parcel, _ edge: InEdge, _ attempt: Attempt, _ timeout: Int64
    ) -> Outcome {
        let outbox = makeOutbox()
        prepare(outbox, parcel, edge)
        let message = attempt.delivered
        let isRepeatable = message.map(ports.inputs[edge.port].isRepeatable) ?? true
        let failure = Failure(
            "timeout", "no answer within \(timeout) ms", isRetryable: isRepeatable)
        fail(
            failure,
            turn(
                message ?? parcel.message, parcel.lineage, outbox, rounds: parcel.rounds,
                edge: edge.place))
        return Outcome(parcels: outbox.takeAll(), isRetrying: outbox.isRetrying)
    }

    private func handleOnce(_ parcel: Parcel, _ edge: InEdge, _ attempt: Attempt) async -> Outcome {
        let outbox = Outbox(self, attempt)
        outbox.isHeld = true
        prepare(outbox, parcel, edge)
        var parcels = [parcel]
        await call(&parcels, edge, outbox)
        if outbox.isRetrying { return Outcome(parcels: [], isRetrying: true) }
        return Outcome(parcels: outbox.takeAll())
    }

    private func prepare(_ outbox: Outbox, _ parcel: Parcel, _ edge: InEdge) {
        guard let retry = edge.retry else { return }
        outbox.mayRetry = parcel.attempts + 1 < UInt32(clamping: retry.maximumAttempts)
    }
}

/// A message that has been handled and what it emitted.
struct Finished: Sendable {
    var cause: Parcel
    var emitted: [[Parcel]]
}

/// The messages that a node handles at once, and the order in which what they caused leaves.
///
/// A message has a place until its handler has returned and what it emitted has left.
final class Window: Sendable {
    private struct State {
        var free: Int
        var nextTicket = 0
        var nextToLeave = 0
        var finished: [Int: Finished] = [:]
        var isReleasing = false
        /// Messages of which one of the two is done that free their place.
        var halfDone: Set<Int> = []
        var waiting: UnsafeContinuation<Void, Never>?
    }

    private let size: Int
    private let isOrdered: Bool
    private let state: Lock<State>
    private let activity: Activity

    init(size: Int, isOrdered: Bool, activity: Activity) {
        self.size = size
        self.isOrdered = isOrdered
        self.activity = activity
        state = Lock(State(free: size))
    }

    /// Waits for a place and gives the message's number.
    func enter() async -> Int {
        await waitForPlaces(1)
        return state.withLock { state in
            state.free -= 1
            defer { state.nextTicket += 1 }
            return state.nextTicket
        }
    }

    /// Waits until no message is being handled.
    func drain() async { await waitForPlaces(size) }

    /// Sends what a message emitted once all before it have sent theirs; whoever finishes the first
    /// one also sends for those that had to wait for it.
    func leave(_ ticket: Int, _ finished: Finished, _ send: (Finished) async -> Void) async {
        guard isOrdered else {
            await send(finished)
            halfDone(ticket)
            return
        }
        state.withLock { $0.finished[ticket] = finished }
        while let (number, next) = nextToLeave() {
            await send(next)
            state.withLock { $0.isReleasing = false }
            halfDone(number)
        }
    }

    /// Notes that the handler of a message has returned.
    func handlerReturned(_ ticket: Int) { halfDone(ticket) }

    private func nextToLeave() -> (Int, Finished)? {
        state.withLock { state in
            guard !state.isReleasing,
                let next = state.finished.removeValue(forKey: state.nextToLeave)
            else { return nil }
            defer { state.nextToLeave += 1 }
            state.isReleasing = true
            return (state.nextToLeave, next)
        }
    }

    /// Frees the place of a message at the second call for it.
    private func halfDone(_ ticket: Int) {
        let (isFree, waiting) = state.withLock { state in
            guard state.halfDone.remove(ticket) != nil else {
                state.halfDone.insert(ticket)
                return (false, nil as UnsafeContinuation<Void, Never>?)
            }
            state.free += 1
            defer { state.waiting = nil }
            return (true, state.waiting)
        }
        if isFree { activity.finished(1) }
        guard let waiting else { return }
        activity.beginRunning()
        waiting.resume()
    }

    private func waitForPlaces(_ count: Int) async {
        while state.withLock({ $0.free < count }) {
            await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
                let mustWait = state.withLock { state in
                    guard state.free < count else { return false }
                    state.waiting = continuation
                    activity.endRunning()
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        }
    }
}
