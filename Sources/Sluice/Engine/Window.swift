import SluiceSystem

/// A message that has been handled and what it emitted.
struct Finished: Sendable {
    var cause: Envelope
    var emitted: [[Envelope]]
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
    private let inbox: Inbox

    init(size: Int, isOrdered: Bool, inbox: Inbox) {
        self.size = size
        self.isOrdered = isOrdered
        self.inbox = inbox
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
        if isFree { inbox.acknowledge(1) }
        guard let waiting else { return }
        inbox.activity.beginRunning()
        waiting.resume()
    }

    private func waitForPlaces(_ count: Int) async {
        while state.withLock({ $0.free < count }) {
            await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
                let mustWait = state.withLock { state in
                    guard state.free < count else { return false }
                    state.waiting = continuation
                    inbox.activity.endRunning()
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        }
    }
}
