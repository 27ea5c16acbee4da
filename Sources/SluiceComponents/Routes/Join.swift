import Sluice
import SluiceJSON
import SluiceSystem

/// Brings together the messages of several inputs that belong to one key.
enum Join: Component {
    static let about = About(
        "join", "Waits for a message from each input with the same key and joins them",
        discussion: """
            `key` gives a string, a number or a boolean of every message. Messages of one input with the \
            same key are joined in their order, the first of each with the first of the others. An input \
            that is `maximumPending` messages or `maximumPendingBytes` ahead is not taken from until the \
            others catch up; where they cannot, the flow is stuck and the run says so. Once an input has \
            ended, what waits for it leaves by `incomplete`, the oldest first.
            """,
        example: #"{ "inputs": ["order", "payment"], "key": "$.id" }"#)

    struct Settings: Message {
        var inputs: [String] = []
        var key = ExpressionText()
        var maximumPending = ComponentLimits.pendingMessages.usual
        var maximumPendingBytes = ComponentLimits.pendingBytes.usual
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required(
                "inputs", &inputs, .items(ComponentLimits.joinedInputs),
                about: "The input ports' names")
            try m.required(
                "key", &key,
                about: "An expression without braces, for all inputs")
            try m.optional(
                "maximumPending", &maximumPending, .range(ComponentLimits.pendingMessages.range),
                about: "Messages of an input that may wait for others")
            try m.optional(
                "maximumPendingBytes", &maximumPendingBytes,
                .range(ComponentLimits.pendingBytes.range),
                about: "Bytes of an input's messages that may wait for others")
        }
    }

    struct Joined: Message {
        var key = JoinKey.truth(false)
        var values = JSON.emptyObject
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("key", &key, about: "What the messages have in common")
            try m.required("values", &values, about: "The messages by the names of their inputs")
        }
    }

    static func wire(_ settings: Settings, _ ports: inout Ports) throws(Failure) {
        let key = try key(of: settings)
        let deepest = JSONBuilder().maximumDepth - 2
        let pending = Lock(
            PendingJoins(
                inputs: settings.inputs.count, limit: settings.maximumPending,
                byteLimit: settings.maximumPendingBytes))
        ports.declaresFailures = true
        ports.fails(with: "mapping_failed", "expression_limit", "too_deep")
        ports.effects = .none
        ports.pausesInputs = true
        ports.needsAllInputs = true
        ports.onlyEmits = true
        let out = ports.output("out", Joined.self, about: "One message of each input")
        let incomplete = ports.output(
            "incomplete", Joined.self,
            about: "Messages that an input which has ended had no match for", isRemainder: true)
        let names = settings.inputs
        ports.example(out, example(names))
        ports.example(incomplete, example(names.dropLast()))
        // Inputs that are too far ahead are not taken from until the others have caught up.
        let pause: @Sendable ([(input: Int, isPaused: Bool)], borrowing Turn) -> Void = {
            changes, turn in
            for (input, isPaused) in changes {
                if isPaused {
                    turn.pauseInput(names[input])
                } else {
                    turn.resumeInput(names[input])
                }
            }
        }
        for (input, name) in names.enumerated() {
            ports.input(name, JSON.self, about: "Messages to join") { message, turn in
                guard message.depth <= deepest else {
                    throw Failure("too_deep", "the message nests deeper than \(deepest) levels")
                }
                let key = try JoinKey(key.value(of: message, in: turn))
                let hold = turn.hold()
                let (row, changes) = pending.withLock {
                    ($0.add(message, hold, key, from: input), $0.pauses())
                }
                pause(changes, turn)
                guard let row else { return }
                try turn.emit(
                    Joined(key, row, names), on: row.isComplete ? out : incomplete,
                    for: row.holds)
            }
            ports.onInputEnd(name) { turn in
                let (rows, changes) = pending.withLock { ($0.end(input), $0.pauses()) }
                pause(changes, turn)
                for (key, row) in rows {
                    try await turn.emit(Joined(key, row, names), on: incomplete, for: row.holds)
                }
            }
        }
        ports.onFinish { turn in
            for (key, row) in pending.withLock({ $0.takeAll() }) {
                try await turn.emit(Joined(key, row, names), on: incomplete, for: row.holds)
            }
        }
        ports.holds {
            let counts = pending.withLock(\.counts)
            let limit =
                "at most `maximumPending` (\(settings.maximumPending)) and `maximumPendingBytes` "
                + "(\(settings.maximumPendingBytes))"
            return zip(names, counts).map { Ports.Held(input: $0, messages: $1, limit: limit) }
        }
    }

    /// A joined message of some inputs, for people to see.
    private static func example(_ inputs: some Sequence<String>) -> JSON {
        let message: JSON = ["id": 7]
        let values = try? JSON(object: inputs.map { ($0, message) })
        return ["key": 7, "values": values ?? .emptyObject]
    }

    /// The compiled key; throws all that is wrong with it and the inputs' names.
    private static func key(of settings: Settings) throws(Failure) -> Expression {
        let wrong = PortNames.problems(in: settings.inputs) { "$.inputs[\($0)]" }
        let key: Expression
        do throws(Failure) {
            key = try Expression(setting: settings.key.text, at: "$.key")
        } catch {
            throw Failure(all: wrong + [error]) ?? error
        }
        if let failure = Failure(all: wrong) { throw failure }
        return key
    }
}

extension Join.Joined {
    fileprivate init(
        _ key: JoinKey, _ row: PendingJoins.Row, _ names: [String]
    ) throws(Failure) {
        self.init(key: key, values: try row.values(names))
    }
}
