import Sluice
import SluiceJSON

/// Lets some messages through.
enum Filter: Component {
    static let about = About(
        "filter", "Passes on the messages that a condition is true of",
        discussion: """
            In the condition a path that finds nothing makes its comparison false; one that fails \
            otherwise, such as `$.name > 1` of a text, fails the message with `mapping_failed`.
            """,
        example: #"{ "when": "$.age >= 18" }"#)

    struct Settings: Message {
        var when = ExpressionText()
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required(
                "when", &when,
                about: "An expression without braces that is true or false")
        }
    }

    static func wire(_ settings: Settings, _ ports: inout Ports) throws(Failure) {
        let when = try Expression(setting: settings.when.text, at: "$.when")
        ports.allowsConcurrency = true
        ports.fails(with: "mapping_failed", "expression_limit")
        ports.effects = .none
        let out = ports.output("out", JSON.self, about: "Messages that the condition is true of")
        let rejected = ports.output("rejected", JSON.self, about: "The others")
        ports.onlyEmits = true
        ports.shape(out) { when.passing($0, at: "$.when") }
        ports.passes(rejected)
        ports.input("in", JSON.self, about: "Any message") { message, turn in
            let passes = try when.isTrue(of: message, in: turn)
            try turn.emit(message, on: passes ? out : rejected)
        }
        ports.isRepeatable("in")
    }
}
