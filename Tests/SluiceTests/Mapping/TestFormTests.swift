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

    @Test(arguments: [
        Row("$.age > 80", #"{"age": null}"#, "false"),
        Row("$.age <= 80", #"{"age": "90"}"#, "false"),
        Row("$.age == 80", #"{"age": "80"}"#, "false"),
        Row("$.age != 80", #"{"age": "80"}"#, "true"),
        Row("$.age != 80", #"{"age": null}"#, "true"),
        Row("$.age != 80", "{}", "false"),
        Row("$.age > 80", "{}", "false"),
        Row("!($.age > 80)", #"{"age": null}"#, "true"),
        Row("$.a < $.b", #"{"a": true, "b": false}"#, "false"),
        Row("$.a >= $.b", #"{"a": [], "b": []}"#, "false"),
        Row("$.a < 'b'", #"{"a": "a"}"#, "true"),
        Row("$.age", "{}", "false"),
    ])
    func inAQueryWhatHasNoOrderIsFalse(_ row: Row) throws {
        let document = try JSON(parsing: row.message)
        let holds = try Expression(row.expression).selects(document, Mapping.context)
        #expect("\(holds)" == row.result)
    }

    @Test(arguments: [
        ("$.age + 1 > 80", #"{"age": "x"}"#), ("$.age", #"{"age": 1}"#), ("1 / 0 > 1", "null"),
    ])
    func inAQueryOtherFailuresAreErrors(_ expression: String, _ document: String) throws {
        let compiled = try Expression(expression)
        let document = try JSON(parsing: document)
        #expect(throws: EvaluationError.self) { try compiled.selects(document, Mapping.context) }
    }

    @Test func inAQueryArgsAreWhatIsGiven() throws {
        let compiled = try Expression(
            "$.city == args.q && $.n > (args.least[0] ?? 0)", allowsArguments: true)
        let arguments: JSON = ["q": "x' || true || '"]
        #expect(
            try !compiled.selects(
                ["city": "Rome", "n": 1], arguments: arguments, Mapping.context))
        #expect(
            try compiled.selects(
                ["city": "x' || true || '", "n": 1], arguments: arguments, Mapping.context))
        #expect(compiled.missingArgument(in: arguments) == nil)
        #expect(compiled.missingArgument(in: [:]) == "args.q")
    }

    @Test func whatIsNeverABooleanIsNoCondition() throws {
        for text in ["1", "$.a + 1", "length($.a)", "'x'", "null"] {
            #expect(try !Expression(text).mayBeCondition)
        }
        for text in ["$.a", "true", "$.a > null", "match($.a, 'x')", "$.a ?? false"] {
            #expect(try Expression(text).mayBeCondition)
        }
    }

    @Test func anOrderWithNullNamesTheDefault() throws {
        for text in ["$.age > 80", "$.age + 1 > 80", "-1 * $.age > 0"] {
            let compiled = try Expression(text)
            do {
                _ = try compiled.holds(["age": .null], Mapping.context)
                Issue.record("\(text) gave a value")
            } catch {
                #expect(error.message.hasSuffix("; give a default with `??`"), "\(error.message)")
            }
        }
    }

    @Test func elsewhereThereAreNoArgs() {
        do {
            _ = try Expression("args.q == 1")
            Issue.record("it compiled")
        } catch {
            #expect(error.suggestion == "`args` belongs in the `where` of a request")
        }
    }

    @Test(arguments: ["{{$.a > 1}}", " {{$.a}} > 1"])
    func bracesAroundAnExpressionAreNamed(_ text: String) {
        do {
            _ = try Expression(text)
            Issue.record("it compiled")
        } catch {
            #expect(error.message == "an expression stands here without braces")
            #expect(error.length == 2)
        }
    }
}
