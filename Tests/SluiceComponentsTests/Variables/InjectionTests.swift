import Sluice
import SluiceComponents
import SluiceJSON
import SluiceTesting
import Testing

/// A flow of one component whose ports are exported.
func flow(
    _ component: String, _ settings: String, parameters: String = "{}",
    input: String = "in", outputs: [String] = ["out"], variables: [String: String] = [:],
    texts: [String: String] = [:], assuming: Bool = false
) -> LoadedFlow {
    var loader = FlowLoader(registry: .builtIn, variables: { variables[$0] })
    loader.parameterTexts = texts
    loader.assumesParameters = assuming
    let exports = outputs.map { "\"\($0)\": \"n.\($0)\"" }.joined(separator: ", ")
    let text = """
        {"parameters": \(parameters),
         "nodes": {"n": {"component": "\(component)", "settings": \(settings)}},
         "inputs": {"in": "n.\(input)"}, "outputs": {\(exports), "error": "n.error"}}
        """
    return loader.load(Array(text.utf8), path: "flow.json")
}

/// The errors of a flow: code, line and column.
func errors(_ flow: LoadedFlow) -> [String] {
    flow.diagnostics.filter { $0.severity == .error }.map { "\($0.code): \($0.message)" }
}

@Suite struct ValuesOfVariablesAreNeverCode {
    /// Texts that mean something in expressions, templates or string literals.
    static let texts = [
        "O'Brien", "' || true || '", "\" || true || \"", "{{$.a}}", "{{", "}}", "{", "$.a", "\\",
        "\\'",
        "a\nb", "\u{1}", "é\u{301}", "${NAME}", "$${NAME}", "'] || true || $['", "{$.a}}", "12",
        "null",
        "",
    ]

    @Test(arguments: texts, ["'", #"\""#])
    func aConditionComparesWithTheText(text: String, quote: String) throws {
        let loaded = flow(
            "filter", #"{"when": "$.n == \#(quote)${NAME}\#(quote)"}"#,
            outputs: ["out", "rejected"],
            variables: ["NAME": text])
        let harness = try Harness(#require(loaded.plan, "\(loaded.diagnostics)"))
        let received = try harness.send([["n": JSON(text)], ["n": "other"], ["n": true]], to: "in")
        #expect(received["out"] == [["n": JSON(text)]])
        #expect(received["rejected"].count == 2)
    }

    @Test(arguments: texts)
    func outsideOfQuotesAVariableIsAString(text: String) throws {
        let loaded = flow(
            "filter", #"{"when": "$.n == ${NAME}"}"#, variables: ["NAME": text])
        let harness = try Harness(#require(loaded.plan, "\(loaded.diagnostics)"))
        let received = try harness.send([["n": JSON(text)], ["n": "other"]], to: "in")
        #expect(received["out"] == [["n": JSON(text)]])
    }

    @Test(
        arguments: texts,
        [
            "${NAME}", "a ${NAME} b", "{${NAME}", "${NAME}{", "{{'${NAME}'}}", "{{${NAME}}}",
            "{{ 'x' + ${NAME} }}${NAME}", "{{$.a}}${NAME}{{$.a}}", "${NAME}${NAME}",
            "{${NAME}{{$.a}}",
            "{{param('p')}}{{env('NAME')}}",
        ])
    func aMapGivesTheText(text: String, map: String) throws {
        let loaded = flow(
            "transform", #"{"map": "\#(map)"}"#,
            parameters: #"{"p": {"schema": {"type": "string"}, "default": ""}}"#,
            variables: ["NAME": text])
        let harness = try Harness(#require(loaded.plan, "\(loaded.diagnostics)"))
        let expected = map.replacing("{{'${NAME}'}}", with: text)
            .replacing("{{ 'x' + ${NAME} }}", with: "x" + text)
            .replacing("{{param('p')}}", with: "").replacing("{{env('NAME')}}", with: text)
            .replacing("{{$.a}}", with: "A").replacing("{{${NAME}}}", with: text)
            .replacing("${NAME}", with: text)
        // A value that is put in is not looked at again.
        guard !text.contains("$"), !text.contains("{") || !map.contains("$.a") else { return }
        #expect(try harness.send(["a": "A"], to: "in").only("out") == JSON(expected))
    }

    @Test(arguments: texts)
    func aFilterOfAPathComparesWithTheText(text: String) throws {
        let loaded = flow(
            "transform", #"{"map": "{{$.l[?@.n == '${NAME}']}}"}"#, variables: ["NAME": text])
        let harness = try Harness(#require(loaded.plan, "\(loaded.diagnostics)"))
        let row: JSON = ["n": JSON(text)]
        #expect(try harness.send(["l": [row, ["n": "x"]]], to: "in").only("out") == [row])
    }

    @Test(arguments: texts)
    func aConditionOfFindComparesWithTheText(text: String) throws {
        let loaded = findFlow(#""$.city == '${NAME}'""#, variables: ["NAME": text])
        let harness = try Harness(#require(loaded.plan, "\(loaded.diagnostics)"))
        for (key, city) in [("a", text), ("b", "other")] {
            try harness.send(
                ["collection": "c", "key": JSON(key), "value": ["city": JSON(city)]], to: "put")
        }
        let found = try harness.send(.null, to: "ask").only("found")
        #expect(found["items"]?.elements.compactMap { $0["key"]?.string } == ["a"])
    }

    func findFlow(_ condition: String, variables: [String: String]) -> LoadedFlow {
        let loader = FlowLoader(registry: .builtIn, variables: { variables[$0] })
        let text = """
            {"nodes": {"e": {"component": "count"},
                       "s": {"component": "document_store", "settings": {"collections": [{"name": "c"}]}}},
             "edges": [{"from": "e.out", "to": "s.find",
                        "map": {"collection": "c", "where": \(condition)}}],
             "inputs": {"put": "s.put", "ask": "e.in"},
             "outputs": {"found": "s.find_ok", "put": "s.put_ok", "error": "s.error"}}
            """
        return loader.load(Array(text.utf8), path: "flow.json")
    }

    @Test func aTextThatWouldBeAConditionIsNone() throws {
        let loaded = flow("filter", #"{"when": "${COND}"}"#, variables: ["COND": "$.a == 1"])
        #expect(loaded.diagnostics.map(\.code) == ["E019"])
        #expect(loaded.diagnostics.first?.message == "a test needs a boolean, not a string")
    }

    @Test func aBackslashBeforeAVariableDoesNotEndTheString() {
        let loaded = flow(
            "filter", #"{"when": "$.n == '\\${NAME}'"}"#, variables: ["NAME": "' || true || '"])
        #expect(loaded.diagnostics.map(\.code) == ["E016"])
    }
}

@Suite struct ValuesOfParametersKeepTheirType {
    static let limit = #"{"limit": {"schema": {"type": "integer"}}, "name": {"default": "x"}}"#

    @Test(arguments: [
        ("{{$.n * ${limit}}}", "12"), ("{{$.n * param('limit')}}", "12"),
        ("{{$.n -${limit}}}", "-1"),
        ("{{ {a: ${limit}, b: param( \\\"name\\\" )} }}", #"{"a":4,"b":"x"}"#),
        ("{{'n${limit}'}}", #""n4""#),
        ("${limit}", "4"), ("n${limit}", #""n4""#), ("{{[${limit}, ${limit}]}}", "[4,4]"),
        ("{{$.l[${n1}]}}", #""b""#), ("{{env('SET') + '!'}}", #""s!""#),
        ("{{env('NOT_SET') ?? 'none'}}", #""none""#), ("${NOT:-${SET}}", #""s""#),
        ("${NOT:-a${NOR:-${SET}}b}", #""asb""#), ("${NOT:-${limit}}", "4"),
        ("$${SET}", #""${SET}""#),
        ("{{'$${SET}'}}", #""${SET}""#), ("$${{$.n}}", #""$3""#),
        ("{{number('${NOT:-5}') + 1}}", "6"),
        ("${NOT:-$${x}", #""${x""#), ("{{${list}}}", "[1,{\"a\":\"{{\"}]"),
        ("{{${flag} ? 1 : 2}}", "1"), ("${EMPTY:-x}", #""x""#), ("[${EMPTY}]", #""[]""#),
        ("{{'${EMPTY:-${SET}}'}}", #""s""#),
    ])
    func inAMap(map: String, expected: String) throws {
        let parameters = """
            {"limit": {"schema": {"type": "integer"}}, "name": {"default": "x"}, "n1": {"default": 1},
             "list": {"default": [1, {"a": "{{"}]}, "flag": {"default": true}}
            """
        let loaded = flow(
            "transform", #"{"map": "\#(map)"}"#, parameters: parameters,
            variables: ["SET": "s", "EMPTY": ""], texts: ["limit": "4"])
        let harness = try Harness(#require(loaded.plan, "\(loaded.diagnostics)"))
        let message: JSON = ["n": 3, "l": ["a", "b"]]
        #expect(try harness.send(message, to: "in").only("out") == JSON(parsing: expected))
    }

    @Test(arguments: [
        ("{{$.n${limit}}}", "E016"), ("{{${limit}${limit}}}", "E016"),
        ("{{param('limt')}}", "E015"),
        ("{{param($.x)}}", "E016"), ("{{env('NOT_SET')}}", "E015"), ("{{5${limit}}}", "E016"),
        ("${NOT:-${NOR}}", "E015"), ("${NOT:-${NOR}", "E015"),
    ])
    func whatIsNoValueIsRefused(map: String, code: String) {
        let loaded = flow(
            "transform", #"{"map": "\#(map)"}"#, parameters: Self.limit, texts: ["limit": "4"])
        #expect(loaded.diagnostics.filter { $0.severity == .error }.map(\.code) == [code])
    }

    @Test func defaultsThatNestWithoutEndAreRefused() {
        let deep = String(repeating: "${A:-", count: 50_000) + String(repeating: "}", count: 50_000)
        #expect(flow("log", #"{"label": "\#(deep)"}"#).diagnostics.first?.code == "E015")
        let fine = String(repeating: "${A:-", count: 20) + "x" + String(repeating: "}", count: 20)
        #expect(errors(flow("log", #"{"label": "\#(fine)"}"#)) == [])
    }

    @Test func aFindingPointsAtWhatIsWrittenInTheFile() throws {
        let loaded = flow(
            "transform", #"{"map": "{{'${A}' + '${A}' + uper($.x)}}"}"#, variables: ["A": "''''''"])
        let finding = try #require(loaded.diagnostics.first { $0.severity == .error })
        #expect(finding.code == "E016")
        #expect(marked(finding) == "uper")
    }
}

@Suite struct ParametersFromVariables {
    static func parameters(_ schema: String) -> String { #"{"n": {"schema": \#(schema)}}"# }

    @Test(arguments: [
        (#"{"type": "integer", "maximum": 5}"#, "99", false), (#"{"type": "integer"}"#, "x", false),
        (#"{"type": "integer", "maximum": 5}"#, "4", true), (#"{"type": "string"}"#, "99", true),
        (#"{"enum": ["a", "b"]}"#, "c", false), (#"{"type": "boolean"}"#, "true", true),
    ])
    func areCheckedByTheirSchema(schema: String, text: String, fits: Bool) throws {
        for isVariable in [true, false] {
            let loaded = flow(
                "transform", #"{"map": {"n": "${n}"}}"#, parameters: Self.parameters(schema),
                variables: isVariable ? ["n": text] : [:], texts: isVariable ? [:] : ["n": text])
            #expect((loaded.plan != nil) == fits, "\(loaded.diagnostics)")
            if !fits { #expect(loaded.diagnostics.map(\.code).contains("E014")) }
        }
    }

    @Test func haveTheTypeOfTheirSchema() throws {
        let loaded = flow(
            "transform", #"{"map": {"n": "${n}"}}"#,
            parameters: Self.parameters(#"{"type": "string"}"#),
            variables: ["n": "12"])
        let harness = try Harness(#require(loaded.plan))
        #expect(try harness.send(1, to: "in").only("out") == ["n": "12"])
    }

    @Test func aSettingChecksThemToo() {
        let loaded = flow(
            "delay", #"{"milliseconds": "${n}"}"#, parameters: #"{"n": {}}"#,
            variables: ["n": "99999999999999"])
        #expect(errors(loaded).count == 1)
        #expect(errors(loaded).first?.hasPrefix("E014: `milliseconds` must be at most") == true)
    }

    @Test(arguments: ["never", #"{"everyMs": 5}"#])
    func aSettingOfSeveralFormsTakesEach(text: String) {
        let loaded = flow(
            "document_store", #"{"collections": [{"name": "c"}], "sync": "${SYNC}"}"#, input: "put",
            outputs: ["put_ok"], variables: ["SYNC": text])
        #expect(errors(loaded) == [])
    }

    @Test func aDefaultStandsWhateverTheVariableOfThatNameIs() throws {
        let loaded = flow(
            "transform", #"{"map": {"n": "${n}"}}"#, parameters: #"{"n": {"default": 1}}"#,
            variables: ["n": "2"])
        let harness = try Harness(#require(loaded.plan))
        #expect(try harness.send(1, to: "in").only("out") == ["n": 1])
    }
}
