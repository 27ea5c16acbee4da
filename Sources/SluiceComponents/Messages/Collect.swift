import Sluice
import SluiceJSON
import SluiceSystem

/// Makes arrays of messages.
enum Collect: Component {
    static let about = About(
        "collect", "Gathers messages into arrays, by count, by time, or both",
        discussion: """
            An array leaves when it has `count` messages or `maximumBytes`, and `everyMs` after its first \
            message came at the latest; with `everyMs` alone also at 100,000 messages. What is left when \
            the inputs have ended leaves then. An empty array never does.
            """,
        example: #"{ "count": 100, "everyMs": 1000 }"#)

    struct Settings: Message {
        var count: Int?
        var everyMs: Int?
        var maximumBytes = ComponentLimits.collectedBytes.usual
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.optional(
                "count", &count, .range(ComponentLimits.collectedMessages),
                about: "Messages of a full array")
            try m.optional(
                "everyMs", &everyMs, .range(1...ComponentLimits.longestMilliseconds),
                about: "Milliseconds that a message waits at most")
            try m.optional(
                "maximumBytes", &maximumBytes, .range(ComponentLimits.collectedBytes.range),
                about: "Bytes of messages at which an array leaves")
        }
    }

    private struct Group {
        var messages: [JSON] = []
        var holds: [Turn.Hold] = []
        var bytes = 0
    }

    static func wire(_ settings: Settings, _ ports: inout Ports) throws(Failure) {
        guard settings.count != nil || settings.everyMs != nil else {
            throw .invalid("one of `count` and `everyMs` has to be there")
        }
        let count = settings.count ?? ComponentLimits.collectedMessages.upperBound
        let deepest = JSONBuilder().maximumDepth - 1
        let gathered = Lock(Group())
        ports.fails(with: "too_deep")
        ports.effects = .none
        let out = ports.output("out", [JSON].self, about: "Messages in the order of their arrival")
        let leave: @Sendable (borrowing Turn) throws -> Void = { turn in
            let group = gathered.withLock { group in
                defer { group = Group() }
                return group
            }
            guard !group.messages.isEmpty else { return }
            try turn.emit(group.messages, on: out, for: group.holds)
        }
        let timer = ports.timer { turn in try leave(turn) }
        ports.onFinish { turn in try leave(turn) }
        ports.holds {
            [Ports.Held(input: "in", messages: gathered.withLock { $0.messages.count })]
        }
        ports.input("in", JSON.self, about: "Any message") { message, turn in
            guard message.depth <= deepest else {
                throw Failure("too_deep", "the message nests deeper than \(deepest) levels")
            }
            let (size, bytes) = gathered.withLock { group in
                group.messages.append(message)
                group.holds.append(turn.hold())
                group.bytes += message.sourceRange.count
                return (group.messages.count, group.bytes)
            }
            if size >= count || bytes >= settings.maximumBytes {
                turn.cancel(timer)
                try leave(turn)
            } else if size == 1, let period = settings.everyMs {
                turn.schedule(timer, afterMilliseconds: Int64(period))
            }
        }
    }
}
