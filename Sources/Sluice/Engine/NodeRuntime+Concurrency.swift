import SluiceJSON
import Synchronization

extension NodeRuntime {
    /// Whether messages are handled in tasks of their own.
    var isConcurrent: Bool { plan.concurrency > 1 || plan.timeoutMilliseconds != nil }

    /// Handles up to `concurrency` messages at once; what they emit leaves in their order unless the
    /// node says `ordered: false`.
    func handleConcurrently(_ outbox: Outbox) async {
        let window = Window(size: plan.concurrency, isOrdered: plan.isOrdered, waits: run.activity)
        while let work = await inbox.take() {
            switch work {
            case .timer(let index):
                await handleTimer(index, outbox)
            case .parcels(let parcels, let edge):
                for parcel in parcels {
                    let ticket = await window.enter()
                    run.activity.endWaiting()
                    run.spawnLoose { [self] in
                        await handleAlone(parcel, inEdges[edge], ticket, window)
                        run.activity.beginWaiting()
                    }
                }
            }
        }
        await window.drain()
    }

    private func handleAlone(
        _ parcel: Parcel, _ edge: InEdge, _ ticket: Int, _ window: Window
    ) async {
        counters.received.wrappingAdd(1, ordering: .relaxed)
        var parcel = parcel
        var outcome = await attempt(parcel, edge)
        while outcome.isRetrying, let retry = edge.retry, !run.isAborted {
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
            run.activity.finished(1)
        }
    }

    /// What one attempt emitted.
    private struct Outcome: Sendable {
        var parcels: [[Parcel]]
        var isRetrying = false
    }

    private func attempt(_ parcel: Parcel, _ edge: InEdge) async -> Outcome {
        guard let timeout = plan.timeoutMilliseconds else {
            return await handleOnce(parcel, edge)
        }
        let inTime = await run.within(milliseconds: timeout) { [self] in
            await handleOnce(parcel, edge)
        }
        if let inTime { return inTime }
        let outbox = makeOutbox()
        prepare(outbox, parcel, edge)
        let failure = Failure(
            "timeout", "no answer within \(timeout) ms", isRetryable: true)
        fail(
            failure,
            turn(parcel.message, parcel.lineage, outbox, rounds: parcel.rounds, port: edge.port))
        return Outcome(parcels: outbox.takeAll(), isRetrying: outbox.isRetrying)
    }

    private func handleOnce(_ parcel: Parcel, _ edge: InEdge) async -> Outcome {
        let outbox = makeOutbox()
        outbox.isHeld = true
        prepare(outbox, parcel, edge)
        await call([parcel], edge, outbox)
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
final class Window: Sendable {
    private struct State {
        var free: Int
        var nextTicket = 0
        var nextToLeave = 0
        var finished: [Int: Finished] = [:]
        var isReleasing = false
        var waiting: UnsafeContinuation<Void, Never>?
    }

    private let size: Int
    private let isOrdered: Bool
    private let state: Lock<State>
    private let waits: any Inbox.Waits

    init(size: Int, isOrdered: Bool, waits: any Inbox.Waits) {
        self.size = size
        self.isOrdered = isOrdered
        self.waits = waits
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
            freePlace()
            return
        }
        state.withLock { $0.finished[ticket] = finished }
        while let next = nextToLeave() {
            await send(next)
            state.withLock { $0.isReleasing = false }
            freePlace()
        }
    }

    private func nextToLeave() -> Finished? {
        state.withLock { state in
            guard !state.isReleasing,
                let next = state.finished.removeValue(forKey: state.nextToLeave)
            else { return nil }
            state.nextToLeave += 1
            state.isReleasing = true
            return next
        }
    }

    private func freePlace() {
        let waiting = state.withLock { state -> UnsafeContinuation<Void, Never>? in
            state.free += 1
            defer { state.waiting = nil }
            return state.waiting
        }
        guard let waiting else { return }
        waits.endWaiting()
        waiting.resume()
    }

    private func waitForPlaces(_ count: Int) async {
        while state.withLock({ $0.free < count }) {
            await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
                let mustWait = state.withLock { state in
                    guard state.free < count else { return false }
                    state.waiting = continuation
                    waits.beginWaiting()
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        }
    }
}
