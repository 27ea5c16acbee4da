import Sluice
import SluiceJSON
import Testing

struct InferenceTests {
    /// What the messages of these tests look like.
    static let source: Schema = {
        let json: JSON = [
            "type": "object", "additionalProperties": false, "required": ["chat", "n"],
            "properties": [
                "chat": ["type": "string"], "n": ["type": "integer"], "price": ["type": "number"],
                "ok": ["type": "boolean"], "nothing": ["type": "null"], "any": true,
                "maybe": ["type": ["string", "null"]],
                "user": [
                    "type": "object", "additionalProperties": false,
                    "properties": ["name": ["type": "string"], "first name": ["type": "string"]],
                ],
                "open": ["type": "object", "properties": ["known": ["type": "string"]]],
                "map": ["type": "object", "additionalProperties": ["type": "integer"]],
                "list": [
                    "type": "array",
                    "items": [
                        "type": "object", "additionalProperties": false,
                        "properties": ["id": ["type": "integer"]],
                    ],
                ],
                "either": [
                    "anyOf": [
                        [
                            "type": "object", "additionalProperties": false,
                            "properties": ["left": ["type": "string"]],
                        ],
                        [
                            "type": "object", "additionalProperties": false,
                            "properties": ["right": ["type": "integer"]],
                        ],
                    ]
                ],
            ],
        ]
        guard let schema = try? Schema(parsing: json) else { return .any }
        return schema
    }()

    @Test(arguments: [
        Row("$.chat", #"{"type":"string"}"#),
        Row("$.user.name", #"{"type":"string"}"#),
        Row("$.open.other", "true"),
        Row("$.map.anything", #"{"type":"integer"}"#),
        Row("$.list[0].id", #"{"type":"integer"}"#),
        Row("$.list[*].id", #"{"type":"array","items":{"type":"integer"}}"#),
        Row("$.list[?@.id > 1]", #"{"type":"array"}"#),
        Row("$..id", #"{"type":"array"}"#),
        Row("$.any.thing[3]", "true"),
        Row("$.n + 1", #"{"type":"integer"}"#),
        Row("$.n / 2", #"{"type":"number"}"#),
        Row("$.n + $.price", #"{"type":"number"}"#),
        Row("$.chat + 'x'", #"{"type":"string"}"#),
        Row("$.any + $.any", #"{"type":["number","string"]}"#),
        Row("-$.n", #"{"type":"integer"}"#),
        Row("first($.list).id", #"{"type":"integer"}"#),
        Row("split($.chat, ',')[0]", #"{"type":"string"}"#),
        Row("($.list ?? [])[0].id", #"{"type":"integer"}"#),
        Row("$.any.x ?? $.maybe", "true"),
        Row("match($.chat, 'a')", #"{"type":"boolean"}"#),
        Row("search($.chat, $.maybe)", #"{"type":"boolean"}"#),
        Row("round($.price, 2)", #"{"type":"number"}"#),
        Row(
            "{a: $.maybe ?? omit, b: omit, c: $.n}",
            #"{"type":"object","properties":{"a":{"type":"string"},"c":{"type":"integer"}},"#
                + #""required":["c"],"additionalProperties":false}"#),
        Row(
            "[$.n, $.ok ? $.n : omit]",
            #"{"type":"array","items":{"type":"integer"},"minItems":1,"maxItems":2}"#),
        Row("$.n > 1 && $.ok", #"{"type":"boolean"}"#),
        Row(
            "$.maybe ?? 1",
            #"{"anyOf":[{"type":"string"},{"type":"integer","enum":[1]}],"type":["integer","string"]}"#
        ),
        Row("$.maybe ?? $.chat", #"{"type":"string"}"#),
        Row("$.ok ? $.n : $.chat", #"{"type":["integer","string"]}"#),
        Row("upper($.chat)", #"{"type":"string"}"#),
        Row("first($.list[*].id)", #"{"type":"integer"}"#),
        Row("sum($.list[*].id)", #"{"type":"number"}"#),
        Row("sum($.n, 1)", #"{"type":"integer"}"#),
        Row("length($.list)", #"{"type":"integer"}"#),
        Row("keys($.map)", #"{"type":"array","items":{"type":"string"}}"#),
        Row("now()", #"{"type":"integer"}"#),
        Row("$.either.left", #"{"type":"string"}"#),
    ])
    func shapesFollowFromTheSource(_ row: Row) throws {
        guard let template = try? Template("{{\(row.expression)}}") else {
            #expect(row.result == "error")
            return
        }
        let (schema, problems) = template.infer(from: Self.source)
        #expect(problems.isEmpty, "\(problems)")
        let wanted = try JSON(parsing: row.result)
        #expect(schema.json == wanted, "\(schema.json)")
    }

    @Test func templatesGiveClosedObjects() throws {
        let template = try Template([
            "key": "{{$.chat}}/{{$.n}}", "value": "{{$.user}}", "list": [1, "{{$.n}}"],
        ])
        let (schema, problems) = template.infer(from: Self.source)
        #expect(problems.isEmpty)
        #expect(!schema.allowsOtherMembers)
        #expect(schema.properties.map(\.name) == ["key", "value", "list"])
        #expect(!schema.properties.contains { !$0.isRequired })
        #expect(schema.property("key")?.schema == Schema(.string))
        #expect(schema.property("value")?.schema == Self.source.property("user")?.schema)
        #expect(schema.property("list")?.schema.minimumItems == 2)
    }

    /// An expression, the part of it that is to blame, and words of the message or suggestion.
    struct Wrong: Sendable, CustomTestStringConvertible {
        var expression: String
        var blamed: String
        var words: String

        init(_ expression: String, _ blamed: String, _ words: String) {
            self.expression = expression
            self.blamed = blamed
            self.words = words
        }

        var testDescription: String { expression }
    }

    @Test(arguments: [
        Wrong("$.chatt", "chatt", "`$` has no member `chatt` (did you mean `chat`?)"),
        Wrong("1 + $.user.nmae", "nmae", "`$.user` has no member `nmae` (did you mean `name`?)"),
        Wrong("$.user['first nam']", "['first nam']", "did you mean `first name`?"),
        Wrong("$.name", "name", "did you mean `$.user.name`?"),
        Wrong("$.chat.id", "id", "`$.chat` is a string, not an object"),
        Wrong("$.chat[0]", "[0]", "`$.chat` is a string, not an array"),
        Wrong("$[0]", "[0]", "`$` is an object, not an array"),
        Wrong("$.list[0].idd", "idd", "`$.list[0]` has no member `idd`"),
        Wrong("$.list[*].idd", "idd", "`$.list[*]` has no member `idd`"),
        Wrong("$.lists[*].id", "lists", "did you mean `list`?"),
        Wrong("$.lists[?@.id > 1]", "lists", "did you mean `list`?"),
        Wrong("$.lists..id", "lists", "did you mean `list`?"),
        Wrong("$.n[*]", "[*]", "`$.n` is an integer"),
        Wrong("$.map.a.b", "b", "`$.map.a` is an integer, not an object"),
        Wrong("$.either.middle", "middle", "`$.either` has no member `middle`"),
        Wrong("$.chatt ?? 'x'", "chatt", "did you mean `chat`?"),
        Wrong("$.n && true", "$.n", "`&&` needs a boolean, not an integer"),
        Wrong("!$.chat", "$.chat", "`!` needs a boolean, not a string"),
        Wrong("$.chat ? 1 : 2", "$.chat", "`?` needs a boolean, not a string"),
        Wrong("1 + $.chat", "1 + $.chat", "not an integer and a string; string(…)"),
        Wrong(
            "$.n * 2 - $.ok", "$.n * 2 - $.ok",
            "`-` needs two numbers, not an integer and a boolean"),
        Wrong("-$.chat", "$.chat", "`-` needs a number, not a string"),
        Wrong("$.n < $.chat", "$.n < $.chat", "compares two numbers or two strings"),
        Wrong("upper($.n)", "$.n", "`upper` needs a string, not an integer"),
        Wrong("split($.chat, $.n)", "$.n", "`split` needs a string as its second argument"),
        Wrong("length($.ok)", "$.ok", "needs a string, an array or an object, not a boolean"),
        Wrong("abs(upper($.chat))", "upper($.chat)", "`abs` needs a number, not a string"),
    ])
    func whatCanNeverWorkIsBlamedAtItsPlace(_ wrong: Wrong) throws {
        let template = try Template(["é": [JSON("x {{ \(wrong.expression) }}")]])
        let problems = template.infer(from: Self.source).problems
        #expect(problems.count == 1, "\(problems)")
        let problem = try #require(problems.first)
        let bytes = Array("x {{ \(wrong.expression) }}".utf8)
        let blamed = bytes[problem.offset..<problem.offset + problem.length]
        #expect(String(decoding: blamed, as: UTF8.self) == wrong.blamed)
        #expect(problem.path == "$.é[0]")
        #expect(problem.expression == wrong.expression)
        #expect(problem.description.contains(wrong.words), "\(problem)")
    }

    @Test(arguments: [
        "$.open.whatever.deep", "$.any.x", "$.price + $.n", "$.maybe + 'x'", "$.list[9].id",
        "$.user['first name']", "$.either.right", "upper($.maybe)", "$.any > 1", "$.any && $.ok",
        "$.nothing ?? 1", "[$.nothing]", "$.list[-1]", "sum($.any)", "$.maybe == 1",
    ])
    func whatMayWorkIsNoProblem(_ expression: String) throws {
        let template = try Template("{{\(expression)}}")
        #expect(template.infer(from: Self.source).problems.isEmpty)
        #expect(template.infer(from: .any).problems.isEmpty)
    }

    @Test func nullInAnInterpolationIsAProblem() throws {
        let problems = try Template("a {{$.nothing}} {{null}}").infer(from: Self.source).problems
        #expect(problems.map(\.offset) == [4, 18])
    }

    @Test func testsHaveToBeBooleans() throws {
        func count(_ text: String) throws -> Int {
            try Expression(text).infer(from: Self.source, isTest: true).problems.count
        }
        for (text, wanted) in [
            ("$.n > 1", 0), ("$.ok", 0), ("$.any", 0), ("$.n", 1), ("$.chatt == 'x'", 1),
        ] {
            let found = try count(text)
            #expect(found == wanted, "\(text)")
        }
        let value = try Expression("$.n")
        #expect(value.infer(from: Self.source).problems.isEmpty)
    }

    @Test func closingASchemaRulesOtherMembersOut() throws {
        let open: JSON = [
            "type": "object",
            "properties": [
                "a": ["type": "object", "properties": ["b": true]], "free": ["type": "object"],
                "list": ["items": ["properties": ["c": true]]],
            ],
        ]
        let schema = try Schema(parsing: open)
        for (expression, count) in [("$.x", 1), ("$.a.x", 1), ("$.list[0].x", 1), ("$.free.x", 0)] {
            let template = try Template("{{\(expression)}}")
            #expect(template.infer(from: schema).problems.isEmpty)
            #expect(template.infer(from: schema.closed).problems.count == count, "\(expression)")
        }
    }

    @Test func longPathsAreLeftAlone() throws {
        let path = "$" + String(repeating: ".chat", count: 5_000)
        let (schema, problems) = try Template("{{\(path)}}").infer(from: Self.source)
        #expect(schema == .any)
        #expect(problems.isEmpty)
    }

    @Test func longListsBecomeKinds() throws {
        let numbers = try JSON(array: (0..<20_000).map { JSON($0) })
        let mixed = try JSON(array: [numbers, "a"])
        let schema = try Template(mixed).infer(from: .any).schema
        #expect(schema.items.first?.anyOf.first?.items == [Schema(.integer)])
        let object = try JSON(object: (0..<20_000).map { ("k\($0 % 15_000)", JSON($0)) })
        let properties = try Template(object).infer(from: .any).schema.properties
        #expect(properties.count == 15_000)
        #expect(properties.first?.schema.enumeration == [15_000])
    }
}
