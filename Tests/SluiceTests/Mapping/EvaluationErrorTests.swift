import Sluice
import SluiceJSON
import Testing

struct EvaluationErrorTests {
    private static func error(_ template: JSON, _ message: JSON) throws -> EvaluationError? {
        let compiled = try Template(template, at: "edge a.out -> b.in")
        do {
            let value = try compiled.evaluate(message, Mapping.context)
            Issue.record("gave \(value)")
            return nil
        } catch {
            return error
        }
    }

    @Test func aMissingPathNamesEdgePlaceExpressionAndPath() throws {
        let error = try Self.error(
            ["value": ["id": "n{{ upper($.chat.idd) }}"]], ["chat": ["id": "x"]])
        #expect(error?.location == "edge a.out -> b.in")
        #expect(error?.templatePath == "$.value.id")
        #expect(error?.expression == "upper($.chat.idd)")
        #expect(error?.missingPath == "$.chat.idd")
        #expect(error?.offset == 10)
        #expect(
            error?.description == """
                edge a.out -> b.in at $.value.id: `upper($.chat.idd)`: `$.chat.idd` finds nothing: \
                `$.chat` has no member `idd`; did you mean `id`?
                """)
    }

    @Test func otherErrorsHaveNoMissingPath() throws {
        let error = try Self.error("{{$.a + 'x'}}", ["a": 1])
        #expect(error?.missingPath == nil)
        #expect(error?.templatePath == "$")
        #expect(error?.description.hasPrefix("edge a.out -> b.in: `$.a + 'x'`: `+` adds") == true)
    }

    @Test(arguments: [
        ("{{$.a}}", "[]", "`$` is an array, not an object"),
        ("{{$[0]}}", "{}", "`$` is an object, not an array"),
        ("{{$[-3]}}", "[1,2]", "`$` has 2 elements"),
        ("{{$.a['b c'].d}}", #"{"a":{"b c":1}}"#, "`$.a['b c']` is a number, not an object"),
        ("{{$.xyz}}", #"{"abc":1}"#, "`$` has no member `xyz`"),
        ("a {{$.a}}", #"{"a":null}"#, "null has no text; give a default with `??`"),
    ])
    func theReasonSaysHowFarThePathGot(_ template: String, _ message: String, _ reason: String)
        throws
    {
        let error = try Self.error(JSON(template), JSON(parsing: message))
        #expect(error?.message.hasSuffix(reason) == true, "\(String(describing: error))")
    }
}
