import SluiceJSON
import Testing

/// What `--set`, `--env` and parameters do in every command that reads a flow.
@Suite struct ParametersOnTheCommandLine {
    /// A flow with a parameter that has to be given, and one of each kind.
    private static let flow = """
        { "parameters": { "n": { "schema": { "type": "integer", "maximum": 9 }, "description": "How many" },
                          "label": { "schema": { "type": "string", "description": "What it is called" },
                                     "default": "l" },
                          "token": { "schema": { "type": "string", "writeOnly": true },
                                     "default": "hunter2-of-old" } },
          "nodes": { "t": { "component": "transform",
                            "settings": { "map": { "n": "{{$ + ${n}}}", "label": "${label}", "raw": "{{$}}" } } },
                     "u": { "component": "transform", "settings": { "map": "{{$.raw + '${token}'}}" } } },
          "edges": [ "t.out -> u.in" ],
          "inputs": { "say": "t.in" }, "outputs": { "said": "t.out", "failed": "u.error", "u": "u.out" } }
        """

    private static func folder(_ files: [String: String] = [:]) -> ScratchFolder {
        let folder = ScratchFolder(files)
        folder.write(flow, to: "flow.json")
        folder.write("n=4\n", to: "variables")
        folder.write("n=99\n", to: "wrong")
        return folder
    }

    @Test(arguments: [
        CommandCase(["check", "flow.json"], output: "flow.json: ok (2 nodes, 1 edge)\n"),
        CommandCase(
            ["check", "flow.json", "--set", "n=2"], output: "flow.json: ok (2 nodes, 1 edge)\n"),
        CommandCase(
            ["check", "flow.json", "--set", "n=99"], errors: ["--set", "at most 9"], code: 2),
        CommandCase(
            ["check", "flow.json", "--env", "wrong"], errors: ["[E014]", "at most 9"], code: 3),
        CommandCase(
            ["check", "flow.json", "--set", "t.mpa=1"], errors: ["--set t.mpa: error:"], code: 3),
        CommandCase(
            ["check", "flow.json", "--set", "t.map={{$.x +}}"],
            errors: ["--set t.map: error:", "[E016]"], code: 3),
        CommandCase(["describe", "flow.json", "--set", "n=2"]),
        CommandCase(["graph", "flow.json"]),
        CommandCase(["graph", "flow.json", "--env", "variables"]),
        CommandCase(
            ["run", "flow.json", "--in", "say=-"], input: "1\n", errors: ["[E015]"], code: 3),
        CommandCase(
            [
                "run", "flow.json", "--in", "say=-", "--out", "said=-", "--out", "failed=/dev/null",
                "--set",
                "label=12", "--set", "n=2",
            ],
            input: "1\n", output: #"{"n":3,"label":"12","raw":1}"# + "\n"),
        CommandCase(
            [
                "run", "flow.json", "--in", "say=-", "--out", "said=-", "--out", "failed=/dev/null",
                "--env",
                "variables",
            ],
            input: "1\n", output: #"{"n":5,"label":"l","raw":1}"# + "\n"),
    ])
    func areReadByTheirSchema(_ command: CommandCase) throws {
        try command.check(in: Self.folder())
    }

    @Test func aSettingThatWantsAStringGetsOne() throws {
        let flow = """
            { "nodes": { "l": { "component": "log" } }, "inputs": { "x": "l.in" } }
            """
        let outcome = try Sluice().run(
            ["run", "f.json", "--in", "x=-", "--set", "l.label=12"], input: "1\n",
            in: ScratchFolder(["f.json": flow]))
        #expect(outcome.errors == "12: 1\n")
        #expect(outcome.code == 0)
    }

    @Test func whatIsReplacedNeedsNoValue() throws {
        let flow = """
            { "parameters": { "file": { "schema": { "type": "string" } } },
              "nodes": { "r": { "component": "jsonl_reader", "settings": { "path": "${IN}" } },
                         "t": { "component": "transform",
                                "settings": { "map": { "a": { "b": "${file}" }, "c": 1 } } },
                         "s": { "component": "sub.json", "settings": { "label": "${LABEL}" } } },
              "edges": [ "r.out -> t.in" ], "inputs": { "x": "s.in" }, "outputs": { "out": "t.out" },
              "onError": "log" }
            """
        let sub = """
            { "parameters": { "label": { "schema": { "type": "string" } } },
              "nodes": { "l": { "component": "log", "settings": { "label": "${label}" } } },
              "inputs": { "in": "l.in" } }
            """
        let folder = ScratchFolder(["f.json": flow, "sub.json": sub, "x.jsonl": "1\n"])
        let given = ["--set", "r.path=x.jsonl", "--set", "t.map.a.b=2", "--set", "s.label=l"]
        let check = try Sluice().run(["check", "f.json"] + given, in: folder)
        #expect(check.errors == "")
        #expect(check.code == 0)
        let run = try Sluice().run(["run", "f.json", "--out", "out=-"] + given, in: folder)
        #expect(run.output == #"{"c":1,"a":{"b":2}}"# + "\n")
        let part = try Sluice().run(["check", "f.json"] + given.dropFirst(2), in: folder)
        #expect(part.errors.contains("[E015]"))
        #expect(part.errors.contains("`IN` is not set"))
    }

    @Test func describeShowsDescriptionsAndNoSecrets() throws {
        let folder = Self.folder()
        let text = try Sluice().run(["describe", "flow.json"], in: folder).output
        #expect(text.contains("How many"))
        #expect(text.contains("What it is called"))
        let json = try Sluice().run(["describe", "flow.json", "--json"], in: folder).output
        let facts = try JSON(parsing: json)
        #expect(facts["parameters"]?[0]?["description"] == "How many")
        #expect(facts["parameters"]?[0]?["required"] == true)
        #expect(!(text + json).contains("hunter2"))
    }

    @Test func theValuesThatASecretMayHaveAreNotShown() throws {
        let folder = ScratchFolder([:])
        folder.write(
            """
            { "parameters": { "token": { "schema": {
                "type": "string", "writeOnly": true, "enum": ["hunter2", "hunter3"],
                "examples": ["hunter2"] } } },
              "nodes": { "l": { "component": "log", "settings": { "label": "${token}" } } },
              "inputs": { "in": "l.in" } }
            """, to: "flow.json")
        for command in [
            ["describe", "flow.json"], ["describe", "flow.json", "--json"],
            ["check", "flow.json", "--set", "token=wrong"],
        ] {
            let outcome = try Sluice().run(command, in: folder)
            #expect(!(outcome.output + outcome.errors).contains("hunter"))
        }
    }

    @Test func secretsAreInNoFailureAndNoTrace() throws {
        let folder = Self.folder()
        let outcome = try Sluice().run(
            [
                "run", "flow.json", "--in", "say=-", "--set", "n=2", "--out", "failed=failed.jsonl",
                "--trace",
                "trace.jsonl",
            ], input: "1\n", in: folder)
        #expect(outcome.code == 0)
        let trace = try #require(folder.text(of: "trace.jsonl"))
        let failed = try #require(folder.text(of: "failed.jsonl"))
        #expect(failed.contains("<secret>"))
        #expect(!(outcome.errors + trace + failed).contains("hunter2"))
    }

    @Test func aFileThatIsGivenStartsAtTheCurrentFolder() throws {
        let folder = ScratchFolder([:])
        folder.write("here\n", to: "unused")
        folder.write("1\n", to: "in.jsonl")
        folder.write(
            """
            { "parameters": { "file": { "schema": { "type": "string" }, "default": "in.jsonl" } },
              "nodes": { "r": { "component": "jsonl_reader", "settings": { "path": "${file}" } } },
              "outputs": { "out": "r.out" } }
            """, to: "flows/part.json")
        folder.write(
            """
            { "parameters": { "file": { "schema": { "type": "string" } } },
              "nodes": { "p": { "component": "./part.json", "settings": { "file": "${file}" } } },
              "outputs": { "out": "p.out" } }
            """, to: "flows/outer.json")
        folder.write("2\n", to: "flows/in.jsonl")
        for (arguments, expected) in [
            (["flows/part.json"], "2"), (["flows/part.json", "--set", "file=in.jsonl"], "1"),
            (["flows/part.json", "--set", "r.path=in.jsonl"], "1"),
            (["flows/outer.json", "--set", "file=in.jsonl"], "1"),
            (["flows/outer.json", "--set", "p.file=in.jsonl"], "1"),
        ] {
            let outcome = try Sluice().run(["run"] + arguments + ["--out", "out=-"], in: folder)
            #expect(outcome.output == expected + "\n", "\(arguments): \(outcome.errors)")
        }
    }

    @Test func aRunDoesNotTellWhatOnlyCheckIsFor() throws {
        let flow = #"{ "nodes": { "f": { "component": "fail" } }, "inputs": { "in": "f.in" } }"#
        let folder = ScratchFolder(["f.json": flow])
        #expect(try Sluice().run(["run", "f.json", "--in", "in=-"], in: folder).errors == "")
        #expect(try Sluice().run(["check", "f.json"], in: folder).errors.contains("[W102]"))
    }

    @Test func nodesThatDoNotAgreeOnTheirStoreAreAnInvalidFlow() throws {
        func node(_ size: Int) -> String {
            #"{ "component": "document_store", "settings": { "collections": [{ "name": "c" }], "#
                + #""maxSizeMB": \#(size) } }"#
        }
        let folder = ScratchFolder([
            "f.json": #"{ "nodes": { "a": \#(node(1)), "b": \#(node(2)) }, "onError": "log", "#
                + #""inputs": { "a": "a.put", "b": "b.put" } }"#
        ])
        try CommandCase(
            ["run", "f.json", "--in", "a=-"], errors: ["[E040]", "maxSizeMB"], code: 3
        )
        .check(in: folder)
    }
}
