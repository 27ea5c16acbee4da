import SluiceJSON
import Testing

@Suite struct TestCommandTests {
    private static let transform = """
        { "component": "transform", "settings": { "map": { "n": "{{$.n + 1}}" } },
          "cases": [
            { "name": "adds one", "steps": [ { "send": { "in": { "n": 1 } }, "expect": { "out": { "n": 2 } } } ] },
            { "name": "adds two", "steps": [ { "send": { "in": { "n": 1 } }, "expect": { "out": { "n": 3 } } } ] } ] }
        """
    private static let blanks = String(repeating: " ", count: 38)
    private static let report = """
        ok   a.test.json: adds one
        FAIL a.test.json: adds two
        a.test.json:4:38: step 1: `out` at $.n: expected 3, received 2
            expected\(blanks) | received
            { "n": 3 }\(blanks.dropLast(2)) | { "n": 2 }
        1 passed, 1 failed

        """

    @Test func aFailingCaseShowsBothSides() throws {
        let folder = ScratchFolder(["a.test.json": Self.transform])
        let outcome = try Sluice().run(["test"], in: folder)
        #expect(outcome.output == Self.report)
        #expect(outcome.errors == "")
        #expect(outcome.code == 1)
    }

    @Test func aStoreIsTestedByItsAnswers() throws {
        let folder = ScratchFolder([
            "store.test.json": """
            { "component": "document_store", "settings": { "collections": [{ "name": "c" }] },
              "cases": [
                { "name": "an absent key is not an error",
                  "steps": [ { "send": { "get": { "collection": "c", "key": "nope" } },
                               "expect": { "get_ok": { "found": false, "value": { "$exists": false } } } } ] },
                { "name": "what is put is there until it expires",
                  "steps": [
                    { "send": { "put": { "collection": "c", "key": "k", "value": [1], "ttlSeconds": 60 } },
                      "expect": { "put_ok": { "revision": 1 } } },
                    { "advance": "59s", "send": { "get": { "collection": "c", "key": "k" } },
                      "expect": { "get_ok": { "value": [1] } } },
                    { "advance": "1s" },
                    { "send": { "get": { "collection": "c", "key": "k" } },
                      "expect": { "get_ok": { "found": false } } } ] },
                { "name": "changes are told where they are expected",
                  "steps": [
                    { "send": { "put": { "collection": "c", "key": "k", "value": 1 },
                                "delete": { "collection": "c", "key": "k" } },
                      "expect": { "put_ok": {}, "delete_ok": {},
                                  "change": [ { "op": "put", "value": 1 }, { "op": "delete" } ] } } ] } ] }
            """
        ])
        let outcome = try Sluice().run(["test"], in: folder)
        #expect(outcome.output.hasSuffix("\n3 passed, 0 failed\n"), "\(outcome.output)")
        #expect(outcome.errors == "")
    }

    @Test func theFilterAndFoldersChooseWhatRuns() throws {
        let folder = ScratchFolder([
            "a.test.json": Self.transform, "b/c.test.json": Self.transform, "b/d.json": "{}",
            ".hidden/e.test.json": "broken",
        ])
        try CommandCase(
            ["test", "--filter", "one"],
            output: "ok   a.test.json: adds one\nok   b/c.test.json: adds one\n2 passed, 0 failed\n"
        ).check(in: folder)
        try CommandCase(
            ["test", "b", "b/c.test.json", "--filter=one", "--seed", "7"],
            output: "ok   b/c.test.json: adds one\n1 passed, 0 failed\n"
        ).check(in: folder)
    }

    @Test func aBrokenFileExitsThreeAndTheOthersRun() throws {
        let folder = ScratchFolder([
            "a.test.json": #"{ "component": "transfrom", "cases": [] }"#,
            "b.test.json": Self.transform,
        ])
        let outcome = try Sluice().run(["test", "--filter", "one"], in: folder)
        #expect(outcome.code == 3)
        #expect(outcome.output == "ok   b.test.json: adds one\n1 passed, 0 failed\n")
        #expect(outcome.errors.contains("a.test.json:1:16: error: there is no component"))
        #expect(outcome.errors.contains("did you mean `transform`?"))
        #expect(outcome.errors.contains("a.test.json:1:38: error:"))
        let missing = try Sluice().run(["test", "none.test.json"], in: folder)
        #expect(missing.code == 6)
        #expect(missing.errors.contains("none.test.json"))
    }

    @Test func variablesComeFromAFileToo() throws {
        let folder = ScratchFolder([
            "a.test.json": Self.transform.replacing(
                #""component": "transform", "settings": { "map": { "n": "{{$.n + 1}}" } }"#,
                with: #""flow": "flow.json""#),
            "flow.json": #"""
            { "nodes": { "t": { "component": "transform", "settings": { "map": { "n": "{{$.n + number(${BY})}}" } } } },
              "inputs": { "in": "t.in" }, "outputs": { "out": "t.out" } }
            """#,
            "variables": "BY=1\n",
        ])
        #expect(try Sluice().run(["test"], in: folder).code == 3)
        try CommandCase(
            ["test", "--env", "variables", "--filter", "adds one"],
            output: "ok   a.test.json: adds one\n1 passed, 0 failed\n"
        ).check(in: folder)
    }

    @Test(arguments: [
        CommandCase(["test", "--seed", "x"], errors: ["--seed is a whole number"], code: 2),
        CommandCase(["test", "--filter", "none"], errors: ["no case has `none`"], code: 2),
        CommandCase(["test", "empty"], errors: ["there is no *.test.json below empty"], code: 2),
        CommandCase(["test", "--sed", "1"], errors: ["did you mean `--seed`?"], code: 2),
    ]) func theCommandLineIsChecked(line: CommandCase) throws {
        let folder = ScratchFolder(["a.test.json": Self.transform, "empty/a.json": "{}"])
        try line.check(in: folder)
    }

    @Test func programsGetJSON() throws {
        let folder = ScratchFolder(["a.test.json": Self.transform])
        let outcome = try Sluice().run(["test", "--json"], in: folder)
        let facts = try JSON(parsing: outcome.output)
        #expect(facts["schema"] == 1 && facts["passed"] == 1 && facts["failed"] == 1)
        let problem = facts["files"]?[0]?["cases"]?[1]?["problems"]?[0]
        #expect(problem?["path"] == "$.n" && problem?["port"] == "out" && problem?["line"] == 4)
        #expect(outcome.code == 1)
    }

    @Test func buildServersGetJUnit() throws {
        let folder = ScratchFolder([
            "a.test.json": Self.transform.replacing("adds two", with: "<adds> & 2"),
            "b.test.json": "{",
        ])
        let outcome = try Sluice().run(["test", "--junit", "report.xml"], in: folder)
        #expect(outcome.code == 3)
        let lines = try #require(folder.text(of: "report.xml")).split(separator: "\n")
        #expect(
            lines.prefix(3) == [
                #"<?xml version="1.0" encoding="UTF-8"?>"#,
                #"<testsuites tests="3" failures="1" errors="1">"#,
                #"  <testsuite name="a.test.json" tests="2" failures="1" errors="0">"#,
            ])
        #expect(
            lines.contains { $0.contains(#"name="&lt;adds&gt; &amp; 2" classname="a.test.json""#) })
        #expect(lines.contains { $0.contains(#"<failure message="`out` at $.n: expected 3"#) })
        #expect(lines.last == "</testsuites>")
    }
}
