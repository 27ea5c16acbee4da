import SluiceJSON
import SluiceSystem
import Synchronization

/// A node of a running flow: takes messages from its edges and calls the component's handlers.
///
/// A node whose ports are handled beside each other has several, one a lane; see ``Lane``.
final class NodeRuntime: NodeHost {
    let run: RunningFlow
    let plan: Plan.Node
    /// The ports of this run.
    let ports: Ports
    let lane: Lane
    let inEdges: [Edge]
    /// The edges of each output port; the last port is `error`.
    let outEdges: [[Edge]]
    let inbox: Inbox
    let counters: Counters
    private let evaluation: EvaluationContext
    /// Whether the lane has ended.
    let hasEnded = Atomic<Bool>(false)
    /// Sources that are putting messages on edges, perhaps waiting for room there.
    let emittingSources = Atomic<Int>(0)
    private let blank = Envelope.blank()
    /// Whether the lane takes what comes out of a sub-flow: in its order, and within the time that the
    /// sub-flow has.
    let isExit: Bool
    /// How many messages a handler may have emitted before it waits for room: no more than the
    /// smallest of its edges holds.
    let outboxLimit: Int
    /// Whether an edge leads away from each output port.
    let areConnected: [Bool]
    let state: Lock<State>

    struct State {
        /// The timers that are set.
        var timers: [Int: (ticket: UInt64, task: Task<Void, Never>?)] = [:]
        /// The edges of each input port that have not ended, where the component wants to know.
        var openEdges: [Int: Int] = [:]
    }

    init(
        run: RunningFlow, plan: Plan.Node, ports: Ports, lane: Lane, inEdges: [Edge],
        outEdges: [[Edge]], inbox: Inbox, counters: Counters
    ) {
        self.run = run
        self.plan = plan
        self.ports = ports
        self.lane = lane
        self.inEdges = inEdges
        self.outEdges = outEdges
        self.inbox = inbox
        self.counters = counters
        evaluation = run.evaluation.forNode()
        isExit = lane.inputs.contains(where: plan.isExit(input:))
        let portions = outEdges.joined().compactMap(\.portion)
        outboxLimit = max(1, min(Outbox.limit, portions.min() ?? Outbox.limit))
        areConnected = outEdges.map { !$0.isEmpty }
        var state = State()
        if !ports.inputEnds.isEmpty {
            state.openEdges = Dictionary(inEdges.map { ($0.port, 1) }, uniquingKeysWith: +)
        }
        self.state = Lock(state)
    }

    var host: any RunHost { run }

    func makeOutbox(_ attempt: Attempt? = nil) -> Outbox {
        Outbox(
            self, declaration: ports.declaration, isConnected: areConnected, limit: outboxLimit,
            evaluation: evaluation, lineages: run.lineages, attempt: attempt)
    }

    func isConnected(_ port: Int) -> Bool { areConnected[port] }

    // MARK: Life

    /// Calls the component's start functions.
    func start() async throws {
        for start in ports.starts { try await start(context) }
    }

    /// Calls the component's functions for when every node has started.
    func getReady() async throws {
        for ready in ports.readies { try await ready(context) }
    }

    private var context: StartContext {
        StartContext(run: run, node: plan.name, folder: plan.folder)
    }

    /// Handles messages until the inputs have ended, then finishes.
    func work() async {
        let outbox = makeOutbox()
        if !ports.inputEnds.isEmpty { await endUnfedInputs(outbox) }
        if isConcurrent {
            await handleConcurrently(outbox)
        } else {
            await handleInTurn(outbox)
        }
        let isLast = counters.openLanes.wrappingSubtract(1, ordering: .relaxed).newValue == 0
        if isLast && !run.isAborted && !ports.finishes.isEmpty { await finish(outbox) }
        for edges in outEdges {
            for edge in edges where edge.inbox.group !== inbox.group { end(edge) }
        }
        inbox.group.release()
        hasEnded.store(true, ordering: .releasing)
    }

    /// Says that this node puts nothing more on an edge.
    private func end(_ edge: Edge) {
        // The end is work for the node there, counted before the group may end.
        edge.endSender()
        edge.inbox.group.release()
    }

    // MARK: Ends of inputs

    /// Tells the component of those input ports of the lane that no edge leads to.
    @inline(never)
    private func endUnfedInputs(_ outbox: Outbox) async {
        let fed = Set(inEdges.map(\.port))
        for port in lane.inputs where !fed.contains(port) {
            await endInput(port, outbox)
        }
    }

    /// Tells the component of the input ports of which all edges have ended; where these are all that
    /// it has, its finish tells it.
    func end(_ edges: [Int], _ outbox: Outbox) async {
        let ended = state.withLock { state in
            for edge in edges { state.openEdges[inEdges[edge].port, default: 1] -= 1 }
            let isOver =
                lane.inputs.count == ports.inputs.count
                && state.openEdges.values.allSatisfy { $0 == 0 } && ports.sources.isEmpty
            if isOver { return Set<Int>() }
            return Set(edges.map { inEdges[$0].port }).filter { state.openEdges[$0] == 0 }
        }
        for port in ended.sorted() { await endInput(port, outbox) }
    }

    private func endInput(_ port: Int, _ outbox: Outbox) async {
        guard let body = ports.inputEnds[ports.inputs[port].name] else { return }
        await handle(body, outbox)
    }

    /// Runs what no message caused: a timer, or an end.
    private func handle(
        _ body: (Turn) async throws -> Void, _ outbox: Outbox
    ) async {
        let turn = turn(.null, run.lineages.next(), outbox)
        do {
            try await body(turn)
        } catch {
            fail(error, turn)
        }
        await flush(outbox)
    }

    @inline(never)
    private func finish(_ outbox: Outbox) async {
        for finish in ports.finishes { await handle(finish, outbox) }
    }

    /// Calls the component's stop functions, all of them; gives what failed.
    func stop() async -> [Failure] {
        var failures: [Failure] = []
        for stop in ports.stops {
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
            let lineage = run.lineages.next()
            fail(error, turn(.null, lineage, outbox))
        }
        await flushFromSource(outbox)
        inbox.group.release()
    }

    // MARK: Handling

    func turn(
        _ message: JSON, _ lineage: Lineage, _ outbox: Outbox, rounds: UInt32 = 0,
        sequence: Int = 0, edge: Int? = nil
    ) -> Turn {
        Turn(
            message: message, outbox: outbox, lineage: lineage, rounds: rounds,
            sequence: sequence, edge: edge)
    }

    /// Handles what comes, one after the other.
    private func handleInTurn(_ outbox: Outbox) async {
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
            call(hand, &next, inEdges[edge], outbox, handler)
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
        if let retry = edge.retry, let envelope = envelopes.first {
            outbox.mayRetry = envelope.attempts + 1 < UInt32(clamping: retry.maximumAttempts)
        }
        defer { outbox.mayRetry = false }
        let next = await call(&envelopes, from: first, edge, outbox)
        if outbox.isRetrying, let envelope = envelopes.first {
            outbox.discard()
            retryLater(envelope, edge)
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
            while !call(envelopes, &next, edge, outbox, handler) { await flush(outbox) }
            return next
        case .async(let handler):
            for index in envelopes.indices {
                guard begins(envelopes, index, edge) else { return index }
                // No handler starts after an abort.
                if run.isAborted {
                    run.lose(1, on: edge.index)
                    continue
                }
                count(1, of: envelopes, edge)
                await deliver(envelopes[index], edge, outbox, handler)
                if outbox.isHeld || outbox.isRetrying { continue }
                await flush(outbox)
                // The others of the batch may take long.
                envelopes[index] = blank
            }
        case .batch(let handler):
            if run.isAborted {
                run.lose(envelopes.count, on: edge.index)
                break
            }
            count(envelopes.count, of: envelopes, edge)
            var turns: [Turn] = []
            turns.reserveCapacity(envelopes.count)
            for (sequence, envelope) in envelopes.enumerated() {
                if let turn = open(envelope, edge, outbox, sequence) { turns.append(turn) }
            }
            await handler(turns)
            outbox.sort()
        }
        return envelopes.count
    }

    /// Calls a handler that does not wait, for the message at `next` and those that follow; false where
    /// what it caused has to wait for room.
    ///
    /// Where something else comes first, `next` is the first message that the handler has not got.
    private func call(
        _ envelopes: [Envelope], _ next: inout Int, _ edge: Edge, _ outbox: Outbox,
        _ handler: (JSON, Turn) throws -> Void
    ) -> Bool {
        while next < envelopes.count, begins(envelopes, next, edge) {
            // No more than has been begun with.
            let end = edge.asksToBegin ? next + 1 : envelopes.count
            let start = next
            next = deliver(envelopes, next..<end, edge, outbox, handler)
            count(next - start, of: envelopes, edge)
            if run.isAborted {
                run.lose(end - next, on: edge.index)
                next = end
            }
            if outbox.isFull, !flushAtOnce(outbox) { return false }
        }
        return true
    }

    /// Counts messages that a handler gets, for the first time or again; those of an edge with `retry`
    /// come alone.
    private func count(_ number: Int, of envelopes: [Envelope], _ edge: Edge) {
        guard !isExit else { return }
        if edge.retry == nil || envelopes.first?.attempts == 0 {
            counters.received.wrappingAdd(number, ordering: .relaxed)
        } else {
            counters.retries.wrappingAdd(number, ordering: .relaxed)
        }
    }

    /// Whether the message at `index` of a batch is next.
    private func begins(_ envelopes: [Envelope], _ index: Int, _ edge: Edge) -> Bool {
        index == 0 || !edge.asksToBegin
            || inbox.begin(bytes: envelopes[index].bytes, on: edge.place)
    }

    /// Handles messages until the outbox is full or the run is aborted; returns the index of the next
    /// one.
    private func deliver(
        _ envelopes: [Envelope], _ range: Range<Int>, _ edge: Edge, _ outbox: Outbox,
        _ handler: (JSON, Turn) throws -> Void
    ) -> Int {
        for index in range {
            // No handler starts after an abort.
            if run.isAborted { return index }
            guard let turn = open(envelopes[index], edge, outbox, 0) else { continue }
            do {
                try handler(turn.message, turn)
            } catch {
                fail(error, turn)
            }
            if outbox.isFull { return index + 1 }
        }
        return range.upperBound
    }

    private func deliver(
        _ envelope: Envelope, _ edge: Edge, _ outbox: Outbox,
        _ handler: (JSON, Turn) async throws -> Void
    ) async {
        guard let turn = open(envelope, edge, outbox, 0) else { return }
        do {
            try await handler(turn.message, turn)
        } catch {
            fail(error, turn)
        }
    }

    /// The turn of a message after the edge's `map`; nil where the `map` failed.
    private func open(
        _ envelope: Envelope, _ edge: Edge, _ outbox: Outbox, _ sequence: Int
    ) -> Turn? {
        var message = envelope.message
        if let template = edge.template {
            do {
                message = try outbox.evaluate(template, message, envelope.lineage)
            } catch {
                let turn = turn(
                    message, envelope.lineage, outbox, rounds: envelope.rounds, sequence: sequence,
                    edge: edge.place)
                fail(Failure(error.code, "\(error)"), turn)
                return nil
            }
        }
        if let attempt = outbox.attempt, !attempt.deliver(message) { return nil }
        return turn(
            message, envelope.lineage, outbox, rounds: envelope.rounds, sequence: sequence,
            edge: edge.place)
    }
}

/// What a node has done so far.
final class Counters: Sendable {
    /// Lanes that have not ended.
    let openLanes: Atomic<Int>
    let received = Atomic<Int>(0)
    let emitted = Atomic<Int>(0)
    let failed = Atomic<Int>(0)
    let retries = Atomic<Int>(0)

    init(lanes: Int) { openLanes = Atomic(lanes) }
}
