import Sluice
import SluiceJSON
import Synchronization

/// Counts messages.
enum Count: Component {
    static let about = About(
        "count", "Counts messages: passes them on, and the total once the inputs have ended",
        discussion: "`total` gets one message, also when nothing was counted: `{\"count\": 0}`.")

    struct Total: Message {
        var count = 0
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("count", &count, about: "How many messages there were")
        }
    }

    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        let count = Atomic<Int>(0)
        ports.fails()
        ports.effects = .none
        let out = ports.output("out", JSON.self, about: "The message")
        let total = ports.output("total", Total.self, about: "The total, at the end")
        ports.passes(out)
        ports.input("in", JSON.self, about: "Any message") { message, turn in
            count.wrappingAdd(1, ordering: .relaxed)
            try turn.emit(message, on: out)
        }
        ports.onFinish { turn in
            try await turn.emit(Total(count: count.load(ordering: .relaxed)), on: total)
        }
    }
}
