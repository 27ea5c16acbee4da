import SluiceJSON

/// What a handler has emitted and what has not yet left for the edges.
///
/// Not Sendable: it belongs to one handling at a time, so appending takes no lock. Its state is one
/// struct, so that each call checks for exclusive access once.
final class Outbox {
    let node: any NodeHost
    /// The declaration that the node's outputs belong to.
    let declaration: Int
    // It belongs to one handling at a time: no access meets another one.
    @exclusivity(unchecked) private var state: State
    private var builder = JSONBuilder()
    /// Replies wrap values that may be as deep as values can be.
    private var replyBuilder = JSONBuilder(maximumDepth: Outbox.maximumReplyDepth)
    private var unsent: Unsent?
    /// What expressions need from outside.
    let evaluation: EvaluationContext
    /// Where the lineages of the run come from.
    let lineages: LineageNumbers
    /// The attempt that the outbox belongs to, where it may be given up.
    let attempt: Attempt?
    /// How many envelopes may gather before an emitting handler waits for room on the edges; fewer
    /// where an edge holds fewer.
    static let limit = 64
    /// How many bytes of replies may gather.
    static let byteLimit = 1 << 20
    /// How deep a reply or a failure may nest: as deep as any text.
    static let maximumReplyDepth = JSONLimits.textDepth

    /// Messages of a port that wait for room on an edge.
    struct Unsent {
        let envelopes: [Envelope]
        /// The first of them that is not on the edge.
        let next: Int
        /// The messages for the edges that follow.
        let others: [Envelope]
        let port: Int
        /// The edge among those of the port.
        let edge: Int
    }

    private struct State {
        /// Envelopes by output port; the last port is `error`.
        var envelopes: [[Envelope]]
        /// The place in the batch of each envelope; kept for batches only, and otherwise empty.
        var sequences: [[Int]] = []
        /// Whether an edge leads away from each port; what is emitted elsewhere is dropped.
        let isConnected: [Bool]
        /// How many envelopes may gather.
        let limit: Int
        var count = 0
        /// Bytes of replies that have gathered: unlike other messages they may be much larger than
        /// what caused them.
        var replyBytes = 0
        var mayRetry = false
        var isRetrying = false
        var isHeld = false

        init(isConnected: [Bool], limit: Int) {
            self.isConnected = isConnected
            self.limit = limit
            envelopes = Array(repeating: [], count: isConnected.count)
        }

        var isFull: Bool {
            (count >= limit || replyBytes >= Outbox.byteLimit) && !mayRetry && !isHeld
        }

        mutating func append(_ envelope: consuming Envelope, _ sequence: Int, to port: Int) {
            guard isConnected[port] else { return }
            count += 1
            envelopes[port].append(envelope)
            guard sequence != 0 || !sequences.isEmpty else { return }
            if sequences.isEmpty { sequences = Array(repeating: [], count: envelopes.count) }
            guard sequence != 0 || !sequences[port].isEmpty else { return }
            while sequences[port].count < envelopes[port].count - 1 { sequences[port].append(0) }
            sequences[port].append(sequence)
        }

        mutating func take(_ port: Int) -> [Envelope] {
            var taken: [Envelope] = []
            swap(&taken, &envelopes[port])
            if !sequences.isEmpty { sequences[port].removeAll(keepingCapacity: true) }
            count -= taken.count
            return taken
        }

        mutating func sort() {
            for port in sequences.indices where !sequences[port].isEmpty {
                let order = sequences[port]
                sequences[port].removeAll(keepingCapacity: true)
                guard zip(order, order.dropFirst()).contains(where: { $0 > $1 }) else { continue }
                let sorted = order.indices.sorted { (order[$0], $0) < (order[$1], $1) }
                envelopes[port] = sorted.map { envelopes[port][$0] }
            }
        }

        mutating func recycle(_ storage: consuming [Envelope], port: Int) {
            guard envelopes[port].isEmpty else { return }
            storage.removeAll(keepingCapacity: true)
            envelopes[port] = storage
        }
    }

    /// - Parameters:
    ///   - limit: How many envelopes may gather.
    ///   - isConnected: Whether an edge leads away from each port.
    init(
        _ node: any NodeHost, declaration: Int, isConnected: [Bool], limit: Int,
        evaluation: EvaluationContext, lineages: LineageNumbers, attempt: Attempt?
    ) {
        self.node = node
        self.declaration = declaration
        self.evaluation = evaluation
        self.lineages = lineages
        self.attempt = attempt
        state = State(isConnected: isConnected, limit: limit)
    }

    /// Whether so much has gathered that it has to leave.
    var isFull: Bool { state.isFull }
    /// Whether a retryable failure leads to another attempt rather than to `error`.
    var mayRetry: Bool {
        get { state.mayRetry }
        set { state.mayRetry = newValue }
    }
    /// Whether the attempt failed in a way that is tried again.
    var isRetrying: Bool {
        get { state.isRetrying }
        set { state.isRetrying = newValue }
    }
    /// Whether everything is kept back until the handler returns.
    var isHeld: Bool {
        get { state.isHeld }
        set { state.isHeld = newValue }
    }

    /// Whether an edge leads away from a port.
    func isConnected(_ port: Int) -> Bool { state.isConnected[port] }

    var isEmpty: Bool { state.count == 0 }

    /// Whether something has gathered for a port.
    func hasEnvelopes(_ port: Int) -> Bool { !state.envelopes[port].isEmpty }

    /// Appends a message that another one caused.
    func append(_ message: JSON, _ cause: borrowing Cause, to port: Int) {
        state.append(
            Envelope(
                message: message, lineage: cause.envelope.lineage, rounds: cause.envelope.rounds),
            cause.sequence, to: port)
    }

    /// Appends a message.
    func append(_ envelope: consuming Envelope, _ sequence: Int, to port: Int) {
        state.append(envelope, sequence, to: port)
    }

    /// Puts what a batch emitted in the order of its messages; what one message emitted keeps its.
    func sort() { state.sort() }

    /// Takes what has gathered for a port.
    func take(_ port: Int) -> [Envelope] {
        let taken = state.take(port)
        if isEmpty { state.replyBytes = 0 }
        return taken
    }

    /// Whether messages that have left the outbox wait for room on an edge.
    var hasUnsent: Bool { unsent != nil }

    /// Keeps messages that wait for room.
    func hold(_ messages: Unsent) { unsent = messages }

    /// Takes the messages that wait for room.
    func takeUnsent() -> Unsent? { unsent.take() }

    /// Gives back an empty array whose room can be used again.
    func recycle(_ storage: consuming [Envelope], port: Int) { state.recycle(storage, port: port) }

    /// Takes what has gathered for every port.
    func takeAll() -> [[Envelope]] { state.envelopes.indices.map { take($0) } }

    /// Takes over what another outbox held back.
    func fill(_ emitted: [[Envelope]]) {
        for port in emitted.indices {
            for envelope in emitted[port] { state.append(envelope, 0, to: port) }
        }
    }

    /// Forgets all that has gathered: the effects of an attempt that is made again.
    func discard() {
        _ = takeAll()
        isRetrying = false
    }

    /// What expressions need from outside, for a message of a lineage.
    func evaluation(for lineage: Lineage) -> EvaluationContext {
        evaluation.of(lineage: lineage.id)
    }

    /// Evaluates a template, such as an edge's `map`, for a message of a lineage.
    func evaluate(
        _ template: Template, _ message: JSON, _ lineage: Lineage
    ) throws(EvaluationError) -> JSON {
        try template.evaluate(message, evaluation(for: lineage), reusing: &builder)
    }

    /// Encodes a value; a reply begins with the request's context.
    func encode<T: Field>(_ value: T, replyingTo request: JSON?) throws(Failure) -> JSON {
        guard let request else { return try value.encoded(with: &builder) }
        replyBuilder.beginObject()
        replyBuilder.member("context", request["context"] ?? .null)
        value.appendMembers(to: &replyBuilder)
        replyBuilder.endObject()
        let reply = try replyBuilder.finished()
        state.replyBytes += reply.sourceRange.count
        return reply
    }
}
