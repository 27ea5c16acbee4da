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
