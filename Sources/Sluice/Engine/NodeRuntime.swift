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
    let blank = Envelope.blank()
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
    func handle(_ body: (borrowing Turn) async throws -> Void, _ outbox: Outbox) async {
        let turn = emptyTurn(outbox)
        do {
            try await body(turn)
        } catch {
            fail(error, turn.cause, outbox)
        }
        await flush(outbox)
    }

    /// A turn without a message, in a lineage of its own.
    private func emptyTurn(_ outbox: Outbox) -> Turn {
        let envelope = Envelope(message: .null, lineage: run.lineages.next())
        return Turn(outbox: outbox, cause: Cause(envelope: envelope))
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
            fail(error, emptyTurn(outbox).cause, outbox)
        }
        await flushFromSource(outbox)
        inbox.group.release()
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
