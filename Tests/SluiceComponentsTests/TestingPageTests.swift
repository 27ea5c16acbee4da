import Sluice
import SluiceComponents
import SluiceSystem
import SluiceTesting
import Testing

/// The test files on pages of Docs, and those of the flows.
@Suite struct TestingPageTests {
    private static let package = DocumentationPage.package

    private static let examples = ["testing.md", "document_store.md", "conversation.md"].flatMap {
        DocumentationPage($0).jsonBlocks
    }

    @Test(arguments: examples) func theExamplesPass(text: String) {
        let path = "\(Self.package)/Flows/page.test.json"
        let result = TestRunner(registry: .builtIn).run(Array(text.utf8), path: path)
        #expect(result.diagnostics.map(\.rendered) == [])
        #expect(result.cases.flatMap(\.problems).map(\.rendered) == [])
        #expect(!result.cases.isEmpty)
        let formatted = FlowFormatter.format(Array(text.utf8), path: path)
        #expect(formatted.text.map { String(decoding: $0, as: UTF8.self) } == text)
    }

    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func theFlowsPassTheirTests(seed: UInt64) throws {
        var runner = TestRunner(registry: .builtIn)
        runner.seed = seed
        let files = try TestFolder.files(below: "\(Self.package)/Flows")
        #expect(!files.isEmpty)
        for file in files {
            let result = runner.run(file)
            #expect(result.diagnostics.map(\.rendered) == [])
            #expect(result.cases.flatMap(\.problems).map(\.rendered) == [])
        }
    }

    @Test func theFlowsHaveTheirForm() throws {
        let folder = "\(Self.package)/Flows"
        for name in try Folder.names(in: folder) where name.hasSuffix(".json") {
            let text = try FileStream.contents(of: "\(folder)/\(name)")
            let isFormatted = FlowFormatter.format(text, path: name).text == text
            #expect(isFormatted, "\(name)")
        }
    }
}
