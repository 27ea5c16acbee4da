import Sluice
import SluiceJSON

/// Holds messages back for a time.
enum Delay: Component {
    static let about = About(
        "delay", "Passes each message on after a time",
        discussion: """
            A node waits for one message at a time: the time is also the least distance between two \
            messages. With `concurrency` that many wait side by side; their order stays.
            """,
        example: #"{ "milliseconds": 500 }"#)

    struct Settings: Message {
        var milliseconds = 0
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required(
                "milliseconds", &milliseconds, .range(0...ComponentLimits.longestMilliseconds),
                about: "How long to wait"
            )
        }
    }

    static func wire(_ settings: Settings, _ ports: inout Ports) {
        ports.fails()
        ports.effects = .none
        ports.allowsConcurrency = true
        let out = ports.output("out", JSON.self, about: "The message, later")
        ports.onlyEmits = true
        ports.passes(out)
        ports.input("in", JSON.self, about: "Any message") { message, turn async throws in
            try await turn.sleep(milliseconds: Int64(settings.milliseconds))
            try await turn.emit(message, on: out)
        }
        ports.isRepeatable("in")
    }
}
