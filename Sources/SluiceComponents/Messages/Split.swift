import Sluice
import SluiceJSON

/// Makes many messages of one array.
enum Split: Component {
    static let about = About(
        "split", "Emits every element of an array as a message of its own",
        discussion: """
            The elements leave in their order, and only as fast as they are taken. Where `path` finds \
            several values, these are the elements. What is no array fails with `invalid_message`.
            """,
        example: #"{ "path": "$.items" }"#)

    struct Settings: Message {
        var path = ExpressionText("$")
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.optional(
                "path", &path,
                about: "Where the array is: a JSONPath or an expression")
        }
    }

    static func wire(_ settings: Settings, _ ports: inout Ports) throws(Failure) {
        let path = try Expression(setting: settings.path.text, at: "$.path")
        ports.fails(with: "mapping_failed", "expression_limit")
        ports.effects = .none
        let out = ports.output("out", JSON.self, about: "An element of the array")
        ports.onlyEmits = true
        ports.shape(out) { arriving in
            let (array, found) = path.infer(from: arriving)
            var problems = found.map { Failure.impossible($0, at: "$.path") }
            if problems.isEmpty, array.elements == nil {
                problems = [.impossible("finds no array in any message", at: "$.path")]
            }
            return OutputShape(array.elements ?? .any, problems: problems)
        }
        ports.input("in", JSON.self, about: "A message with an array") {
            message, turn async throws in
            let array = try path.value(of: message, in: turn)
            guard array.kind == .array else {
                throw Failure.invalid(
                    "must be an array, found \(array.kind)",
                    at: settings.path.text.hasPrefix("$") ? settings.path.text : "$")
            }
            try await turn.emit(array.elements, on: out)
        }
        ports.isRepeatable("in")
    }
}
