import Sluice
import SluiceJSON
import SluiceTesting
import Testing

/// A registry with components that need nothing else.
let testRegistry = ComponentRegistry([Shout.self, Echo.self, Either.self])

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
            { "nodes": { "a": { "component": "shout" } },
              "edges": [ { "from": "a.out", "to": "a.in", "map": "{{$.text}}", "feedback": true } ],
              "inputs": { "say": "a.in" }, "outputs": { "said": "a.out", "failed": "a.error" } }
            """)
        let harness = try Harness(#require(flow.plan))
        let received = try harness.send("x", to: "say")
        #expect(received["said"] == ["X!"])
        #expect(received["failed"].first?["code"] == "mapping_failed")
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
        Broken(#"{"nodes": {"a": {"component": "shout"}, "a": {"component": "shout"}}}"#, "1:41 E003"),
        Broken(#"{"nods": {}, "nodes": {"a": {"component": "shout"}}}"#, "1:2 E004 nodes"),
        Broken(#"{"nodes": {"a b": {"component": "shout"}}}"#, "1:12 E007"),
        Broken(#"{"nodes": {"a": {"component": "shuot"}}}"#, "1:31 E008 shout"),
        Broken(#"{"nodes": {"a": {"component": "shout"}}, "edges": ["b.out -> a.in"]}"#, "1:53 E009"),
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
        Broken(#"{"sluice": 2, "nodes": {"a": {"component": "shout"}}}"#, "1:12 E025"),
    ]) func everyFindingHasItsPlace(broken: Broken) throws {
        let flow = load(broken.text)
        let findings = flow.diagnostics.filter { $0.severity == .error }.map { finding in
            "\(finding.line):\(finding.column) \(finding.code)"
                + (finding.suggestion.map { " \($0)" } ?? "")
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
        #expect(codes == ["E013", "E015", "E008", "E009", "E010", "E016"])
    }
}
