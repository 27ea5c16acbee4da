import Sluice
import SluiceJSON
import Testing

struct SchemaConflictTests {
    /// What an input port may want.
    private static let put = try? Schema(parsing: [
        "type": "object", "required": ["collection", "key", "value"],
        "properties": [
            "collection": ["type": "string", "minLength": 1], "key": ["type": "string"],
            "value": true, "ifRevision": ["type": "integer", "minimum": 0],
            "tags": ["type": "array", "items": ["type": "string"], "minItems": 1, "maxItems": 2],
            "mode": ["enum": ["a", "b"]],
            "either": ["anyOf": [["type": "string"], ["type": "object", "required": ["id"]]]],
            "closed": [
                "type": "object", "additionalProperties": false, "properties": ["known": true],
            ],
        ],
    ])

    private static let whole = #""collection": "c", "key": "{{$.chat}}", "value": "{{$}}""#

    @Test(arguments: [
        Row("{ \(whole) }", "[]"),
        Row(#"{ "collection": "c", "value": 1 }"#, "$: `key` is missing"),
        Row(
            #"{ "colection": "c", "key": "k", "value": 1 }"#,
            "$: `collection` is missing; `colection` is not one of its names"),
        Row(#""{{$.n}}""#, "$: must be an object, found an integer"),
        Row(#""{{$}}""#, "$: `collection` is missing,$: `key` is missing,$: `value` is missing"),
        Row(#""{{$.any}}""#, "[]"),
        Row(#""{{$.open}}""#, "[]"),
        Row(
            #"{ \#(whole), "ifRevision": "{{$.chat}}" }"#,
            "$.ifRevision: must be an integer, found a string"),
        Row(#"{ \#(whole), "ifRevision": -1 }"#, "$.ifRevision: must be at least 0, found -1"),
        Row(#"{ \#(whole), "ifRevision": "{{$.n}}" }"#, "[]"),
        Row(#"{ \#(whole), "ifRevision": "{{$.price}}" }"#, "[]"),
        Row(
            #"{ \#(whole), "ifRevision": "{{$.n}}x" }"#,
            "$.ifRevision: must be an integer, found a string"),
        Row(
            #"{ \#(whole), "ifRevision": "{{$.maybe ?? 'x'}}" }"#,
            "$.ifRevision: must be an integer, found a string"),
        Row(#"{ \#(whole), "ifRevision": "{{$.ok ? 1 : 'x'}}" }"#, "[]"),
        Row(#"{ \#(whole), "tags": [] }"#, "$.tags: must have at least 1 item, has 0"),
        Row(#"{ \#(whole), "tags": ["a", "b", "c"] }"#, "$.tags: must have at most 2 items, has 3"),
        Row(
            #"{ \#(whole), "tags": [1, "{{$.n}}"] }"#,
            "$.tags[0]: must be a string, found an integer"
        ),
        Row(#"{ \#(whole), "tags": [1, "a"] }"#, "[]"),
        Row(#"{ \#(whole), "tags": "{{$.list}}" }"#, "[]"),
        Row(#"{ \#(whole), "mode": "c" }"#, #"$.mode: must be one of "a", "b", found "c""#),
        Row(#"{ \#(whole), "mode": "{{$.ok ? 'a' : 'x'}}" }"#, "[]"),
        Row(
            #"{ \#(whole), "either": "{{$.n}}" }"#,
            "$.either: must be a string or an object, found an integer"),
        Row(
            #"{ \#(whole), "either": {"x": "{{$.n}}"} }"#,
            "$.either: must fit one of 2 alternatives, fits none"
        ),
        Row(#"{ \#(whole), "either": {"id": "{{$.n}}"} }"#, "[]"),
        Row(#"{ \#(whole), "closed": {"knwon": 1} }"#, "$.closed.knwon: unknown member `knwon`"),
        Row(#"{ \#(whole), "other": 1 }"#, "[]"),
    ])
    func onlyWhatNoValueFitsIsAConflict(_ row: Row) throws {
        let template = try Template(JSON(parsing: row.expression))
        let schema = template.infer(from: InferenceTests.source).schema
        let conflicts = schema.conflicts(with: try #require(Self.put)).map { conflict in
            let steps = conflict.path.map { step in
                switch step {
                case .name(let name): ".\(name)"
                case .index(let index): "[\(index)]"
                }
            }
            return "$\(steps.joined()): \(conflict.text)"
        }
        #expect((conflicts.isEmpty ? "[]" : conflicts.joined(separator: ",")) == row.result)
    }

    @Test func membersThatWouldBeIgnoredAreNamed() throws {
        let template = try Template([
            "colection": 1, "key": "k", "value": ["any": "{{$}}"], "closed": ["knowm": 1],
        ])
        let schema = template.infer(from: .any).schema
        let strays = schema.strays(of: try #require(Self.put))
        #expect(strays.map(\.text) == ["unknown member `colection`", "unknown member `knowm`"])
        #expect(strays.map(\.suggestion) == ["collection", "known"])
        #expect(schema.strays(of: .any).isEmpty)
    }
}
