import SluiceJSON

/// A flow that has been checked and can run: sub-flows are unfolded, errors have their ways.
///
/// Made by ``FlowLoader``, or by hand for a run without a flow file.
public struct Plan: Sendable {
    /// A node.
    struct Node: Sendable {
        /// The node's name; in a sub-flow `outer/inner`.
        var name: String
        var component: String
        /// The ports as they were declared when the flow was checked.
        var ports: Ports
        /// Declares the ports anew: what the handlers remember belongs to one run.
        var make: @Sendable () throws(Failure) -> Ports
        /// The folder that the node's relative paths start at.
        var folder: String
        var concurrency = 1
        var isOrdered = true
        var timeoutMilliseconds: Int64?
        /// The ports that lead into a sub-flow, where the node is the gate of one.
        var gate: SubflowGate?
        /// What happens to a failure where no edge leads away from `error`.
        var unhandled = Unhandled.fail

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
        var capacity = 64
        var capacityBytes = 8 << 20
        var retry: RetryPolicy?
        var isFeedback = false
        /// What the edge holds at most where it is a feedback edge, whose sender never waits.
        var maximumMessages = Edge.feedbackMessages
        var maximumBytes = Edge.feedbackBytes
        /// The edge as people write it.
        var text: String

        /// How many messages a feedback edge holds unless the flow says otherwise.
        static let feedbackMessages = 100_000
        /// How many bytes of messages a feedback edge holds unless the flow says otherwise.
        static let feedbackBytes = 256 << 20
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
        nodes[node].ports.sources.filter { source in
            source.output.map { listened.contains(Place(node: node, port: $0)) } ?? true
        }
    }

    /// The same plan with components of its own, and why one could not be made.
    func makingComponents() -> (Plan, Failure?) {
        var plan = self
        for index in nodes.indices {
            do throws(Failure) {
                plan.nodes[index].ports = try nodes[index].make()
            } catch {
                var failure = error
                failure.text = "node `\(nodes[index].name)` could not be made: \(failure.text)"
                return (self, failure)
            }
        }
        return (plan, nil)
    }

    /// The same plan without what its components do.
    func withoutHandlers() -> Plan {
        var plan = self
        for index in nodes.indices {
            plan.nodes[index].ports = nodes[index].ports.withoutHandlers()
            plan.nodes[index].make = { Ports() }
        }
        return plan
    }

    /// The index of the node's `error` port, which comes after its declared outputs.
    static func errorPort(of node: Node) -> Int { node.ports.outputs.count }
}

/// How an edge tries a message again whose failure is marked retryable.
public struct RetryPolicy: Sendable, Equatable {
    /// How often in all, the first attempt included.
    public var maximumAttempts = 5
    /// The delay before the second attempt, in milliseconds.
    public var initialDelay: Int64 = 500
    /// What each delay is multiplied by for the next.
    public var factor = 2.0
    /// The longest delay, in milliseconds.
    public var maximumDelay: Int64 = 30_000
    /// The part of a delay that is random, so that many do not return at once.
    public var jitter = 0.25

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
