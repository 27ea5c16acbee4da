import Sluice
import SluiceJSON
import Testing

struct TestFormTests {
    @Test(arguments: [
        Row("$.a == 1", #"{"a": 1}"#, "true"),
        Row("$.a == 1", "{}", "false"),
        Row("$.a != 1", "{}", "false"),
        Row("$.a < 1", "{}", "false"),
        Row("1 < $.a.b", #"{"a": 7}"#, "false"),
        Row("!($.a == 1)", "{}", "true"),
        Row("$.a", "{}", "false"),
        Row("$.a", #"{"a": true}"#, "true"),
        Row("!$.a", "{}", "true"),
        Row("$.a && true", "{}", "false"),
        Row("$.a || $.b > 1", #"{"b": 2}"#, "true"),
        Row("$.a + 1 > 0", "{}", "false"),
        Row("length($.tags) > 1", "{}", "false"),
        Row("contains($.tags, 'x')", "{}", "false"),
        Row("contains($.tags, 'x')", #"{"tags": ["x"]}"#, "true"),
        Row("($.a ?? 5) > 1", "{}", "true"),
        Row("coalesce($.a, 0) > 1", "{}", "false"),
        Row("$.a ? $.b == 1 : true", "{}", "true"),
        Row("$.a == $.b", "{}", "false"),
        Row("$.a == null", #"{"a": null}"#, "true"),
        Row("$[?@.x] == []", "[]", "true"),
    ])
    func missingPathsMakeComparisonsFalse(_ row: Row) throws {
        let message = try JSON(parsing: row.message)
        let holds = try Expression(row.expression).holds(message, Mapping.context)
        #expect("\(holds)" == row.result)
    }

    @Test(arguments: [
        ("$.a", #"{"a": 1}"#), ("$.a", #"{"a": null}"#), ("1", "null"), ("$.a < 'x'", #"{"a": 1}"#),
        ("1 / 0 > 1", "null"), ("[]", "null"),
    ])
    func anythingButABooleanIsAnError(_ expression: String, _ message: String) throws {
        let compiled = try Expression(expression)
        let message = try JSON(parsing: message)
        #expect(throws: EvaluationError.self) { try compiled.holds(message, Mapping.context) }
    }

    @Test func outsideOfTestsAMissingPathIsAnError() throws {
        let compiled = try Expression("$.a == 1")
        #expect(throws: EvaluationError.self) { try compiled.evaluate([:], Mapping.context) }
        #expect(try Expression("[$.a]").evaluate(["a": 1], Mapping.context).text == "[1]")
    }
}
