import Sluice
import SluiceJSON

/// Makes one message from another.
enum Transform: Component {
    static let about = About(
        "transform", "Makes a new message from each message by a mapping",
        discussion: """
            `map` is a template: any JSON whose strings may hold `{{expressions}}`. A message that the \
            template has no value for fails with `mapping_failed`.
            """,
        example: #"{ "map": { "id": "{{$.chat}}/{{$.at}}", "turn": "{{$}}" } }"#)

    struct Settings: Message {
        var map = TemplateValue(json: .null)
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required(
                "map", &map, about: "The new message, with `{{expressions}}`")
        }
    }

    static func wire(_ settings: Settings, _ ports: inout Ports) throws(Failure) {
        let template = try Template(setting: settings.map.json, at: "$.map")
        ports.allowsConcurrency = true
        ports.fails(with: "mapping_failed", "expression_limit")
        ports.effects = .none
        let out = ports.output("out", JSON.self, about: "The new message")
        ports.onlyEmits = true
        ports.shape(out) { arriving in
            let (schema, problems) = template.infer(from: arriving)
            return OutputShape(schema, problems: problems.map { .impossible($0, at: "$.map") })
        }
        ports.input("in", JSON.self, about: "Any message") { message, turn in
            try turn.emit(template.value(of: message, in: turn), on: out)
        }
        ports.isRepeatable("in")
    }
}
