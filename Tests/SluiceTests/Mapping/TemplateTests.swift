import Sluice
import SluiceJSON
import Testing

struct TemplateTests {
    @Test(arguments: [
        Row("{{$.a}}", #"{"a": 1.10}"#, "1.10"),
        Row(" {{$.a}}", #"{"a": 1.10}"#, #"" 1.10""#),
        Row("{{ $.a }}", #"{"a": [1, 2]}"#, "[1,2]"),
        Row("{{$.a}}/{{$.b}}", #"{"a": "x", "b": 7}"#, #""x/7""#),
        Row("{{$.a}}{{$.b}}", #"{"a": "x", "b": true}"#, #""xtrue""#),
        Row("a {{$}} b", #"{"k": [1, "s"]}"#, #""a {\"k\":[1,\"s\"]} b""#),
        Row("Hello {{$.name}}!", #"{"name": "Zoë"}"#, #""Hello Zoë!""#),
        Row("plain", #""plain""#),
        Row("$.a", #""$.a""#),
        Row("", #""""#),
        Row("}} { }", #""}} { }""#),
        Row("{{'{{'}}", #""{{""#),
        Row("a{{'{{'}}b}}", #""a{{b}}""#),
        Row("{{ '}}' }}", #""}}""#),
        Row("{{ {a: {b: 1}} }}", #"{"a":{"b":1}}"#),
        Row("{{{a: {b: 1}}}}", #"{"a":{"b":1}}"#),
        Row("x{{ {a: 1} }}", #""x{\"a\":1}""#),
        Row("{{ $.a ? 'yes' : 'no' }}!", #"{"a": false}"#, #""no!""#),
        Row("\"{{$.a}}\"", #"{"a": 1}"#, #""\"1\"""#),
        Row(#"{"a": "{{$}}"}"#, "1", #""{\"a\": \"1\"}""#),
    ])
    func stringsTakeOrInterpolateValues(_ row: Row) throws {
        #expect(try Mapping.evaluate(row.expression, row.message) == row.result)
    }

    @Test func nestedTemplatesKeepOrderAndLiterals() throws {
        let template: JSON = [
            "z": "{{$.a}}", "{{$.a}}": [1, ["{{$.b + 1}}", "n {{$.b}}"], ["k": .null]], "y": "lit",
        ]
        let compiled = try Template(template)
        let value = try compiled.evaluate(["a": "x", "b": 2], Mapping.context)
        #expect(value.text == #"{"z":"x","{{$.a}}":[1,[3,"n 2"],{"k":null}],"y":"lit"}"#)
        #expect(!compiled.isConstant)
    }

    @Test func literalPartsKeepTheirText() throws {
        let template = try JSON(parsing: #"{"n": 1.10, "big": 1e400, "x": "{{$}}", "e": "\u00e9"}"#)
        let value = try Template(template).evaluate(1, Mapping.context)
        #expect(value.text == #"{"n":1.10,"big":1e400,"x":1,"e":"\u00e9"}"#)
    }

    @Test func identityAndConstantsAreKnown() throws {
        #expect(try Template("{{$}}").isIdentity)
        #expect(try Template("{{ $ }}").isIdentity)
        #expect(try !Template("{{$.a}}").isIdentity)
        #expect(try !Template(" {{$}}").isIdentity)
        #expect(try Template("{{'{{'}} and {{1}}").isConstant)
        #expect(try Template(["a": [1, "b"]]).isConstant)
    }

    @Test func wholePathsShareTheMessage() throws {
        let message = try JSON(parsing: #"{"a":  {"b":  1}}"#)
        let value = try Template("{{$.a}}").evaluate(message, Mapping.context)
        #expect(value.sourceRange == message["a"]?.sourceRange)
    }

    @Test func resultsDeeperThanTheLimitAreErrors() throws {
        let deep = String(repeating: "[", count: 480) + String(repeating: "]", count: 480)
        let message = try JSON(parsing: deep)
        #expect(try Template("{{$}}").evaluate(message, Mapping.context).depth == 480)
        for template: JSON in [["{{$}}"], "{{[$]}}", "{{$[*]}}"] {
            let compiled = try Template(template)
            if template.string == "{{$[*]}}" {
                #expect(try compiled.evaluate(message, Mapping.context).depth == 480)
            } else {
                #expect(throws: EvaluationError.self) {
                    try compiled.evaluate(message, Mapping.context)
                }
            }
        }
    }

    @Test func aReusedBuilderIsEmptyAfterErrors() throws {
        var builder = JSONBuilder()
        let template = try Template(["a": ["{{$.x}}", 1], "b": "{{$.y}}!"] as JSON)
        for _ in 0..<3 {
            #expect(throws: EvaluationError.self) {
                try template.evaluate(["x": 1], Mapping.context, reusing: &builder)
            }
            let value = try template.evaluate(["x": 1, "y": 2], Mapping.context, reusing: &builder)
            #expect(value.text == #"{"a":[1,1],"b":"2!"}"#)
        }
    }
}
