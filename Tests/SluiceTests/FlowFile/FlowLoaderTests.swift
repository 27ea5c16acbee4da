import Sluice
import SluiceJSON
import SluiceTesting
import Testing

/// A registry with components that need nothing else.
let testRegistry = ComponentRegistry([Shout.self, Echo.self, Either.self, Keep.self])

/// Sends each text that begins with a vowel one way, others the other.
enum Either: Component {
    static let about = About("either", "Sends texts one way or the other")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        let vowels = ports.output("vowels", String.self)
        let others = ports.output("others", String.self)
        ports.input("in", String.self) { text, turn in
            let isVowel = text.first.map { "aeiou".contains($0.lowercased()) } ?? false
            try turn.emit(text, on: isVowel ? vowels : others)
        }
    }
}

/// A flow with one edge between texts and a store.
func edge(_ edge: String) -> String {
    #"{"nodes": {"a": {"component": "shout"}, "p": {"component": "keep"}}, "inputs": {"x": "a.in"}, "#
        + #""edges": [\#(edge)]}"#
}

/// Keeps values under keys, or says it does.
enum Keep: Component {
    static let about = About("keep", "Keeps values")
    struct Put: Message {
        var key = ""
        var value = JSON.null
        init() {}
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("key", &key)
            try m.required("value", &value)
        }
    }
    struct PutOK: Message {
        var key = ""
        init() {}
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("key", &key)
        }
    }
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        let ok = ports.reply("put_ok", PutOK.self)
        ports.requests("put", Put.self, causing: ["put_ok"]) { deliveries, turn in
            for delivery in deliveries {
                var reply = PutOK()
                reply.key = delivery.message.key
                try? turn.emit(reply, on: ok, for: delivery)
            }
        }
    }
}

func load(_ text: String, variables: [String: String] = [:]) -> LoadedFlow {
    let loader = FlowLoader(registry: testRegistry, variables: { variables[$0] })
    return loader.load(Array(text.utf8), path: "test.json")
}

@Suite struct LoadingFlows {
    @Test func aFlowOfTwoNodesRuns() throws {
        let flow = load(
            """
            { "nodes": { "a": { "component": "shout", "settings": { "mark": "${MARK}" } },
                         "b": { "component": "either" } },
              "edges": [ "a.out -> b.in" ],
              "inputs": { "say": "a.in" },
              "outputs": { "vowels": "b.vowels", "others": "b.others" } }
            """, variables: ["MARK": "?"])
        #expect(flow.diagnostics == [])
        let harness = try Harness(#require(flow.plan))
        #expect(try harness.send("apple", to: "say").only("vowels") == "APPLE?")
        #expect(try harness.send("banana", to: "say").only("others") == "BANANA?")
    }

    @Test func aMapIsAppliedAtTheTarget() throws {
        let flow = load(
            """
            { "nodes": { "a": { "component": "echo" }, "b": { "component": "shout" } },
              "edges": [ { "from": "a.out", "to": "b.in", "map": "{{$.text}}" } ],
              "inputs": { "say": "a.in" }, "outputs": { "said": "b.out", "failed": "b.error" } }
            """)
        let harness = try Harness(#require(flow.plan))
        #expect(try harness.send(["value": ["text": "x"]], to: "say").only("said") == "X!")
        let failure = try harness.send(["value": 1], to: "say").only("failed")
        #expect(failure["code"] == "mapping_failed")
        #expect(failure["node"] == "b")
    }

    struct Broken: CustomTestStringConvertible {
        var text: String
        var finding: String
        var testDescription: String { finding }
        init(_ text: String, _ finding: String) {
            self.text = text
            self.finding = finding
        }
    }

    @Test(arguments: [
        Broken("", "1:1 E002"),
        Broken("{\n  \"nodes\": }", "2:12 E002"),
        Broken("[]", "1:1 E005"),
        Broken("{}", "1:1 E006"),
        Broken(#"{"nodes": {}}"#, "1:11 E026"),
        Broken(
            #"{"nodes": {"a": {"component": "shout"}, "a": {"component": "shout"}}}"#, "1:41 E003"),
        Broken(#"{"nods": {}, "nodes": {"a": {"component": "shout"}}}"#, "1:2 E004 nodes"),
        Broken(#"{"nodes": {"a b": {"component": "shout"}}}"#, "1:12 E007"),
        Broken(#"{"nodes": {"a": {"component": "shuot"}}}"#, "1:31 E008 shout"),
        Broken(
            #"{"nodes": {"a": {"component": "shout"}}, "edges": ["b.out -> a.in"]}"#, "1:53 E009"),
        Broken(#"{"nodes": {"a": {}}, "inputs": {"x": "a.in"}}"#, "1:12 E006"),
        Broken(
            #"{"nodes": {"a": {"component": "shout"}}, "edges": ["a.outt -> a.in"]}"#,
            "1:55 E010 out"),
        Broken(
            #"{"nodes": {"a": {"component": "shout"}}, "inputs": {"x": "a.out"}}"#, "1:61 E011"),
        Broken(
            #"{"nodes": {"a": {"component": "shout", "settings": {"mrak": "x"}}}}"#,
            "1:53 E013 mark"),
        Broken(
            #"{"nodes": {"a": {"component": "shout", "settings": {"mark": 3}}}}"#, "1:61 E014"),
        Broken(
            #"{"nodes": {"a": {"component": "shout", "settings": {"mark": "a${X}"}}}}"#,
            "1:63 E015"),
        Broken(
            #"{"nodes": {"a": {"component": "shout"}}, "edges": ["a.out -> a.in"]}"#, "1:52 E021"),
        Broken(
            #"{"nodes": {"a": {"component": "shout", "concurrency": 2}}}"#, "1:55 E024"),
        Broken(edge(#"{"from": "a.out", "to": "p.put"}"#), "1:105 E020"),
        Broken(edge(#"{"from": "a.out", "to": "p.put", "map": {"key": "{{$}}"}}"#), "1:145 E017"),
        Broken(
            edge(
                #"{"from": "a.out", "to": "p.put", "map": {"key": "{{$}}", "valeu": 1, "value": 2}}"#
            ),
            "1:162 E018 value"),
        Broken(
            edge(#"{"from": "a.out", "to": "p.put", "map": {"key": "{{$.x}}", "value": 2}}"#),
            "1:158 E019"),
        Broken(
            edge(#"{"from": "a.out", "to": "p.put", "map": {"key": 7, "value": 2}}"#),
            "1:153 E020"),
        Broken(
            edge(
                #"{"from": "p.put_ok", "to": "p.put", "map": {"key": "{{$.kee}}", "value": 2}, "feedback": true}"#
            ),
            "1:161 E019 key"),
        Broken(#"{"sluice": 2, "nodes": {"a": {"component": "shout"}}}"#, "1:12 E025"),
    ]) func everyFindingHasItsPlace(broken: Broken) throws {
        let flow = load(broken.text)
        let findings = flow.diagnostics.filter { $0.severity == .error }.map { finding in
            "\(finding.line):\(finding.column) \(finding.code)"
                + (finding.suggestion?.split(separator: "`").dropFirst().first.map { " \($0)" }
                    ?? "")
        }
        #expect(findings == [broken.finding])
        #expect(flow.plan == nil)
    }

    @Test func allFindingsComeInOneRun() {
        let flow = load(
            """
            { "nodes": { "a": { "component": "shout", "settings": { "mrak": "${NO}" } },
                         "b": { "component": "eether" }, "c": { "component": "shout" } },
              "edges": [ "a.out -> d.in", "c.on -> b.in",
                         { "from": "c.out", "to": "c.in", "map": "{{$.x +}}" } ] }
            """)
        let codes = flow.diagnostics.map(\.code)
        #expect(codes == ["E013", "E015", "E008", "E009", "E010", "E021", "E016"])
    }
}
