import Sluice
import SluiceComponents
import SluiceTesting
import Testing

/// The test files in Docs/testing.md, and those of the flows.
@Suite struct TestingPageTests {
    /// The folder of the package, three levels above this file.
    private static let package =
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

    private static let examples: [String] = {
        let bytes = try? File.contents(of: "\(package)/Docs/testing.md")
        let lines = String(decoding: bytes ?? [], as: UTF8.self).split(separator: "\n")
        var blocks: [String] = []
        var block: String?
        for line in lines {
            if line == "```json" {
                block = ""
            } else if line == "```" {
                if let block { blocks.append(block) }
                block = nil
            } else {
                block? += "\(line)\n"
            }
        }
        return blocks
    }()

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
            let text = try File.contents(of: "\(folder)/\(name)")
            let isFormatted = FlowFormatter.format(text, path: name).text == text
            #expect(isFormatted, "\(name)")
        }
    }
}
