import Sluice
import SluiceComponents
import SluiceJSON
import SluiceSystem
import SluiceTesting
import Testing

/// The schemas that editors get, against the files that come with the project.
@Suite struct FileSchemaTests {
    private static let folder = "\(DocumentationPage.package)/Flows"

    private static func files(isTest: Bool) throws -> [JSON] {
        try Folder.names(in: folder).filter {
            $0.hasSuffix(".json") && $0.hasSuffix(".test.json") == isTest
        }.map { try JSON(parsing: FileStream.contents(of: "\(folder)/\($0)")) }
    }

    @Test func theFlowsFitTheirSchema() throws {
        let schema = try Schema(parsing: FlowSchema(.builtIn).json)
        for flow in try Self.files(isTest: false) { #expect(schema.mismatches(flow) == []) }
    }

    @Test func theTestFilesFitTheirSchema() throws {
        let schema = try Schema(parsing: TestFileSchema(.builtIn).json)
        let pages = ["testing.md", "document_store.md", "conversation.md"]
        let examples = try pages.flatMap {
            try DocumentationPage($0).jsonBlocks.map { try JSON(parsing: $0) }
        }
        for test in try Self.files(isTest: true) + examples {
            #expect(schema.mismatches(test) == [])
        }
    }

    @Test(arguments: [
        #"{ "component": "count" }"#,
        #"{ "cases": [ { "name": "a", "steps": [ {} ] } ] }"#,
        #"{ "component": "count", "flow": "f.json", "cases": [ { "name": "a", "steps": [ {} ] } ] }"#,
        #"{ "component": "cuont", "cases": [ { "name": "a", "steps": [ {} ] } ] }"#,
        #"{ "component": "delay", "cases": [ { "name": "a", "steps": [ {} ] } ] }"#,
        #"{ "component": "log", "settings": { "lable": 1 }, "cases": [ { "name": "a", "steps": [ {} ] } ] }"#,
        #"{ "flow": "f.json", "settings": {}, "cases": [ { "name": "a", "steps": [ {} ] } ] }"#,
        #"{ "component": "count", "cases": [] }"#,
        #"{ "component": "count", "cases": [ { "name": "a", "steps": [ { "sned": {} } ] } ] }"#,
        #"{ "component": "count", "cases": [ { "name": "a", "steps": [ { "advance": "2 s" } ] } ] }"#,
        #"{ "component": "count", "files": { "a": 1 }, "cases": [ { "name": "a", "steps": [ {} ] } ] }"#,
        #"{ "flow": "f", "mocks": { "a": { "in": [ { "match": 1 } ] } }, "cases": [ { "name": "a", "steps": [ {} ] } ] }"#,
    ]) func whatTestRefusesDoesNotFit(text: String) throws {
        let schema = try Schema(parsing: TestFileSchema(.builtIn).json)
        #expect(try schema.mismatches(JSON(parsing: text)) != [])
        #expect(
            TestRunner(registry: .builtIn).run(Array(text.utf8), path: "a.test.json").isBroken)
    }
}
