import SluiceJSON
import Testing

@Suite struct SchemaCommandTests {
    @Test func everyComponentIsInTheSchema() throws {
        let outcome = try Sluice().run(["schema"])
        #expect(outcome.code == 0 && outcome.errors == "")
        let schema = try JSON(parsing: outcome.output)
        let list = try JSON(parsing: Sluice().run(["list", "--json"]).output)
        let names = list["components"]?.elements.compactMap { $0["name"] } ?? []
        let node = schema["$defs"]?["node"]
        let rules = node?["allOf"]?.elements.compactMap {
            $0["if"]?["properties"]?["component"]?["const"]
        }
        #expect(!names.isEmpty && rules == names)
        let offered = node?["properties"]?["component"]?["anyOf"]?.elements.compactMap {
            $0["const"]
        }
        #expect(offered == names)
    }

    /// Every `$ref` leads to something that is there.
    @Test func referencesHaveTargets() throws {
        let schema = try JSON(parsing: Sluice().run(["schema"]).output)
        let references = try JSONPath("$..['$ref']").values(in: schema).compactMap(\.string)
        #expect(!references.isEmpty)
        for reference in references {
            let steps = reference.split(separator: "/").dropFirst().map(String.init)
            #expect(steps.reduce(JSON?.some(schema)) { $0?[$1] } != nil, "\(reference)")
        }
    }
}
