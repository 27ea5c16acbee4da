import SluiceJSON

/// The edges that lead to one node, and who waits for whom there.
///
/// One lock guards all edges of a node: its only consumer waits for any of them at once.
final class Inbox: Sendable {
    /// What the node gets to do next.
    enum Work {
        /// Messages of one edge.
        case parcels([Parcel], edge: Int)
        /// A timer that is due.
        case timer(Int)
    }

    /// The limits of one edge.
    struct Limits: Sendable {
        var messages: Int
        var bytes: Int
        var isFeedback: Bool
        /// How many messages are taken at once.
        var batch: Int
    }

    fileprivate struct Edge {
        let limits: Limits
        var queue = ParcelQueue()
        /// Waiting for a retry's delay.
        var isDelayed = false
        /// Paused by the component.
        var isPaused = false
        var senders: [UnsafeContinuation<Void, Never>] = []
        /// Messages that came after the end.
        var dropped = 0

        var canTake: Bool { !queue.isEmpty && !isDelayed && !isPaused }

        /// Takes parcels over as long as there is room; returns how many.
        ///
        /// Where the edge is empty and all fit, the array itself changes hands: no parcel is copied.
        mutating func accept(_ parcels: inout [Parcel], from first: Int) -> Int {
            let count = parcels.count
            if first == 0, queue.isEmpty, limits.isFeedback || count <= limits.messages {
                var bytes = 0
                for index in parcels.indices { bytes += parcels[index].bytes }
                if limits.isFeedback || bytes <= limits.bytes {
                    queue.exchange(&parcels, bytes: bytes)
                    return count
                }
            }
            var next = first
            while next < count, hasRoom(for: parcels[next]) {
                queue.append(parcels[next])
                next += 1
            }
            return next - first
        }

        func hasRoom(for parcel: Parcel) -> Bool {
            limits.isFeedback || queue.isEmpty
                || (queue.count < limits.messages && queue.bytes + parcel.bytes <= limits.bytes)
        }
    }

    fileprivate struct State {
        var edges: [Edge]
        var order: [Int]
        var dueTimers: [Int] = []
        var consumer: UnsafeContinuation<Void, Never>?
        var isClosed = false
        var isAborted = false
        var spare: [Parcel] = []
    }

    private let state: Lock<State>
    private let waits: any Waits

    /// Who is told when the consumer or a sender stops and goes on: the run, to notice a flow that
    /// is stuck.
    protocol Waits: Sendable {
        func beginWaiting()
        func endWaiting()
    }

    init(_ limits: [Limits], waits: any Waits) {
        let edges = limits.map { Edge(limits: $0) }
        // Feedback edges come first whenever they hold something.
        let order = edges.indices.sorted { limits[$0].isFeedback && !limits[$1].isFeedback }
        state = Lock(State(edges: edges, order: order))
        self.waits = waits
    }

    // MARK: The sending side

    /// Puts parcels on an edge in order and waits for room as often as it takes.
    ///
    /// - Returns: The emptied array, so that its room can be used again.
    func put(_ parcels: consuming [Parcel], on edge: Int) async -> [Parcel] {
        var rest = parcels
        var next = 0
        while true {
            let consumer = state.withLock { state -> UnsafeContinuation<Void, Never>? in
                guard !state.isOver else {
                    state.edges[edge].dropped += rest.count - next
                    next = rest.count
                    return nil
                }
                let count = state.edges[edge].accept(&rest, from: next)
                next += count
                return count > 0 ? state.takeConsumer() : nil
            }
            wake(consumer)
            if next >= rest.count { break }
            await waitForRoom(on: edge, for: rest[next])
        }
        rest.removeAll(keepingCapacity: true)
        return rest
    }

    private func waitForRoom(on edge: Int, for parcel: Parcel) async {
        await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            let mustWait = state.withLock { state in
                guard !state.isOver, !state.edges[edge].hasRoom(for: parcel) else { return false }
                state.edges[edge].senders.append(continuation)
                // Counted under the lock: whoever is not counted is sure to go on.
                waits.beginWaiting()
                return true
            }
            if !mustWait { continuation.resume() }
        }
    }

    /// Makes a timer due; false where the node has ended.
    func put(timer: Int) -> Bool {
        let (isTaken, consumer) = state.withLock { state in
            guard !state.isOver else { return (false, nil as UnsafeContinuation<Void, Never>?) }
            state.dueTimers.append(timer)
            return (true, state.takeConsumer())
        }
        wake(consumer)
        return isTaken
    }

    // MARK: The taking side

    /// Takes what is next, edges in turn; waits where there is nothing; nil once the node's inputs
    /// have ended.
    func take() async -> Work? {
        while true {
            var freed: [UnsafeContinuation<Void, Never>] = []
            let (work, isOver) = state.withLock { $0.next(&freed) }
            for sender in freed { wake(sender) }
            if let work { return work }
            if isOver { return nil }
            await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
                let mustWait = state.withLock { state in
                    guard !state.hasWork else { return false }
                    state.consumer = continuation
                    waits.beginWaiting()
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        }
    }

    /// Gives back the array of a finished batch, so that its room can be used again.
    func recycle(_ storage: consuming [Parcel]) {
        storage.removeAll(keepingCapacity: true)
        let spare = storage
        state.withLock { $0.spare = spare }
    }

    /// Puts a message back at the head of its edge, which then waits for ``resume(edge:)``.
    func retryLater(_ parcel: Parcel, edge: Int) {
        state.withLock { state in
            guard !state.isAborted else {
                state.edges[edge].dropped += 1
                return
            }
            state.edges[edge].queue.prepend(parcel)
            state.edges[edge].isDelayed = true
        }
    }

    /// Ends an edge's wait for a retry.
    func resume(edge: Int) {
        wake(
            state.withLock { state in
                state.edges[edge].isDelayed = false
                return state.takeConsumer()
            })
    }

    /// Pauses or resumes some edges for the component.
    func setPaused(_ isPaused: Bool, edges: [Int]) {
        wake(
            state.withLock { state in
                for edge in edges { state.edges[edge].isPaused = isPaused }
                return isPaused ? nil : state.takeConsumer()
            })
    }

    /// Says that nothing more will come: what is queued is still taken.
    func close() {
        wake(
            state.withLock { state in
                state.isClosed = true
                return state.takeConsumer()
            })
    }

    /// Drops everything and lets all who wait go on.
    func abort() {
        let waiting = state.withLock { state in
            state.isAborted = true
            var waiting = state.edges.flatMap(\.senders)
            for edge in state.edges.indices { state.edges[edge].senders = [] }
            if let consumer = state.takeConsumer() { waiting.append(consumer) }
            return waiting
        }
        for continuation in waiting { wake(continuation) }
    }

    /// How many messages each edge holds, and whether a sender waits there.
    var backlog: [(messages: Int, bytes: Int, isBlocking: Bool, isPaused: Bool)] {
        state.withLock { state in
            state.edges.map {
                ($0.queue.count, $0.queue.bytes, !$0.senders.isEmpty, $0.isPaused || $0.isDelayed)
            }
        }
    }

    /// How many messages came to each edge after the node had ended or been aborted.
    var dropped: [Int] { state.withLock { $0.edges.map(\.dropped) } }

    private func wake(_ continuation: UnsafeContinuation<Void, Never>?) {
        guard let continuation else { return }
        waits.endWaiting()
        continuation.resume()
    }
}

extension Inbox.State {
    /// Whether taking would give something or end.
    var hasWork: Bool {
        isAborted || !dueTimers.isEmpty || edges.contains { $0.canTake } || isOver
    }

    var isOver: Bool {
        isAborted || (isClosed && dueTimers.isEmpty && edges.allSatisfy { $0.queue.isEmpty })
    }

    mutating func takeConsumer() -> UnsafeContinuation<Void, Never>? {
        guard hasWork else { return nil }
        defer { consumer = nil }
        return consumer
    }

    mutating func next(
        _ freed: inout [UnsafeContinuation<Void, Never>]
    ) -> (work: Inbox.Work?, isOver: Bool) {
        guard !isAborted else { return (nil, true) }
        if let timer = dueTimers.first {
            dueTimers.removeFirst()
            return (.timer(timer), false)
        }
        guard let place = order.firstIndex(where: { edges[$0].canTake }) else {
            return (nil, isOver)
        }
        let index = order[place]
        if !edges[index].limits.isFeedback {
            order.remove(at: place)
            order.append(index)
        }
        var storage: [Parcel] = []
        swap(&storage, &spare)
        let taken = edges[index].queue.take(edges[index].limits.batch, spare: storage)
        swap(&freed, &edges[index].senders)
        return (.parcels(taken, edge: index), false)
    }
}
