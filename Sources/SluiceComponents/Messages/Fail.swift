import Sluice
import SluiceJSON

/// Makes every message a failure.
enum Fail: Component {
    static let about = About(
        "fail", "Fails every message, by the port `error` or as the flow's `onError` says",
        discussion: "For messages that must not come, and for trying out what handles failures.",
        example: #"{ "code": "unknown_kind", "message": "no route takes this message" }"#)

    struct Settings: Message {
        var code = "failed"
        var message = "the message reached a node that fails"
        var retryable = false
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.optional("code", &code, about: "A stable word in snake_case, for programs")
            try m.optional("message", &message, .notBlank, about: "What happened, for people")
            try m.optional("retryable", &retryable, about: "Whether an edge may try again")
        }
    }

    static func wire(_ settings: Settings, _ ports: inout Ports) throws(Failure) {
        guard Failure.isCode(settings.code) else {
            throw .invalid("must be a word in snake_case, found \"\(settings.code)\"", at: "$.code")
        }
        ports.declaresFailures = true
        ports.fails(with: settings.code)
        ports.effects = .none
        ports.input("in", JSON.self, about: "Any message") { (_: JSON, _: borrowing Turn) throws in
            throw Failure(settings.code, settings.message, isRetryable: settings.retryable)
        }
    }
}
