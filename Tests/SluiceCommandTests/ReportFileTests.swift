import Testing

/// Where `--trace` and `--stats-file` may write, of a flow from a CSV file to JSON lines.
@Suite struct ReportFiles {
    private static let flow = """
        { "nodes": { "r": { "component": "csv_reader", "settings": { "path": "in.csv" } },
                     "w": { "component": "jsonl_writer", "settings": { "path": "o.jsonl" } } },
          "edges": ["r.out -> w.in"], "outputs": { "done": "w.out" } }
        """
    private static let csv = "a,b\n1,2\n3,4\n"

    private func folder() -> ScratchFolder {
        ScratchFolder([
            "f.json": Self.flow, "in.csv": Self.csv, "o.jsonl": "old\n", "folder/x": "kept\n",
        ])
    }

    @Test(
        arguments: ["--trace", "--stats-file"],
        [
            ("folder", 6), ("folder/", 6), ("nowhere/x", 6), ("in.csv/x", 6), ("f.json", 2),
            ("./f.json", 2), ("folder/../f.json", 2), ("in.csv", 2), ("", 2), ("/dev/full", 1),
        ] as [(String, Int32)])
    func aNameThatDoesNotDoDestroysNothing(option: String, place: (String, Int32)) throws {
        let folder = folder()
        let outcome = try Sluice().run(["run", "f.json", option, place.0], in: folder)
        #expect(outcome.code == place.1, "\(outcome.errors)")
        #expect(outcome.errors.isEmpty == false)
        #expect(folder.text(of: "f.json") == Self.flow)
        #expect(folder.text(of: "in.csv") == Self.csv)
        #expect(folder.text(of: "folder/x") == "kept\n")
        #expect((folder.text(of: "o.jsonl") == "old\n") == (place.1 != 1))
    }

    @Test(arguments: [
        ["--trace", "x", "--stats-file", "./x"], ["--out", "done=x", "--stats-file", "x"],
        ["--out", "done=x", "--trace", "x", "--stats-file", "x"],
    ])
    func reportsOfOneFileShareItWithWholeLines(_ options: [String]) throws {
        let folder = folder()
        let outcome = try Sluice().run(["run", "f.json"] + options, in: folder)
        #expect(outcome.code == 0, "\(outcome.errors)")
        let lines = try #require(folder.text(of: "x")).split(separator: "\n")
        let traced = options.contains("--trace") ? 4 : 0
        #expect(lines.count == traced + (options.contains("--out") ? 2 : 0) + 1)
        #expect(lines.allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") })
        #expect(lines.last?.hasPrefix(#"{"schema":1,"#) == true)
    }

    @Test func statisticsForProgramsGoToStandardErrorAlone() throws {
        let outcome = try Sluice().run(
            ["run", "f.json", "--stats", "--json", "--trace", "-"], in: folder())
        #expect(outcome.code == 0)
        #expect(outcome.errors.hasPrefix(#"{"schema":1,"#) && outcome.errors.hasSuffix("}\n"))
        #expect(outcome.output.split(separator: "\n").count == 6)
    }
}
