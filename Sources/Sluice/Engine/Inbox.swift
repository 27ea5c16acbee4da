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
        /// Nothing more will come by some edges, and all that came has been taken.
        case ended(edges: [Int])
    }

    /// The limits of one edge.
    struct Limits: Sendable {
        var messages: Int
        var bytes: Int
        var isFeedback: Bool
        /// How many messages are taken at once.
        var batch: Int
        /// What a feedback edge holds at most: its sender never waits.
        var feedbackMessages = Plan.Edge.feedbackMessages
        var feedbackBytes = Plan.Edge.feedbackBytes
        /// Who may put messages on the edge and can end apart from the node; at none the edge ends.
        var senders = 0

        var mostMessages: Int { isFeedback ? feedbackMessages : messages }
        var mostBytes: Int { isFeedback ? feedbackBytes : bytes }
    }

    fileprivate struct Edge {
        let limits: Limits
        var queue = ParcelQueue()
        /// Waiting for a retry's delay.
        var isDelayed = false
        /// Paused by the component.
        var isPaused = false
        /// Those who wait for room.
        var waiting: [UnsafeContinuation<Void, Never>] = []
        /// Who may still put messages on the edge.
        var senders: Int
        /// Whether the run counts the edge's end as something that the node has to do.
        var isEndCounted = false
        var hasToldEnd = false
        /// Messages that came after the end.
        var dropped = 0

        init(limits: Limits) {
            self.limits = limits
            senders = limits.senders
        }

        var hasEndToTell: Bool {
            isEndCounted && senders == 0 && queue.isEmpty && !hasToldEnd
        }

        /// Whether the end has come and is not counted yet; it is then.
        mutating func countEnd() -> Bool {
            guard senders == 0, !isEndCounted else { return false }
            isEndCounted = true
            return true
        }

        var canTake: Bool { !queue.isEmpty && !isDelayed && !isPaused }

        /// Takes parcels over as long as there is room; returns how many.
        ///
        /// Where the edge is empty and all fit, the array itself changes hands: no parcel is copied.
        mutating func accept(_ parcels: inout [Parcel], from first: Int) -> Int {
            let count = parcels.count
            if first == 0, queue.isEmpty, count <= limits.mostMessages {
                var bytes = 0
                for index in parcels.indices { bytes += parcels[index].bytes }
                if bytes <= limits.mostBytes {
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
            queue.isEmpty
                || (queue.count < limits.mostMessages
                    && queue.bytes + parcel.bytes <= limits.mostBytes)
        }
    }

    fileprivate struct State {
        /// Whether the node wants to know of each edge when it ends.
        let tellsEnds: Bool
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

    init(_ limits: [Limits], tellsEnds: Bool, waits: any Waits) {
        let edges = limits.map { Edge(limits: $0) }
        // Feedback edges come first whenever they hold something.
        let order = edges.indices.sorted { limits[$0].isFeedback && !limits[$1].isFeedback }
        state = Lock(State(tellsEnds: tellsEnds, edges: edges, order: order))
        self.waits = waits
    }

    // MARK: The sending side

    /// Puts parcels on an edge in order and waits for room as often as it takes.
    ///
    /// - Returns: The emptied array, so that its room can be used again, and how many parcels were
    ///   dropped because the node takes nothing any more.
    func put(
        _ parcels: consuming [Parcel], on edge: Int
    ) async -> (emptied: [Parcel], dropped: Int) {
        var rest = parcels
        var next = 0
        var dropped = 0
        while true {
            let consumer = accept(&rest, from: &next, on: edge)
            wake(consumer)
            if next >= rest.count { break }
            if await !waitForRoom(on: edge, for: rest[next], isCancellable: false) {
                dropped = rest.count - next
                state.withLock { $0.edges[edge].dropped += dropped }
                break
            }
        }
        rest.removeAll(keepingCapacity: true)
        return (rest, dropped)
    }

    /// Puts parcels from outside on an edge; gives up where the inbox or the calling task has been
    /// told to.
    ///
    /// - Returns: How many were taken.
    func offer(_ parcels: consuming [Parcel], on edge: Int) async -> Int {
        var rest = parcels
        let count = rest.count
        var next = 0
        while true {
            let consumer = accept(&rest, from: &next, on: edge)
            wake(consumer)
            if next >= count || rest.isEmpty { return count }
            let parcel = rest[next]
            let goesOn = await withTaskCancellationHandler {
                await waitForRoom(on: edge, for: parcel, isCancellable: true)
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

    /// Puts parcels on a feedback edge, where senders never wait.
    ///
    /// - Returns: Those that are beyond what the edge may hold, and how many parcels were dropped
    ///   because the node takes nothing any more.
    func putBack(
        _ parcels: consuming [Parcel], on edge: Int
    ) -> (rejected: [Parcel], dropped: Int) {
        var rest = parcels
        var next = 0
        let (consumer, isOver) = state.withLock { state in
            guard !state.isOver else {
                state.edges[edge].dropped += rest.count
                return (nil as UnsafeContinuation<Void, Never>?, true)
            }
            next = state.edges[edge].accept(&rest, from: 0)
            return (next > 0 ? state.takeConsumer() : nil, false)
        }
        wake(consumer)
        if isOver { return ([], rest.count) }
        return (rest.isEmpty ? [] : Array(rest[next...]), 0)
    }

    /// Takes over what there is room for; what is over takes nothing.
    private func accept(
        _ parcels: inout [Parcel], from next: inout Int, on edge: Int
    ) -> UnsafeContinuation<Void, Never>? {
        state.withLock { state in
            guard !state.isOver else { return nil }
            let count = state.edges[edge].accept(&parcels, from: next)
            // The array itself may have changed hands.
            next += count
            return count > 0 ? state.takeConsumer() : nil
        }
    }

    /// Waits until there may be room; false where nothing is taken any more.
    private func waitForRoom(
        on edge: Int, for parcel: Parcel, isCancellable: Bool
    ) async -> Bool {
        await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            let mustWait = state.withLock { state in
                guard !state.isOver, !state.edges[edge].hasRoom(for: parcel),
                    !(isCancellable && Task.isCancelled)
                else { return false }
                state.edges[edge].waiting.append(continuation)
                // Counted under the lock: whoever is not counted is sure to go on.
                waits.beginWaiting()
                return true
            }
            if !mustWait { continuation.resume() }
        }
        return state.withLock { !$0.isOver }
    }

    // MARK: Ends of edges

    /// Says that one more may put messages on an edge.
    func beginSender(on edge: Int) { state.withLock { $0.edges[edge].senders += 1 } }

    /// Says that one of those who put messages on an edge will not do so again.
    ///
    /// - Returns: Whether the node now has the edge's end to handle, for the first time.
    @discardableResult
    func endSender(on edge: Int) -> Bool {
        let (isTold, consumer) = state.withLock { state in
            state.edges[edge].senders -= 1
            guard state.tellsEnds, !state.isOver, state.edges[edge].countEnd() else {
                return (false, state.takeConsumer())
            }
            return (true, state.takeConsumer())
        }
        wake(consumer)
        return isTold
    }

    /// Counts the ends of those edges that nobody can put anything on, before the node starts.
    func countEnds() -> Int {
        state.withLock { state in
            guard state.tellsEnds else { return 0 }
            return state.edges.indices.count { state.edges[$0].countEnd() }
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
    ///
    /// - Returns: How many messages each edge held.
    @discardableResult
    func abort() -> [Int] {
        let (waiting, queues) = state.withLock { state in
            state.isAborted = true
            // What they hold goes after the lock is free.
            let queues = state.edges.map(\.queue)
            for edge in state.edges.indices { state.edges[edge].queue.removeAll() }
            var waiting = state.edges.flatMap(\.waiting)
            for edge in state.edges.indices { state.edges[edge].waiting = [] }
            if let consumer = state.takeConsumer() { waiting.append(consumer) }
            return (waiting, queues)
        }
        for continuation in waiting { wake(continuation) }
        return queues.map(\.count)
    }

    /// How many messages each edge holds, and whether a sender waits there.
    var backlog: [(messages: Int, bytes: Int, isBlocking: Bool, isPaused: Bool)] {
        state.withLock { state in
            state.edges.map {
                ($0.queue.count, $0.queue.bytes, !$0.waiting.isEmpty, $0.isPaused || $0.isDelayed)
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
        isAborted || !dueTimers.isEmpty || edges.contains { $0.canTake } || hasEndToTell || isOver
    }

    private var hasEndToTell: Bool { tellsEnds && edges.contains { $0.hasEndToTell } }

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
        if hasEndToTell {
            let ended = edges.indices.filter { edges[$0].hasEndToTell }
            for edge in ended { edges[edge].hasToldEnd = true }
            return (.ended(edges: ended), false)
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
        swap(&freed, &edges[index].waiting)
        return (.parcels(taken, edge: index), false)
    }
}
