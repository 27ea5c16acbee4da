import Synchronization

// How what a node emits gets on its edges.
extension NodeRuntime {
    /// Puts what has gathered on the edges, and waits for room there.
    func flush(_ outbox: Outbox) async {
        guard !outbox.isEmpty else { return }
        for port in outEdges.indices where outbox.hasParcels(port) {
            var parcels = outbox.take(port)
            if !plan.isEntry(output: port) {
                counters.emitted.wrappingAdd(parcels.count, ordering: .relaxed)
            }
            let edges = outEdges[port]
            for edge in edges.dropLast() { _ = await send(parcels, edge, outbox) }
            if let last = edges.last { parcels = await send(parcels, last, outbox) }
            outbox.recycle(parcels, port: port)
        }
    }

    private func send(
        _ emitted: consuming [Parcel], _ edge: OutEdge, _ outbox: Outbox
    ) async -> [Parcel] {
        let parcels = edge.isFeedback ? goRound(emitted, edge, outbox) : emitted
        if let trace = run.options.trace, !run.isAborted {
            for parcel in parcels { trace(run.hop(parcel, edge.index)) }
        }
        run.activity.began(parcels.count)
        edge.group.retain(parcels.count)
        guard edge.isFeedback else {
            let (emptied, dropped) = await edge.inbox.put(
                parcels, on: edge.place, from: inbox)
            if dropped > 0 { forget(dropped, on: edge) }
            return emptied
        }
        let (rejected, dropped) = edge.inbox.putBack(parcels, on: edge.place)
        for parcel in rejected where !run.isAborted { failOverflow(parcel, edge, outbox) }
        if rejected.count + dropped > 0 { forget(rejected.count + dropped, on: edge) }
        return []
    }

    /// Counts messages as done that never came to the node they were sent to.
    private func forget(_ count: Int, on edge: OutEdge) {
        edge.group.release(count)
        run.activity.finished(count)
    }

    /// A message for which a feedback edge has no room.
    private func failOverflow(_ parcel: Parcel, _ edge: OutEdge, _ outbox: Outbox) {
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
            parcel, edge, outbox)
    }

    /// Fails a message that could not go on an edge.
    private func failAtEdge(
        _ failure: Failure, _ parcel: Parcel, _ edge: OutEdge, _ outbox: Outbox
    ) {
        let turn = turn(parcel.message, parcel.lineage, outbox, rounds: parcel.rounds)
        guard run.plan.edges[edge.index].from?.port == errorPort else {
            return fail(failure, turn)
        }
        // A failure that could not leave by `error` would only come back here.
        let report = failure.hiding(run.plan.secrets)
            .report(node: plan.name, port: nil, message: parcel.message)
        failUnhandled(report, parcel.lineage)
    }

    /// Counts a round for each message; those that have gone round too often fail here.
    private func goRound(
        _ parcels: [Parcel], _ edge: OutEdge, _ outbox: Outbox
    ) -> [Parcel] {
        var going: [Parcel] = []
        for var parcel in parcels {
            parcel.rounds += 1
            if parcel.rounds <= RunningFlow.maximumRounds {
                going.append(parcel)
            } else {
                failAtEdge(
                    Failure(
                        "too_many_rounds",
                        "the message went round a cycle more than "
                            + "\(RunningFlow.maximumRounds) times"),
                    parcel, edge, outbox)
            }
        }
        return going
    }
}
