import Sluice
import SluiceJSON
import SluiceTesting
import Testing

/// Keys and names from data are their bytes: two spellings that look the same are two.
@Suite struct NamesInComponents {
    private static let composed = "\u{E9}"
    private static let decomposed = "e\u{301}"

    @Test func joinKeysThatLookTheSameAreTwo() throws {
        let join = try node("join", JoinTests.settings)
        try join.send(["id": JSON(Self.composed)], to: "a")
        #expect(try join.send(["id": JSON(Self.decomposed)], to: "b").isEmpty)
        let joined = try join.send(["id": JSON(Self.decomposed)], to: "a").only("out")
        #expect(joined["key"]?.string?.utf8.count == 3)
    }

    @Test func columnsThatLookTheSameAreTwo() throws {
        let folder = try TemporaryFolder()
        try folder.write(
            Array("\(Self.composed),\(Self.decomposed)\n1,2\n".utf8), to: "in.csv")
        let types = try JSON(object: [
            (Self.composed, JSON("integer")), (Self.decomposed, JSON("string")),
        ])
        let row = try node(
            "csv_reader", ["path": "in.csv", "types": types], folder: folder.path
        ).finish().only("out")
        #expect(row[Self.composed] == 1)
        #expect(row[Self.decomposed] == "2")
    }

    @Test func aTypeForAColumnSpeltOtherwiseIsRefused() throws {
        let folder = try TemporaryFolder()
        try folder.write(Array("\(Self.composed)\n1\n".utf8), to: "in.csv")
        let types = try JSON(object: [(Self.decomposed, JSON("integer"))])
        let received = try node(
            "csv_reader", ["path": "in.csv", "types": types], folder: folder.path
        ).finish()
        #expect(received["out"].isEmpty)
    }

    @Test func collectionsThatLookTheSameAreTwo() throws {
        let names = [Self.composed, Self.decomposed]
        let collections = try JSON(array: names.map { try JSON(object: [("name", JSON($0))]) })
        let store = try store([("collections", collections)])
        for name in names {
            _ = try store.ask("put", ["collection": JSON(name), "key": "k", "value": JSON(name)])
        }
        for name in names {
            let got = try store.ask("get", ["collection": JSON(name), "key": "k"])
            #expect(got["value"] == JSON(name))
        }
    }

    @Test(arguments: ["../\u{301}x", "a/../../\u{301}x", "./../\u{301}x"])
    func anAccentBehindADotDotSlashLeadsNowhereElse(path: String) throws {
        let settings: JSON = ["collections": [["name": "c"]], "path": JSON(path)]
        #expect(try refusedSetting(of: "document_store", settings) == "$.path")
    }
}
