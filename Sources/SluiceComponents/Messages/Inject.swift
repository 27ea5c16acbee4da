import Sluice
import SluiceJSON

/// A source of constant messages.
enum Inject: Component {
    static let about = About(
        "inject", "Emits constant messages when the flow starts",
        discussion: "The messages leave in their order, once; then the source has ended.",
        example: #"{ "messages": [{ "greeting": "hello" }] }"#)

    struct Settings: Message {
        var messages: [JSON] = []
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("messages", &messages, about: "What to emit, in order")
        }
    }

    static func wire(_ settings: Settings, _ ports: inout Ports) {
        ports.fails()
        ports.effects = .none
        let out = ports.output("out", JSON.self, about: "Each of the messages")
        ports.shape(out) { _ in OutputShape(Schema(of: settings.messages)) }
        ports.source(.finite) { source in
            for message in settings.messages where !source.isStopping {
                try await source.emit(message, on: out)
            }
        }
    }
}
