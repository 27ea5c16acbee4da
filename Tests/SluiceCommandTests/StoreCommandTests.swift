import SluiceJSON
import Testing

/// Stores for tests, made as a user would make them.
enum Stores {
    static let lines = """
        {"collection":"turns","key":"alice/1","value":{"text": "hello", "n": 1.10}}
        {"collection":"turns","key":"alice/2","value":[1,2]}
        {"collection":"turns","key":"bob/1","value":"x","expiresAt":4000000000000}
        {"collection":"raw","keyBase64":"/wA=","valueBase64":"AAE="}

        """

    /// A folder with the store `d`.
    static func folder(_ lines: String = lines) throws -> ScratchFolder {
        let folder = ScratchFolder(["in.jsonl": lines])
        let outcome = try Sluice().run(["store", "import", "d", "in.jsonl"], in: folder)
        #expect(outcome.code == 0, "\(outcome.errors)")
        return folder
    }
}

@Suite struct LookingIntoStores {
    private static let alice = #"{"text":"hello","n":1.10}"#

    @Test(arguments: [
        CommandCase(["store", "get", "d", "turns", "alice/1"], output: alice),
        CommandCase(["store", "get", "d", "raw", "/wA=", "--base64"], output: "\0\u{1}"),
        CommandCase(
            ["store", "get", "d", "turns", "alice"], output: "", errors: ["`alice` is absent"],
            code: 1),
        CommandCase(
            ["store", "get", "d", "turns", "nope", "--json"],
            output: "{\n  \"schema\": 1,\n  \"found\": false\n}\n", errors: ["absent"], code: 1),
        CommandCase(
            ["store", "get", "d", "trns", "alice/1"],
            errors: ["no collection `trns`; it has `raw`, `turns`", "did you mean `turns`?"],
            code: 2),
        CommandCase(
            ["store", "get", "nope", "turns", "k"], errors: ["there is no store at nope"], code: 6),
        CommandCase(
            ["store", "get", ".", "turns", "k"], errors: ["there is no store at ."], code: 6),
        CommandCase(
            ["store", "get", "d", "raw", "/wA", "--base64"], errors: ["`/wA` is no Base64"],
            code: 2),
        CommandCase(["store", "get", "d", "turns"], errors: ["KEY is missing"], code: 2),
        CommandCase(["store", "gte"], errors: ["did you mean `get`?"], code: 2),
        CommandCase(["store"], errors: ["the command is missing"], code: 2),
    ]) func getPrintsWhatIsStored(line: CommandCase) throws {
        try line.check(in: try Stores.folder())
    }

    @Test func getTellsProgramsMore() throws {
        let folder = try Stores.folder()
        let outcome = try Sluice().run(
            ["store", "get", "d", "turns", "alice/2", "--json"], in: folder)
        let facts = try JSON(parsing: outcome.output)
        #expect(facts["found"] == true && facts["value"] == [1, 2])
        #expect(facts["revision"] == 2 && facts["createdRevision"] == 2)
        #expect(facts["updatedAt"]?.int ?? 0 > 1_700_000_000_000)
        #expect(facts["expiresAt"] == Optional<JSON>.none)
        let raw = try Sluice().run(
            ["store", "get", "d", "raw", "/wA=", "--base64", "--json"], in: folder)
        #expect(try JSON(parsing: raw.output)["valueBase64"] == "AAE=")
    }

    private static let first = #"{"key":"alice/1","value":\#(alice),"revision":1}"# + "\n"
    private static let second = #"{"key":"alice/2","value":[1,2],"revision":2}"# + "\n"

    @Test(arguments: [
        CommandCase(["find", "d", "turns", "--prefix", "alice/"], output: first + second),
        CommandCase(
            ["find", "d", "turns", "--start", "alice/2", "--end", "bob"], output: second),
        CommandCase(["find", "d", "turns", "--limit", "1"], output: first),
        CommandCase(
            ["find", "d", "turns", "--after", "alice/1", "--limit", "1"], output: second),
        CommandCase(
            ["find", "d", "turns", "--reverse", "--after", "bob/1", "--limit", "1"],
            output: second),
        CommandCase(
            ["find", "d", "turns", "--keys-only", "--prefix", "a"],
            output: "{\"key\":\"alice/1\",\"revision\":1}\n{\"key\":\"alice/2\",\"revision\":2}\n"),
        CommandCase(["find", "d", "turns", "--where", "$.n > 1"], output: first),
        CommandCase(
            ["find", "d", "turns", "--where", "$[0] == 1", "--keys-only"],
            output: "{\"key\":\"alice/2\",\"revision\":2}\n"),
        CommandCase(
            ["find", "d", "raw"],
            output: "{\"keyBase64\":\"/wA=\",\"valueBase64\":\"AAE=\",\"revision\":4}\n"),
        CommandCase(
            ["find", "d", "raw", "--where", "true"], output: "",
            errors: ["1 value left out: no JSON"]),
        CommandCase(
            ["find", "d", "raw", "--prefix", "/w==", "--base64", "--keys-only"],
            output: "{\"keyBase64\":\"/wA=\",\"revision\":4}\n"),
        CommandCase(
            ["find", "d", "turns", "--where", "$.n = 1"], output: "",
            errors: ["  $.n = 1\n      ^\n", "did you mean `==`?"], code: 3),
        CommandCase(
            ["find", "d", "turns", "--where", "1 + 1"], output: "",
            errors: ["a condition has to be true or false", "\n  1 + 1\n  ^^^^^"], code: 3),
        CommandCase(
            ["find", "d", "turns", "--where", "{{$.n > 1}}"], output: "",
            errors: ["stands here without braces", "\n  {{$.n > 1}}\n  ^^\n"], code: 3),
        CommandCase(["find", "d", "turns", "--where", "$.text > 1 || $.n == 1.1"], output: first),
        CommandCase(
            ["find", "d", "turns", "--where", "$.text + 1 > 1 || $[0] == 1"], output: second,
            errors: ["1 record left out, for which --where fails; key alice/1: "]),
        CommandCase(
            [
                "find", "d", "turns", "--where", "$.text == args.q", "--args",
                #"{"q": "hello"}"#,
            ], output: first),
        CommandCase(
            ["find", "d", "turns", "--where", "$.text == args.q"], output: "",
            errors: ["--where reads `args.q`, which --args does not have"], code: 2),
        CommandCase(
            ["find", "d", "turns", "--where", "true", "--args", "{"], output: "",
            errors: ["--args is no JSON"], code: 2),
        CommandCase(
            ["find", "d", "turns", "--limit", "-1"], errors: ["--limit is a whole number"],
            code: 2),
    ]) func findPrintsARange(line: CommandCase) throws {
        var line = line
        line.arguments.insert("store", at: 0)
        try line.check(in: try Stores.folder())
    }

    @Test func findGoesOverManyPages() throws {
        let count = 3_000
        let blanks = String(repeating: "x", count: 1_000)
        let folder = try Stores.folder(
            (1...count).map { "{\"collection\":\"c\",\"key\":\"\($0)\",\"value\":\"\(blanks)\"}\n" }
                .joined())
        let all = try Sluice().run(["store", "find", "d", "c", "--keys-only"], in: folder)
        #expect(all.output.split(separator: "\n").count == count)
        let some = try Sluice().run(["store", "find", "d", "c", "--limit", "2500"], in: folder)
        #expect(some.output.split(separator: "\n").count == 2_500)
    }

    @Test func statsCountsWhatIsThere() throws {
        let folder = try Stores.folder()
        let text = try Sluice().run(["store", "stats", "d", "--count"], in: folder).output
        #expect(text.hasPrefix("store       d\nrecords     4\n"))
        #expect(text.hasSuffix("\nCOLLECTION  RECORDS\nraw               1\nturns             3\n"))
        let facts = try JSON(
            parsing: try Sluice().run(["store", "stats", "d", "--json"], in: folder).output)
        #expect(facts["records"] == 4 && facts["revision"] == 4 && facts["damages"] == 0)
        #expect(facts["collections"] == [["name": "raw"], ["name": "turns"]])
    }

    @Test func logTellsTheHistoryOldestFirst() throws {
        let folder = try Stores.folder()
        try CommandCase(["store", "delete", "d", "turns", "alice/2"], output: "revision 5\n")
            .check(in: folder)
        let lines = [
            "1  TIME  put     turns  alice/1  {\"text\":\"hello\",\"n\":1.10}\n",
            "2  TIME  put     turns  alice/2  [1,2]\n",
            "3  TIME  put     turns  bob/1  \"x\"  until TIME\n",
            "4  TIME  put     raw  base64:/wA=  (2 bytes)\n",
            "5  TIME  delete  turns  alice/2\n",
        ]
        func log(_ options: String...) throws -> String {
            let outcome = try Sluice().run(["store", "log", "d"] + options, in: folder)
            #expect(outcome.errors == "" && outcome.code == 0)
            return outcome.output
                .replacing(/20[0-9-]{8}T[0-9:]{8}\.[0-9]{3}Z|2096-[^Z]+Z/, with: "TIME")
                .replacing(/"updatedAt":[0-9]{13}}/, with: "\"updatedAt\":0}")
        }
        #expect(try log() == lines.joined())
        #expect(try log("--limit", "2") == lines[0] + lines[1])
        #expect(try log("--collection", "turns", "--key", "alice/2") == lines[1] + lines[4])
        #expect(try log("--collection", "raw", "--key", "/wA=", "--base64") == lines[3])
        #expect(try log("--after", "4") == lines[4])
        #expect(try log("--after", "5") == "")
        #expect(
            try log("--after", "3", "--json") == """
                {"revision":4,"op":"put","collection":"raw","keyBase64":"/wA=","valueBase64":"AAE=",\
                "updatedAt":0}
                {"revision":5,"op":"delete","collection":"turns","key":"alice/2","updatedAt":0}

                """)
        try CommandCase(
            ["store", "log", "d", "--key", "alice/2"], errors: ["--key needs --collection"], code: 2
        ).check(in: folder)
    }

    @Test func logSaysWhatHasBeenCompactedAway() throws {
        let folder = try Stores.folder()
        try CommandCase(
            ["store", "drop", "d", "turns", "--yes"], errors: ["deleted 3 records in "]
        ).check(in: folder)
        try CommandCase(["store", "compact", "d"], errors: ["compacted "]).check(in: folder)
        try CommandCase(
            ["store", "log", "d"], errors: ["changes up to revision 7 have been compacted away\n"]
        ).check(in: folder)
        for after in ["0", "3", "6"] {
            try CommandCase(
                ["store", "log", "d", "--after", after], output: "",
                errors: [
                    "error: changes up to revision 7 have been compacted away\n",
                    "`sluice store log d --after 7` prints what was changed since\n",
                ], code: 1
            ).check(in: folder)
        }
        try CommandCase(["store", "log", "d", "--after", "7"], output: "").check(in: folder)
    }
}

@Suite struct NamingStores {
    @Test(
        arguments: [
            ("data/chat", "data/chats"), ("data/chat/", "data/chats"),
            ("./data/cats", "data/chats"),
            ("data", "data/chats"), (".", nil), ("data/nothing", nil), ("nowhere/chats", nil),
        ] as [(String, String?)])
    func aStoreThatIsLikelyMeantIsNamed(path: String, store: String?) throws {
        let folder = ScratchFolder(["data/other/readme": "", "in": ""])
        try CommandCase(
            ["store", "put", "data/chats", "c", "k", "1", "--create"], output: "revision 1\n"
        ).check(in: folder)
        let outcome = try Sluice().run(["store", "stats", path], in: folder)
        let remedy = store.map { "  did you mean \($0)?\n" } ?? ""
        #expect(outcome.errors == "error: there is no store at \(path)\n\(remedy)")
        #expect(outcome.code == 6)
    }
}

@Suite struct ChangingStores {
    @Test(arguments: [
        CommandCase(["put", "d", "turns", "c", "-5"], output: "revision 5\n"),
        CommandCase(["put", "d", "turns", "c"], input: " [1, 2] \n", output: "revision 5\n"),
        CommandCase(["put", "d", "turns", "c", "-"], input: "null", output: "revision 5\n"),
        CommandCase(["put", "d", "turns", "c", "1", "--if-revision", "0"]),
        CommandCase(
            ["put", "d", "turns", "alice/1", "1", "--if-revision", "0"], output: "",
            errors: ["the key is at revision 1"], code: 1),
        CommandCase(
            ["put", "d", "turns", "c", "{"], errors: ["VALUE is no JSON: column 2:"], code: 2),
        CommandCase(["put", "d", "turns", "c", ""], errors: ["VALUE is no JSON"], code: 2),
        CommandCase(
            ["put", "d", "turns", "c"], input: "[\n1,]", output: "",
            errors: ["standard input:2:3: expected a value"], code: 1),
        CommandCase(
            ["put", "d", "turns", "", "1"], errors: ["error: the key is empty"], code: 1),
        CommandCase(
            ["put", "d", "trns", "c", "1"],
            errors: ["it has `raw`, `turns`; --create makes it", "did you mean `turns`?"], code: 2),
        CommandCase(
            ["put", "new", "c", "k", "1"], errors: ["no store at new", "--create makes it"], code: 6
        ),
        CommandCase(["put", "new", "c", "k", "1", "--create"], output: "revision 1\n"),
        CommandCase(
            ["put", ".", "c", "k", "1", "--create"], errors: [". is no store, and not empty"],
            code: 6),
        CommandCase(
            ["put", "d", "turns", "c", "1", "--ttl", "300000000000"],
            errors: ["--ttl: a time to live is at most 27", " seconds, which is the year 10889"],
            code: 2),
        CommandCase(
            ["put", "d", "turns", "c", "1", "--ttl", "0"], errors: ["--ttl is a whole number"],
            code: 2),
        CommandCase(
            ["put", "d", "turns", "c", "1", "--wait", "long"], errors: ["--wait takes a time"],
            code: 2),
        CommandCase(["delete", "d", "turns", "alice/1"], output: "revision 5\n"),
        CommandCase(["delete", "d", "turns", "nope"], output: "absent\n"),
        CommandCase(
            ["delete", "d", "turns", "alice/1", "--if-revision", "9"],
            errors: ["the key is at revision 1"], code: 1),
        CommandCase(["drop", "d", "turns"], errors: ["give --yes"], code: 2),
        CommandCase(
            ["drop", "d", "trns", "--yes"], errors: ["did you mean `turns`?"], code: 2),
    ]) func oneRecordIsWritten(line: CommandCase) throws {
        var line = line
        line.arguments.insert("store", at: 0)
        try line.check(in: try Stores.folder())
    }

    @Test func whatIsPutIsKeptInCompactForm() throws {
        let folder = try Stores.folder()
        let put = try Sluice().run(
            ["store", "put", "d", "turns", "c", "--ttl", "60", "--json"],
            input: "{ \"b\" : 1.0,\n \"a\": 1e400 }", in: folder)
        let facts = try JSON(parsing: put.output)
        #expect(facts["revision"] == 5 && facts["expiresAt"]?.int ?? 0 > 1_700_000_000_000)
        try CommandCase(["store", "get", "d", "turns", "c"], output: #"{"b":1.0,"a":1e400}"#)
            .check(in: folder)
    }

    /// A running flow that owns the store `d` of a folder, and has put `k` as revision 5.
    private func owner(of folder: ScratchFolder) throws -> RunningProcess {
        folder.write(
            """
            { "nodes": { "s": { "component": "document_store",
                                "settings": { "path": "d", "collections": [{ "name": "turns" }] } } },
              "inputs": { "put": "s.put" }, "outputs": { "ok": "s.put_ok" } }
            """, to: "flow.json")
        let owner = try Sluice().start(
            ["run", "flow.json", "--in", "put=-", "--data-dir", "."], in: folder)
        owner.write(#"{"collection":"turns","key":"k","value":1}"# + "\n")
        #expect(owner.nextLine() != nil)
        return owner
    }

    @Test func whoWritesIsToldWhoHasTheStoreAndMayWait() throws {
        let folder = try Stores.folder()
        let owner = try owner(of: folder)
        try CommandCase(
            ["store", "put", "d", "turns", "k", "2"],
            errors: [
                "error: d is in use by process \(owner.id)\n",
                "end that process, or wait for it: --wait SECONDS",
            ], code: 6
        ).check(in: folder)
        let waiting = try Sluice().start(
            ["store", "put", "d", "turns", "k", "2", "--wait", "60"], in: folder)
        owner.closeInput()
        #expect(owner.finish().code == 0)
        #expect(waiting.finish().output == "revision 6\n")
    }

    @Test func whoOnlyReadsNeedsNotWait() throws {
        let folder = try Stores.folder()
        let owner = try owner(of: folder)
        for revision in 5...7 {
            try CommandCase(["store", "get", "d", "turns", "k"], output: "\(revision - 4)")
                .check(in: folder)
            let stats = try Sluice().run(["store", "stats", "d", "--json"], in: folder)
            #expect(try JSON(parsing: stats.output)["revision"]?.int == revision)
            let export = try Sluice().run(["store", "export", "d"], in: folder)
            #expect(export.output.split(separator: "\n").count == 5, "\(export.errors)")
            try CommandCase(["store", "verify", "d"], output: "", errors: ["d is sound"])
                .check(in: folder)
            try CommandCase(
                ["store", "backup", "d", "b"], errors: ["backed up revision \(revision): "]
            ).check(in: folder)
            let log = try Sluice().run(["store", "log", "d"], in: folder)
            #expect(log.output.split(separator: "\n").count == revision, "\(log.errors)")
            let value = revision - 3
            owner.write("{\"collection\":\"turns\",\"key\":\"k\",\"value\":\(value)}\n")
            #expect(owner.nextLine() != nil)
        }
        owner.closeInput()
        #expect(owner.finish().code == 0)
    }
}
