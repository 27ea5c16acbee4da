public import SluiceJSON
import SluiceSystem
import Synchronization

/// What enters a running flow from outside: messages for its exported inputs.
///
/// While a feed is open the inputs that it feeds have not ended. It may be used by any number of
/// tasks at once. It is closed by ``close()``, when the run stops, and when nobody refers to it any
/// more.
///
/// A flow that can only go on by what still enters is not stuck as long as some task that uses the
/// feed may send. Where as many sends wait for room as were ever in progress at once, the run gives a
/// task that has not sent yet ``FlowRun/patienceWithFeeds`` before it calls the flow stuck; a task
/// that may need longer has a feed of its own.
public final class FlowFeed: Sendable {
    private let feed: OpenFeed

    init(_ feed: OpenFeed) { self.feed = feed }

    deinit { feed.close() }

    /// Sends messages to an exported input, each with a lineage of its own, and waits for room.
    ///
    /// What several tasks send at once may mix, a message at a time. Cancelling the task ends the
    /// wait for room.
    ///
    /// - Returns: Whether all were taken: false once the run takes no new input, where the feed has
    ///   no input of that name, and where the wait for room was ended by an abort or a cancellation.
    @discardableResult
    public func send(_ messages: [JSON], to input: String) async -> Bool {
        guard !messages.isEmpty else { return feed.takes(input) }
        return await feed.send(messages, to: input) == messages.count
    }

    /// Sends messages as ``send(_:to:)`` does; gives how many were taken, those that come first.
    package func sendCounting(_ messages: [JSON], to input: String) async -> Int {
        await feed.send(messages, to: input)
    }

    /// Reports something that could not become a message, such as a line that is no JSON; it goes as
    /// the flow's `onError` says.
    public func fail(_ failure: Failure, input: String?, message: JSON) async {
        await feed.flow.failOutside(failure, input: input, message: message)
    }

    /// Waits until no message is on an edge, no handler is running, no timer is due, and every finite
    /// source has ended; returns at once in a run that has not been started or has ended.
    public func idle() async { await feed.idle() }

    /// Says that nothing more will come by this feed; sends that wait for room go on waiting.
    public func close() { feed.close() }
}

/// A feed as the run knows it.
final class OpenFeed: Sendable {
    private struct State {
        var isClosed = false
        /// Sends in progress, those that wait for room among them.
        var sends = 0
        /// The most sends that were ever in progress at once.
        var mostSends = 0

        /// What the feed counts as running: itself while somebody may still send, and every send.
        var running: Int { sends + (isClosed || isWaiting ? 0 : 1) }

        /// Whether all sends that were ever in progress at once are.
        var isWaiting: Bool { sends > 0 && sends == mostSends }
    }

    let flow: RunningFlow
    private let targets: [Name: Edge]
    /// The group of the node that failures from outside go to.
    private let deadLetters: EndGroup?
    private let state = Lock(State())

    init(_ flow: RunningFlow, _ targets: [Name: Edge], deadLetters: EndGroup?) {
        self.flow = flow
        self.targets = targets
        self.deadLetters = deadLetters
        flow.activity.beginRunning()
    }

    /// Whether nobody could send but a task that has not sent yet.
    var isWaiting: Bool { state.withLock { !$0.isClosed && $0.isWaiting } }

    /// Whether the feed has an input of that name and the run takes new input.
    func takes(_ input: String) -> Bool { targets[Name(input)] != nil && !flow.isStopping }

    /// Sends messages and waits for room; gives how many were taken, those that come first.
    func send(_ messages: [JSON], to input: String) async -> Int {
        guard let target = targets[Name(input)], !messages.isEmpty else { return 0 }
        let mayEnter = change { state in
            guard !state.isClosed, !flow.isStopping else { return false }
            state.sends += 1
            state.mostSends = max(state.mostSends, state.sends)
            // The input cannot end before these messages have been handled.
            flow.activity.beginWork()
            target.inbox.group.retain()
            target.beginSender()
            return true
        }
        guard mayEnter else { return 0 }
        let envelopes = messages.map { message in
            Envelope(message: message, lineage: flow.lineages.next(), rounds: 0)
        }
        if flow.observers.seesHops {
            flow.observers.delivering(
                envelopes, on: flow.plan.edges[target.index], at: flow.scheduler.now)
        }
        let taken = await target.offer(envelopes)
        end(target)
        flow.activity.endWork()
        change { $0.sends -= 1 }
        return taken
    }

    func idle() async {
        change { state in
            state.sends += 1
            state.mostSends = max(state.mostSends, state.sends)
        }
        flow.activity.endRunning()
        await flow.idle()
        flow.activity.beginRunning()
        change { $0.sends -= 1 }
    }

    func close() {
        // Counted as running until all ends have been told: nothing is stuck in between.
        flow.activity.beginRunning()
        defer { flow.activity.endRunning() }
        let isFirst = change { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        guard isFirst else { return }
        for target in targets.values { end(target) }
        deadLetters?.release()
        flow.closeInput(of: self)
    }

    /// Says that the feed, or one that sends with it, puts nothing more on an edge.
    private func end(_ target: Edge) {
        // The end is work for the node there, counted before the group may end.
        target.endSender()
        target.inbox.group.release()
    }

    /// Changes the state and counts what runs because of it.
    @discardableResult
    private func change<T: Sendable>(_ body: (inout State) -> T) -> T {
        state.withLock { state in
            let before = state.running
            let result = body(&state)
            let after = state.running
            for _ in stride(from: before, to: after, by: 1) { flow.activity.beginRunning() }
            for _ in stride(from: after, to: before, by: 1) { flow.activity.endRunning() }
            return result
        }
    }
}

extension RunningFlow {
    func openFeed(to inputs: [String]?) -> FlowFeed {
        var targets: [Name: Edge] = [:]
        for (name, place) in plan.inputs where inputs?.has(name) ?? true {
            guard let edge = entry(to: place) else { continue }
            edge.inbox.group.retain()
            edge.beginSender()
            targets[Name(name)] = edge
        }
        var deadLetters: EndGroup?
        if case .deadLetter(let place) = plan.onError {
            deadLetters = entry(to: place)?.inbox.group
            deadLetters?.retain()
        }
        let feed = OpenFeed(self, targets, deadLetters: deadLetters)
        openInput()
        state.withLock { $0.feeds[ObjectIdentifier(feed)] = feed }
        // What stopped the run meanwhile has not seen the feed.
        if isStopping { feed.close() }
        return FlowFeed(feed)
    }

    func openInput() {
        state.withLock { state in
            state.openInputs += 1
            state.hadInputs = true
        }
    }

    func closeInput(of feed: OpenFeed? = nil) {
        state.withLock { state in
            state.openInputs -= 1
            if let feed { state.feeds[ObjectIdentifier(feed)] = nil }
        }
        noteProgress()
    }

    /// A failure that belongs to no node.
    func failOutside(_ failure: Failure, input: String?, message: JSON) async {
        observers.failed(
            failure, message, node: "", port: input, lineage: 0, isRetried: false,
            at: scheduler.now)
        let report = failure.hiding(plan.secrets)
            .report(node: "", port: input, message: message)
        switch plan.onError {
        case .log: unhandled(report, .log)
        case .fail: unhandled(report, .fail)
        case .deadLetter(let place):
            guard let edge = entry(to: place) else { return unhandled(report, .fail) }
            activity.beginWork()
            let envelope = Envelope(message: report, lineage: lineages.next(), rounds: 0)
            _ = await edge.deliver([envelope])
            activity.endWork()
        }
    }
}
