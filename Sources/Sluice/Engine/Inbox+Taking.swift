import SluiceSystem

extension Inbox {
    // MARK: The taking side

    /// What ``next(acknowledging:into:)`` gives.
    enum Next {
        case work(Work)
        /// There is nothing now.
        case nothing
        /// The node's inputs have ended.
        case over
    }

    /// Acknowledges what is done and takes what is next, edges in turn.
    ///
    /// - Parameters:
    ///   - done: How much of what was taken before is done; as for ``acknowledge(_:)``.
    ///   - hand: Where messages go: an empty array, whose room is used again.
    func next(acknowledging done: Int, into hand: inout [Envelope]) -> Next {
        var freed: [UnsafeContinuation<Void, Never>] = []
        let (work, isOver, isLast) = state.withLock { state in
            let isLast = state.acknowledge(done)
            let (work, isOver) = state.next(&hand, &freed)
            return (work, isOver, isLast)
        }
        for sender in freed { wake(sender) }
        if isLast { becomeIdle() }
        if let work { return .work(work) }
        return isOver ? .over : .nothing
    }

    /// Waits until ``next(acknowledging:into:)`` gives something or the node's inputs have ended.
    func waitForWork() async {
        await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            let mustWait = state.withLock { state in
                guard !state.hasWork else { return false }
                state.consumer = continuation
                activity.endRunning()
                return true
            }
            if !mustWait { continuation.resume() }
        }
    }

    /// Takes what is next and waits where there is nothing; nil once the node's inputs have ended.
    func take(into hand: inout [Envelope]) async -> Work? {
        while true {
            switch next(acknowledging: 0, into: &hand) {
            case .work(let work): return work
            case .nothing: await waitForWork()
            case .over: return nil
            }
        }
    }

    /// Notes that the node begins with a message of so many bytes that it took together with others;
    /// false where something else comes first: the component has paused the edge, a timer is due, or the
    /// inbox has been aborted.
    func begin(bytes: Int, on edge: Int) -> Bool {
        let (mayBegin, freed) = state.withLock { state in
            guard !state.isAborted, !state.edges[edge].isPaused, state.dueTimers.isEmpty else {
                return (false, [UnsafeContinuation<Void, Never>]())
            }
            return (true, state.edges[edge].begin(bytes: bytes))
        }
        for sender in freed { wake(sender) }
        return mayBegin
    }

    /// Puts messages back at the head of their edge that the node took and has not begun with.
    ///
    /// - Returns: False where the inbox has been aborted, which has counted them as lost.
    func giveBack(_ envelopes: ArraySlice<Envelope>, on edge: Int) -> Bool {
        state.withLock { state in
            guard !state.isAborted else { return false }
            state.edges[edge].takeBack(envelopes)
            return true
        }
    }

    /// Lets senders go on wherever there is room, before the node itself waits: what they bring next
    /// may be what it waits for.
    func letSendersGoOn() {
        let freed = state.withLock { state in
            var freed: [UnsafeContinuation<Void, Never>] = []
            for edge in state.edges.indices { freed += state.edges[edge].takeWaiting() }
            return freed
        }
        for sender in freed { wake(sender) }
    }

    /// Puts a message back at the head of its edge, which then waits for ``resume(edge:)``.
    func retryLater(_ envelope: Envelope, edge: Int) {
        state.withLock { state in
            guard !state.isAborted else {
                state.edges[edge].dropped += 1
                return
            }
            state.edges[edge].queue.prepend(contentsOf: [envelope])
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

    /// Pauses or resumes some edges for the component; those who wait for room fill a paused one.
    func setPaused(_ isPaused: Bool, edges: [Int]) {
        let (consumer, freed) = state.withLock { state in
            var freed: [UnsafeContinuation<Void, Never>] = []
            for edge in edges {
                state.edges[edge].isPaused = isPaused
                if isPaused { freed += state.edges[edge].takeWaiting() }
            }
            return (isPaused ? nil : state.takeConsumer(), freed)
        }
        wake(consumer)
        for sender in freed { wake(sender) }
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

    /// Notes that something is done; true where nothing is left to do.
    mutating func acknowledge(_ number: Int) -> Bool {
        guard number > 0 else { return false }
        unacknowledged -= number
        return unacknowledged == 0
    }

    mutating func takeConsumer() -> UnsafeContinuation<Void, Never>? {
        guard hasWork else { return nil }
        defer { consumer = nil }
        return consumer
    }

    mutating func next(
        _ hand: inout [Envelope], _ freed: inout [UnsafeContinuation<Void, Never>]
    ) -> (work: Inbox.Work?, isOver: Bool) {
        guard !isAborted else { return (nil, true) }
        if let timer = dueTimers.first {
            dueTimers.removeFirst()
            return (.timer(timer), false)
        }
        if hasEndToTell {
            let ended = edges.indices.filter { edges[$0].hasEndToTell }
            for edge in ended { edges[edge].ending.tell() }
            return (.ended(edges: ended), false)
        }
        guard let place = nextPlace else { return (nil, isOver) }
        let index = order[place]
        if !edges[index].limits.isFeedback {
            order.remove(at: place)
            order.append(index)
        }
        edges[index].take(into: &hand)
        freed = edges[index].takeFreed()
        return (.envelopes(edge: index), false)
    }

    /// Where in the order the edge stands that is next.
    ///
    /// A component that pauses inputs waits for what belongs together: the edge of which it has got
    /// least comes first, so that less has to be kept.
    private var nextPlace: Int? {
        guard let first = order.firstIndex(where: { edges[$0].canTake }) else { return nil }
        guard edges[order[first]].limits.advancesWithOthers else { return first }
        var next = first
        for place in order.indices.dropFirst(first + 1)
        where edges[order[place]].canTake
            && edges[order[place]].served < edges[order[next]].served
        {
            next = place
        }
        return next
    }
}
