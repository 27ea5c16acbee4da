import SluiceJSON
import Testing

@Suite struct MovingCursors {
    private static let flow = """
        { "nodes": { "s": { "component": "document_store",
                            "settings": { "path": "d", "collections": [{ "name": "turns" }],
                                          "changesFrom": { "cursor": "mailer" } } } },
          "inputs": { "get": "s.get" }, "outputs": { "change": "s.change", "got": "s.get_ok" } }
        """

    @Test func aFlowGoesOnWhereItsCursorHasBeenSet() throws {
        let folder = try Stores.folder()
        folder.write(Self.flow, to: "flow.json")
        folder.write("", to: "none")
        func changes() throws -> [Int] {
            let outcome = try Sluice().run(
                ["run", "flow.json", "--in", "get=none", "--data-dir", ".", "--out", "change=-"],
                in: folder)
            #expect(outcome.code == 0, "\(outcome.errors)")
            return try outcome.output.split(separator: "\n").compactMap {
                try JSON(parsing: String($0))["revision"]?.int
            }
        }
        try CommandCase(["store", "cursor", "list", "d"], output: "no cursors\n").check(in: folder)
        try CommandCase(["store", "cursor", "set", "d", "mailer", "0"], output: "revision 0\n")
            .check(in: folder)
        #expect(try changes() == [1, 2, 3])
        #expect(try changes() == [])
        try CommandCase(["store", "cursor", "set", "d", "mailer", "2"], output: "revision 2\n")
            .check(in: folder)
        #expect(try changes() == [3])
    }

    @Test func cursorsAreListedInOrderOfTheirNames() throws {
        let folder = try Stores.folder()
        for (name, revision) in [("b", "4"), ("a", "3"), ("é", "0"), ("b", "2")] {
            try CommandCase(["store", "cursor", "set", "d", name, revision]).check(in: folder)
        }
        try CommandCase(
            ["store", "cursor", "list", "d"],
            output: "CURSOR  REVISION\na              3\nb              2\né              0\n"
        ).check(in: folder)
        let list = try Sluice().run(["store", "cursor", "list", "d", "--json"], in: folder)
        let facts = try JSON(parsing: list.output)
        #expect(facts["schema"] == 1 && facts["revision"] == 4)
        #expect(
            facts["cursors"] == [
                ["name": "a", "revision": 3], ["name": "b", "revision": 2],
                ["name": "é", "revision": 0],
            ])
        let set = try Sluice().run(
            ["store", "cursor", "set", "d", "a", "1", "--json"], in: folder)
        #expect(try JSON(parsing: set.output) == ["schema": 1, "name": "a", "revision": 1])
        // Nothing but the cursor has changed.
        let stats = try Sluice().run(["store", "stats", "d", "--json"], in: folder)
        #expect(try JSON(parsing: stats.output)["revision"] == 4)
    }

    @Test func aDamagedCursorIsNamedUntilItIsSetAnew() throws {
        let folder = try Stores.folder()
        for name in ["mailer", "other"] {
            try CommandCase(["store", "cursor", "set", "d", name, "2"]).check(in: folder)
        }
        folder.damage("mailer", behind: 6, in: "d/00000001.seg", last: true)
        try CommandCase(
            ["store", "cursor", "list", "d"], output: "CURSOR  REVISION\nother          2\n",
            errors: [
                "key mailer", "the cursor `mailer` is damaged",
                "`sluice store cursor set d NAME REVISION` sets it anew",
            ], code: 1
        ).check(in: folder)
        let list = try Sluice().run(["store", "cursor", "list", "d", "--json"], in: folder)
        #expect(list.code == 1)
        let facts = try JSON(parsing: list.output)
        #expect(facts["cursors"] == [["name": "other", "revision": 2]])
        #expect(facts["damaged"] == ["mailer"])
        let set = try Sluice().run(["store", "cursor", "set", "d", "mailer", "1"], in: folder)
        #expect(set.code == 0 && set.output == "revision 1\n")
        let again = try Sluice().run(["store", "cursor", "list", "d"], in: folder)
        #expect(again.code == 0, "\(again.errors)")
        #expect(again.output == "CURSOR  REVISION\nmailer         1\nother          2\n")
    }

    @Test(arguments: [
        CommandCase(["set", "d", "a", "5"], errors: ["revision 5 is not there yet"], code: 2),
        CommandCase(["set", "d", "a", "-1"], errors: ["REVISION is a whole number"], code: 2),
        CommandCase(["set", "d", "a", "x"], errors: ["REVISION is a whole number"], code: 2),
        CommandCase(["set", "d", "a"], errors: ["REVISION is missing"], code: 2),
        CommandCase(["set", "d", "", "1"], errors: ["name has 1 to"], code: 2),
        CommandCase(["set", "d", "$requests", "1"], errors: ["the store's own"], code: 2),
        CommandCase(["set", "nope", "a", "1"], errors: ["no store at nope"], code: 6),
        CommandCase(["list", "nope"], errors: ["no store at nope"], code: 6),
        CommandCase(["lst"], errors: ["did you mean `list`?"], code: 2),
        CommandCase([], errors: ["the command is missing"], code: 2),
    ]) func whatIsNoPlaceIsRefused(line: CommandCase) throws {
        var line = line
        line.arguments = ["store", "cursor"] + line.arguments
        try line.check(in: try Stores.folder())
    }
}
