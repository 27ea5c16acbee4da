import Sluice
import SluiceJSON

/// Brings together the messages of several inputs that belong to one key.
enum Join: Component {
    static let about = About(
        "join", "Waits for a message from each input with the same key and joins them",
        discussion: """
            `key` gives a string, a number or a boolean of every message. Messages of one input with the \
            same key are joined in their order, the first of each with the first of the others. An input \
            that is `maximumPending` messages ahead is not taken from until the others catch up; where \
            they cannot, the flow is stuck and the run says so. What is left when the inputs have ended \
            leaves by `incomplete`, the oldest first.
            """,
        example: #"{ "inputs": ["order", "payment"], "key": "$.id" }"#)

    struct Settings: Message {
        var inputs: [String] = []
        var key = ""
        var maximumPending = 10_000
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("inputs", &inputs, .items(2...64), about: "The input ports' names")
            try m.required("key", &key, about: "An expression without braces, for all inputs")
            try m.optional(
                "maximumPending", &maximumPending, .range(1...1_000_000),
                about: "Messages of an input that may wait for others")
        }
    }

    struct Joined: Message {
        var key = JSON.null
        var values = JSON.emptyObject
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("key", &key, about: "What the messages have in common")
            try m.required("values", &values, about: "The messages by the names of their inputs")
        }
    }

    static func wire(_ settings: Settings, _ ports: inout Ports) throws(Failure) {
        let key = try key(of: settings)
        let limit = settings.maximumPending
        let deepest = JSONBuilder().maximumDepth - 2
        let pending = Lock(PendingJoins(inputs: settings.inputs.count))
        ports.declaresFailures = true
        let out = ports.output("out", Joined.self, about: "One message of each input")
        let incomplete = ports.output(
            "incomplete", Joined.self,
            about: "At the end: messages that some input had no match for", isRemainder: true)
        let names = settings.inputs
        for (input, name) in names.enumerated() {
            ports.input(name, JSON.self, about: "Messages to join") { message, turn in
                guard message.depth <= deepest else {
                    throw Failure("too_deep", "the message nests deeper than \(deepest) levels")
                }
                let key = try JoinKey(key.value(of: message, in: turn))
                let hold = turn.hold()
                let (complete, pauses) = pending.withLock { pending in
                    (pending.add(message, hold, key, from: input), pending.pauses(at: limit))
                }
                for (input, isPaused) in pauses {
                    if isPaused {
                        turn.pauseInput(names[input])
                    } else {
                        turn.resumeInput(names[input])
                    }
                }
                guard let complete else { return }
                try turn.emit(Joined(key, complete, names), on: out, for: complete.holds)
            }
        }
        ports.onFinish { turn in
            for (key, rest) in pending.withLock({ $0.takeAll() }) {
                try turn.emit(Joined(key, rest, names), on: incomplete, for: rest.holds)
            }
        }
    }

    /// The compiled key; throws all that is wrong with it and the inputs' names.
    private static func key(of settings: Settings) throws(Failure) -> Expression {
        let wrong = PortNames.problems(in: settings.inputs) { "$.inputs[\($0)]" }
        let key: Expression
        do throws(Failure) {
            key = try Expression(setting: settings.key, at: "$.key")
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
        self.init(key: key.json, values: try row.values(names))
    }
}
