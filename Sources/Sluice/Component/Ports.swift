public import SluiceJSON
import Synchronization

/// An output port that a component declared: the only way to emit.
public struct Output<Value: Field>: Sendable {
    let index: Int
    let carriesContext: Bool
    /// The declaration that the port belongs to.
    let declaration: Int
}

/// A timer that a component declared.
public struct Timer: Sendable {
    let index: Int
    /// The declaration that the timer belongs to.
    let declaration: Int
}

/// A message of a batch: what it causes is emitted on the batch's turn, for this delivery.
public struct Delivery<Value: Field> {
    /// The message.
    public let message: Value
    let cause: Cause
}

/// The declaration of a node's ports and of what happens at each.
public struct Ports: Sendable {
    /// A declared input port.
    public struct Input: Sendable {
        /// The port's name.
        public let name: String
        /// What fits.
        public var schema: Schema { declared.schema }
        /// The mistakes in the declaration of what fits.
        var mistakes: [String] { declared.schema.mistakes }
        /// What the port is for.
        public let about: String
        /// The outputs that a message on this port can cause, beside `error`; nil for all.
        public let causes: [String]?
        var handler: Handler
        /// Whether handling a message again has no other effect than handling it once.
        var isRepeatable: @Sendable (JSON) -> Bool = { _ in false }
        /// Why no message can be read that has these members, and others that may be anything.
        var refuses: @Sendable (_ known: JSON, _ unknown: [String]) -> Failure? = { _, _ in nil }
        private let declared: SharedSchema
        private var limited: SharedSchema?

        init(
            name: String, schema: SharedSchema, about: String, causes: [String]?, handler: Handler
        ) {
            self.name = name
            declared = schema
            self.about = about
            self.causes = causes
            self.handler = handler
        }

        /// Whether the handler may wait for something between two messages.
        var mayWait: Bool {
            if case .async = handler { true } else { false }
        }

        /// Whether the handler takes what is queued as one batch.
        var takesBatches: Bool {
            if case .batch = handler { true } else { false }
        }

        /// What the settings leave of what fits.
        var narrowed: Schema {
            get { (limited ?? declared).schema }
            set { limited = SharedSchema(newValue) }
        }
    }

    /// A declared output port.
    public struct OutputPort: Sendable {
        /// The port's name.
        public let name: String
        /// What leaves by the port.
        public internal(set) var schema: Schema {
            get { declared.schema }
            set { declared = SharedSchema(newValue) }
        }
        /// What the port is for.
        public let about: String
        /// Whether a component that is tried alone exports the port only when that is asked for.
        public let isOnDemand: Bool
        /// Whether what leaves by the port is left over from other messages, so that a flow in which
        /// nothing takes it loses them without a word; `check` warns then.
        public let isRemainder: Bool

        private var declared: SharedSchema
        /// The mistakes in the declaration of what leaves.
        var mistakes: [String] { declared.schema.mistakes }

        /// How the shape of what leaves follows from that of what arrives, where it does.
        var infer: (@Sendable (Schema) -> OutputShape)?

        init(
            name: String, schema: SharedSchema, about: String, isOnDemand: Bool,
            isRemainder: Bool = false
        ) {
            self.name = name
            declared = schema
            self.about = about
            self.isOnDemand = isOnDemand
            self.isRemainder = isRemainder
        }
    }

    /// How a source ends.
    public enum SourceKind: Sendable {
        /// It ends by itself.
        case finite
        /// It ends when it is told to: once all inputs and finite sources have ended, or at a signal.
        case endless
        /// It follows what the flow itself does, such as the changes of a store: endless, and told to
        /// end last, when nothing else is left that could do something.
        case following
    }

    enum Handler: Sendable {
        case sync(@Sendable (JSON, borrowing Turn) throws -> Void)
        case async(@Sendable (JSON, borrowing Turn) async throws -> Void)
        /// What it emits for several messages may leave together.
        case gathering(@Sendable (JSON, borrowing Turn) async throws -> Void)
        case batch(@Sendable ([Cause], borrowing Turn) async -> Void)
    }

    struct SourceBody: Sendable {
        let kind: SourceKind
        /// The output without whose listeners the source does not run.
        let output: Int?
        let isCaughtUp: @Sendable () -> Bool
        let run: @Sendable (Source) async throws -> Void
    }

    /// The input ports, in order of declaration.
    public internal(set) var inputs: [Input] = []
    /// The output ports, in order of declaration, without `error`.
    public internal(set) var outputs: [OutputPort] = []
    /// Whether a node may handle several messages at once.
    public var allowsConcurrency = false
    /// Whether handlers pause inputs: the node then looks before each message whether it may come.
    public var pausesInputs = false
    /// Why nodes have no output `error`; nil where they have it.
    var reasonForNoErrorPort: String?
    /// Whether the component fails for reasons of its own, beyond messages that do not fit.
    public var declaresFailures = false
    /// What the program gives to components.
    public internal(set) var provisions = Provisions()
    /// Ports that the settings leave out, and why.
    var absences: [(name: String, reason: String)] = []
    /// The codes of the component's own failures, in order of declaration; nil where it does not say.
    public internal(set) var failureCodes: [String]?
    /// What handling a message may do beyond what leaves by the outputs.
    public var effects = Effects.outside
    /// The store that the node keeps its data in, and other nodes perhaps as well.
    public var store: Shared?
    /// Whether the node does nothing until each of its inputs is fed.
    public var needsAllInputs = false
    /// Whether the node does nothing but emit: of no use where nothing takes what it emits.
    public var onlyEmits = false
    /// The files that the node reads and writes.
    var files: [NodeFile] = []
    var starts: [@Sendable (StartContext) async throws -> Void] = []
    var readies: [@Sendable (StartContext) async throws -> Void] = []
    var finishes: [@Sendable (borrowing Turn) async throws -> Void] = []
    var stops: [@Sendable () async throws -> Void] = []
    var sources: [SourceBody] = []
    var timers: [@Sendable (borrowing Turn) async throws -> Void] = []
    var inputEnds: [String: @Sendable (borrowing Turn) async throws -> Void] = [:]
    var holding: @Sendable () -> [Held] = { [] }

    /// Messages of an input that a component keeps for later.
    public struct Held: Sendable, Equatable {
        /// The input port.
        public var input: String
        /// How many.
        public var messages: Int
        /// What bounds them, such as a setting with its value.
        public var limit: String?

        /// Creates a count of messages.
        public init(input: String, messages: Int, limit: String? = nil) {
            self.input = input
            self.messages = messages
            self.limit = limit
        }
    }
    /// What tells this declaration from all others.
    let declaration: Int
    /// Mistakes that the finished declaration does not show.
    var noted: [String] = []

    private static let declarations = Atomic<Int>(0)

    /// Starts a declaration without ports.
    public init() {
        declaration = Self.declarations.wrappingAdd(1, ordering: .relaxed).newValue
    }

    /// Declares an output port.
    ///
    /// - Parameter isOnDemand: Whether the port is left out when the component is tried alone, unless
    ///   asked for: for what it tells beside its answers.
    /// - Parameter isRemainder: Whether messages are lost where nothing takes what leaves by the port.
    public mutating func output<T: Field>(
        _ name: String, _ type: T.Type, about: String = "", isOnDemand: Bool = false,
        isRemainder: Bool = false
    ) -> Output<T> {
        outputs.append(
            OutputPort(
                name: name, schema: .plain(T.self), about: about, isOnDemand: isOnDemand,
                isRemainder: isRemainder))
        return Output(
            index: outputs.count - 1, carriesContext: false, declaration: declaration)
    }

    /// Declares an output port whose messages give back the `context` of the request.
    public mutating func reply<T: Message>(
        _ name: String, _ type: T.Type, about: String = ""
    ) -> Output<T> {
        outputs.append(
            OutputPort(
                name: name, schema: .reply(T.self), about: about, isOnDemand: false,
                isRemainder: false))
        return Output(
            index: outputs.count - 1, carriesContext: true, declaration: declaration)
    }

    /// Declares an input port whose handler does not wait: the fastest kind.
    ///
    /// What the handler emits leaves when it returns.
    public mutating func input<T: Field>(
        _ name: String, _ type: T.Type, about: String = "",
        _ handle: @escaping @Sendable (T, borrowing Turn) throws -> Void
    ) {
        add(
            name, T.self, .plain(T.self), about,
            .sync { json, turn in try handle(T(json: json), turn) })
    }

    /// Declares an input port that takes any JSON and whose handler does not wait.
    ///
    /// Nothing is decoded: the handler gets the message as it is.
    public mutating func input(
        _ name: String, _ type: JSON.Type, about: String = "",
        _ handle: @escaping @Sendable (JSON, borrowing Turn) throws -> Void
    ) {
        add(name, JSON.self, .plain(JSON.self), about, .sync(handle))
    }

    /// Declares an input port whose handler may wait; emitting waits for room on the edges.
    public mutating func input<T: Field>(
        _ name: String, _ type: T.Type, about: String = "",
        _ handle: @escaping @Sendable (T, borrowing Turn) async throws -> Void
    ) {
        add(
            name, T.self, .plain(T.self), about,
            .async { json, turn in try await handle(T(json: json), turn) })
    }

    /// Declares an input port that takes `context`, any JSON, beside its message, and whose handler
    /// takes what is queued on the port as one batch.
    ///
    /// - Parameter causing: The outputs that a message on this port can cause, beside `error`. A
    ///   port that says so is handled beside the node's other ports, one batch at a time of its own:
    ///   a `get` goes on while a `put` waits for room, and a flow that leads from `get_ok` back to
    ///   `put` is no cycle. Its handlers have to be safe to run at once.
    ///
    /// Effects and outputs have to be as if the messages were taken one by one; the engine puts what is
    /// emitted for each delivery in the order of the deliveries, failures of messages that do not fit
    /// included. What the handler emits for none belongs to all of them, and comes last. Outputs leave
    /// when the handler returns.
    public mutating func requests<T: Message>(
        _ name: String, _ type: T.Type, about: String = "", causing: [String]? = nil,
        _ handle: @escaping @Sendable ([Delivery<T>], borrowing Turn) async -> Void
    ) {
        add(
            name, T.self, .request(T.self), about, Ports.batching(handle), causing)
    }

    /// Declares an input port that takes `context`, any JSON, beside its message, and whose handler
    /// does not wait: for requests whose answers may be too large to gather.
    public mutating func requests<T: Message>(
        _ name: String, _ type: T.Type, about: String = "", causing: [String]? = nil,
        _ handle: @escaping @Sendable (T, borrowing Turn) throws -> Void
    ) {
        add(
            name, T.self, .request(T.self), about,
            .sync { json, turn in try handle(T(json: json), turn) }, causing)
    }

    /// Declares an input port that takes `context`, any JSON, beside its message, and whose handler
    /// mostly need not wait: for requests whose answers may be too large to gather.
    ///
    /// What it emits for several messages may leave together, where these are queued: do not wait long.
    public mutating func requests<T: Message>(
        _ name: String, _ type: T.Type, about: String = "", causing: [String]? = nil,
        _ handle: @escaping @Sendable (T, borrowing Turn) async throws -> Void
    ) {
        add(
            name, T.self, .request(T.self), about,
            .gathering { json, turn in try await handle(T(json: json), turn) }, causing)
    }

    /// Declares an input port whose handler takes what is queued on the port as one batch.
    public mutating func batch<T: Field>(
        _ name: String, _ type: T.Type, about: String = "",
        _ handle: @escaping @Sendable ([Delivery<T>], borrowing Turn) async -> Void
    ) {
        add(name, T.self, .plain(T.self), about, Ports.batching(handle))
    }

    private static func batching<T: Field>(
        _ handle: @escaping @Sendable ([Delivery<T>], borrowing Turn) async -> Void
    ) -> Handler {
        .batch { causes, turn in
            var deliveries: [Delivery<T>] = []
            deliveries.reserveCapacity(causes.count)
            for cause in causes {
                do throws(Failure) {
                    deliveries.append(Delivery(message: try T(json: cause.message), cause: cause))
                } catch {
                    turn.node.fail(error, cause, turn.outbox)
                }
            }
            if !deliveries.isEmpty { await handle(deliveries, turn) }
        }
    }

    private mutating func add(
        _ name: String, _ type: any Field.Type, _ schema: SharedSchema, _ about: String,
        _ handler: Handler, _ causes: [String]? = nil
    ) {
        var input = Input(
            name: name, schema: schema, about: about, causes: causes, handler: handler)
        if let message = type as? any Message.Type {
            input.refuses = { message.refusal(of: $0, unknown: $1) }
        }
        inputs.append(input)
    }

    /// Declares a timer; ``Turn/schedule(_:afterMilliseconds:)`` sets it, its handler runs like that
    /// of a message, never beside one.
    public mutating func timer(
        _ handle: @escaping @Sendable (borrowing Turn) async throws -> Void
    ) -> Timer {
        timers.append(handle)
        return Timer(index: timers.count - 1, declaration: declaration)
    }

    /// Declares a source: it runs beside the handlers from start on, and every message it emits
    /// starts a lineage.
    ///
    /// - Parameter isCaughtUp: Whether an endless source has emitted all there is now; the flow
    ///   counts as idle only then. Call ``Source/noteCaughtUp()`` when it becomes true.
    public mutating func source(
        _ kind: SourceKind, isCaughtUp: @escaping @Sendable () -> Bool = { true },
        _ run: @escaping @Sendable (Source) async throws -> Void
    ) {
        sources.append(SourceBody(kind: kind, output: nil, isCaughtUp: isCaughtUp, run: run))
    }

    /// Declares a source that runs only where something listens to `output`.
    public mutating func source<T: Field>(
        _ kind: SourceKind, feeding output: Output<T>,
        isCaughtUp: @escaping @Sendable () -> Bool = { true },
        _ run: @escaping @Sendable (Source) async throws -> Void
    ) {
        guard output.declaration == declaration else {
            return noted.append("a source feeds an output of another component")
        }
        sources.append(
            SourceBody(kind: kind, output: output.index, isCaughtUp: isCaughtUp, run: run))
    }

    /// Says what messages the component keeps for later: what a run names that ends without them.
    public mutating func holds(_ body: @escaping @Sendable () -> [Held]) { holding = body }

    /// Says that handling a message of an input port again has no other effect than handling it once:
    /// only then a time limit that ran out is tried again by an edge's `retry`.
    public mutating func isRepeatable(
        _ name: String, where condition: @escaping @Sendable (JSON) -> Bool = { _ in true }
    ) {
        for index in inputs.indices where inputs[index].name == name {
            inputs[index].isRepeatable = condition
        }
    }

    /// The same ports without what is done at them.
    func withoutHandlers() -> Ports {
        var ports = self
        for index in inputs.indices { ports.inputs[index].handler = .sync { _, _ in } }
        ports.sources = sources.map {
            SourceBody(kind: $0.kind, output: $0.output, isCaughtUp: { true }, run: { _ in })
        }
        ports.starts = []
        ports.readies = []
        ports.finishes = []
        ports.stops = []
        ports.timers = []
        ports.inputEnds = [:]
        ports.holding = { [] }
        return ports
    }
}
