import Sluice
import SluiceComponents
import SluiceJSON
import SluiceTesting
import Testing

/// Flows and files that are large: what they cost grows with their size and no faster.
@Suite struct LargeFlows {
    static func chain(_ count: Int) -> String {
        let nodes = (0..<count).map { #""n\#($0)": {"component": "count"}"# }
        let edges = (1..<count).map { #""n\#($0 - 1).out -> n\#($0).in""# }
        return """
            {"nodes": {\(nodes.joined(separator: ",\n"))},
             "edges": [\(edges.joined(separator: ",\n"))],
             "inputs": {"in": "n0.in"}, "outputs": {"out": "n\(count - 1).out"}}
            """
    }

    @Test func aLongChainLoadsAndStarts() throws {
        let loaded = FlowLoader(registry: .builtIn).load(
            Array(Self.chain(3_000).utf8), path: "flow.json")
        let plan = try #require(loaded.plan, "\(loaded.diagnostics)")
        let harness = try Harness(plan)
        #expect(try harness.send(1, to: "in").only("out") == 1)
    }

    @Test func aLongLineIsCutToWhatATerminalShows() throws {
        let names = (0..<300).map { "${UNSET_\($0)}" }.joined(separator: " ")
        let loaded = flow("log", #"{"label": "\#(names)"}"#)
        let found = loaded.diagnostics.filter { $0.code == "E015" }
        #expect(found.count == 300)
        for (index, finding) in found.enumerated() {
            #expect(finding.lineText.unicodeScalars.count <= 110)
            #expect(finding.lineText.contains("UNSET_\(index)}"))
            #expect(marked(finding) == "${UNSET_\(index)}")
        }
    }
}
