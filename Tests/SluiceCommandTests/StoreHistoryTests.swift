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
