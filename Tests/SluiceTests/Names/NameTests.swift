import Sluice
import SluiceJSON
import SluiceSystem
import SluiceTesting
import Testing

/// Names are their bytes, and marks are found whatever follows them.
@Suite struct NameTests {
    private static let composed = "\u{E9}"
    private static let decomposed = "e\u{301}"

    @Test func membersThatLookTheSameAreNoDuplicates() {
        let flow = load(
            """
            {"nodes": {"a": {"component": "echo"}}, "inputs": {"x": "a.in"}, "x-note":
             {"\(Self.composed)": 1, "\(Self.decomposed)": 2}, "x-\u{301}": 1}
            """)
        #expect(flow.diagnostics.isEmpty)
    }

    @Test func edgesWhoseMapsLookTheSameAreTwo() {
        func map(_ name: String) -> String {
            #"{"from": "a.out", "to": "p.put", "map": {"key": "\#(name)", "value": "{{$}}"}}"#
        }
        let flow = load(edge(map(Self.composed) + "," + map(Self.decomposed)))
        #expect(!flow.diagnostics.contains { $0.message.contains("twice") })
    }

    @Test(arguments: [
        ("${NAME}\u{301}", "?\u{301}"), ("$${NAME}\u{301}", "${NAME}\u{301}"),
        ("\u{301}${NAME}", "\u{301}?"), ("${N:-\u{301}}", "\u{301}"),
    ])
    func anAccentBesideAVariableStays(text: String, wanted: String) throws {
        let flow = load(
            #"{"nodes": {"a": {"component": "shout", "settings": {"mark": "\#(text)"}}}, "#
                + #""inputs": {"x": "a.in"}, "outputs": {"y": "a.out"}}"#,
            variables: ["NAME": "?"])
        let harness = try Harness(try #require(flow.plan))
        let said = try harness.send("a", to: "x").only("y").string ?? ""
        #expect(said.utf8.elementsEqual("A\(wanted)".utf8))
    }

    @Test(arguments: [composed, decomposed])
    func aSchemaTellsItsPropertiesApart(name: String) throws {
        let schema = try Schema(
            parsing: JSON(
                parsing: """
                    {"properties": {"\(Self.composed)": {"type": "string"},
                     "\(Self.decomposed)": {"type": "integer"}},
                     "required": ["\(name)"], "additionalProperties": false}
                    """))
        let members: [(String, JSON)] = [(Self.composed, "a"), (Self.decomposed, 1)]
        #expect(schema.mismatches(try JSON(object: members)).isEmpty)
        let other = name.utf8.count == 2 ? Self.decomposed : Self.composed
        let value: JSON = other.utf8.count == 2 ? "a" : 1
        let missing = try JSON(object: [(other, value)])
        #expect(schema.mismatches(missing).map(\.isMissing) == [true])
    }

    @Test(arguments: [
        ("a/\u{301}b", "a", "\u{301}b", "a/\u{301}b"),
        ("/\u{301}b", "/", "\u{301}b", "/\u{301}b"),
        ("a/../\u{301}b", "a/..", "\u{301}b", "\u{301}b"),
    ])
    func aNameThatBeginsWithAnAccentIsAPartOfItsPath(
        path: String, folder: String, last: String, clean: String
    ) {
        #expect(Folder.containing(path).utf8.elementsEqual(folder.utf8))
        #expect(Folder.lastPart(of: path).utf8.elementsEqual(last.utf8))
        #expect(Folder.normalized(path).utf8.elementsEqual(clean.utf8))
        #expect(Folder.join("f", "./\u{301}b").utf8.elementsEqual("f/\u{301}b".utf8))
    }

    @Test func aSubflowMayLookLikeTheFlowAroundIt() throws {
        let folder = try Folder.temporary()
        defer { Folder.remove(folder) }
        let inner =
            #"{"nodes": {"a": {"component": "echo"}}, "inputs": {"x": "a.in"}, "outputs": {"y": "a.out"}}"#
        let outer =
            #"{"nodes": {"s": {"component": "./\#(Self.decomposed).json"}}, "inputs": {"x": "s.x"}}"#
        try write(inner, to: "\(folder)/\(Self.decomposed).json")
        try write(outer, to: "\(folder)/\(Self.composed).json")
        let loader = FlowLoader(registry: testRegistry, variables: { _ in nil })
        #expect(loader.load("\(folder)/\(Self.composed).json").diagnostics.isEmpty)
    }

    private func write(_ text: String, to path: String) throws {
        try FileStream(path, .write).write(Array(text.utf8))
    }

    @Test func casesOfATestThatLookTheSameAreTwo() {
        func test(_ name: String) -> String {
            """
            {"name": "\(name)", "steps": [{"send": {"in": "a"}, "expect": {"out": {
             "$contains": "A", "$any": true}}}]}
            """
        }
        let runner = TestRunner(registry: testRegistry)
        let result = runner.run(
            Array(
                """
                {"component": "shout", "cases": [\(test(Self.composed)), \(test(Self.decomposed))]}
                """.utf8), path: "a.test.json")
        #expect(result.diagnostics.isEmpty)
        #expect(result.cases.count == 2)
    }
}
