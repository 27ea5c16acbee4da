import SluiceJSON
import Synchronization

/// A node of a running flow: takes messages from its edges and calls the component's handlers.
///
/// A node whose ports are handled beside each other has several, one a lane; see ``Lane``.
final class NodeRuntime: Sendable {
    /// An edge that leads away from the node.
    struct OutEdge: Sendable {
        /// How many messages the edge holds before senders wait; nil where they never do.
        let capacity: Int?
        let inbox: Inbox
        let group: EndGroup
        /// The edge's place in the target's inbox.
        let place: Int
        let isFeedback: Bool
        /// The edge's place in the plan, for traces.
        let index: Int
        /// Whether the target ends together with this node.
        let isInsideGroup: Bool
    }

    /// An edge that leads to the node.
    struct InEdge: Sendable {
        let port: Int
        let template: Template?
        let retry: RetryPolicy?
        /// The edge's place in the plan.
        let index: Int
    }

    let run: RunningFlow
    let plan: Plan.Node
    let inEdges: [InEdge]
    /// The edges of each output port; the last port is `error`.
    let outEdges: [[OutEdge]]
    let inbox: Inbox
    let group: EndGroup
    let counters: Counters
    /// Whether the lane has ended.
    let hasEnded = Atomic<Bool>(false)
    /// Sources that are putting messages on edges, perhaps waiting for room there.
    let emittingSources = Atomic<Int>(0)
    /// How many messages a handler may have emitted before it waits for room: no more than the
    /// smallest of its edges holds.
    let outboxLimit: Int
    private let timers = Lock<[Int: (ticket: UInt64, task: Task<Void, Never>?)]>([:])
    /// The edges of each input port that have not ended, where the component wants to know.
    private let openEdges: Lock<[Int: Int]>

    init(
        run: RunningFlow, plan: Plan.Node, inEdges: [InEdge], outEdges: [[OutEdge]], inbox: Inbox,
        group: EndGroup, counters: Counters
    ) {
        self.run = run
        self.plan = plan
        self.inEdges = inEdges
        self.outEdges = outEdges
        self.inbox = inbox
        self.group = group
        self.counters = counters
        let capacities = outEdges.joined().compactMap(\.capacity)
        outboxLimit = max(1, min(Outbox.limit, capacities.min() ?? Outbox.limit))
        openEdges = Lock(Dictionary(inEdges.map { ($0.port, 1) }, uniquingKeysWith: +))
    }

    func makeOutbox() -> Outbox { Outbox(self) }

    func isConnected(_ port: Int) -> Bool { !outEdges[port].isEmpty }

    func evaluation(for lineage: Lineage) -> EvaluationContext {
        var context = run.evaluation
        context.lineage = String(lineage.id)
        return context
    }

    // MARK: Life

    /// Calls the component's start functions.
    func start() async throws {
        for start in plan.ports.starts { try await start(context) }
    }

    /// Calls the component's functions for when every node has started.
    func getReady() async throws {
        for ready in plan.ports.readies { try await ready(context) }
    }

    private var context: StartContext {
        StartContext(run: run, node: plan.name, folder: plan.folder)
    }

    /// Handles messages until the inputs have ended, then finishes.
    func work() async {
        let outbox = makeOutbox()
        await endUnfedInputs(outbox)
        if isConcurrent {
            await handleConcurrently(outbox)
        } else {
            while let work = await inbox.take() { await handle(work, outbox) }
        }
        let isLast = counters.openLanes.wrappingSubtract(1, ordering: .relaxed).newValue == 0
        if isLast && !run.isAborted { await finish(outbox) }
        for edges in outEdges {
            for edge in edges where !edge.isInsideGroup { end(edge) }
        }
        group.release()
        hasEnded.store(true, ordering: .releasing)
    }

    /// Says that this node puts nothing more on an edge.
    private func end(_ edge: OutEdge) {
        // The end is work for the node there: the flow is not idle before it is done.
        run.activity.began(1)
        if !edge.inbox.endSender(on: edge.place) { run.activity.finished(1) }
        edge.group.release()
    }

    // MARK: Ends of inputs

    /// Tells the component of those input ports that no edge leads to.
    private func endUnfedInputs(_ outbox: Outbox) async {
        guard !plan.ports.inputEnds.isEmpty else { return }
        let fed = Set(inEdges.map(\.port))
        for port in plan.ports.inputs.indices where !fed.contains(port) {
            await endInput(port, outbox)
        }
    }

    /// Tells the component of the input ports of which all edges have ended; where these are all that
    /// it has, its finish tells it.
    func end(_ edges: [Int], _ outbox: Outbox) async {
        let ended = openEdges.withLock { open in
            for edge in edges { open[inEdges[edge].port, default: 1] -= 1 }
            let isOver = open.values.allSatisfy { $0 == 0 } && plan.ports.sources.isEmpty
            return isOver ? [] : Set(edges.map { inEdges[$0].port }).filter { open[$0] == 0 }
        }
        for port in ended.sorted() { await endInput(port, outbox) }
        run.activity.finished(edges.count)
    }

    private func endInput(_ port: Int, _ outbox: Outbox) async {
        guard let body = plan.ports.inputEnds[plan.ports.inputs[port].name] else { return }
        await handle(body, outbox)
    }

    /// Runs what no message caused: a timer, or an end.
    private func handle(
        _ body: (Turn) async throws -> Void, _ outbox: Outbox
    ) async {
        let turn = turn(.null, run.startLineage(whenDone: nil), outbox)
        do {
            try await body(turn)
        } catch {
            fail(error, turn)
        }
        await flush(outbox)
    }

    private func finish(_ outbox: Outbox) async {
        for finish in plan.ports.finishes { await handle(finish, outbox) }
    }

    /// Calls the component's stop functions, all of them; gives what failed.
    func stop() async -> [Failure] {
        var failures: [Failure] = []
        for stop in plan.ports.stops {
            do {
                try await stop()
            } catch {
                var failure = Failure.wrapping(error)
                failure.text = "node `\(plan.name)` could not end well: \(failure.text)"
                failures.append(failure)
            }
        }
        return failures
    }

    /// Runs a source until it ends.
    func emit(from source: Ports.SourceBody) async {
        let outbox = makeOutbox()
        do {
            try await source.run(Source(outbox: outbox))
        } catch is CancellationError where Task.isCancelled {
            // The source was told to end.
        } catch {
            let lineage = run.startLineage(whenDone: nil)
            fail(error, turn(.null, lineage, outbox))
        }
        await flush(outbox)
        group.release()
    }

    // MARK: Handling

    func turn(
        _ message: JSON, _ lineage: Lineage, _ outbox: Outbox, rounds: UInt32 = 0,
        sequence: Int = 0, port: Int? = nil
    ) -> Turn {
        Turn(
            message: message, outbox: outbox, lineage: lineage, rounds: rounds,
            sequence: sequence, port: port)
    }

    private func handle(_ work: Inbox.Work, _ outbox: Outbox) async {
        switch work {
        case .timer(let index):
            await handleTimer(index, outbox)
        case .ended(let edges):
            await end(edges, outbox)
        case .parcels(let parcels, let edge):
            counters.received.wrappingAdd(parcels.count, ordering: .relaxed)
            let isRetried = await handle(parcels, inEdges[edge], outbox)
            // What the messages caused is on its way; only now do they cease to be.
            withExtendedLifetime(parcels) {}
            if isRetried, let parcel = parcels.first {
                retryLater(parcel, edge)
            } else {
                group.release(parcels.count)
                run.activity.finished(parcels.count)
                inbox.recycle(parcels)
            }
        }
    }

    func handleTimer(_ index: Int, _ outbox: Outbox) async {
        await handle(plan.ports.timers[index], outbox)
        run.activity.finished(1)
    }

    /// Handles the messages of one edge; true where the one message has to be tried again.
    private func handle(_ parcels: [Parcel], _ edge: InEdge, _ outbox: Outbox) async -> Bool {
        if let retry = edge.retry, let parcel = parcels.first {
            outbox.mayRetry = parcel.attempts + 1 < UInt32(clamping: retry.maximumAttempts)
        }
        defer { outbox.mayRetry = false }
        await call(parcels, edge, outbox)
        if outbox.isRetrying {
            outbox.discard()
            return true
        }
        await flush(outbox)
        return false
    }

    /// Calls the handler of the port that the edge leads to.
    func call(_ parcels: [Parcel], _ edge: InEdge, _ outbox: Outbox) async {
        switch plan.ports.inputs[edge.port].handler {
        case .sync(let handler):
            var next = 0
            while next < parcels.count {
                next = deliver(parcels, from: next, edge, outbox, handler)
                if outbox.isFull { await flush(outbox) }
            }
        case .async(let handler):
            for (index, parcel) in parcels.enumerated() {
                if run.isAborted { return run.lose(parcels.count - index, on: edge.index) }
                await deliver(parcel, edge, outbox, handler)
                if !outbox.isHeld && !outbox.isRetrying { await flush(outbox) }
            }
        case .batch(let handler):
            if run.isAborted { return run.lose(parcels.count, on: edge.index) }
            var turns: [Turn] = []
            turns.reserveCapacity(parcels.count)
            for (sequence, parcel) in parcels.enumerated() {
                if let turn = open(parcel, edge, outbox, sequence) { turns.append(turn) }
            }
            await handler(turns)
            outbox.sort()
        }
    }

    /// Handles messages until the outbox is full; returns the index of the next one.
    private func deliver(
        _ parcels: [Parcel], from first: Int, _ edge: InEdge, _ outbox: Outbox,
        _ handler: (JSON, Turn) throws -> Void
    ) -> Int {
        for index in first..<parcels.count {
            // No handler starts after an abort.
            if run.isAborted {
                run.lose(parcels.count - index, on: edge.index)
                return parcels.count
            }
            guard let turn = open(parcels[index], edge, outbox, 0) else { continue }
            do {
                try handler(turn.message, turn)
            } catch {
                fail(error, turn)
            }
            if outbox.isFull { return index + 1 }
        }
        return parcels.count
    }

    private func deliver(
        _ parcel: Parcel, _ edge: InEdge, _ outbox: Outbox,
        _ handler: (JSON, Turn) async throws -> Void
    ) async {
        guard let turn = open(parcel, edge, outbox, 0) else { return }
        do {
            try await handler(turn.message, turn)
        } catch {
            fail(error, turn)
        }
    }

    /// The turn of a message after the edge's `map`; nil where the `map` failed.
    private func open(
        _ parcel: Parcel, _ edge: InEdge, _ outbox: Outbox, _ sequence: Int
    ) -> Turn? {
        var message = parcel.message
        if let template = edge.template {
            do {
                message = try outbox.evaluate(template, message, evaluation(for: parcel.lineage))
            } catch {
                let turn = turn(
                    message, parcel.lineage, outbox, rounds: parcel.rounds, sequence: sequence,
                    port: edge.port)
                fail(Failure(error.code, "\(error)"), turn)
                return nil
            }
        }
        if let attempt = outbox.attempt, !attempt.deliver(message) { return nil }
        return turn(
            message, parcel.lineage, outbox, rounds: parcel.rounds, sequence: sequence,
            port: edge.port)
    }

    // MARK: Failures

    /// Reports that a message failed by a thrown error.
    private func fail(_ error: any Error, _ turn: Turn) {
        if error is CancellationError, !run.isAborted, turn.outbox.attempt?.isOver != true {
            return fail(
                Failure("component_failed", "the handler cancelled itself (CancellationError)"),
                turn)
        }
        fail(Failure.wrapping(error), turn)
    }

    /// Reports that a message failed.
    func fail(_ failure: Failure, _ turn: Turn) {
        // The time limit of the attempt ran out: that was its failure.
        if turn.outbox.attempt?.isOver == true { return }
        if turn.outbox.mayRetry, failure.isRetryable {
            traceFailure(failure, turn, isRetried: true)
            turn.outbox.isRetrying = true
            return
        }
        // What an aborted run interrupts has not failed: it is lost.
        if run.isAborted, failure.code == Failure.cancelledCode,
            let edge = inEdges.first(where: { $0.port == turn.port })
        {
            return run.lose(1, on: edge.index)
        }
        traceFailure(failure, turn, isRetried: false)
        let port = turn.port.map { plan.ports.inputs[$0].name }
        let report = failure.hiding(run.plan.secrets)
            .report(node: plan.name, port: port, message: turn.message)
        pass(report, turn)
    }

    /// Has the report of a failure leave by `error`, or go as the flow's `onError` says.
    func pass(_ report: JSON, _ turn: Turn) {
        if let attempt = turn.outbox.attempt {
            // It counts only where the attempt does.
            attempt.failures.withLock { $0.append((report, turn.lineage)) }
            if isConnected(errorPort) {
                turn.outbox.append(report, turn.lineage, turn.rounds, turn.sequence, to: errorPort)
            }
            return
        }
        if isConnected(errorPort) {
            counters.failed.wrappingAdd(1, ordering: .relaxed)
            turn.outbox.append(report, turn.lineage, turn.rounds, turn.sequence, to: errorPort)
        } else {
            failUnhandled(report, turn.lineage)
        }
    }

    private var errorPort: Int { outEdges.count - 1 }

    /// Counts a failure, and reports it where no edge takes it.
    func noteFailure(_ report: JSON, _ lineage: Lineage) {
        if isConnected(errorPort) {
            counters.failed.wrappingAdd(1, ordering: .relaxed)
        } else {
            failUnhandled(report, lineage)
        }
    }

    private func failUnhandled(_ report: JSON, _ lineage: Lineage) {
        counters.failed.wrappingAdd(1, ordering: .relaxed)
        if plan.unhandled == .fail { lineage.markFailed() }
        run.unhandled(report, plan.unhandled)
    }

    private func traceFailure(_ failure: Failure, _ turn: Turn, isRetried: Bool) {
        run.options.traceFailure?(
            FailedHop(
                time: run.scheduler.now, lineage: turn.lineage.id, node: plan.name,
                port: turn.port.map { plan.ports.inputs[$0].name }, failure: failure,
                isRetried: isRetried, message: turn.message))
    }

    private func retryLater(_ parcel: Parcel, _ edge: Int) {
        guard let retry = inEdges[edge].retry else { return }
        var parcel = parcel
        parcel.attempts += 1
        let delay = retry.delay(afterAttempt: parcel.attempts, random: run.scheduler.random())
        inbox.retryLater(parcel, edge: edge)
        run.after(milliseconds: delay) { [inbox] in inbox.resume(edge: edge) }
    }

    // MARK: Timers and pauses

    func schedule(_ timer: Int, _ delay: Int64) {
        let ticket = run.nextTicket()
        let replaced = timers.withLock { timers in
            defer { timers[timer] = (ticket, nil) }
            return timers[timer]?.task
        }
        replaced?.cancel()
        let task = run.after(milliseconds: delay) { [self] in
            let isDue = timers.withLock { timers in
                guard timers[timer]?.ticket == ticket else { return false }
                timers[timer] = nil
                return true
            }
            guard isDue else { return }
            run.activity.began(1)
            if !inbox.put(timer: timer) { run.activity.finished(1) }
        }
        timers.withLock { timers in
            if timers[timer]?.ticket == ticket { timers[timer]?.task = task }
        }
    }

    func cancelTimer(_ timer: Int) {
        timers.withLock { $0.removeValue(forKey: timer) }?.task?.cancel()
    }

    /// Why the component takes nothing from an edge now, where it says so.
    func reasonToPause(_ edge: InEdge) -> String? {
        let input = plan.ports.inputs[edge.port].name
        let held = plan.ports.holding().first { $0.input == input }
        return held.flatMap { held in
            held.limit.map { "it holds \(held.messages) of `\(input)`, \($0)" }
        }
    }

    func setPaused(_ isPaused: Bool, input name: String) {
        let edges = inEdges.indices.filter { plan.ports.inputs[inEdges[$0].port].name == name }
        inbox.setPaused(isPaused, edges: edges)
    }

    // MARK: Sending

    /// Puts what has gathered on the edges, and waits for room there.
    func flush(_ outbox: Outbox) async {
        guard !outbox.isEmpty else { return }
        for port in outEdges.indices where outbox.hasParcels(port) {
            var parcels = outbox.take(port)
            counters.emitted.wrappingAdd(parcels.count, ordering: .relaxed)
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
        if let trace = run.options.trace {
            for parcel in parcels { trace(run.hop(parcel, edge.index)) }
        }
        run.activity.began(parcels.count)
        edge.group.retain(parcels.count)
        guard edge.isFeedback else {
            let (emptied, dropped) = await edge.inbox.put(parcels, on: edge.place)
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
                "the feedback edge \(planned.text) holds \(planned.maximumMessages) messages or "
                    + "\(planned.maximumBytes) bytes and takes no more: the cycle makes messages "
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

/// What a node has done so far.
final class Counters: Sendable {
    /// Lanes that have not ended.
    let openLanes: Atomic<Int>
    let received = Atomic<Int>(0)
    let emitted = Atomic<Int>(0)
    let failed = Atomic<Int>(0)

    init(lanes: Int) { openLanes = Atomic(lanes) }
}
