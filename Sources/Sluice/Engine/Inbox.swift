import SluiceJSON
import SluiceSystem

/// The edges that lead to one node, and who waits for whom there.
///
/// One lock guards all edges of a node: its only consumer waits for any of them at once.
final class Inbox: Sendable {
    /// What the node gets to do next.
    enum Work {
        /// The messages in hand, which came by one edge.
        case envelopes(edge: Int)
        /// A timer that is due.
        case timer(Int)
        /// Nothing more will come by some edges, and all that came has been taken.
        case ended(edges: [Int])
    }

    let state: Lock<State>
    /// What the node ends together with.
    let group: EndGroup
    /// Told when the consumer or a sender stops and goes on, and when the node has something to do, so
    /// that a flow that is idle or stuck is noticed.
    let activity: Activity

    init(_ limits: [Limits], tellsEnds: Bool, group: EndGroup, activity: Activity) {
        let edges = limits.map { EdgeState(limits: $0) }
        // Feedback edges come first whenever they hold something.
        let order = edges.indices.sorted { limits[$0].isFeedback && !limits[$1].isFeedback }
        state = Lock(State(tellsEnds: tellsEnds, edges: edges, order: order))
        self.group = group
        self.activity = activity
    }

    // MARK: The sending side

    /// Puts on an edge what it has room for, in order, beginning with the envelope at `next`.
    ///
    /// - Returns: Whether that was all: the array is then empty, so that its room can be used again.
    func putAtOnce(_ envelopes: inout [Envelope], from next: inout Int, on edge: Int) -> Bool {
        let consumer = accept(&envelopes, from: &next, on: edge)
        wake(consumer)
        guard next >= envelopes.count else { return false }
        envelopes.removeAll(keepingCapacity: true)
        return true
    }

    /// Puts envelopes on an edge in order and waits for room as often as it takes.
    ///
    /// - Parameters:
    ///   - first: The first that is not on the edge yet.
    ///   - own: The inbox of the node that sends.
    /// - Returns: The emptied array, so that its room can be used again. What a node gets that takes
    ///   nothing any more is dropped.
    func put(
        _ envelopes: consuming [Envelope], from first: Int = 0, on edge: Int, from own: Inbox? = nil
    ) async -> [Envelope] {
        var rest = envelopes
        var next = first
        while !putAtOnce(&rest, from: &next, on: edge) {
            own?.letSendersGoOn()
            guard await waitForRoom(on: edge, for: rest[next], isCancellable: false) else {
                let dropped = rest.count - next
                state.withLock { $0.edges[edge].dropped += dropped }
                rest.removeAll(keepingCapacity: true)
                return rest
            }
        }
        return rest
    }

    /// Puts envelopes from outside on an edge; gives up where the inbox or the calling task has been
    /// told to.
    ///
    /// - Returns: How many were taken.
    func offer(_ envelopes: consuming [Envelope], on edge: Int) async -> Int {
        var rest = envelopes
        let count = rest.count
        var next = 0
        while true {
            let consumer = accept(&rest, from: &next, on: edge)
            wake(consumer)
            if next >= count || rest.isEmpty { return count }
            let envelope = rest[next]
            let goesOn = await withTaskCancellationHandler {
                await waitForRoom(on: edge, for: envelope, isCancellable: true)
            } onCancel: {
                // Others who wait here look again and go on waiting.
                let waiting = state.withLock { state in
                    defer { state.edges[edge].waiting = [] }
                    return state.edges[edge].waiting
                }
                for sender in waiting { wake(sender) }
            }
            if !goesOn || Task.isCancelled { return next }
        }
    }

    /// Puts envelopes on a feedback edge, where senders never wait.
    ///
    /// - Returns: Those that are beyond what the edge may hold. What a node gets that takes nothing any
    ///   more is dropped.
    func putBack(_ envelopes: consuming [Envelope], on edge: Int) -> [Envelope] {
        var rest = envelopes
        var next = 0
        let (consumer, isOver) = state.withLock { state in
            guard !state.isOver else {
                state.edges[edge].dropped += rest.count
                return (nil as UnsafeContinuation<Void, Never>?, true)
            }
            next = state.edges[edge].accept(&rest, from: 0)
            count(next, &state)
            return (next > 0 ? state.takeConsumer() : nil, false)
        }
        wake(consumer)
        return isOver || rest.isEmpty ? [] : Array(rest[next...])
    }

    /// Takes over what there is room for; what is over takes nothing.
    private func accept(
        _ envelopes: inout [Envelope], from next: inout Int, on edge: Int
    ) -> UnsafeContinuation<Void, Never>? {
        state.withLock { state in
            guard !state.isOver else { return nil }
            let taken = state.edges[edge].accept(&envelopes, from: next)
            // The array itself may have changed hands.
            next += taken
            count(taken, &state)
            return taken > 0 ? state.takeConsumer() : nil
        }
    }

    /// Waits until there may be room; false where nothing is taken any more.
    private func waitForRoom(
        on edge: Int, for envelope: Envelope, isCancellable: Bool
    ) async -> Bool {
        await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            let mustWait = state.withLock { state in
                guard !state.isOver, !state.edges[edge].hasRoom(for: envelope),
                    !(isCancellable && Task.isCancelled)
                else { return false }
                state.edges[edge].waiting.append(continuation)
                // Counted under the lock: whoever is not counted is sure to go on.
                activity.endRunning()
                return true
            }
            if !mustWait { continuation.resume() }
        }
        return state.withLock { !$0.isOver }
    }

    // MARK: What the node has to do

    /// Counts what the node has to do until it is acknowledged; under the lock, so that nobody sees the
    /// node without it.
    private func count(_ number: Int, _ state: inout State) {
        guard number > 0 else { return }
        if state.unacknowledged == 0 {
            group.retain()
            activity.beginWork()
        }
        state.unacknowledged += number
    }

    /// Notes that so much of what the node had to do is done: the handlers of these messages have
    /// returned, and what they emitted is delivered.
    func acknowledge(_ number: Int) {
        let isLast = state.withLock { $0.acknowledge(number) }
        if isLast { becomeIdle() }
    }

    /// Says that the node has nothing to do; after the lock is free, as its group may end.
    func becomeIdle() {
        group.release()
        activity.endWork()
    }

    // MARK: Ends of edges

    /// Says that one more may put messages on an edge.
    func beginSender(on edge: Int) { state.withLock { $0.edges[edge].ending.beginSender() } }

    /// Says that one of those who put messages on an edge will not do so again.
    func endSender(on edge: Int) {
        let consumer = state.withLock { state in
            state.edges[edge].ending.endSender()
            if state.tellsEnds, !state.isOver, state.edges[edge].ending.count() { count(1, &state) }
            return state.takeConsumer()
        }
        wake(consumer)
    }

    /// Counts the ends of those edges that nobody can put anything on, before the node starts.
    func countEnds() {
        state.withLock { state in
            guard state.tellsEnds else { return }
            count(state.edges.indices.count { state.edges[$0].ending.count() }, &state)
        }
    }

    /// Makes a timer due, unless the node has ended.
    func put(timer: Int) {
        let consumer = state.withLock { state in
            guard !state.isOver else { return nil as UnsafeContinuation<Void, Never>? }
            state.dueTimers.append(timer)
            count(1, &state)
            return state.takeConsumer()
        }
        wake(consumer)
    }

    /// Takes back a timer that is due; false where it is not, or the node has taken it.
    func takeBack(timer: Int) -> Bool {
        state.withLock { state in
            guard let place = state.dueTimers.firstIndex(of: timer) else { return false }
            state.dueTimers.remove(at: place)
            return true
        }
    }

    // MARK: The end

    /// Says that nothing more will come: what is queued is still taken.
    func close() {
        wake(
            state.withLock { state in
                state.isClosed = true
                return state.takeConsumer()
            })
    }

    /// Drops everything and lets all who wait go on.
    ///
    /// - Returns: How many messages each edge held, those among them that the node has taken and not
    ///   begun with.
    @discardableResult
    func abort() -> [Int] {
        let (waiting, queues, taken) = state.withLock { state in
            state.isAborted = true
            // What they hold goes after the lock is free.
            let queues = state.edges.map(\.queue)
            let taken = state.edges.map(\.taken)
            for edge in state.edges.indices {
                state.edges[edge].queue.removeAll()
                state.edges[edge].forgetTaken()
            }
            var waiting = state.edges.flatMap(\.waiting)
            for edge in state.edges.indices { state.edges[edge].waiting = [] }
            if let consumer = state.takeConsumer() { waiting.append(consumer) }
            return (waiting, queues, taken)
        }
        for continuation in waiting { wake(continuation) }
        return zip(queues, taken).map { $0.count + $1 }
    }

    /// How an edge stands.
    func measure(_ edge: Int) -> Edge.Measure {
        state.withLock { state in
            let edge = state.edges[edge]
            return Edge.Measure(
                messages: edge.messages, isBlocking: !edge.waiting.isEmpty,
                isPaused: edge.isPaused || edge.isDelayed, dropped: edge.dropped)
        }
    }

    func wake(_ continuation: UnsafeContinuation<Void, Never>?) {
        guard let continuation else { return }
        activity.beginRunning()
        continuation.resume()
    }
}
