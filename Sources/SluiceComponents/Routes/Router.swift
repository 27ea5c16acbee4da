import Sluice
import SluiceJSON

/// Sends each message one of several ways.
enum Router: Component {
    static let about = About(
        "router", "Sends each message by the first route whose condition is true",
        discussion: """
            Every route is an output port. Conditions are tried in their order; what none takes leaves \
            by `default`. In a condition a path that finds nothing makes its comparison false; one that \
            fails otherwise, such as `$.name > 1` of a text, fails the message with `mapping_failed`.
            """,
        example: #"{ "routes": [{ "name": "large", "when": "$.size > 100" }] }"#)

    struct Route: Message {
        var name = ""
        var when = ExpressionText()
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("name", &name, about: "The output port's name")
            try m.required(
                "when", &when,
                about: "An expression without braces that is true or false")
        }
    }

    struct Settings: Message {
        var routes: [Route] = []
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("routes", &routes, .items(1...256), about: "The ways, first match wins")
        }
    }

    static func wire(_ settings: Settings, _ ports: inout Ports) throws(Failure) {
        let conditions = try conditions(of: settings)
        let routes = zip(settings.routes, conditions).map { route, when in
            (
                when: when,
                out: ports.output(route.name, JSON.self, about: "Where \(route.when.text)")
            )
        }
        let rest = ports.output("default", JSON.self, about: "What no route takes")
        ports.fails(with: "mapping_failed", "expression_limit")
        ports.effects = .none
        ports.allowsConcurrency = true
        ports.onlyEmits = true
        for (index, route) in routes.enumerated() {
            ports.shape(route.out) { route.when.passing($0, at: "$.routes[\(index)].when") }
        }
        ports.passes(rest)
        ports.input("in", JSON.self, about: "Any message") { message, turn in
            let route = try routes.first { try $0.when.isTrue(of: message, in: turn) }
            try turn.emit(message, on: route?.out ?? rest)
        }
        ports.isRepeatable("in")
    }

    /// The compiled conditions of all routes; throws all that is wrong with the routes.
    private static func conditions(of settings: Settings) throws(Failure) -> [Expression] {
        var conditions: [Expression] = []
        var wrong = PortNames.problems(in: settings.routes.map(\.name), reserved: ["default"]) {
            "$.routes[\($0)].name"
        }
        for (index, route) in settings.routes.enumerated() {
            do throws(Failure) {
                let path = "$.routes[\(index)].when"
                conditions.append(try Expression(setting: route.when.text, at: path))
            } catch {
                wrong.append(error)
            }
        }
        if let failure = Failure(all: wrong) { throw failure }
        return conditions
    }
}
