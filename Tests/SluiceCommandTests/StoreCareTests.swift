import SluiceJSON
import Testing

@Suite struct VerifyingStores {
    @Test func aSoundStoreIsSaidToBe() throws {
        let folder = try Stores.folder()
        try CommandCase(
            ["store", "verify", "d"], output: "", errors: ["d is sound: verified "]
        ).check(in: folder)
        let outcome = try Sluice().run(["store", "verify", "d", "--json"], in: folder)
        let facts = try JSON(parsing: outcome.output)
        #expect(facts["schema"] == 1 && facts["sound"] == true && facts["damages"] == [])
        #expect(facts["segments"] == 1 && facts["interrupted"] == false)
        #expect(outcome.errors == "" && outcome.code == 0)
    }

    @Test func everyDamageIsNamed() throws {
        let folder = try Stores.folder()
        folder.damage("hello", in: "d/00000001.seg")
        folder.damage("\0\u{1}", in: "d/00000001.seg", last: true)
        let outcome = try Sluice().run(["store", "verify", "d"], in: folder)
        let lines = outcome.output.split(separator: "\n")
        try #require(lines.count == 2, "\(outcome.output)")
        #expect(lines[0].hasPrefix("00000001.seg is damaged at byte "))
        #expect(lines[0].contains(", key alice/1: "))
        #expect(lines[1].contains(", key base64:/wA=: "))
        #expect(outcome.errors.contains("d is damaged in 2 places: verified "))
        #expect(outcome.code == 1)
        try CommandCase(
            ["store", "get", "d", "turns", "alice/1"], output: "",
            errors: ["error: d: 00000001.seg is damaged", "`sluice store repair d NEW` saves"],
            code: 1
        ).check(in: folder)
        try CommandCase(
            ["store", "backup", "d", "b"], output: "",
            errors: ["error: d: 00000001.seg is damaged", "`sluice store repair d NEW` saves"],
            code: 6
        ).check(in: folder)
        let json = try Sluice().run(["store", "verify", "d", "--json"], in: folder)
        let facts = try JSON(parsing: json.output)
        #expect(facts["sound"] == false && json.code == 1)
        #expect(facts["damages"]?[0]?["key"] == "alice/1")
        #expect(facts["damages"]?[1]?["keyBase64"] == "/wA=")
        #expect(facts["damages"]?[1]?["file"] == "00000001.seg")
    }

    @Test(arguments: [
        CommandCase(
            ["store", "verify", "nope"], errors: ["error: there is no store at nope"], code: 6),
        CommandCase(
            ["store", "verify", "."], errors: ["no store at .", "did you mean d?"], code: 6),
    ]) func thereHasToBeAStore(line: CommandCase) throws {
        try line.check(in: try Stores.folder())
    }
}

@Suite struct BackingStoresUp {
    @Test func aBackupIsRestoredAsItWas() throws {
        let folder = try Stores.folder()
        try CommandCase(
            ["store", "backup", "d", "b"], output: "", errors: ["backed up revision 4: "]
        ).check(in: folder)
        try CommandCase(["store", "put", "d", "turns", "k", "1"], output: "revision 5\n")
            .check(in: folder)
        let again = try Sluice().run(["store", "backup", "d", "b", "--json"], in: folder)
        let facts = try JSON(parsing: again.output)
        #expect(facts["schema"] == 1 && facts["revision"] == 5 && facts["interrupted"] == false)
        #expect(facts["filesCopied"]?.int ?? 0 > 0 && facts["bytesCopied"]?.int ?? 0 > 0)
        #expect(facts["filesKept"]?.int != nil)
        try CommandCase(["store", "delete", "d", "turns", "k"], output: "revision 6\n")
            .check(in: folder)
        try CommandCase(
            ["store", "restore", "b", "e"], output: "", errors: ["restored revision 5: "]
        ).check(in: folder)
        try CommandCase(["store", "get", "e", "turns", "k"], output: "1").check(in: folder)
        try CommandCase(["store", "verify", "e"], errors: ["e is sound: "]).check(in: folder)
        try CommandCase(["store", "delete", "e", "turns", "k"], output: "revision 6\n")
            .check(in: folder)
        let exports = try ["d", "e"].map {
            try Sluice().run(["store", "export", $0], in: folder).output
        }
        #expect(exports[0] == exports[1])
    }

    /// A folder with a store, a backup `b`, an unfinished one `u` and something else.
    private static func folder() throws -> ScratchFolder {
        let folder = try Stores.folder()
        try CommandCase(["store", "backup", "d", "b"], errors: ["backed up"]).check(in: folder)
        folder.write("", to: "u/BACKUP.tmp")
        folder.write("", to: "other/notes")
        return folder
    }

    @Test(arguments: [
        CommandCase(["backup", "nope", "c"], errors: ["there is no store at nope"], code: 6),
        CommandCase(["backup", "d", "other"], errors: ["error: other ", "notes"], code: 6),
        CommandCase(
            ["restore", "d", "e"],
            errors: ["no backup at d", "`sluice store backup d TARGET` makes a backup"], code: 6),
        CommandCase(["restore", "u", "e"], errors: ["no backup at u", "never finished"], code: 6),
        CommandCase(["restore", "other", "e"], errors: ["no backup at other"], code: 6),
        CommandCase(["restore", "b", "d"], errors: ["error: d is not empty"], code: 6),
        CommandCase(["restore", "b", "other"], errors: ["error: other is not empty"], code: 6),
        CommandCase(["verify", "b"], errors: ["error: b is a backup"], code: 6),
        CommandCase(["get", "b", "turns", "k"], errors: ["error: b is a backup"], code: 6),
    ]) func whatCannotBeCopiedIsSaid(line: CommandCase) throws {
        var line = line
        line.arguments.insert("store", at: 0)
        try line.check(in: try Self.folder())
    }

    @Test func aDamagedBackupIsRefused() throws {
        let folder = try Self.folder()
        folder.damage("hello", in: "b/00000001.seg")
        try CommandCase(
            ["store", "restore", "b", "e"], output: "",
            errors: ["error: b: 00000001.seg is damaged at byte ", "make a new backup"],
            code: 6
        ).check(in: folder)
        try CommandCase(["store", "stats", "e"], errors: ["no store at e"], code: 6)
            .check(in: folder)
    }
}

@Suite struct RepairingStores {
    @Test func whatIsNotDamagedIsSaved() throws {
        let folder = try Stores.folder()
        folder.damage("hello", in: "d/00000001.seg")
        folder.damage("ello", in: "d/00000001.seg")
        let outcome = try Sluice().run(["store", "repair", "d", "n"], in: folder)
        let lines = outcome.output.split(separator: "\n")
        try #require(lines.count == 2, "\(outcome.output)")
        #expect(lines[0].hasPrefix("00000001.seg is damaged at byte "))
        #expect(lines[0].contains(", key alice/1: "))
        #expect(lines[1] == "\"turns\", key alice/1: revision 1 is lost")
        #expect(outcome.errors.contains("saved 3 records in 2 collections, lost "))
        #expect(outcome.code == 1)
        try CommandCase(["store", "verify", "n"], errors: ["n is sound: "]).check(in: folder)
        try CommandCase(["store", "get", "n", "turns", "alice/2"], output: "[1,2]")
            .check(in: folder)
        try CommandCase(
            ["store", "get", "n", "turns", "alice/1"], output: "", errors: ["absent"], code: 1
        ).check(in: folder)
        try CommandCase(
            ["store", "repair", "d", "n"], errors: ["error: n is not empty"], code: 6
        ).check(in: folder)
    }

    @Test func aRecordOfWhichOneBitIsWrongIsMended() throws {
        let folder = try Stores.folder()
        let before = try Sluice().run(["store", "get", "d", "turns", "alice/1"], in: folder).output
        folder.damage("hello", in: "d/00000001.seg")
        let outcome = try Sluice().run(["store", "repair", "d", "n"], in: folder)
        #expect(
            outcome.errors.contains("saved 4 records in 2 collections, mended 1 record, lost 0"))
        #expect(outcome.code == 1)
        try CommandCase(["store", "get", "n", "turns", "alice/1"], output: before).check(in: folder)
    }

    /// Two versions of a key and another one; what lies between the versions is lost.
    @Test func olderVersionsAreKeptOnlyIfThatIsAskedFor() throws {
        let folder = ScratchFolder()
        for (key, value) in [("a", "old"), ("b", "other"), ("a", "newer"), ("c", "last")] {
            try CommandCase(["store", "put", "d", "c", key, "\"\(value)\"", "--create"])
                .check(in: folder)
        }
        for text in ["newer", "ewer"] { folder.damage(text, in: "d/00000001.seg") }
        try CommandCase(
            ["store", "repair", "d", "n"], output: nil,
            errors: ["saved 2 records", "lost 1 record"], code: 1
        ).check(in: folder)
        try CommandCase(["store", "get", "n", "c", "a"], output: "", errors: ["absent"], code: 1)
            .check(in: folder)
        let kept = try Sluice().run(["store", "repair", "d", "k", "--keep-older"], in: folder)
        #expect(kept.output.contains("revision 3 is lost, 1 was found; the older one is kept"))
        try CommandCase(["store", "get", "k", "c", "a"], output: "\"old\"").check(in: folder)
    }

    @Test func nothingIsLostOfASoundStore() throws {
        let folder = try Stores.folder()
        let outcome = try Sluice().run(["store", "repair", "d", "n", "--json"], in: folder)
        let facts = try JSON(parsing: outcome.output)
        #expect(facts["records"] == 4 && facts["collections"] == 2)
        #expect(facts["bytesLost"] == 0 && facts["damages"] == [])
        #expect(outcome.errors == "" && outcome.code == 0)
        let exports = try ["d", "n"].map {
            try Sluice().run(["store", "export", $0], in: folder).output
        }
        #expect(exports[0] == exports[1])
    }
}
