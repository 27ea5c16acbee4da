import Sluice
import SluiceJSON
import Testing

/// What a schema that people write says of a value.
struct SchemaCase: CustomTestStringConvertible {
    let schema: String
    let value: String
    let problems: [String]

    init(_ schema: String, _ value: String, _ problems: String...) {
        self.schema = schema
        self.value = value
        self.problems = problems
    }

    var testDescription: String { "\(value) against \(schema)" }
}

@Suite struct SchemaKeywordTests {
    private static let tree = """
        { "$ref": "#/$defs/node", "$defs": { "node": { "type": "object", "required": ["n"], "properties": {
          "n": { "type": "integer" }, "inner": { "type": "array", "items": { "$ref": "#/$defs/node" } } } } } }
        """

    private static let brokenSchemas: [(String, String)] = [
        (#"{"minimum": "3"}"#, "$.minimum: must be a number, found \"3\""),
        (#"{"required": "a"}"#, "$.required: must be an array, found \"a\""),
        (#"{"properties": []}"#, "$.properties: must be an object, found an array of 0"),
        (
            #"{"properties": {"a": {"mininum": 3}}}"#,
            "$.properties.a.mininum: the keyword `mininum` is not supported"
        ),
        (#"{"anyOf": []}"#, "$.anyOf: must have at least one schema"),
        (#"{"allOf": [1]}"#, "$.allOf[0]: a schema is an object, true or false"),
        (#"{"type": []}"#, "$.type: must have at least one type"),
        (#"{"type": "text"}"#, "$.type: there is no type `text`"),
        (#"{"minLength": -1}"#, "$.minLength: must be a whole number from 0 on, found -1"),
        (#"{"multipleOf": 0}"#, "$.multipleOf: must be a number above 0 of at most 18 digits"),
        (
            #"{"patternProperties": {"(": true}}"#,
            "$.patternProperties.(: is no I-Regexp (RFC 9485)"
        ),
        (#"{"items": [true]}"#, "$.items: is one schema; `prefixItems` takes a list of them"),
        (
            #"{"$id": "https://x.test/a", "items": {"$id": "b"}}"#,
            "$.items['$id']: only the schema as a whole has an `$id`"
        ),
        (
            ##"{"$ref": "other.json"}"##,
            "$['$ref']: leads out of this schema: a reference begins with `#`"
        ),
        (
            ##"{"$ref": "#/$defs/a"}"##,
            "$['$ref']: leads to nothing: this schema has no `#/$defs/a`"
        ),
        (##"{"$ref": "#"}"##, "$: the reference `#` leads back to itself and says nothing"),
        (
            ##"{"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"anyOf": [{"$ref": "#/$defs/a"}]}}}"##,
            "$: the reference `#/$defs/b` leads back to itself and says nothing"
        ),
        (
            ##"{"$ref": "#/required", "required": ["a"]}"##,
            "$: what `#/required` leads to is no schema: a schema is an object, true or false"
        ),
    ]

    private static let cases: [SchemaCase] = [
        SchemaCase(#"{"exclusiveMinimum": 3}"#, "3.0", "$: must be more than 3, found 3.0"),
        SchemaCase(#"{"exclusiveMinimum": 3}"#, "3.1"),
        SchemaCase(#"{"exclusiveMaximum": 3}"#, "3", "$: must be less than 3, found 3"),
        SchemaCase(#"{"multipleOf": 0.01}"#, "19.99"),
        SchemaCase(
            #"{"multipleOf": 0.01}"#, "19.995", "$: must be a multiple of 0.01, found 19.995"),
        SchemaCase(#"{"multipleOf": 3}"#, "9007199254740993"),
        SchemaCase(
            #"{"multipleOf": 3}"#, "9007199254740992",
            "$: must be a multiple of 3, found 9007199254740992"),
        SchemaCase(#"{"multipleOf": 7}"#, "1e400", "$: must be a multiple of 7, found 1e400"),
        SchemaCase(#"{"multipleOf": 1e-300}"#, "1e999999999999999999999"),
        SchemaCase(#"{"multipleOf": 2.5}"#, "0"),
        SchemaCase(#"{"minProperties": 1}"#, "{}", "$: must have at least 1 member, has 0"),
        SchemaCase(
            #"{"maxProperties": 1}"#, #"{"a":1,"b":2}"#, "$: must have at most 1 member, has 2"),
        SchemaCase(
            #"{"propertyNames": {"pattern": "^[a-z]+$"}}"#, #"{"a":1,"B":2}"#,
            "$.B: the name `B` must match `^[a-z]+$`"),
        SchemaCase(
            #"{"patternProperties": {"^n": {"type": "integer"}}, "additionalProperties": false}"#,
            #"{"n1":1,"nx":"a","m":1}"#, "$.nx: must be an integer, found \"a\"",
            "$.m: unknown member `m`"),
        SchemaCase(
            #"{"dependentRequired": {"a": ["b", "c"]}}"#, #"{"a":1,"c":2}"#,
            "$: `a` needs `b` beside it"),
        SchemaCase(
            #"{"dependentSchemas": {"a": {"maxProperties": 1}}}"#, #"{"a":1,"c":2}"#,
            "$: must have at most 1 member, has 2"),
        SchemaCase(
            #"{"dependencies": {"a": ["b"], "c": {"required": ["d"]}}}"#, #"{"a":1,"c":2}"#,
            "$: `a` needs `b` beside it", "$: `d` is missing"),
        SchemaCase(
            #"{"contains": {"type": "string"}}"#, "[1]",
            "$: must have at least 1 item like `contains`, has 0"),
        SchemaCase(
            #"{"contains": {"type": "string"}, "minContains": 0, "maxContains": 1}"#, #"["a","b"]"#,
            "$: must have at most 1 item like `contains`, has 2"),
        SchemaCase(
            #"{"prefixItems": [{"type": "string"}, true], "items": {"type": "integer"}}"#,
            #"[1,2,3,"x"]"#, "$[0]: must be a string, found 1",
            "$[3]: must be an integer, found \"x\""),
        SchemaCase(
            #"{"allOf": [{"minimum": 3}, {"maximum": 1}]}"#, "2", "$: must be at least 3, found 2",
            "$: must be at most 1, found 2"),
        SchemaCase(
            #"{"oneOf": [{"type": "integer"}, {"minimum": 2}]}"#, "3",
            "$: must fit just one of 2 alternatives, fits 2"),
        SchemaCase(#"{"oneOf": [{"type": "integer"}, {"minimum": 2}]}"#, "2.5"),
        SchemaCase(
            #"{"oneOf": [{"maximum": 1}, {"minimum": 3}]}"#, "2",
            "$: must fit one of 2 alternatives, fits none"
        ),
        SchemaCase(
            #"{"not": {"type": "string"}}"#, #""a""#,
            "$: must not fit the schema under `not`, found \"a\""),
        SchemaCase(#"{"not": {"type": "string"}}"#, "1"),
        SchemaCase(
            #"{"if": {"properties": {"k": {"const": 1}}}, "then": {"required": ["a"]}, "else": {"required": ["b"]}}"#,
            #"{"k":1}"#, "$: `a` is missing"),
        SchemaCase(
            #"{"if": {"properties": {"k": {"const": 1}}}, "then": {"required": ["a"]}, "else": {"required": ["b"]}}"#,
            #"{"k":2}"#, "$: `b` is missing"),
        SchemaCase(#"{"then": {"type": "string"}}"#, "1"),
        SchemaCase(#"{"const": 1, "enum": [1, 2]}"#, "2", "$: must be one of 1, found 2"),
        SchemaCase("false", "1", "$: must be left out: its schema allows no value"),
        SchemaCase(
            #"{"format": "date-time", "$comment": "c", "deprecated": true, "x-own": 1}"#,
            #""no date""#),
        SchemaCase(
            tree, #"{"n":1,"inner":[{"n":2,"inner":[{"n":"x"}]}]}"#,
            "$.inner[0].inner[0].n: must be an integer, found \"x\""),
        SchemaCase(
            ##"{"type": "object", "properties": {"next": {"$ref": "#"}}}"##,
            ##"{"next":{"next":1}}"##, "$.next.next: must be an object, found 1"),
        SchemaCase(
            ##"{"$id": "https://x.test/s", "items": {"$ref": "https://x.test/s"}, "type": "array"}"##,
            "[[],1]", "$[1]: must be an array, found 1"),
        SchemaCase(
            ##"{"items": {"$ref": "#port"}, "$defs": {"a/b": {"$anchor": "port", "type": "integer"}}}"##,
            #"["x"]"#, "$[0]: must be an integer, found \"x\""),
        SchemaCase(
            ##"{"items": {"$ref": "#/$defs/a~1b%20c"}, "$defs": {"a/b c": {"type": "integer"}}}"##,
            #"["x"]"#, "$[0]: must be an integer, found \"x\""),
        SchemaCase(
            ##"{"properties": {"a": {"$ref": "#/definitions/d", "maximum": 3}}, "definitions": {"d": {"minimum": 1}}}"##,
            ##"{"a":4}"##, "$.a: must be at most 3, found 4"),
    ]

    @Test(arguments: cases) func keywordsHold(test: SchemaCase) throws {
        let value = try JSON(parsing: test.value)
        let schema = try Schema(parsing: JSON(parsing: test.schema))
        #expect(schema.mismatches(value).map { "\($0.pathText): \($0.text)" } == test.problems)
        // What is printed says the same.
        let again = try Schema(parsing: schema.json)
        #expect(again.mismatches(value).map { "\($0.pathText): \($0.text)" } == test.problems)
    }

    @Test(arguments: brokenSchemas)
    func brokenSchemasAreRefusedWithTheirPlace(schema: String, problem: String) throws {
        let json = try JSON(parsing: schema)
        let failure = #expect(throws: Failure.self) { try Schema(parsing: json) }
        #expect(failure?.code == "invalid_schema")
        #expect("\(failure?.details?["path"]?.string ?? ""): \(failure?.text ?? "")" == problem)
    }

    @Test func aDeepValueIsCheckedByASchemaThatContainsItself() throws {
        let schema = try Schema(parsing: JSON(parsing: Self.tree))
        let depth = 240
        let text =
            String(repeating: #"{"n":1,"inner":["#, count: depth) + #"{"n":"x"}"#
            + String(repeating: "]}", count: depth)
        #expect(
            schema.mismatches(try JSON(parsing: text)).map(\.text) == [
                "must be an integer, found \"x\""
            ])
    }

    /// References that double at each step would be applied 2^60 times.
    @Test(arguments: ["allOf", "anyOf", "oneOf"])
    func workWithoutEndIsAProblem(keyword: String) throws {
        var parts = (0..<60).map { index in
            let next = ##"{"$ref": "#/$defs/d\##(index + 1)"}"##
            return #""d\#(index)": {"\#(keyword)": [\#(next), \#(next)]}"#
        }
        parts.append(#""d60": {"type": "string"}"#)
        let text = ##"{"$ref": "#/$defs/d0", "$defs": {\##(parts.joined(separator: ","))}}"##
        let schema = try Schema(parsing: JSON(parsing: text))
        #expect(schema.mismatches(["a": 1]).isEmpty == false)
        let any = try Schema(parsing: JSON(parsing: text.replacing(#""type": "string""#, with: "")))
        #expect(
            any.mismatches(1).map(\.text).contains { $0.contains("too much work to check") }
                == (keyword != "anyOf"))
    }

    @Test(arguments: ["minimum", "exclusiveMinimum", "multipleOf", "const"])
    func whatIsSecretIsNotShown(keyword: String) throws {
        let text = #"{"writeOnly": true, "anyOf": [{"\#(keyword)": 900}]}"#
        let found = try Schema(parsing: JSON(parsing: text)).mismatches(7).map(\.text)
        #expect(found.count == 1 && !found.joined().contains("7"))
    }

    @Test func aLongChainOfReferencesIsAProblem() throws {
        let parts = (0..<1200).map { ##""d\##($0)": {"$ref": "#/$defs/d\##($0 + 1)"}"## }
        let text =
            ##"{"$ref": "#/$defs/d0", "$defs": {\##(parts.joined(separator: ",")), "d1200": true}}"##
        let schema = try Schema(parsing: JSON(parsing: text))
        #expect(schema.mismatches(1).count == 1)
        #expect(schema.mismatches(1)[0].text.contains("too much work to check"))
    }

    @Test func aVariableIsTypedByWhatAReferenceSays() throws {
        let flow = load(
            """
            { "parameters": { "n": { "schema": { "$ref": "#/$defs/count", "$defs": { "count":
                                     { "type": "integer", "exclusiveMaximum": 9 } } } } },
              "nodes": { "a": { "component": "echo", "settings": { "delay": "${n}" } } } }
            """)
        #expect(flow.diagnostics.filter { $0.code != "E015" && $0.severity == .error }.isEmpty)
        #expect(flow.parameters.first?.schema.types == .integer)
    }
}
