import Sluice
import SluiceComponents
import SluiceJSON
import SluiceSystem
import SluiceTesting
import Testing

/// Text that was most likely meant as an expression, and expressions made of data.
@Suite struct TextWarnings {
    /// A flow from `a` to a store, with a map on the edge.
    private static func edge(_ map: String, to port: String = "put") -> String {
        """
        {"nodes": {"a": {"component": "count"}, "s": {"component": "document_store",
                   "settings": {"collections": [{"name": "c"}]}}},
         "edges": [{"from": "a.out", "to": "s.\(port)", "map": \(map)}], "inputs": {"x": "a.in"},
         "onError": "log"}
        """
    }

    /// A flow of one node that is fed.
    private static func node(_ component: String, _ settings: String) -> String {
        """
        {"nodes": {"n": {"component": "\(component)", "settings": \(settings)},
                   "m": {"component": "log"}},
         "edges": ["n.out -> m.in"], "inputs": {"x": "m.in"}, "onError": "log"}
        """
    }

    private static func codes(_ text: String) -> [String] {
        FlowLoader(registry: .builtIn).load(Array(text.utf8), path: "/f.json").diagnostics
            .map(\.code).filter { $0 != "W101" }
    }

    @Test(arguments: [
        #"{"collection": "c", "key": "$.id", "value": 1}"#,
        #"{"collection": "c", "key": "x", "value": ["$['id']", 1]}"#,
        #"{"collection": "c", "key": "x", "value": {"n": "$.n + 1"}}"#,
        #"{"collection": "c", "key": "upper($.id)", "value": 1}"#,
    ])
    func anExpressionWithoutBracesIsNamed(map: String) {
        #expect(Self.codes(Self.edge(map)) == ["W124"])
    }

    @Test(arguments: [
        #"{"collection": "c", "key": "{{$.id}}", "value": "costs $.50"}"#,
        #"{"collection": "c", "key": "$", "value": "$5"}"#,
        #"{"collection": "c", "key": "a.b", "value": "see $.id for more"}"#,
        #"{"collection": "c", "key": "{{'$.id'}}", "value": "upper(x)"}"#,
    ])
    func otherTextIsLeftAlone(map: String) {
        #expect(Self.codes(Self.edge(map)) == [])
    }

    @Test func theTextOfAConditionIsNoMistake() {
        let find = #"{"collection": "c", "where": "$.n > 1"}"#
        #expect(Self.codes(Self.edge(find, to: "find")) == [])
        let active = #"{"collection": "c", "where": "$.active"}"#
        #expect(Self.codes(Self.edge(active, to: "find")) == [])
        let transform = #"{"map": {"collection": "c", "where": "$.n > 1"}}"#
        #expect(Self.codes(Self.node("transform", transform)) == [])
    }

    @Test func aTransformsTextIsLookedAtToo() {
        let codes = Self.codes(Self.node("transform", #"{"map": {"id": "$.id", "x": "{{$.x}}"}}"#))
        #expect(codes == ["W124"])
    }

    @Test(arguments: [
        ("inject", #"{"messages": ["{{1 + 1}}"]}"#),
        ("inject", #"{"messages": [{"a": ["x {{$.b}}"]}]}"#),
        ("jsonl_reader", #"{"path": "{{$.level}}.out"}"#),
        ("inject", #"{"messages": [{"{{$.b}}": 1}]}"#),
        ("csv_reader", #"{"path": "f.csv", "types": {"{{$.b}}": "number"}}"#),
        ("csv_reader", #"{"path": "f.csv", "header": false, "columns": ["a", "{{$.b}}"]}"#),
        ("transform", #"{"map": {"{{$.b}}": 1}}"#),
        ("transform", #"{"map": {"a": [{"x {{$.b}}": "{{$.b}}"}]}}"#),
    ])
    func bracesWhereNoTemplateIsAreNamed(component: String, settings: String) {
        #expect(Self.codes(Self.node(component, settings)) == ["W125"])
    }

    @Test func bracesInANameOfAMapAreNamed() throws {
        let text = Self.edge(#"{"collection": "c", "key": "k", "value": {"{{$.n}}": 1}}"#)
        let found = FlowLoader(registry: .builtIn).load(Array(text.utf8), path: "/f.json")
            .diagnostics
        #expect(found.map(\.code) == ["W125"])
        #expect(marked(try #require(found.first)) == #""{{$.n}}""#)
    }

    @Test func bracesInTheValueOfAParameterAreNamed() throws {
        let folder = try Folder.temporary()
        defer { Folder.remove(folder) }
        func flow(_ parameters: String, _ node: String) -> String {
            """
            {"parameters": {\(parameters)}, "nodes": {"n": \(node)}, "inputs": {"in": "n.in"},
             "onError": "log"}
            """
        }
        func found(_ text: String) -> [Diagnostic] {
            FlowLoader(registry: .builtIn).load(Array(text.utf8), path: "\(folder)/f.json")
                .diagnostics
        }
        let log = #"{"component": "log", "settings": {"label": "${label}"}}"#
        let fallback = found(flow(#""label": {"default": "{{$.a}}"}"#, log))
        #expect(fallback.map(\.code) == ["W125"])
        let sub = flow(#""label": {"schema": {"type": "string"}}"#, log)
        try FileStream.write(Array(sub.utf8), to: "\(folder)/sub.json")
        let used = found(
            flow("", #"{"component": "./sub.json", "settings": {"label": "x {{$.a}}"}}"#))
        #expect(used.map(\.code) == ["W125"])
        #expect(
            used.first?.message
                == "`{{` is text here: the value of the parameter `label` is no template")
        #expect(found(flow("", #"{"component": "./sub.json", "settings": {"label": "{"}}"#)) == [])
    }

    @Test func bracesInAStringOfAConditionAreNamed() {
        #expect(
            Self.codes(Self.node("count", "{}")) == [])
        let filter = #"{"when": "$.n == '{{$.m}}'"}"#
        #expect(Self.codes(Self.node("filter", filter)) == ["W125"])
        let braces = #"{"when": "{{$.n > 1}}"}"#
        #expect(Self.codes(Self.node("filter", braces)) == ["E016"])
        #expect(Self.codes(Self.node("inject", #"{"messages": ["{{", "}}"]}"#)) == [])
    }

    @Test(arguments: [
        #"{"collection": "c", "where": "$.city == '{{$.q}}'"}"#,
        #"{"collection": "c", "where": "{{'$.city == ' + $.q}}"}"#,
        #"{"collection": "c", "where": "{{$.q ? join([$.a, $.b], ' == ') : 'true'}}"}"#,
        #""{{ {collection: 'c', where: replace('$.a == Q', 'Q', $.q)} }}""#,
    ])
    func aConditionThatIsPutTogetherIsNamed(map: String) {
        #expect(Self.codes(Self.edge(map, to: "find")) == ["W126"])
    }

    @Test(arguments: [
        #"{"collection": "c", "where": "$.city == args.q", "args": {"q": "{{$.q}}"}}"#,
        #"{"collection": "c", "where": "{{$.where}}"}"#,
        #"{"collection": "c", "where": "{{$.where ?? 'true'}}"}"#,
        #"{"collection": "c", "where": "{{'$.a' + ' == 1'}}"}"#,
        #"{"collection": "c", "prefix": "{{$.q}}/"}"#,
    ])
    func aConditionThatIsWholeIsLeftAlone(map: String) {
        #expect(Self.codes(Self.edge(map, to: "find")) == [])
    }

    @Test func aMemberThatMayBeLeftOutHasToBeKnown() {
        let known =
            #"{"collection": "c", "key": "{{'k'}}", "value": 1, "ttlSeconds": "{{$.t ?? omit}}"}"#
        #expect(Self.codes(Self.edge(known)) == [])
        let unknown = known.replacing("ttlSeconds", with: "ttlSecond")
        #expect(Self.codes(Self.edge(unknown)) == ["E018"])
        let missing = #"{"collection": "c", "key": "{{$.k ?? omit}}", "value": "{{omit}}"}"#
        #expect(Self.codes(Self.edge(missing)) == ["E017"])
    }

    @Test func aRunLeavesOutWhatIsOmitted() throws {
        let map = """
            {"collection": "c", "key": "{{$.k}}", "value": {"n": "{{1 + 1}}", "m": "{{$.m ?? omit}}"},
             "ttlSeconds": "{{$.t ?? omit}}"}
            """
        let text = Self.edge(map).replacing("a.out", with: "t.out").replacing(
            #""a": {"component": "count"}"#,
            with: #""t": {"component": "transform", "settings": {"map": "{{$}}"}}"#
        ).replacing(#""x": "a.in""#, with: #""x": "t.in""#).replacing(
            #""onError""#, with: #""outputs": {"ok": "s.put_ok"}, "onError""#)
        let flow = FlowLoader(registry: .builtIn).load(Array(text.utf8), path: "/f.json")
        let harness = try Harness(try #require(flow.plan, "\(flow.diagnostics)"))
        let plain = try harness.send(["k": "a"], to: "x").only("ok")
        #expect(plain["expiresAt"] == JSON?.none)
        let expiring = try harness.send(["k": "b", "t": 60, "m": 1], to: "x").only("ok")
        #expect(expiring["expiresAt"] != JSON?.none)
    }
}
