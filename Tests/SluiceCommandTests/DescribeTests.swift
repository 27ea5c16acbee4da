import SluiceJSON
import Testing

/// The examples of messages that `describe` shows.
@Suite struct ExamplesOfMessages {
    @Test func failuresAndEffectsAreShown() throws {
        let folder = ScratchFolder()
        let text = try Sluice().run(["describe", "jsonl_reader"], in: folder).output
        #expect(text.contains("\nFailures of its own: `io`, `invalid_json`\nEffects: files"))
        let facts = try JSON(
            parsing: Sluice().run(["describe", "count", "--json"], in: folder).output)
        #expect(facts["failureCodes"] == [] && facts["effects"] == "none")
    }

    @Test func examplesOfWhatLeavesAreTrue() throws {
        func describe(_ operands: String...) throws -> JSON {
            try JSON(
                parsing: Sluice().run(["describe"] + operands + ["--json"], in: ScratchFolder())
                    .output)
        }
        func example(_ port: String, _ facts: JSON) -> JSON? {
            facts["outputs"]?.elements.first { $0["name"]?.string == port }?["example"]
        }
        let join = try describe(
            "join", "--settings", #"{"inputs": ["left", "right"], "key": "$.id"}"#)
        #expect(example("out", join)?["key"] == 7)
        #expect(example("out", join)?["values"]?.members.map(\.name) == ["left", "right"])
        #expect(example("incomplete", join)?["values"]?.count == 1)
        for source in ["inject", "ticker", "jsonl_reader", "csv_reader"] {
            let text = try Sluice().run(["describe", source], in: ScratchFolder()).output
            let line = text.split(separator: "\n").first {
                $0.hasPrefix("  error") && $0.contains("{")
            }
            let report = try JSON(parsing: String(try #require(line).drop { $0 != "{" }))
            #expect(report["port"]?.isNull == true)
            #expect(report["message"]?.isNull == true)
        }
        let flow = """
            { "nodes": { "r": { "component": "ticker", "settings": { "everyMs": 1000 } },
                         "t": { "component": "transform", "settings": { "map": "{{$.tick}}" } } },
              "edges": [ "r.out -> t.in" ], "outputs": { "r": "r.error", "t": "t.error" } }
            """
        let facts = try JSON(
            parsing: Sluice().run(
                ["describe", "f.json", "--json"], in: ScratchFolder(["f.json": flow])
            ).output)
        #expect(example("r", facts)?["port"]?.isNull == true)
        #expect(example("r", facts)?["node"] == "r")
        #expect(example("t", facts)?["port"] == "in")
    }
}
