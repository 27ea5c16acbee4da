import SluiceJSON
import Testing

@Suite struct LookingBack {
    @Test func whatWasThereCanBeReadWhileItIsKept() throws {
        let folder = try Stores.folder()
        for value in 1...3 {
            try CommandCase(
                ["store", "put", "d", "turns", "k", "\(value)", "--keep-revisions", "100"],
                output: "revision \(value + 4)\n"
            ).check(in: folder)
        }
        func get(asOf revision: Int) -> CommandCase {
            CommandCase(["store", "get", "d", "turns", "k", "--as-of", "\(revision)"])
        }
        for (revision, value) in [(5, "1"), (6, "2"), (7, "3")] {
            var line = get(asOf: revision)
            line.output = value
            try line.check(in: folder)
        }
        var absent = get(asOf: 4)
        (absent.errors, absent.code) = (["`k` is absent"], 1)
        try absent.check(in: folder)
        var future = get(asOf: 8)
        (future.errors, future.code) = (["revision 8 is not there yet"], 1)
        try future.check(in: folder)
        try CommandCase(
            ["store", "find", "d", "turns", "--as-of", "6", "--prefix", "k"],
            output: "{\"key\":\"k\",\"value\":2,\"revision\":6}\n"
        ).check(in: folder)
    }
}

/// One version that is damaged takes no other with it.
@Suite struct LookingBackPastDamage {
    @Test func theOthersAreListed() throws {
        let folder = try Stores.folder()
        for value in ["one", "second", "three"] {
            try CommandCase(
                ["store", "put", "d", "turns", "k", "\"\(value)\"", "--keep-revisions", "100"]
            ).check(in: folder)
        }
        folder.damage("second", in: "d/00000001.seg")
        let outcome = try Sluice().run(
            ["store", "history", "d", "turns", "k", "--json"], in: folder)
        #expect(outcome.code == 1)
        #expect(outcome.output.contains("one") && outcome.output.contains("three"))
        #expect(!outcome.output.contains("second"))
        #expect(outcome.errors.contains("00000001.seg is damaged at byte"))
    }
}

/// Commands keep to the history that the store remembers its last owner asked for.
@Suite struct KeepingToTheHistoryOfAStore {
    /// A folder with the store `d/store`, to which a flow with these settings has written nine versions
    /// of key `k`.
    private static func folder(_ settings: String) throws -> ScratchFolder {
        let puts = (1...9).map { #"{"collection":"c","key":"k","value":\#($0)}"# + "\n" }
        let folder = ScratchFolder([
            "flow.json": """
            { "nodes": { "store": { "component": "document_store",
                                    "settings": { \(settings)"collections": [{ "name": "c" }] } } },
              "inputs": { "put": "store.put" } }
            """,
            "puts": puts.joined(),
        ])
        let outcome = try Sluice().run(
            ["run", "flow.json", "--in", "put=puts", "--data-dir", "d"], in: folder)
        #expect(outcome.code == 0, "\(outcome.errors)")
        return folder
    }

    private static func versions(in folder: ScratchFolder) throws -> Int {
        try Sluice().run(["store", "history", "d/store", "c", "k"], in: folder).output
            .split(separator: "\n").count
    }

    private static func kept(in folder: ScratchFolder) throws -> [JSON?] {
        let outcome = try Sluice().run(["store", "stats", "d/store", "--json"], in: folder)
        let facts = try JSON(parsing: outcome.output)
        return [facts["keepRevisions"], facts["keepHours"]]
    }

    @Test func compactKeepsWhatTheFlowKeeps() throws {
        let folder = try Self.folder(#""keepRevisions": 100, "#)
        #expect(try Self.versions(in: folder) == 9)
        #expect(try Self.kept(in: folder) == [100, 0])
        try CommandCase(["store", "compact", "d/store"], errors: ["compacted"]).check(in: folder)
        #expect(try Self.versions(in: folder) == 9)
        try CommandCase(["store", "put", "d/store", "c", "k", "10"], output: "revision 10\n")
            .check(in: folder)
        #expect(try Self.versions(in: folder) == 10)
        #expect(try Self.kept(in: folder) == [100, 0])
    }

    @Test func everythingIsKeptWhereTheStoreCannotTellHowMuch() throws {
        let folder = try Self.folder(#""keepRevisions": 100, "#)
        folder.damage("$keepRevisions", behind: 14, in: "d/store/00000001.seg", last: true)
        #expect(try Self.kept(in: folder) == [.null, 0])
        let stats = try Sluice().run(["store", "stats", "d/store"], in: folder)
        #expect(stats.output.contains("everything, since how much is kept cannot be read"))
        func run(_ words: [String]) throws {
            #expect(try Sluice().run(["store"] + words, in: folder).code == 0)
        }
        try run(["put", "d/store", "c", "k", "10"])
        try run(["compact", "d/store"])
        #expect(try Self.versions(in: folder) == 10)
        try run(["compact", "d/store", "--keep-revisions", "100"])
        #expect(try Self.kept(in: folder) == [100, 0])
    }

    @Test func discardHistoryGivesUpWhatTheFlowKeeps() throws {
        let folder = try Self.folder(#""keepRevisions": 100, "keepHours": 2, "#)
        #expect(try Self.kept(in: folder) == [100, 2])
        try CommandCase(
            ["store", "compact", "d/store", "--discard-history"], errors: ["compacted"]
        ).check(in: folder)
        #expect(try Self.versions(in: folder) == 1)
        #expect(try Self.kept(in: folder) == [0, 0])
        try CommandCase(
            ["store", "compact", "d/store", "--discard-history", "--keep-hours", "1"],
            errors: ["--discard-history keeps nothing"], code: 2
        ).check(in: folder)
    }

    @Test func aFlowThatKeepsNothingIsRememberedToo() throws {
        let folder = try Self.folder("")
        #expect(try Self.kept(in: folder) == [0, 0])
        try CommandCase(["store", "put", "d/store", "c", "k", "10", "--keep-hours", "5"])
            .check(in: folder)
        #expect(try Self.kept(in: folder) == [0, 5])
        let again = try Sluice().run(
            ["run", "flow.json", "--in", "put=puts", "--data-dir", "d"], in: folder)
        #expect(again.code == 0)
        #expect(try Self.kept(in: folder) == [0, 0])
        #expect(try Self.versions(in: folder) == 1)
    }

    @Test func statsSaysWhatIsKept() throws {
        for (settings, text) in [
            ("", "keeps       nothing that is replaced\n"),
            (#""keepRevisions": 1, "#, "keeps       what is replaced, for 1 revision\n"),
            (
                #""keepRevisions": 1000, "keepHours": 24, "#,
                "keeps       what is replaced, for 1,000 revisions and 24 hours\n"
            ),
        ] {
            let outcome = try Sluice().run(
                ["store", "stats", "d/store"], in: try Self.folder(settings))
            #expect(outcome.output.contains(text), "\(outcome.output)")
        }
    }
}

@Suite struct TellingTheHistoryOfKeys {
    @Test func versionsThatAreKeptAreToldNewestFirst() throws {
        let folder = try Stores.folder()
        func write(_ words: String...) throws {
            try CommandCase(["store"] + words + ["--keep-revisions", "100"]).check(in: folder)
        }
        try write("put", "d", "turns", "k", "[1, 2]")
        try write("put", "d", "turns", "k", "\"\(String(repeating: "x", count: 100))\"")
        try write("delete", "d", "turns", "k")
        func history(_ options: String...) throws -> String {
            let outcome = try Sluice().run(
                ["store", "history", "d", "turns", "k"] + options, in: folder)
            #expect(outcome.errors == "" && outcome.code == 0)
            return outcome.output
                .replacing(/20[0-9-]{8}T[0-9:]{8}\.[0-9]{3}Z/, with: "TIME")
                .replacing(/"updatedAt":[0-9]{13}}/, with: "\"updatedAt\":0}")
        }
        let shown = "\"" + String(repeating: "x", count: 46)
        let lines = [
            "7  TIME  delete\n", "6  TIME  put     \(shown)… (102 bytes)\n",
            "5  TIME  put     [1,2]\n",
        ]
        #expect(try history() == lines.joined())
        #expect(try history("--limit", "1") == lines[0])
        #expect(
            try history("--json").split(separator: "\n").enumerated().map {
                $0 == 1 ? "long" : String($1)
            } == [
                #"{"revision":7,"op":"delete","updatedAt":0}"#, "long",
                #"{"revision":5,"op":"put","value":[1,2],"updatedAt":0}"#,
            ])
    }

    @Test func anExpiredVersionIsADelete() throws {
        let folder = try Stores.folder()
        for value in [1, 2] {
            let line = "store put d turns k \(value) --ttl 1 --keep-revisions 9"
            try CommandCase(line.split(separator: " ").map(String.init)).check(in: folder)
        }
        while try Sluice().run(["store", "get", "d", "turns", "k"], in: folder).code == 0 {}
        let outcome = try Sluice().run(
            ["store", "history", "d", "turns", "k", "--json"], in: folder)
        #expect(
            outcome.output.replacing(/"updatedAt":[0-9]{13}}/, with: "\"updatedAt\":0}") == """
                {"revision":6,"op":"delete","updatedAt":0}
                {"revision":5,"op":"delete","updatedAt":0}

                """)
    }

    @Test(arguments: [
        CommandCase(
            ["store", "history", "d", "turns", "nope"], output: "",
            errors: ["`nope` is absent, and no version of it is kept"], code: 1),
        CommandCase(
            ["store", "history", "d", "trns", "k"], errors: ["did you mean `turns`?"], code: 2),
        CommandCase(
            ["store", "history", "d", "raw", "/wA", "--base64"],
            errors: ["`/wA` is no Base64"], code: 2),
    ]) func whatIsNotThereIsSaid(line: CommandCase) throws {
        try line.check(in: try Stores.folder())
    }
}
