import Synchronization

// How what a node emits gets on its edges.
extension NodeRuntime {
    /// Puts what has gathered on the edges, and waits for room there.
    func flush(_ outbox: Outbox) async {
        while !flushAtOnce(outbox) {
            guard let unsent = outbox.takeUnsent() else { continue }
            let edge = outEdges[unsent.port][unsent.edge]
            let emptied = await edge.deliver(unsent.envelopes, from: unsent.next, own: inbox)
            if unsent.edge + 1 < outEdges[unsent.port].count {
                send(unsent.others, port: unsent.port, from: unsent.edge + 1, outbox)
            } else {
                outbox.recycle(emptied, port: unsent.port)
            }
        }
    }

    func flushFromSource(_ outbox: Outbox) async {
        // What waits for room is not on an edge yet, and the flow is not idle.
        run.activity.beginWork()
        emittingSources.wrappingAdd(1, ordering: .relaxed)
        await flush(outbox)
        emittingSources.wrappingSubtract(1, ordering: .relaxed)
        run.activity.endWork()
    }

    /// Puts what has gathered on the edges; false where some of it has to wait for room, which
    /// ``flush(_:)`` does.
    ///
    /// Most nodes never wait: a task that does not call asynchronous functions for a message needs no
    /// memory for them, and less time.
    func flushAtOnce(_ outbox: Outbox) -> Bool {
        guard !outbox.hasUnsent else { return false }
        guard !outbox.isEmpty else { return true }
        for port in outEdges.indices where outbox.hasEnvelopes(port) {
            let envelopes = outbox.take(port)
            if !plan.isEntry(output: port) {
                counters.emitted.wrappingAdd(envelopes.count, ordering: .relaxed)
            }
            guard send(envelopes, port: port, from: 0, outbox) else { return false }
        }
        return true
    }

    /// Puts messages on the edges of a port, those from `first` on; false where one has no room for all.
    @discardableResult
    private func send(
        _ emitted: consuming [Envelope], port: Int, from first: Int, _ outbox: Outbox
    ) -> Bool {
        let edges = outEdges[port]
        var all = emitted
        for place in first..<edges.count {
            var (envelopes, next) = (all, 0)
            // Where no edge follows, the array itself changes hands.
            if place == edges.count - 1 { all = [] }
            guard send(&envelopes, &next, edges[place], outbox) else {
                outbox.hold(
                    Outbox.Unsent(
                        envelopes: envelopes, next: next, others: all, port: port, edge: place))
                return false
            }
            if place == edges.count - 1 { outbox.recycle(envelopes, port: port) }
        }
        return true
    }

    private func send(
        _ envelopes: inout [Envelope], _ next: inout Int, _ edge: Edge, _ outbox: Outbox
    ) -> Bool {
        if edge.isFeedback { envelopes = goRound(envelopes, edge, outbox) }
        if run.observers.seesHops, !run.isAborted {
            run.observers.delivering(
                envelopes, on: run.plan.edges[edge.index], at: run.scheduler.now)
        }
        guard edge.isFeedback else { return edge.deliverAtOnce(&envelopes, from: &next) }
        for envelope in edge.deliverBack(envelopes) where !run.isAborted {
            failOverflow(envelope, edge, outbox)
        }
        envelopes = []
        return true
    }

    /// A message for which a feedback edge has no room.
    private func failOverflow(_ envelope: Envelope, _ edge: Edge, _ outbox: Outbox) {
        let planned = run.plan.edges[edge.index]
        let isHandled = isConnected(errorPort) && planned.from?.port != errorPort
        // A cycle that makes more messages than it ends never drains.
        defer { if !isHandled, plan.unhandled == .fail { run.abort() } }
        failAtEdge(
            Failure(
                "feedback_overflow",
                "the feedback edge \(planned.text) holds "
                    + "\(Schema.counted(planned.maximumMessages, "message")) or "
                    + "\(Schema.counted(planned.maximumBytes, "byte")) and takes no more: the cycle makes messages "
                    + "faster than it ends them"),
            envelope, edge, outbox)
    }

    /// Fails a message that could not go on an edge.
    private func failAtEdge(
        _ failure: Failure, _ envelope: Envelope, _ edge: Edge, _ outbox: Outbox
    ) {
        guard run.plan.edges[edge.index].from?.port == errorPort else {
            return fail(failure, Cause(envelope: envelope), outbox)
        }
        // A failure that could not leave by `error` would only come back here.
        let report = failure.hiding(run.plan.secrets)
            .report(node: plan.name, port: nil, message: envelope.message)
        failUnhandled(report, envelope.lineage)
    }

    /// Counts a round for each message; those that have gone round too often fail here.
    private func goRound(
        _ envelopes: [Envelope], _ edge: Edge, _ outbox: Outbox
    ) -> [Envelope] {
        var going: [Envelope] = []
        for var envelope in envelopes {
            envelope.rounds += 1
            if envelope.rounds <= RunningFlow.maximumRounds {
                going.append(envelope)
            } else {
                failAtEdge(
                    Failure(
                        "too_many_rounds",
                        "the message went round a cycle more than "
                            + "\(RunningFlow.maximumRounds) times"),
                    envelope, edge, outbox)
            }
        }
        return going
    }
}
