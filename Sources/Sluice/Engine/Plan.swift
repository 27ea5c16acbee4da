import SluiceJSON
import SluiceSystem

/// A flow that has been checked and can run: sub-flows are unfolded, errors have their ways.
///
/// Made by ``FlowLoader``, or by hand for a run without a flow file.
public struct Plan: Sendable {
    /// A node.
    struct Node: Sendable {
        /// The node's name; in a sub-flow `outer/inner`.
        var name: String
        var component: String
        private let declaration: NodeDeclaration
        /// The folder that the node's relative paths start at.
        var folder: String
        var concurrency = 1
        var isOrdered = true
        var timeoutMilliseconds: Int64?
        /// The ports that lead into a sub-flow, where the node is the gate of one.
        var gate: SubflowGate?
        /// What happens to a failure where no edge leads away from `error`.
        var unhandled = Unhandled.fail

        /// - Parameters:
        ///   - ports: The ports as they were declared when the flow was checked.
        ///   - make: Declares them anew.
        init(
            name: String, component: String, ports: Ports,
            make: @escaping @Sendable () throws(Failure) -> Ports, folder: String
        ) {
            self.name = name
            self.component = component
            declaration = NodeDeclaration(ports, make)
            self.folder = folder
        }

        /// The ports, without what is done at them.
        var ports: Ports { declaration.ports }

        /// The place of an input port.
        func input(named name: String) -> Int? {
            declaration.ports.inputs.firstIndex { $0.name.isSame(as: name) }
        }

        /// The place of a declared output port.
        func output(named name: String) -> Int? {
            declaration.ports.outputs.firstIndex { $0.name.isSame(as: name) }
        }

        /// The ports for one run: what their handlers remember belongs to it.
        func makePorts() throws(Failure) -> Ports { try declaration.makePorts() }

        /// Whether an input takes what comes out of the sub-flow of a gate.
        func isExit(input: Int) -> Bool { gate?.exits.contains(input) ?? false }

        /// Whether an output leads into a sub-flow whose gate also takes what comes out.
        func isEntry(output: Int) -> Bool {
            gate.map { !$0.exits.isEmpty && $0.entries.contains(output) } ?? false
        }
    }

    /// Where a failure goes that nothing in the flow handles.
    enum Unhandled: Sendable { case fail, log }

    /// A port of a node: the node's place and the port's.
    struct Place: Sendable, Hashable {
        var node: Int
        var port: Int
    }

    /// An edge; one without a `from` takes what enters the flow.
    struct Edge: Sendable {
        var from: Place?
        var to: Place
        var template: Template?
        var capacity = FlowLimits.capacity.usual
        var capacityBytes = FlowLimits.capacityBytes.usual
        var retry: RetryPolicy?
        var isFeedback = false
        /// What the edge holds at most where it is a feedback edge, whose sender never waits.
        var maximumMessages = FlowLimits.feedbackMessages.usual
        var maximumBytes = FlowLimits.feedbackBytes.usual
        /// The edge as people write it.
        var text: String
    }

    /// The flow's name.
    public var name = ""
    /// The flow files that it was made of.
    var sourceFiles: Set<String> = []
    var nodes: [Node] = []
    var edges: [Edge] = []
    /// Where the exported inputs lead.
    var inputs: [(name: String, place: Place)] = []
    /// What the exported outputs give out.
    var outputs: [(name: String, place: Place)] = []
    /// What must not be shown to people.
    public internal(set) var secrets = Secrets()
    /// The flow's own way for failures that belong to no node, such as a line that is no JSON.
    var onError = OnError.fail

    /// The flow's `onError`.
    enum OnError: Sendable {
        case fail, log
        case deadLetter(Place)
    }

    /// The names of the nodes; in a sub-flow `outer/inner`.
    public var nodeNames: [String] { nodes.map(\.name) }
    /// The names of the exported inputs.
    public var inputNames: [String] { inputs.map(\.name) }
    /// The names of the exported outputs.
    public var outputNames: [String] { outputs.map(\.name) }
    /// Whether a node emits by itself.
    public var hasSources: Bool {
        let listened = listened
        return nodes.indices.contains { !sources(of: $0, listened).isEmpty }
    }

    /// The outputs that something takes from.
    var listened: Set<Place> { Set(edges.compactMap(\.from) + outputs.map(\.place)) }

    /// A node's sources, without those whose output nothing listens to.
    func sources(of node: Int, _ listened: Set<Place>) -> [Ports.SourceBody] {
        guard !nodes[node].ports.sources.isEmpty else { return [] }
        return nodes[node].ports.sources.filter { $0.isHeard(listened, node: node) }
    }

    /// Whether a node may fail with the code; true of a component that does not say how it fails.
    package func mayFail(_ node: String, with code: String) -> Bool {
        nodes.first { $0.name == node }?.ports.mayFail(with: code) ?? true
    }

    /// The ports of each node for one run, and why one could not be made.
    func makingPorts() -> ([Ports], Failure?) {
        var made: [Ports] = []
        made.reserveCapacity(nodes.count)
        var listened: Set<Place>?
        for (index, node) in nodes.enumerated() {
            do throws(Failure) {
                var ports = try node.makePorts()
                if !ports.sources.isEmpty {
                    let outputs = listened ?? self.listened
                    listened = outputs
                    ports.sources.removeAll { !$0.isHeard(outputs, node: index) }
                }
                made.append(ports)
            } catch {
                var failure = error
                failure.text = "node `\(node.name)` could not be made: \(failure.text)"
                return (nodes.map(\.ports), failure)
            }
        }
        return (made, nil)
    }
}

extension Ports.SourceBody {
    /// Whether something takes what the source emits.
    fileprivate func isHeard(_ listened: Set<Plan.Place>, node: Int) -> Bool {
        output.map { listened.contains(Plan.Place(node: node, port: $0)) } ?? true
    }
}

/// What a component declares for a node; copies of a plan share it.
private final class NodeDeclaration: Sendable {
    /// The ports, without what is done at them.
    let ports: Ports
    /// The ports as they were declared for the check of the flow, until the first run takes them.
    private let first: Lock<Ports?>
    private let make: @Sendable () throws(Failure) -> Ports

    init(_ ports: Ports, _ make: @escaping @Sendable () throws(Failure) -> Ports) {
        self.ports = ports.withoutHandlers()
        first = Lock(ports)
        self.make = make
    }

    func makePorts() throws(Failure) -> Ports {
        if let ports = first.withLock({ $0.take() }) { return ports }
        return try make()
    }
}

/// How an edge tries a message again whose failure is marked retryable.
public struct RetryPolicy: Sendable, Equatable {
    /// How often in all, the first attempt included.
    public var maximumAttempts = FlowLimits.attempts.usual
    /// The delay before the second attempt, in milliseconds.
    public var initialDelay = Int64(FlowLimits.initialDelay.usual)
    /// What each delay is multiplied by for the next.
    public var factor = FlowLimits.delayFactor.usual
    /// The longest delay, in milliseconds.
    public var maximumDelay = Int64(FlowLimits.maximumDelay.usual)
    /// The part of a delay that is random, so that many do not return at once.
    public var jitter = FlowLimits.jitter.usual

    /// Creates the default policy.
    public init() {}

    /// The delay after an attempt that failed, counted from 1.
    func delay(afterAttempt attempt: UInt32, random: UInt64) -> Int64 {
        var delay = Double(initialDelay)
        for _ in 1..<max(1, attempt) where delay < Double(maximumDelay) { delay *= factor }
        delay = min(delay, Double(maximumDelay))
        let part = Double(random >> 11) / Double(1 << 53)
        return Int64(max(0, delay * (1 + jitter * (2 * part - 1))))
    }
}
