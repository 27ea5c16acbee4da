import Glibc
import Sluice
import SluiceComponents
import SluiceJSON
import SluiceSystem
import SluiceTesting
import Testing

/// The files that cases of test files read and write.
@Suite struct CaseFolderTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Runs a test file beside the files of the folder.
    private func run(_ text: String) -> TestFileResult {
        TestRunner(
            registry: .builtIn, variables: { [path = folder.path] in $0 == "PLACE" ? path : nil }
        )
        .run(Array(text.utf8), path: "\(folder.path)/a.test.json")
    }

    private func problems(_ text: String) -> [String] {
        let result = run(text)
        return result.diagnostics.map(\.rendered) + result.cases.flatMap(\.problems).map(\.text)
    }

    /// The names of all that lies in the folder.
    private func names() throws -> [String] { try Folder.names(in: folder.path) }

    private func writing(to path: String, _ rest: String = "") -> String {
        """
        { "component": "jsonl_writer", "settings": { "path": "\(path)" },
          "cases": [ { "name": "it",
            "steps": [ { "send": { "in": [1, { "n": 2 }] }, "expect": { "out": [1, { "n": 2 }] } } ]
            \(rest) } ] }
        """
    }

    @Test(arguments: [
        "results.jsonl", "./results.jsonl", "PLACE/results.jsonl", "sub/../results.jsonl",
    ])
    func aWriterLeavesTheRealFileAlone(path: String) throws {
        try folder.write("precious\n", to: "results.jsonl")
        let path = path.replacing("PLACE", with: folder.path)
        #expect(problems(writing(to: path)) == [])
        #expect(try folder.text(of: "results.jsonl") == "precious\n")
        #expect(try names() == ["results.jsonl"])
    }

    @Test(arguments: ["../out.jsonl", "a/b/../../../out.jsonl", "link/out.jsonl"])
    func aWriterDoesNotGetOutByItsPath(path: String) throws {
        let other = try TemporaryFolder()
        try Folder.create("\(folder.path)/in")
        symlink(other.path, "\(folder.path)/in/link")
        let result = TestRunner(registry: .builtIn).run(
            Array(writing(to: path).utf8), path: "\(folder.path)/in/a.test.json")
        #expect(result.cases.flatMap(\.problems).map(\.text) == [])
        #expect(try names() == ["in"])
        #expect(try Folder.names(in: "\(folder.path)/in") == ["link"])
        #expect(try Folder.names(in: other.path) == [])
    }

    @Test func aStoreOfAnAbsolutePathIsOneOfTheCase() throws {
        let flow = """
            { "nodes": { "s": { "component": "document_store",
                                "settings": { "path": "${PLACE}/store", "collections": [{ "name": "c" }] } } },
              "inputs": { "put": "s.put" }, "outputs": { "ok": "s.put_ok" } }
            """
        try folder.write(flow, to: "f.json")
        let text = """
            { "flow": "f.json", "cases": [ { "name": "one", "steps": [
                { "send": { "put": { "collection": "c", "key": "k", "value": 1 } },
                  "expect": { "ok": { "revision": 1 } } } ] },
              { "name": "two", "steps": [
                { "send": { "put": { "collection": "c", "key": "k", "value": 1, "ifRevision": 0 } },
                  "expect": { "ok": { "revision": 1 } } } ] } ] }
            """
        #expect(problems(text) == [])
        #expect(try names() == ["f.json"])
    }

    @Test func twoNodesOnOneAbsolutePathShareTheStoreOfTheCase() throws {
        let store = """
            { "component": "document_store",
              "settings": { "path": "\(folder.path)/x/../store", "collections": [{ "name": "c" }] } }
            """
        let flow = """
            { "nodes": { "a": \(store), "b": \(store) },
              "inputs": { "put": "a.put", "get": "b.get" }, "outputs": { "got": "b.get_ok" } }
            """
        try folder.write(flow, to: "f.json")
        let text = """
            { "flow": "f.json", "cases": [ { "name": "it", "steps": [
                { "send": { "put": { "collection": "c", "key": "k", "value": 1 },
                            "get": { "collection": "c", "key": "k" } },
                  "expect": { "got": { "found": true } } } ] } ] }
            """
        #expect(problems(text) == [])
    }

    // MARK: Files that are copied in

    private func reading(_ path: String, _ files: String, _ expect: String) -> String {
        """
        { "component": "jsonl_reader", "settings": { "path": "\(path)" },
          "cases": [ { "name": "it" \(files), "steps": [ { "expect": \(expect) } ] } ] }
        """
    }

    @Test(arguments: ["orders.jsonl", "./orders.jsonl", "../orders.jsonl", "/orders.jsonl", "-"])
    func aReaderGetsTheFileOfItsName(path: String) throws {
        try Folder.create("\(folder.path)/fixtures")
        try folder.write("1\n2\n", to: "fixtures/orders.jsonl")
        let files = #", "files": { "\#(path)": "fixtures/orders.jsonl" }"#
        #expect(problems(reading(path, files, #"{ "out": [1, 2] }"#)) == [])
    }

    @Test func aFileThatIsNotGivenIsNotRead() throws {
        try folder.write("1\n", to: "orders.jsonl")
        #expect(
            problems(reading("orders.jsonl", "", "{}")) == [
                "it does not start: io: node `jsonl_reader` could not start: the test has no file "
                    + "orders.jsonl: give it one in `files`"
            ])
    }

    @Test func standardInputIsEmptyUnlessItIsGiven() {
        #expect(problems(reading("-", "", "{}")) == [])
    }

    @Test func aCaseHasItsOwnFileInsteadOfThatOfAll() throws {
        try folder.write("1\n", to: "one.jsonl")
        try folder.write("2\n", to: "two.jsonl")
        let text = """
            { "component": "jsonl_reader", "settings": { "path": "in.jsonl" },
              "files": { "in.jsonl": "one.jsonl" },
              "cases": [ { "name": "all", "steps": [ { "expect": { "out": 1 } } ] },
                         { "name": "own", "files": { "in.jsonl": "two.jsonl" },
                           "steps": [ { "expect": { "out": 2 } } ] } ] }
            """
        #expect(problems(text) == [])
    }

    @Test func filesOfASubflowLieWhereItFindsThem() throws {
        try Folder.create("\(folder.path)/parts")
        try folder.write(
            """
            { "nodes": { "r": { "component": "csv_reader", "settings": { "path": "rows.csv" } } },
              "outputs": { "row": "r.out" } }
            """, to: "parts/inner.json")
        try folder.write(
            """
            { "nodes": { "p": { "component": "./parts/inner.json" } }, "outputs": { "row": "p.row" } }
            """, to: "f.json")
        try folder.write("a\n1\n", to: "fixture.csv")
        let text = """
            { "flow": "f.json", "cases": [ { "name": "it", "files": { "parts/rows.csv": "fixture.csv" },
              "steps": [ { "expect": { "row": { "a": "1" } } } ] } ] }
            """
        #expect(problems(text) == [])
    }

    @Test(arguments: [
        (#""files": { "in.jsonl": "none.jsonl" }"#, "E001", "there is no file"),
        (#""files": { "in.jsonl": "." }"#, "E001", "there is no file"),
        (#""files": { "in.jsonl": 1 }"#, "E005", "a file to copy is a string"),
        (#""files": { "": "a.test.json" }"#, "E005", "no file has this name"),
        (#""files": { "a\u0000b": "a.test.json" }"#, "E005", "no file has this name"),
        (#""files": [], "expectFiles": { "": "" }"#, "E005", "`files` is an object"),
        (#""expectFiles": 1"#, "E005", "`expectFiles` is an object"),
        (#""files": { "a": "f", "a": "f" }"#, "E003", "`a` is there twice"),
    ]) func filesThatCannotBeAreFindings(members: String, code: String, text: String) throws {
        try folder.write("1", to: "f")
        let result = run(reading("in.jsonl", ", \(members)", "{}"))
        #expect(result.diagnostics.first?.code == code)
        #expect(result.diagnostics.first?.message.contains(text) == true)
    }

    // MARK: Files that are written

    @Test(arguments: [
        #"{ "out.jsonl": [1, { "n": { "$above": 1 } }] }"#,
        #"{ "./out.jsonl": "1\n{\"n\":2}\n" }"#,
        #"{ "out.jsonl": { "$contains": "\"n\":2" } }"#,
        #"{ "other.jsonl": { "$exists": false } }"#,
    ]) func whatWasWrittenIsLookedAt(files: String) {
        #expect(problems(writing(to: "out.jsonl", ", \"expectFiles\": \(files)")) == [])
    }

    @Test(arguments: [
        (#"{ "out.jsonl": [1] }"#, "file out.jsonl: it has 2 lines, expected 1"),
        (
            #"{ "out.jsonl": [1, { "n": 3 }] }"#,
            "file out.jsonl: line 2 at $.n: expected 3, received 2"
        ),
        (
            #"{ "out.jsonl": "1\n" }"#,
            #"file out.jsonl: expected "1\n", received "1\n{\"n\":2}\n""#
        ),
        (#"{ "none.jsonl": [1] }"#, "file none.jsonl: it is not there"),
        (#"{ "none.jsonl": "" }"#, #"file none.jsonl: expected "", it is not there"#),
        (
            #"{ "out.jsonl": { "$exists": false } }"#,
            #"file out.jsonl: expected nothing there, received "1\n{\"n\":2}\n""#
        ),
    ]) func whatWasWrittenOtherwiseIsAProblem(files: String, problem: String) {
        #expect(problems(writing(to: "out.jsonl", ", \"expectFiles\": \(files)")) == [problem])
    }

    @Test func standardOutputIsAFileOfTheCase() {
        for name in ["-", "/dev/stdout", "/proc/self/fd/1"] {
            let expected = #", "expectFiles": { "-": [1, { "n": 2 }] }"#
            #expect(problems(writing(to: name, expected)) == [])
        }
    }

    @Test(arguments: ["/out.jsonl", "../out.jsonl", "deep/down/out.jsonl"])
    func aFileIsLookedAtByThePathThatTheFlowHas(path: String) {
        let files = #", "expectFiles": { "\#(path)": [1, { "n": 2 }] }"#
        #expect(problems(writing(to: path, files)) == [])
    }

    @Test func aStepLooksAtFilesToo() {
        let text = """
            { "component": "jsonl_writer", "settings": { "path": "o" }, "cases": [ { "name": "it", "steps": [
              { "expectFiles": { "o": [] } },
              { "send": { "in": 1 }, "expect": { "out": 1 }, "expectFiles": { "o": 1 } },
              { "send": { "in": 2 }, "expect": { "out": 2 }, "expectFiles": { "o": [1, 3] } } ] } ] }
            """
        let problem = run(text).cases.first?.problems.first
        #expect(problem?.text == "file o: line 2 at $: expected 3, received 2")
        #expect(problem?.step == 3 && problem?.line == 4 && problem?.column == 67)
    }

    // MARK: The harness

    @Test func aHarnessKeepsFilesInAFolderIfItIsTold() throws {
        try folder.write("precious\n", to: "out.jsonl")
        let place = try TemporaryFolder()
        let type = try #require(ComponentRegistry.builtIn["jsonl_writer"])
        let plan = try Plan(component: type, settings: ["path": "out.jsonl"], folder: folder.path)
        let writer = try Harness(
            plan, files: .confined(to: place.path, home: folder.path))
        try writer.send(1, to: "in")
        #expect(try folder.text(of: "out.jsonl") == "precious\n")
        #expect(try place.text(of: "files/out.jsonl") == "1\n")
    }
}
