import Glibc
import SluiceJSON
import Testing

@Suite struct MovingRecords {
    @Test func whatIsExportedIsImportedAgain() throws {
        let folder = try Stores.folder()
        let export = try Sluice().run(["store", "export", "d"], in: folder)
        let lines = export.output.split(separator: "\n")
        #expect(lines[0] == #"{"collection":"raw","keyBase64":"/wA=","valueBase64":"AAE="}"#)
        #expect(lines[1].hasSuffix(#","value":{"text":"hello","n":1.10}}"#))
        #expect(export.errors.hasPrefix("exported 4 records ("))
        try CommandCase(
            ["store", "import", "e"], input: export.output, output: "",
            errors: ["imported 4 records ("]
        ).check(in: folder)
        let again = try Sluice().run(["store", "export", "e"], in: folder)
        let (before, after) = (try untilExpiry(export.output), try untilExpiry(again.output))
        #expect(before.lines == after.lines)
        // An expiry is kept to the second.
        #expect((0..<1_000).contains(after.expiry - before.expiry))
    }

    private func untilExpiry(_ export: String) throws -> (lines: String, expiry: Int) {
        let parts = export.split(separator: "\"expiresAt\":")
        let rest = try #require(parts.last).split(separator: "}")
        return (String(parts[0]), try #require(Int(rest[0])))
    }

    @Test func aFileAppearsWhenItIsWhole() throws {
        let folder = try Stores.folder()
        let outcome = try Sluice().run(
            ["store", "export", "d", "--collection", "turns", "--output", "out.jsonl", "--json"],
            in: folder)
        let facts = try JSON(parsing: outcome.output)
        #expect(outcome.errors == "")
        #expect(facts["records"] == 3 && facts["interrupted"] == false)
        #expect(folder.text(of: "out.jsonl")?.split(separator: "\n").count == 3)
        #expect(facts["bytes"]?.int == folder.text(of: "out.jsonl")?.utf8.count)
        try CommandCase(
            ["store", "export", "d", "--collection", "nope", "--output", "no.jsonl"],
            errors: ["no collection `nope`"], code: 2
        ).check(in: folder)
        #expect(folder.text(of: "no.jsonl") == nil)
        try CommandCase(
            ["store", "export", "d", "--output", "/dev/full"], errors: ["No space left"], code: 1
        ).check(in: folder)
    }

    @Test func anExportThatFailsLeavesTheOlderFileAndKeepsItsPart() throws {
        let folder = try Stores.folder()
        folder.write("yesterday", to: "out.jsonl")
        folder.damage("hello", in: "d/00000001.seg")
        let outcome = try Sluice().run(
            ["store", "export", "d", "--output", "out.jsonl"], in: folder)
        #expect(outcome.code == 1)
        #expect(folder.text(of: "out.jsonl") == "yesterday")
        let part = try #require(
            outcome.errors.firstMatch(of: /the part that was written is kept as (.+)\n/))
        #expect(
            ScratchFolder.text(at: String(part.1))?.hasPrefix(
                #"{"collection":"raw","keyBase64":"/wA=","valueBase64":"AAE="}"# + "\n") == true)
        #expect(part.1.hasSuffix(".tmp") && part.1.contains("/out.jsonl."))
    }

    /// The first part that is written finds no space for all of it.
    @Test func anExportThatFailsInItsFirstPartKeepsWhatIsWritten() throws {
        let folder = ScratchFolder()
        let value = String(repeating: "v", count: 40_000)
        let lines = (0..<20).map { #"{"collection":"c","key":"\#($0)","value":"\#(value)"}"# }
        folder.write(lines.joined(separator: "\n"), to: "in.jsonl")
        _ = try Sluice().run(["store", "import", "d", "in.jsonl"], in: folder)
        let outcome = try Sluice().run(
            ["store", "export", "d", "--output", "out.jsonl"], after: "trap '' XFSZ; ulimit -f 200",
            in: folder)
        #expect(outcome.code == 1)
        let part = try #require(
            outcome.errors.firstMatch(of: /the part that was written is kept as (.+)\n/))
        let kept = try #require(ScratchFolder.text(at: String(part.1)))
        #expect(kept.hasPrefix(#"{"collection":"c","key":"0","value":"vvv"#))
        #expect(kept.utf8.count < 800_000)
    }

    @Test func anExportThatFailsBeforeItsFirstLineLeavesNothing() throws {
        let folder = try Stores.folder()
        folder.damage("\0\u{1}", in: "d/00000001.seg", last: true)
        let before = folder.files
        try CommandCase(
            ["store", "export", "d", "--collection", "raw", "--output", "out.jsonl"],
            output: "", errors: ["warning: d: 00000001.seg is damaged", "left out 1 damaged"],
            code: 1
        ).check(in: folder)
        #expect(folder.files == before)
    }

    @Test(arguments: [(nil, 0o600), (0o644, 0o600), (0o400, 0o400)] as [(mode_t?, mode_t)])
    func anExportIsForItsOwnerAlone(before: mode_t?, after: mode_t) throws {
        let folder = try Stores.folder()
        let path = "\(folder.path)/out.jsonl"
        if let before {
            folder.write("", to: "out.jsonl")
            chmod(path, before)
        }
        let outcome = try Sluice().run(
            ["store", "export", "d", "--output", "out.jsonl"], after: "umask 0", in: folder)
        #expect(outcome.code == 0, "\(outcome.errors)")
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o7777 == after)
    }

    @Test func anImportThatFailsHalfWaySaysHowManyRecordsAreStored() throws {
        let value = String(repeating: "x", count: 1_000)
        let lines = (0..<20_000).map { "{\"key\":\"\($0)\",\"value\":\"\(value)\"}\n" }
        let folder = ScratchFolder(["in.jsonl": lines.joined()])
        let outcome = try Sluice().run(
            ["store", "import", "d", "in.jsonl", "--collection", "c"],
            after: "ulimit -f 2000", in: folder)
        #expect(outcome.code == 1)
        let said = try #require(
            outcome.errors.firstMatch(of: /stored ([0-9,]+) records before it failed\n/))
        let stats = try Sluice().run(["store", "stats", "d", "--json"], in: folder)
        let records = try #require(JSON(parsing: stats.output)["records"]?.int)
        #expect(said.1.replacing(",", with: "") == "\(records)")
        #expect(records > 0)
    }

    @Test(arguments: [
        (["import", "new/er/d", "in.jsonl"], ""),
        (["import", "new/er/d", "in.jsonl", "--keep-going"], ""),
        (["import", "new/er/d", "in.jsonl"], "ulimit -f 8"),
        (["import", "new/er/d", "empty", "--collection", ""], ""),
        (["import", "new/er/d", "no.jsonl"], ""),
        (["put", "new/er/d", "c", "k", "1", "--create", "--if-revision", "3"], ""),
        (["put", "new/er/d", "c", "", "1", "--create"], ""),
        (["put", "new/er/d", "", "k", "1", "--create"], ""),
    ]) func noNewStoreIsLeftWhereNothingWasStored(arguments: [String], limit: String) throws {
        let folder = ScratchFolder(["in.jsonl": "oops\n"])
        if !limit.isEmpty {
            let value = String(repeating: "x", count: 100_000)
            folder.write(
                "{\"collection\":\"c\",\"key\":\"k\",\"value\":\"\(value)\"}", to: "in.jsonl")
        }
        if arguments.contains("empty") { folder.write("{\"key\":\"k\",\"value\":1}", to: "empty") }
        let before = folder.files
        let outcome = try Sluice().run(
            ["store"] + arguments, after: limit.isEmpty ? "true" : limit, in: folder)
        #expect(outcome.code != 0, "\(outcome.errors)")
        #expect(folder.files == before)
    }

    @Test func aStoreThatWasThereStays() throws {
        let folder = ScratchFolder(["in.jsonl": "oops\n", "empty": ""])
        try CommandCase(["store", "import", "d", "empty"], errors: ["imported 0"]).check(in: folder)
        let before = folder.files
        try CommandCase(["store", "import", "d", "in.jsonl"], errors: ["1 bad line"], code: 1)
            .check(in: folder)
        #expect(folder.files == before)
    }

    @Test func aRecordThatExpiresAtTheLastInstantIsImported() throws {
        let folder = ScratchFolder()
        try CommandCase(
            ["store", "import", "d"],
            input: #"{"collection":"c","key":"k","value":1,"expiresAt":281474976710655}"#,
            errors: ["imported 1 record"]
        ).check(in: folder)
        try CommandCase(["store", "get", "d", "c", "k"], output: "1").check(in: folder)
    }

    @Test func aLineOfAnotherCollectionIsABadLine() throws {
        let folder = ScratchFolder([
            "in.jsonl": """
            {"key":"a","value":1}
            {"collection":"turns","key":"b","value":2}
            {"collection":"other","key":"c","value":3}
            """
        ])
        try CommandCase(
            ["store", "import", "d", "in.jsonl", "--collection", "other", "--keep-going"],
            errors: [
                "in.jsonl:2:15: error: the line is of collection `turns`, and --collection says "
                    + "`other`", "imported 2 records",
            ], code: 1
        ).check(in: folder)
        try CommandCase(
            ["store", "find", "d", "other", "--keys-only"],
            output: "{\"key\":\"a\",\"revision\":1}\n{\"key\":\"c\",\"revision\":2}\n"
        ).check(in: folder)
    }

    @Test(arguments: [
        ("[1]", "1:1", "expected an object, found array"),
        ("{", "1:2", "the text ends too early"),
        (#"{"key":"k","value":1}"#, "1:1", "no member `collection`"),
        (#"{"collection":1,"key":"k","value":1}"#, "1:15", "`collection` is no string"),
        (#"{"collection":"","key":"k","value":1}"#, "1:15", "1 to 32768 bytes"),
        (#"{"collection":"c","value":1}"#, "1:1", "no member `key` or `keyBase64`"),
        (#"{"é":1,"collection":"c","key":[],"value":1}"#, "1:31", "`key` is no string"),
        (#"{"collection":"c","key":"","value":1}"#, "1:25", "a key has 1 to 32768 bytes"),
        (#"{"collection":"c","keyBase64":"a","value":1}"#, "1:31", "`keyBase64` is no Base64"),
        (#"{"collection":"c","key":"k"}"#, "1:1", "no member `value` or `valueBase64`"),
        (#"{"collection":"c","key":"k","valueBase64":"=A=="}"#, "1:43", "is no Base64"),
        (#"{"collection":"c","key":"k","value":1,"expiresAt":"x"}"#, "1:51", "`expiresAt`"),
        (
            #"{"collection":"c","key":"k","value":1,"expiresAt":281474976710656}"#, "1:51",
            "`expiresAt` is at most 281474976710655"
        ),
        (
            #"{"collection":"c","key":"k","value":"# + String(repeating: "[", count: 481)
                + String(repeating: "]", count: 481) + "}", "1:37", "deeper than 480"
        ),
    ]) func badLinesAreNamedWithTheirPlace(line: String, place: String, reason: String) throws {
        let folder = ScratchFolder(["in.jsonl": line + "\n"])
        try CommandCase(
            ["store", "import", "d", "in.jsonl"], output: "",
            errors: [
                "in.jsonl:\(place): error: ", reason, "imported 0 records", ", 1 bad line in ",
            ],
            code: 1
        ).check(in: folder)
    }

    @Test func aBadLineEndsTheImportUnlessItIsToGoOn() throws {
        let good = (1...5).map { "{\"key\":\"\($0)\",\"value\":\($0)}\n" }
        let folder = ScratchFolder([
            "in.jsonl": good[0] + good[1] + "oops\n" + good[2] + "{\"key\":1}\n\n" + good[3]
        ])
        try CommandCase(
            ["store", "import", "d", "in.jsonl", "--collection", "c"],
            errors: ["in.jsonl:3:1: error:", "imported 2 records", "1 bad line in"], code: 1
        ).check(in: folder)
        let outcome = try Sluice().run(
            ["store", "import", "d", "in.jsonl", "--collection", "c", "--keep-going", "--json"],
            in: folder)
        let facts = try JSON(parsing: outcome.output)
        #expect(facts["records"] == 4 && facts["badLines"] == 2)
        #expect(outcome.errors.contains("in.jsonl:5:8: error: `key` is no string"))
        #expect(outcome.code == 1)
        try CommandCase(
            ["store", "find", "d", "c", "--keys-only"],
            output: """
                {"key":"1","revision":3}
                {"key":"2","revision":4}
                {"key":"3","revision":5}
                {"key":"4","revision":6}

                """
        ).check(in: folder)
    }

    @Test func whatHasExpiredIsLeftOut() throws {
        let folder = ScratchFolder()
        try CommandCase(
            ["store", "import", "d", "-"],
            input: #"{"collection":"c","key":"k","value":1,"expiresAt":1000}"#,
            errors: ["imported 0 records", "left out 1 expired"]
        ).check(in: folder)
    }

    @Test(arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)])
    func anInterruptedImportKeepsWhatItSaid(signal: Int32, code: Int32) throws {
        let folder = ScratchFolder()
        let process = try Sluice().start(
            ["store", "import", "d", "--collection", "c", "--keep-going"], in: folder)
        for number in 1...20_000 { process.write("{\"key\":\"\(number)\",\"value\":\(number)}\n") }
        // What it says of this line tells that the signal will find it at work.
        process.write("oops\n")
        #expect(process.waitForError("standard input:20001:1: error:"))
        process.send(signal)
        let outcome = process.finish()
        #expect(
            outcome.errors.contains("interrupted: imported 20,000 records"), "\(outcome.errors)")
        #expect(outcome.errors.contains("run it again to go on"))
        #expect(outcome.code == code)
        let stats = try Sluice().run(["store", "stats", "d", "--json"], in: folder)
        #expect(try JSON(parsing: stats.output)["records"] == 20_000)
    }
}
