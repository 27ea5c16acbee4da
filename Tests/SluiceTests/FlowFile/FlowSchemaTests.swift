import Sluice
import SluiceJSON
import SluiceTesting
import Testing

@Suite struct FlowSchemaTests {
    private let schema = FlowSchema(testRegistry).json

    @Test func itKnowsTheMembersOfFlowFiles() {
        func names(_ path: String...) -> [String] {
            path.reduce(JSON?.some(schema)) { $0?[$1] }?["properties"]?.members.map(\.name) ?? []
        }
        #expect(
            names() == [
                "$schema", "sluice", "name", "description", "parameters", "nodes", "edges",
                "inputs", "outputs", "onError",
            ])
        #expect(
            names("$defs", "node") == [
                "component", "settings", "concurrency", "ordered", "timeoutMs", "description",
            ])
        #expect(schema["$schema"] == "https://json-schema.org/draft/2020-12/schema")
    }

    @Test func everyMemberItKnowsIsReadByTheLoader() {
        let edge = schema["$defs"]?["edge"]?["anyOf"]?[1]?["properties"]
        for (owner, members) in [("edge", edge), ("node", schema["$defs"]?["node"]?["properties"])]
        {
            for member in members?.members.map(\.name) ?? [] {
                let extra = #""\#(member)": null"#
                let flow = load(
                    """
                    { "nodes": { "a": { "component": "shout"\(owner == "node" ? ", \(extra)" : "") } },
                      "edges": [ { "from": "a.out", "to": "a.in"\(owner == "edge" ? ", \(extra)" : "") } ] }
                    """)
                #expect(!flow.diagnostics.contains { $0.code == "E004" }, "\(owner) \(member)")
            }
        }
    }

    @Test func settingsGoWithTheirComponent() throws {
        let rules = Array(try #require(schema["$defs"]?["node"]?["allOf"]).elements)
        #expect(
            rules.map { $0["if"]?["properties"]?["component"]?["const"]?.string }
                == testRegistry.names)
        let shout = try #require(
            rules.first { $0["if"]?["properties"]?["component"]?["const"] == "shout" })
        let rule = try #require(shout["then"]?["properties"]?["settings"])
        #expect(rule["patternProperties"] == ["^x-": true])
        let settings = try Schema(parsing: Self.withoutNotes(rule))
        #expect(settings.mismatches(["mark": "?"]).isEmpty)
        #expect(settings.mismatches(["marc": "?"]).count == 1)
        #expect(settings.mismatches(["mark": 1]).count == 1)
        let echo = try #require(
            rules.first { $0["if"]?["properties"]?["component"]?["const"] == "echo" })
        let delays = try Schema(
            parsing: Self.withoutNotes(#require(echo["then"]?["properties"]?["settings"])))
        #expect(delays.mismatches(["delay": 3]).isEmpty)
        #expect(delays.mismatches(["delay": "${DELAY:-3}"]).isEmpty)
        #expect(delays.mismatches(["delay": "3"]).count == 1)
    }

    private static func withoutNotes(_ schema: JSON) throws -> JSON {
        try JSON(
            object: schema.members.filter { $0.name != "patternProperties" }
                .map { ($0.name, $0.value) })
    }

    @Test(arguments: [
        (#"{ "nodes": { "a": { "component": "shout", "settings": { "mark": "?" } } } }"#, 0),
        (
            #"{ "nodes": { "a": { "component": "shout" } }, "edges": ["a.out -> a.in"], "x-n": 1 }"#,
            0
        ),
        (#"{ "nodes": { "a b": { "component": "shout" } } }"#, 1),
        (#"{ "nodes": { "a": { "component": "shout", "settings": { "marc": 1 } } } }"#, 1),
        (#"{ "nodes": {} }"#, 1),
        (#"{ "nodes": { "a": { "component": "shout" } }, "edges": ["a.out b.in"] }"#, 1),
    ]) func itIsASchemaThatFlowFilesAreCheckedBy(flow: String, problems: Int) throws {
        let found = try Schema(parsing: schema).mismatches(JSON(parsing: flow))
        #expect(found.count == problems, "\(found)")
    }

    @Test(arguments: [
        ("^a", "ab", true), ("^a", "ba", false), ("b", "abc", true), ("^b$", "abc", false),
    ])
    func aPatternIsFoundAnywhereUnlessAnchored(pattern: String, text: String, fits: Bool) throws {
        let schema = try Schema(parsing: ["pattern": JSON(pattern)])
        #expect(schema.mismatches(JSON(text)).isEmpty == fits)
    }
}
