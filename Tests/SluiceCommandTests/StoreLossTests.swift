import SluiceJSON
import Testing

/// What commands make of a store whose newest records are gone.
@Suite struct ReadingStoresThatHaveLostRecords {
    /// A folder with the store `d`, in which key `k` had the values 1 and 2, of which the second is cut
    /// off.
    static func folder() throws -> ScratchFolder {
        let folder = ScratchFolder()
        for value in ["1", "2"] {
            try CommandCase(["store", "put", "d", "c", "k", value, "--create"]).check(in: folder)
        }
        folder.cut(10, from: "d/00000001.seg")
        return folder
    }

    static let reading = [
        ["get", "d", "c", "k"], ["find", "d", "c"], ["history", "d", "c", "k"], ["log", "d"],
        ["export", "d"], ["stats", "d"], ["cursor", "list", "d"],
    ]

    @Test(arguments: reading) func nothingIsReadUnlessThatIsAskedFor(words: [String]) throws {
        let folder = try Self.folder()
        try CommandCase(
            ["store"] + words, output: "",
            errors: [
                "error: d: 00000001.seg is damaged", "records are lost, and nobody can tell which",
                "`sluice store verify d`", "`sluice store repair d NEW`", "a backup",
                "--as-found reads what is there, which may be older",
            ], code: 6
        ).check(in: folder)
    }

    @Test(arguments: reading) func whatIsThereIsReadWithAWarning(words: [String]) throws {
        let outcome = try Sluice().run(["store"] + words + ["--as-found"], in: try Self.folder())
        #expect(outcome.code == 1)
        #expect(!outcome.output.isEmpty)
        #expect(outcome.errors.contains("warning: d: 00000001.seg is damaged"))
        #expect(outcome.errors.contains("may be older than what was stored"))
    }

    @Test func anOlderValueIsGivenOnlyWithTheWarning() throws {
        let folder = try Self.folder()
        try CommandCase(
            ["store", "get", "d", "c", "k", "--as-found"], output: "1",
            errors: ["may be older"], code: 1
        ).check(in: folder)
        try CommandCase(
            ["store", "get", "d", "other", "k", "--as-found"], output: "",
            errors: ["error: d: the collection `other` is not there; it may be among what is lost"],
            code: 1
        ).check(in: folder)
    }

    @Test func asFoundChangesNothingForASoundStore() throws {
        try CommandCase(["store", "get", "d", "turns", "alice/2", "--as-found"], output: "[1,2]")
            .check(in: try Stores.folder())
    }

    @Test func noCommandWritesToSuchAStore() throws {
        let folder = try Self.folder()
        let before = folder.files
        for words in [["put", "d", "c", "k", "3"], ["delete", "d", "c", "k"], ["compact", "d"]] {
            let outcome = try Sluice().run(["store"] + words, in: folder)
            #expect(outcome.code == 6)
            #expect(outcome.errors.contains("the store takes no writes"))
            #expect(!outcome.errors.contains("--as-found"))
        }
        #expect(folder.files == before)
        try CommandCase(
            ["store", "put", "d", "c", "k", "3", "--as-found"], errors: ["no option --as-found"],
            code: 2
        ).check(in: folder)
    }

    @Test func anExportOfWhatIsLeftDoesNotTakeThePlaceOfAnOlderFile() throws {
        let folder = try Self.folder()
        folder.write("yesterday", to: "out.jsonl")
        let outcome = try Sluice().run(
            ["store", "export", "d", "--as-found", "--output", "out.jsonl"], in: folder)
        #expect(outcome.code == 1)
        #expect(folder.text(of: "out.jsonl") == "yesterday")
        let part = try #require(
            outcome.errors.firstMatch(of: /the part that was written is kept as (.+)\n/))
        #expect(
            ScratchFolder.text(at: String(part.1))
                == #"{"collection":"c","key":"k","value":1}"# + "\n")
    }

    @Test(arguments: [[], ["--as-found"]]) func aStoreWithoutSegmentsIsToldSo(
        options: [String]
    ) throws {
        let folder = try Stores.folder()
        folder.remove("d/00000001.seg")
        let outcome = try Sluice().run(["store", "stats", "d"] + options, in: folder)
        #expect(outcome.code == 6)
        let reason = options.isEmpty ? "the segment is missing" : "all segments are missing"
        #expect(outcome.errors.contains(reason), "\(outcome.errors)")
        #expect(outcome.errors.contains("no segment is left in the folder: restore a backup"))
        #expect(!outcome.errors.contains("No such file"))
        try CommandCase(
            ["store", "verify", "d"], errors: ["no segment is left in the folder"], code: 1
        ).check(in: folder)
    }
}

/// What commands make of a store in which the value of `alice/1` is damaged.
@Suite struct ReadingDamagedRecords {
    private static func folder() throws -> ScratchFolder {
        let folder = try Stores.folder()
        folder.damage("hello", in: "d/00000001.seg")
        return folder
    }

    private static let warning = "warning: d: 00000001.seg is damaged at byte "

    @Test(arguments: [[], ["--reverse"], ["--where", "true"], ["--where", "$ != 7"]])
    func findPrintsTheRestAndNamesTheKey(options: [String]) throws {
        let outcome = try Sluice().run(
            ["store", "find", "d", "turns"] + options, in: Self.folder())
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count == 2 && !outcome.output.contains("alice/1"))
        #expect(outcome.errors.hasPrefix(Self.warning))
        #expect(outcome.errors.contains(", key alice/1: "))
        #expect(outcome.code == 1)
    }

    @Test(arguments: [
        ["--keys-only"], ["--reverse", "--limit", "2"], ["--start", "alice/2"],
        ["--reverse", "--limit", "2", "--where", "true"],
    ]) func damageThatAFindDoesNotMeetIsNoFailure(options: [String]) throws {
        let outcome = try Sluice().run(
            ["store", "find", "d", "turns"] + options, in: Self.folder())
        #expect(!outcome.output.isEmpty)
        #expect(outcome.code == 0, "\(outcome.errors)")
    }

    @Test func getSaysWhereTheRecordLies() throws {
        for options in [[], ["--json"], ["--as-found"]] {
            let outcome = try Sluice().run(
                ["store", "get", "d", "turns", "alice/1"] + options, in: Self.folder())
            #expect(outcome.output == "" && outcome.code == 1)
            #expect(
                outcome.errors.contains(
                    #/error: d: 00000001.seg is damaged at byte [0-9]+, key alice/1: /#))
            #expect(outcome.errors.contains("`sluice store repair d NEW` saves the rest"))
        }
        try CommandCase(
            ["store", "get", "d", "turns", "alice/2"], output: "[1,2]", errors: [Self.warning]
        ).check(in: Self.folder())
    }

    @Test func exportNamesTheKeyAndKeepsTheRestAsAPart() throws {
        let folder = try Self.folder()
        folder.write("yesterday", to: "out.jsonl")
        let outcome = try Sluice().run(
            ["store", "export", "d", "--output", "out.jsonl", "--json"], in: folder)
        #expect(outcome.code == 1)
        #expect(outcome.errors.contains(", key alice/1: "))
        #expect(folder.text(of: "out.jsonl") == "yesterday")
        let facts = try JSON(parsing: outcome.output)
        #expect(facts["records"] == 3 && facts["damaged"] == 1)
        let part = try #require(
            outcome.errors.firstMatch(of: /the part that was written is kept as (.+)\n/))
        let lines = try #require(ScratchFolder.text(at: String(part.1)))
        #expect(lines.split(separator: "\n").count == 3 && !lines.contains("alice/1"))
    }

    @Test func anExportToStandardOutputIsCompleteButForTheDamage() throws {
        let outcome = try Sluice().run(["store", "export", "d"], in: Self.folder())
        #expect(outcome.output.split(separator: "\n").count == 3)
        #expect(outcome.errors.contains("exported 3 records"))
        #expect(outcome.errors.contains("left out 1 damaged"))
        #expect(outcome.code == 1)
    }

    @Test(arguments: [
        ["--collection", "raw"], ["--collection", "turns", "--limit", "2"], ["--limit", "2"],
        ["--after", "3"], ["--collection", "turns", "--key", "alice/1"],
    ]) func damageThatALogDoesNotPrintIsNoFailure(options: [String]) throws {
        let folder = try Stores.folder()
        // The third change, `bob/1`.
        folder.damage(#""x""#, in: "d/00000001.seg")
        let outcome = try Sluice().run(["store", "log", "d"] + options, in: folder)
        #expect(!outcome.output.isEmpty)
        #expect(outcome.code == 0, "\(outcome.errors)")
    }

    @Test(arguments: [[], ["--collection", "turns"], ["--after", "2", "--limit", "1"]])
    func damageThatALogPrintsIsAFailureWithItsReason(options: [String]) throws {
        let folder = try Stores.folder()
        folder.damage(#""x""#, in: "d/00000001.seg")
        let outcome = try Sluice().run(["store", "log", "d"] + options, in: folder)
        #expect(outcome.errors.contains(", key bob/1: "))
        #expect(outcome.code == 1)
    }
}

/// What commands say of changes that are lost with a segment of the log.
@Suite struct ReadingALogThatLacksASegment {
    private let folder: ScratchFolder
    /// The changes that are lost with the segment.
    private let lost: [Int]
    /// A segment with neither the first nor the last change.
    private let segment: String

    init() throws {
        let folder = ScratchFolder([
            "flow.json": """
            { "nodes": { "store": { "component": "document_store", "settings": {
                "maxSizeMB": 1, "collections": [{ "name": "c" }] } } },
              "inputs": { "put": "store.put" } }
            """
        ])
        self.folder = folder
        let value = String(repeating: "x", count: 38_000)
        // Each run fills at least one segment.
        for run in 0..<3 {
            let puts = (1...8).map {
                #"{"collection":"c","key":"k\#(run * 8 + $0)","value":"\#(value)"}"# + "\n"
            }
            folder.write(puts.joined(), to: "puts")
            let outcome = try Sluice().run(
                ["run", "flow.json", "--in", "put=puts", "--data-dir", "d"], in: folder)
            #expect(outcome.code == 0, "\(outcome.errors)")
        }
        let outcome = try Sluice().run(["store", "compact", "d/store"], in: folder)
        #expect(outcome.code == 0, "\(outcome.errors)")
        let parts = (1...6).map { number in
            let name = "0000000\(number).seg"
            let text = folder.text(of: "d/store/\(name)") ?? ""
            return (name, text.matches(of: #/k([0-9]+)"x/#).compactMap { Int($0.1) })
        }
        let inner = try #require(
            parts.first { $0.1.min() ?? 0 > 1 && $0.1.max() ?? 24 < 24 }, "\(parts)")
        (segment, lost) = (inner.0, Set(inner.1).sorted())
        folder.remove("d/store/\(segment)")
    }

    private func log(_ options: [String]) throws -> (revisions: [Int], outcome: Outcome) {
        let outcome = try Sluice().run(["store", "log", "d/store", "--json"] + options, in: folder)
        let revisions = try outcome.output.split(separator: "\n").compactMap {
            try JSON(parsing: String($0))["revision"]?.int
        }
        return (revisions, outcome)
    }

    @Test func whatIsLostIsNotCalledCompacted() throws {
        let first = try #require(lost.first)
        for (options, start) in [
            ([], 0), (["--after", "1"], 1), (["--after", "\(first)"], first),
        ] {
            let (revisions, outcome) = try log(options)
            #expect(outcome.code == 1)
            #expect(!outcome.errors.contains("compacted"), "\(outcome.errors)")
            #expect(outcome.errors.contains("\(segment) is damaged"))
            #expect(revisions == (start + 1...24).filter { !lost.contains($0) })
        }
    }

    @Test func whatComesBehindTheLossIsPrintedWithoutFailure() throws {
        let last = try #require(lost.last)
        let (revisions, outcome) = try log(["--after", "\(last)"])
        #expect(revisions == Array(last + 1...24))
        #expect(outcome.code == 0, "\(outcome.errors)")
    }
}
