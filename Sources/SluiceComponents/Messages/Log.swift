import Sluice
import SluiceJSON
import SluiceSystem

/// Shows messages to people.
enum Log: Component {
    static let about = About(
        "log", "Writes each message as a line for people and passes it on",
        discussion: "Lines go where the run's diagnostics go, which is standard error.",
        example: #"{ "label": "saved" }"#)

    struct Settings: Message {
        var label: String?
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.optional("label", &label, about: "What lines begin with; else the node's name")
        }
    }

    static func wire(_ settings: Settings, _ ports: inout Ports) {
        let write = Lock<@Sendable (String) -> Void>({ _ in })
        ports.onStart { context in
            let label = settings.label ?? context.node
            let log = context.console.log
            write.withLock { $0 = { log(label.isEmpty ? $0 : "\(label): \($0)") } }
        }
        ports.fails()
        ports.effects = .none
        let out = ports.output("out", JSON.self, about: "The message")
        ports.passes(out)
        ports.input("in", JSON.self, about: "Any message") { message, turn in
            write.withLock(\.self)(message.text)
            try turn.emit(message, on: out)
        }
    }
}
