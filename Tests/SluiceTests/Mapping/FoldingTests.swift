import Sluice
import SluiceJSON
import Testing

/// Parts of a template that are constant are computed when it is compiled.
struct FoldingTests {
    @Test(arguments: [
        (#"{"n": {"k": "{{2}}"}, "l": ["x{{2}}", "{{'{{'}}"]}"#, #"{"n":{"k":2},"l":["x2","{{"]}"#),
        (#"{"key": "{{'k'}}"}"#, #"{"key":"k"}"#),
        (#"["{{1}}"]"#, "[1]"),
        (#"[[["{{1}}", 1.10]]]"#, "[[[1,1.10]]]"),
        (#"{"a": "{{1 + 1}}", "b": "{{upper('x')}}-{{2 * 3}}"}"#, #"{"a":2,"b":"X-6"}"#),
        (#"{"a": "{{ {b: [1, 2][1]} }}"}"#, #"{"a":{"b":2}}"#),
        (#"{"a": 1, "a": "{{2}}"}"#, #"{"a":1,"a":2}"#),
        (#"{"{{1}}": "{{1}}"}"#, #"{"{{1}}":1}"#),
        (#"{"a": "{{null ?? 'x'}}", "b": "{{true ? 1 : 2}}"}"#, #"{"a":"x","b":1}"#),
    ])
    func constantPartsHaveTheirValue(_ template: String, _ value: String) throws {
        let compiled = try Template(JSON(parsing: template))
        #expect(compiled.isConstant)
        #expect(try compiled.evaluate(["a": 1], Mapping.context).text == value)
    }

    @Test func constantPartsBesideOthersHaveTheirValue() throws {
        let template = try JSON(
            parsing: #"{"c": {"k": "{{2}}"}, "m": "{{$.a}}", "s": "{{'x'}}{{$.a}}{{1}}"}"#)
        let compiled = try Template(template)
        #expect(!compiled.isConstant)
        let value = try compiled.evaluate(["a": 7], Mapping.context)
        #expect(value.text == #"{"c":{"k":2},"m":7,"s":"x71"}"#)
    }

    @Test func aConstantThatHasNoValueFailsForTheMessage() throws {
        let compiled = try Template(["a": "{{1 / 0}}"])
        #expect(!compiled.isConstant)
        #expect(throws: EvaluationError.self) { try compiled.evaluate(.null, Mapping.context) }
    }

    /// Values of parameters stand in expressions as literals: a guard before a part holds in `check` too.
    @Test(arguments: [
        ("0 == 0 ? 0 : 100 / 0", "0"), ("0 != 0 ? 100 / 0 : 1", "1"),
        ("'' == '' || $.at >= parsetime('')", "true"), ("'' != '' && parsetime('') > 0", "false"),
        ("1 ?? 1 / 0", "1"), ("$.at > 0 ? 1 : 0 == 0 ? 2 : 1 / 0", "1"),
        ("$.at > 0 || '' == '' || upper(1) == 'A'", "true"),
        ("$.no ?? 5 ?? upper(1)", "5"), ("false ? 1 / 0 : $.at", "2"),
    ])
    func whatIsNeverReachedIsNoMistake(_ expression: String, _ value: String) throws {
        let template = try Template("{{\(expression)}}")
        #expect(template.infer(from: .any).problems.map(\.message) == [])
        #expect(try template.evaluate(["at": 2], Mapping.context).text == value)
    }

    @Test func aConstantGuardBeforeOmitLeavesOut() throws {
        let template = try Template([
            "a": "{{true ? omit : 1}}", "b": ["{{1 == 2 ? 0 : omit}}", 3],
            "c": "{{false ? 1 : $.x ?? omit}}", "d": "{{null ?? omit}}",
        ])
        #expect(try template.evaluate(["y": 1], Mapping.context) == ["b": [3]])
    }

    @Test(arguments: [
        "0 == 1 ? 0 : 100 / 0", "'' == 'a' || parsetime('') > 0", "null ?? 1 / 0", "1 / 0 ?? 2",
        "upper(1) == 'A' || true", "$.at > 0 ? 1 : 1 / 0",
    ])
    func whatMayBeReachedIsAMistake(_ expression: String) throws {
        #expect(try Template("{{\(expression)}}").infer(from: .any).problems.count == 1)
    }

    @Test(arguments: ["now()", "uuid()", "id()", "lineage()", "$", "$.a", "[$.a]", "upper($.a)"])
    func whatDependsOnTheMessageOrTheRunIsNoConstant(_ expression: String) throws {
        #expect(try !Template("{{\(expression)}}").isConstant)
        #expect(try !Template(["a": [JSON("{{\(expression)}}")]]).isConstant)
    }

    @Test func aConstantThatNestsTooDeepFailsForTheMessage() throws {
        let text =
            String(repeating: "[", count: 480) + #""{{[1]}}""# + String(repeating: "]", count: 480)
        let compiled = try Template(JSON(parsing: text))
        #expect(throws: EvaluationError.self) { try compiled.evaluate(.null, Mapping.context) }
    }

    @Test func aFoldedTemplateIsTypedByItsValue() throws {
        let schema = try Template(["key": "{{'k'}}", "n": "{{1 + 1}}"]).infer(from: .any).schema
        #expect(schema.property("key")?.schema.enumeration == ["k"])
        #expect(schema.property("n")?.schema.enumeration == [2])
    }
}
