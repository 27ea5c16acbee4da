import SluiceJSON
import Synchronization

// How a node calls its component's handlers.
extension NodeRuntime {
    /// Handles what comes, one after the other.
    func handleInTurn(_ outbox: Outbox) async {
        var hand: [Envelope] = []
        var done = 0
        while true {
            switch inbox.next(acknowledging: done, into: &hand) {
            case .work(let work):
                var next = 0
                if !handleAtOnce(work, &hand, &next, outbox) {
                    await handle(work, &hand, from: &next, outbox)
                }
                done = next
                // What the messages caused is on its way, and only now they cease to be.
                hand.removeAll(keepingCapacity: true)
                continue
            case .nothing: await inbox.waitForWork()
            case .over: return
            }
            done = 0
        }
    }

    /// Handles what may have to wait; `next` is how much is done afterwards.
    ///
    /// Not inlined: what it needs for a while would be part of each node's task from start to end.
    @inline(never)
    private func handle(
        _ work: Inbox.Work, _ hand: inout [Envelope], from next: inout Int, _ outbox: Outbox
    ) async {
        switch work {
        case .timer(let index):
            await handleTimer(index, outbox)
            next = 1
        case .ended(let edges):
            await end(edges, outbox)
            next = edges.count
        case .envelopes(let edge):
            next = await handle(&hand, from: next, inEdges[edge], outbox)
        }
    }

    /// Handles messages without waiting; false where what they caused has to wait for room, or where
    /// the work is of another kind: `next` is how many are handled.
    private func handleAtOnce(
        _ work: Inbox.Work, _ hand: inout [Envelope], _ next: inout Int, _ outbox: Outbox
    ) -> Bool {
        guard case .envelopes(let edge) = work, inEdges[edge].retry == nil,
            case .sync(let handler) = ports.inputs[inEdges[edge].port].handler,
            call(&hand, &next, inEdges[edge], outbox, handler)
        else { return false }
        next = giveBack(&hand, from: next, inEdges[edge])
        return flushAtOnce(outbox)
    }

    func handleTimer(_ index: Int, _ outbox: Outbox) async {
        await handle(ports.timers[index], outbox)
    }

    /// Handles messages of one edge until something else comes first; the others are on the edge again.
    ///
    /// - Returns: How many have been handled.
    private func handle(
        _ envelopes: inout [Envelope], from first: Int, _ edge: Edge, _ outbox: Outbox
    ) async -> Int {
        // A message that may come again stays as it is; it comes alone.
        let repeated = edge.retry == nil ? nil : envelopes.first
        if let retry = edge.retry, let repeated {
            outbox.mayRetry = repeated.attempts + 1 < UInt32(clamping: retry.maximumAttempts)
        }
        defer { outbox.mayRetry = false }
        let next = await call(&envelopes, from: first, edge, outbox)
        if outbox.isRetrying, let repeated {
            outbox.discard()
            retryLater(repeated, edge)
            return 0
        }
        let handled = giveBack(&envelopes, from: next, edge)
        await flush(outbox)
        return handled
    }

    /// Gives messages back that the node has not begun with; an aborted inbox has counted them as lost.
    ///
    /// - Returns: How many messages are done.
    private func giveBack(_ envelopes: inout [Envelope], from next: Int, _ edge: Edge) -> Int {
        if next < envelopes.count, inbox.giveBack(envelopes[next...], on: edge.place) {
            envelopes.removeSubrange(next...)
        }
        return envelopes.count
    }

    /// Calls the handler of the port that the edge leads to; gives how many messages it has got.
    @discardableResult
    func call(
        _ envelopes: inout [Envelope], from first: Int = 0, _ edge: Edge, _ outbox: Outbox
    ) async -> Int {
        switch ports.inputs[edge.port].handler {
        case .sync(let handler):
            var next = first
            if outbox.hasUnsent { await flush(outbox) }
            while !call(&envelopes, &next, edge, outbox, handler) { await flush(outbox) }
            return next
        case .async(let handler):
            return await call(&envelopes, edge, outbox, handler)
        case .gathering(let handler):
            return await gather(&envelopes, from: first, edge, outbox, handler)
        case .batch(let handler):
            await call(envelopes, edge, outbox, handler)
            return envelopes.count
        }
    }

    /// Calls a handler that takes messages one by one and may wait.
    private func call(
        _ envelopes: inout [Envelope], _ edge: Edge, _ outbox: Outbox,
        _ handler: (JSON, borrowing Turn) async throws -> Void
    ) async -> Int {
        let isRepeat = isRepeat(envelopes, edge)
        var turn = Turn(outbox: outbox, cause: Cause(envelope: blank, edge: edge.place))
        for index in envelopes.indices {
            guard begins(envelopes, index, edge) else { return index }
            // No handler starts after an abort.
            if run.isAborted {
                run.lose(1, on: edge.index)
                continue
            }
            count(1, isRepeat: isRepeat)
            swap(&turn.cause.envelope, &envelopes[index])
            if open(&turn, edge) {
                do {
                    try await handler(turn.cause.envelope.message, turn)
                } catch {
                    fail(error, turn.cause, outbox)
                }
            }
            if !outbox.isHeld && !outbox.isRetrying { await flush(outbox) }
            // The others of the batch may take long: the message is gone now.
            turn.cause.envelope = blank
        }
        return envelopes.count
    }

    /// Calls a handler that mostly need not wait, for the message at `first` and those that follow.
    ///
    /// What it emits leaves once much has gathered.
    private func gather(
        _ envelopes: inout [Envelope], from first: Int, _ edge: Edge, _ outbox: Outbox,
        _ handler: (JSON, borrowing Turn) async throws -> Void
    ) async -> Int {
        let isRepeat = isRepeat(envelopes, edge)
        var turn = Turn(outbox: outbox, cause: Cause(envelope: blank, edge: edge.place))
        var next = first
        if outbox.hasUnsent { await flush(outbox) }
        while next < envelopes.count, begins(envelopes, next, edge) {
            // No handler starts after an abort.
            if run.isAborted {
                run.lose(envelopes.count - next, on: edge.index)
                return envelopes.count
            }
            swap(&turn.cause.envelope, &envelopes[next])
            next += 1
            count(1, isRepeat: isRepeat)
            if open(&turn, edge) {
                do {
                    try await handler(turn.cause.envelope.message, turn)
                } catch {
                    fail(error, turn.cause, outbox)
                }
            }
            if outbox.isFull { await flush(outbox) }
        }
        return next
    }

    /// Calls a handler that takes what is queued as one batch.
    private func call(
        _ envelopes: [Envelope], _ edge: Edge, _ outbox: Outbox,
        _ handler: ([Cause], borrowing Turn) async -> Void
    ) async {
        if run.isAborted { return run.lose(envelopes.count, on: edge.index) }
        count(envelopes.count, isRepeat: isRepeat(envelopes, edge))
        var causes: [Cause] = []
        causes.reserveCapacity(envelopes.count)
        let lineage = Lineage.merging(envelopes.lazy.map(\.lineage)) ?? run.lineages.next()
        var turn = Turn(
            outbox: outbox, cause: Cause(envelope: blank, edge: edge.place))
        for (sequence, envelope) in envelopes.enumerated() {
            turn.cause = Cause(envelope: envelope, sequence: sequence, edge: edge.place)
            if open(&turn, edge) { causes.append(turn.cause) }
        }
        turn.cause = Cause(
            envelope: Envelope(message: .null, lineage: lineage), sequence: envelopes.count)
        await handler(causes, turn)
        outbox.sort()
    }

    /// Calls a handler that does not wait, for the message at `next` and those that follow; false where
    /// what it caused has to wait for room.
    ///
    /// Where something else comes first, `next` is the first message that the handler has not got.
    private func call(
        _ envelopes: inout [Envelope], _ next: inout Int, _ edge: Edge, _ outbox: Outbox,
        _ handler: (JSON, borrowing Turn) throws -> Void
    ) -> Bool {
        let isRepeat = isRepeat(envelopes, edge)
        var turn = Turn(outbox: outbox, cause: Cause(envelope: blank, edge: edge.place))
        while next < envelopes.count, begins(envelopes, next, edge) {
            // No more than has been begun with.
            let end = edge.asksToBegin ? next + 1 : envelopes.count
            let start = next
            next = deliver(&envelopes, next..<end, edge, &turn, outbox, handler)
            count(next - start, isRepeat: isRepeat)
            if run.isAborted {
                run.lose(end - next, on: edge.index)
                next = end
            }
            if outbox.isFull, !flushAtOnce(outbox) { return false }
        }
        return true
    }

    /// Counts messages that a handler gets, for the first time or again.
    private func count(_ number: Int, isRepeat: Bool) {
        guard !isExit else { return }
        if isRepeat {
            counters.retries.wrappingAdd(number, ordering: .relaxed)
        } else {
            counters.received.wrappingAdd(number, ordering: .relaxed)
        }
    }

    /// Whether a message has been handled before; those of an edge with `retry` come alone.
    private func isRepeat(_ envelopes: [Envelope], _ edge: Edge) -> Bool {
        edge.retry != nil && envelopes.first?.attempts != 0
    }

    /// Whether the message at `index` of a batch is next.
    private func begins(_ envelopes: [Envelope], _ index: Int, _ edge: Edge) -> Bool {
        index == 0 || !edge.asksToBegin
            || inbox.begin(bytes: envelopes[index].bytes, on: edge.place)
    }

    /// Handles messages until the outbox is full or the run is aborted; returns the index of the next
    /// one.
    ///
    /// Each message moves into the turn, and the one before it to the place that it leaves.
    private func deliver(
        _ envelopes: inout [Envelope], _ range: Range<Int>, _ edge: Edge, _ turn: inout Turn,
        _ outbox: Outbox, _ handler: (JSON, borrowing Turn) throws -> Void
    ) -> Int {
        for index in range {
            // No handler starts after an abort.
            if run.isAborted { return index }
            swap(&turn.cause.envelope, &envelopes[index])
            guard open(&turn, edge) else { continue }
            give(turn, outbox, handler)
            if outbox.isFull { return index + 1 }
        }
        return range.upperBound
    }

    /// Calls a handler that does not wait; a function of its own, so that the message is lent and not
    /// copied.
    private func give(
        _ turn: borrowing Turn, _ outbox: Outbox,
        _ handler: (JSON, borrowing Turn) throws -> Void
    ) {
        do {
            try handler(turn.cause.envelope.message, turn)
        } catch {
            fail(error, turn.cause, outbox)
        }
    }

    /// Applies the edge's `map` to the turn's message; false where the handler must not get it: the
    /// `map` failed, or the attempt was given up.
    private func open(_ turn: inout Turn, _ edge: Edge) -> Bool {
        if let template = edge.template {
            let outbox = turn.outbox
            do {
                turn.cause.envelope.message = try outbox.evaluate(
                    template, turn.cause.envelope.message, turn.cause.envelope.lineage)
            } catch {
                fail(Failure(error.code, "\(error)"), turn.cause, outbox)
                return false
            }
        }
        guard let attempt = turn.outbox.attempt else { return true }
        return attempt.deliver(turn.cause.envelope.message)
    }
}
