import SluiceJSON
import Testing

@Suite struct CheckingFlows {
    private static let broken = """
        { "nodes": { "a": { "component": "cuont" }, "b": { "component": "count" } },
          "edges": [ "b.out -> c.in" ] }
        """
    private static let doubtful = """
        { "nodes": { "f": { "component": "fail" } }, "inputs": { "in": "f.in" } }
        """

    @Test(arguments: [
        CommandCase(["check", "plus.json"], output: "plus.json: ok (1 node, 0 edges)\n"),
        CommandCase(
            ["check", "broken.json", "plus.json"], output: "plus.json: ok (1 node, 0 edges)\n",
            errors: [
                "broken.json:1:34: error:", "[E008]", "did you mean `count`", "[E009]", "2 errors",
            ], code: 3),
        CommandCase(
            ["check", "doubtful.json"], output: "doubtful.json: ok (1 node, 0 edges)\n",
            errors: ["warning:", "[W102]", "\n1 warning\n"]),
        CommandCase(
            ["check", "--strict", "doubtful.json"], output: "", errors: ["[W102]"], code: 3),
        CommandCase(["check", "nope.json"], output: "", errors: ["[E001]"], code: 6),
        CommandCase(["check", "."], output: "", errors: ["Is a directory [E001]"], code: 6),
        CommandCase(
            ["check", "deep.json"], errors: ["deep.json:1:513: error:", "[E002]"], code: 3),
        CommandCase(["check", "empty.json"], errors: ["empty.json:1:1: error:"], code: 3),
        CommandCase(["check", "bytes.json"], errors: ["bytes.json:1:1: error:"], code: 3),
        CommandCase(["check", "variable.json"], errors: ["[E015]"], code: 3),
        CommandCase(["check", "variable.json", "--env", "variables"], output: nil),
        CommandCase(["check"], errors: ["FLOW is missing"], code: 2),
        CommandCase(["check", "plus.json", ""], errors: ["FLOW is empty"], code: 2),
        CommandCase(
            ["check", "/dev/zero"], errors: ["cannot read /dev/zero: File too large [E001]"],
            code: 6),
        CommandCase(
            ["check", "plus.json", "--env", "/dev/zero"],
            errors: ["cannot read /dev/zero: File too large"], code: 6),
        CommandCase(["check", "a.test.json"], output: "a.test.json: ok (test file)\n"),
        CommandCase(["check", "b.test.json"], output: "", errors: ["[E008]"], code: 3),
    ])
    func check(_ command: CommandCase) throws {
        let test =
            #"{ "component": "count", "cases": [{ "name": "a", "steps": [{ "send": {} }] }] }"#
        let folder = Flows.folder([
            "broken.json": CheckingFlows.broken, "doubtful.json": CheckingFlows.doubtful,
            "deep.json": String(repeating: "[", count: 100_000), "empty.json": "",
            "bytes.json": "\u{1}\u{2}\u{3}", "variables": "STEP=1\n",
            "variable.json": Flows.plus.replacing("+ 1", with: "+ ${STEP}"),
            "a.test.json": test, "b.test.json": test.replacing("count", with: "cuont"),
        ])
        try command.check(in: folder)
    }

    @Test func programsGetDiagnosticsAsJSON() throws {
        let folder = Flows.folder(["broken.json": CheckingFlows.broken])
        let outcome = try Sluice().run(["check", "--json", "broken.json"], in: folder)
        let facts = try JSON(parsing: outcome.output)
        #expect(outcome.errors == "")
        #expect(outcome.code == 3)
        #expect(facts["schema"]?.int == 1)
        let first = try #require(facts["diagnostics"]?[0])
        #expect(first["code"]?.string == "E008")
        #expect(first["line"]?.int == 1)
        #expect(first["column"]?.int == 34)
        #expect(first["length"]?.int == 7)
        #expect(first["severity"]?.string == "error")
    }
}

@Suite struct DescribingThings {
    @Test(arguments: [
        CommandCase(["describe", "cuont"], errors: ["did you mean `count`?"], code: 2),
        CommandCase(["describe", "nope.json"], errors: ["[E001]"], code: 6),
        CommandCase(
            ["describe", "transform", "--settings", "{"], errors: ["--settings: column 2"],
            code: 3),
        CommandCase(
            ["describe", "transform", "--settings", #"{"mpa": 1}"#], errors: ["--settings: $"],
            code: 3),
    ])
    func describeSaysWhatIsWrong(_ command: CommandCase) throws {
        try command.check(in: Flows.folder())
    }

    @Test func everyComponentIsListedAndDescribed() throws {
        let list = try JSON(parsing: try Sluice().run(["list", "--json"]).output)
        #expect(list["schema"]?.int == 1)
        let names = try #require(list["components"]).elements.compactMap { $0["name"]?.string }
        #expect(names.contains("document_store"))
        for name in names {
            let text = try Sluice().run(["describe", name])
            #expect(text.code == 0)
            #expect(text.output.hasPrefix("\(name): "))
            #expect(text.output.contains("\nExample:\n  {\"component\":\"\(name)\""))
            let facts = try JSON(parsing: try Sluice().run(["describe", name, "--json"]).output)
            #expect(facts["settings"]?["type"]?.string == "object")
            #expect(facts["outputs"]?.kind == .array)
        }
    }

    @Test func portsMayDependOnSettings() throws {
        let settings = #"{ "routes": [{ "name": "big", "when": "$.n > 9" }] }"#
        let outcome = try Sluice().run(["describe", "router", "--settings", settings, "--json"])
        let facts = try JSON(parsing: outcome.output)
        let names = try #require(facts["outputs"]).elements.compactMap { $0["name"]?.string }
        #expect(names == ["big", "default"])
    }

    @Test func aFlowIsDescribedByItsPorts() throws {
        let folder = Flows.folder()
        let text = try Sluice().run(["describe", "plus.json"], in: folder).output
        #expect(text.contains("\nInputs:\n  say  any  `t.in`: Any message\n"))
        #expect(text.contains("\nNodes:\n  t  transform\n"))
        let facts = try JSON(
            parsing: try Sluice().run(["describe", "plus.json", "--json"], in: folder).output)
        #expect(facts["outputs"]?[0]?["name"]?.string == "said")
        #expect(facts["nodes"]?.count == 1)
    }
}

@Suite struct CompletingCommandLines {
    @Test(arguments: [
        (["sluice", ""], "run"), (["sluice", "de"], "describe"),
        (["sluice", "describe", "document_"], "document_store"),
        (["sluice", "run", "--pro"], "--progress"),
        (["sluice", "run", "--progress", "=", "p"], "plain"),
        (["sluice", "completions", "z"], "zsh"), (["sluice", "store", "im"], "import"),
        (["sluice", "store", "cu"], "cursor"), (["sluice", "store", "cursor", "l"], "list"),
        (["sluice", "store", "cursor", "set", "--ke"], "--keep-revisions"),
        (["sluice", "store", "find", "--wh"], "--where"),
    ])
    func bashCompletes(_ words: [String], _ expected: String) throws {
        let quoted = words.map { "'\($0)'" }.joined(separator: " ")
        let script = """
            source <('\(Sluice.program)' completions bash)
            COMP_WORDS=(\(quoted)); COMP_CWORD=\(words.count - 1); _sluice
            echo "${COMPREPLY[0]}"
            """
        let process = try Sluice().start(["-c", script], program: "/bin/bash")
        #expect(process.finish().output == "\(expected)\n")
    }

    /// Names that stand in a flow file or a store, of which one would be run by a careless script.
    @Test(arguments: [
        (["sluice", "run", "flow.json", "--in", ""], "orders= refunds="),
        (["sluice", "run", "flow.json", "--in", "r"], "refunds="),
        (["sluice", "run", "--set", "r"], ""),
        (["sluice", "run", "flow.json", "--out", ""], "done="),
        (["sluice", "run", "flow.json", "--set", "t.m"], "t.map="),
        (["sluice", "run", "flow.json", "--set", "ra"], "rate="),
        (["sluice", "check", "broken.json", "--set", "x"], ""),
        (["sluice", "store", "find", "kept", "tu"], "turns"),
        (["sluice", "store", "find", "kept", "$"], #"\$\(touch\ made\)"#),
        (["sluice", "store", "log", "kept", "--collection", "tu"], "turns"),
        (["sluice", "store", "find", "none", "tu"], ""),
    ])
    func bashCompletesNames(_ words: [String], _ expected: String) throws {
        let folder = Flows.folder()
        let flow = """
            { "parameters": { "rate": { "schema": { "type": "number" } } },
              "nodes": { "t": { "component": "transform", "settings": { "map": "{{$}}" } } },
              "inputs": { "orders": "t.in", "refunds": "t.in" }, "outputs": { "done": "t.out" } }
            """
        folder.write(flow, to: "flow.json")
        for name in ["turns", "$(touch made)"] {
            let put = ["store", "put", "kept", name, "k", "1", "--create"]
            #expect(try Sluice().run(put, in: folder).code == 0)
        }
        let quoted = words.map { "'\($0)'" }.joined(separator: " ")
        let script = """
            source <('\(Sluice.program)' completions bash)
            COMP_WORDS=(\(quoted)); COMP_CWORD=\(words.count - 1); _sluice
            echo "${COMPREPLY[*]}"
            """
        let process = try Sluice().start(["-c", script], in: folder, program: "/bin/bash")
        #expect(process.finish().output == "\(expected)\n")
        #expect(!folder.files.contains { $0.hasPrefix("made") })
    }

    @Test func otherShellsAreKnownAndUnknownOnesAreNot() throws {
        #expect(try Sluice().run(["completions", "zsh"]).output.hasPrefix("#compdef sluice\n"))
        #expect(try Sluice().run(["completions", "fish"]).output.contains("-a describe"))
        try CommandCase(["completions", "bsh"], errors: ["did you mean `bash`?"], code: 2).check()
    }
}
