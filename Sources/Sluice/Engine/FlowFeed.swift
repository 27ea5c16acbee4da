public import SluiceJSON
import Synchronization

/// What enters a running flow from outside: messages for its exported inputs.
///
/// While a feed is open the flow's inputs have not ended. A feed is used by one task at a time.
public final class FlowFeed: Sendable {
    struct Target: Sendable {
        let inbox: Inbox
        let group: EndGroup
        /// The edge's place among those that lead to the node.
        let place: Int
        /// The edge's place in the plan.
        let edge: Int
    }

    private let run: FlowRun
    private let targets: [Name: Target]
    private let isClosed = Atomic<Bool>(false)

    init(
        run: FlowRun, targets: [Name: Target]
    ) {
        self.run = run
        self.targets = targets
    }

    /// Sends messages to an exported input, each with a lineage of its own, and waits for room.
    ///
    /// - Returns: Whether they were taken: false once the run takes no new input, or where no input
    ///   has that name.
    @discardableResult
    public func send(_ messages: [JSON], to input: String) async -> Bool {
        guard let target = targets[Name(input)], !run.isStopping,
            !isClosed.load(ordering: .relaxed)
        else { return false }
        let parcels = messages.map { message in
            Parcel(message: message, lineage: run.startLineage(whenDone: nil), rounds: 0)
        }
        if let trace = run.options.trace {
            for parcel in parcels { trace(run.hop(parcel, target.edge)) }
        }
        run.activity.began(parcels.count)
        target.group.retain(parcels.count)
        _ = await target.inbox.put(parcels, on: target.place)
        return true
    }

    /// Reports something that could not become a message, such as a line that is no JSON; it goes as
    /// the flow's `onError` says.
    public func fail(_ failure: Failure, input: String?, message: JSON) async {
        await run.failOutside(failure, input: input, message: message)
    }

    /// Waits until no message is on an edge, no handler is running, no timer is due, and every finite
    /// source has ended.
    public func idle() async {
        run.activity.beginWaiting()
        await run.idle()
        run.activity.endWaiting()
    }

    /// Says that nothing more will come by this feed.
    public func close() {
        guard isClosed.exchange(true, ordering: .relaxed) == false else { return }
        for target in targets.values { target.group.release() }
        run.closeInput()
        run.activity.beginWaiting()
    }
}

extension FlowRun {
    /// Opens a way in, which has to be closed for the run to end; to be called before ``start()``, or
    /// while another one is open.
    public func openFeed() -> FlowFeed {
        var targets: [Name: FlowFeed.Target] = [:]
        for (name, place) in plan.inputs {
            guard let entry = entry(to: place) else { continue }
            entry.node.group.retain()
            targets[Name(name)] = FlowFeed.Target(
                inbox: entry.node.inbox, group: entry.node.group, place: entry.edge,
                edge: entry.node.inEdges[entry.edge].index)
        }
        openInput()
        activity.endWaiting()
        return FlowFeed(run: self, targets: targets)
    }

    func openInput() {
        state.withLock { state in
            state.openInputs += 1
            state.hadInputs = true
        }
    }

    func closeInput() {
        state.withLock { $0.openInputs -= 1 }
        noteProgress()
    }

    /// A failure that belongs to no node.
    func failOutside(_ failure: Failure, input: String?, message: JSON) async {
        options.traceFailure?(
            FailedHop(
                time: scheduler.now, lineage: 0, node: "", port: input, failure: failure,
                isRetried: false, message: message))
        let report = failure.report(node: "", port: input, message: message)
        switch plan.onError {
        case .log: unhandled(report, .log)
        case .fail: unhandled(report, .fail)
        case .deadLetter(let place):
            guard let entry = entry(to: place) else { return unhandled(report, .fail) }
            activity.began(1)
            entry.node.group.retain()
            let parcel = Parcel(message: report, lineage: startLineage(whenDone: nil), rounds: 0)
            _ = await entry.node.inbox.put([parcel], on: entry.edge)
        }
    }
}
