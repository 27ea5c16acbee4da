import SluiceJSON
import SluiceSystem
import Synchronization

// A sub-flow node that is handled as a component: with a time limit, so many messages at once, in
// order, tried again as a whole.
//
// Its gate is a node before and behind the nodes of the sub-flow. Every message that enters starts a
// lineage of its own inside; the gate's handler returns when that is done, and then emits what came
// out. So time limits, concurrency, order and retries are those of any node.

/// The ports of a gate: those that the sub-flow exports, and those that lead inside.
struct SubflowGate: Sendable {
    /// The output port that leads inside, by exported input.
    let entries: [Int]
    /// The input port that takes what comes out, by exported output, and last that of failures.
    ///
    /// Empty where only entering goes through the gate.
    let exits: [Int]

    /// A port that the sub-flow exports.
    struct Port {
        var name: String
        var schema: Schema
        var about: String
    }

    /// The gate of a sub-flow and its ports.
    ///
    /// - Parameter callsInside: Whether the gate waits for what a message causes inside; otherwise
    ///   messages only pass through it on their way in.
    static func make(
        inputs: [Port], outputs: [Port], callsInside: Bool
    ) -> (gate: SubflowGate, ports: Ports) {
        var ports = Ports()
        ports.allowsConcurrency = callsInside
        if callsInside { for output in outputs { ports.declareOutput(output.name, output.schema) } }
        let first = ports.outputs.count
        for input in inputs { ports.declareOutput("(\(input.name))", input.schema) }
        let calls = Calls(count: inputs.count)
        for (index, input) in inputs.enumerated() {
            let entry = first + index
            ports.addInput(
                input.name, input.schema, input.about,
                callsInside
                    ? .async { message, turn in
                        try await calls.call(input: index, entry, message, turn)
                    }
                    : .sync { message, turn in turn.outbox.append(message, turn.cause, to: entry) },
                causes: callsInside ? nil : ["(\(input.name))"])
        }
        let entries = inputs.indices.map { first + $0 }
        guard callsInside else { return (SubflowGate(entries: entries, exits: []), ports) }
        for (index, output) in outputs.enumerated() {
            ports.addInput(
                "(\(output.name))", .any, "",
                .sync { message, turn in
                    guard let call = turn.call else {
                        // A source or an end inside caused it: no message that entered.
                        return turn.outbox.append(message, turn.cause, to: index)
                    }
                    call.add(.output(index, message))
                }, causes: [output.name])
        }
        ports.addInput(
            "(error)", .any, "",
            .sync { report, turn in
                guard let call = turn.call else {
                    return turn.runtime?.pass(report, turn.cause, turn.outbox) ?? ()
                }
                call.add(.failure(report))
            }, causes: [])
        ports.holds {
            zip(inputs, calls.counts).map { Ports.Held(input: $0.name, messages: $1) }
        }
        let exits = (0...outputs.count).map { inputs.count + $0 }
        return (SubflowGate(entries: entries, exits: exits), ports)
    }
}

/// The messages that a gate has let in and that are not done inside.
private final class Calls: Sendable {
    private let inside: Lock<[Int]>

    init(count: Int) { inside = Lock(Array(repeating: 0, count: count)) }

    /// How many came by each exported input.
    var counts: [Int] { inside.withLock { $0 } }

    /// Lets a message in, waits until all that it caused is done, and emits what came out.
    func call(input: Int, _ entry: Int, _ message: JSON, _ turn: borrowing Turn) async throws {
        guard let node = turn.runtime else { return }
        inside.withLock { $0[input] += 1 }
        let items = await enter(entry, message, turn, node)
        // What an abort leaves inside is named as held.
        if node.run.isAborted { return }
        inside.withLock { $0[input] -= 1 }
        for case .failure(let report) in items where turn.mayRetry(report) { return }
        var isFirst = true
        for item in items {
            switch item {
            case .output(let port, let message):
                turn.outbox.append(message, turn.cause, to: port)
            case .failure(let report):
                node.pass(report, turn.cause, turn.outbox, isFirst: isFirst)
                isFirst = false
            }
            if turn.outbox.isFull { await node.flush(turn.outbox) }
        }
    }

    private func enter(
        _ entry: Int, _ message: JSON, _ turn: borrowing Turn, _ node: NodeRuntime
    ) async -> [Call.Item] {
        let run = node.run
        let call = Call(run.activity)
        run.state.withLock { $0.calls[ObjectIdentifier(call)] = call }
        defer { run.state.withLock { $0.calls[ObjectIdentifier(call)] = nil } }
        // An abort that came before has not seen the call.
        if run.isAborted { call.end() }
        let outbox = node.makeOutbox()
        outbox.append(
            Envelope(
                message: message, lineage: call.lineage(inside: turn.cause.lineage),
                rounds: turn.cause.envelope.rounds), 0, to: entry)
        await node.flush(outbox)
        node.letSendersGoOn()
        return await withTaskCancellationHandler {
            await call.items()
        } onCancel: {
            call.giveUp(waitsForEnd: !run.isAborted)
        }
    }
}

/// A message that has entered a sub-flow, and what has come out because of it.
final class Call: Sendable {
    enum Item: Sendable {
        /// A message by an exported output.
        case output(Int, JSON)
        /// The report of a failure that nothing inside took.
        case failure(JSON)
    }

    private struct State {
        var items: [Item] = []
        var isOver = false
        var isGivenUp = false
        var waiter: UnsafeContinuation<Void, Never>?
    }

    private let state = Lock(State())
    private let activity: Activity

    init(_ activity: Activity) { self.activity = activity }

    /// The lineage of the message inside the sub-flow; that of the message which entered stays open.
    func lineage(inside outer: Lineage) -> Lineage {
        Lineage(
            id: outer.id,
            claim: Claim(of: self, inside: outer.claim) { [self] _ in end() })
    }

    /// Keeps what came out; drops it where nobody waits for it any more.
    func add(_ item: Item) {
        state.withLock { state in
            if !state.isGivenUp { state.items.append(item) }
        }
    }

    /// Waits until all that the message caused is done, and gives what came out.
    func items() async -> [Item] {
        await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            let isOver = state.withLock { state in
                guard !state.isOver else { return true }
                state.waiter = continuation
                // The flow itself brings about the end.
                activity.endRunning()
                return false
            }
            if isOver { continuation.resume() }
        }
        return state.withLock { state in
            defer { state.items = [] }
            return state.items
        }
    }

    /// Says that all that the message caused is done.
    func end() {
        let waiter = state.withLock { state in
            state.isOver = true
            defer { state.waiter = nil }
            return state.waiter
        }
        guard let waiter else { return }
        activity.beginRunning()
        waiter.resume()
    }

    /// Says that what comes out is of no use any more.
    func giveUp(waitsForEnd: Bool) {
        state.withLock { state in
            state.isGivenUp = true
            state.items = []
        }
        if !waitsForEnd { end() }
    }
}

extension Turn {
    /// The node: a gate is one of the engine's own components, and uses more of it than others do.
    fileprivate var runtime: NodeRuntime? { outbox.node as? NodeRuntime }

    /// The innermost call of a sub-flow that the message belongs to.
    fileprivate var call: Call? { cause.lineage.claim?.waiter(as: Call.self) }

    /// Whether the failure leads to another attempt; nothing else of this attempt counts then.
    fileprivate func mayRetry(_ report: JSON) -> Bool {
        guard outbox.mayRetry, report["retryable"]?.bool == true else { return false }
        outbox.isRetrying = true
        return true
    }
}

extension Plan {
    /// The same plan with edges that lead past the gates of sub-flows, as people think of them.
    func withoutGates() -> Plan {
        var plan = self
        for (index, node) in nodes.enumerated() {
            guard let gate = node.gate else { continue }
            plan.bypass(gate, of: index)
        }
        return plan
    }

    private mutating func bypass(_ gate: SubflowGate, of node: Int) {
        let (old, visible) = (edges, nodes[node].ports.outputs.count - gate.entries.count)
        func insides(_ input: Int) -> [Place] {
            old.filter { $0.from == Place(node: node, port: gate.entries[input]) }.map(\.to)
        }
        func outsides(_ port: Int) -> [Place] {
            guard !gate.exits.isEmpty else { return [] }
            let exit = gate.exits[port < visible ? port : visible]
            return old.compactMap { $0.to == Place(node: node, port: exit) ? $0.from : nil }
        }
        edges = old.flatMap { edge -> [Edge] in
            if edge.to.node == node {
                guard edge.to.port < gate.entries.count else { return [] }
                return insides(edge.to.port).map { target in
                    var direct = edge
                    direct.to = target
                    return direct
                }
            }
            guard let from = edge.from, from.node == node else { return [edge] }
            if gate.entries.contains(from.port) { return [] }
            return outsides(from.port).map { source in
                var direct = edge
                direct.from = source
                return direct
            }
        }
        inputs = inputs.flatMap { name, place in
            place.node == node ? insides(place.port).map { (name, $0) } : [(name, place)]
        }
        outputs = outputs.flatMap { name, place in
            place.node == node ? outsides(place.port).map { (name, $0) } : [(name, place)]
        }
    }
}
