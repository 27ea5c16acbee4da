import Sluice
import SluiceJSON
import Testing

/// What the tests of the mapping language share.
enum Mapping {
    /// The instant 2026-01-31T09:30:15.250Z.
    static let now: Int64 = 1_769_851_815_250

    static let context = EvaluationContext.seeded(1, now: { now }, lineage: "run-7")

    /// The text of the value of a template that is one string.
    static func evaluate(_ template: String, _ message: String) throws -> String {
        try Template(template).evaluate(JSON(parsing: message), context).text
    }

    /// The text of an expression's value, or of its error.
    static func outcome(_ expression: String, _ message: String) -> String {
        do {
            return try evaluate("{{\(expression)}}", message)
        } catch {
            return "error: \(error)"
        }
    }
}

/// One row of a table: an expression, a message and the text that must come out.
struct Row: Sendable, CustomTestStringConvertible {
    var expression: String
    var message: String
    var result: String

    init(_ expression: String, _ message: String, _ result: String) {
        self.expression = expression
        self.message = message
        self.result = result
    }

    /// A row whose message does not matter.
    init(_ expression: String, _ result: String) {
        self.init(expression, "null", result)
    }

    var testDescription: String { expression }
}
