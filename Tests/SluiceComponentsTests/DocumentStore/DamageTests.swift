import Glibc
import Sluice
import SluiceJSON
import SluiceTesting
import Testing

/// What a flow sees of a store one record of which is damaged.
@Suite struct DocumentStoreDamage {
    /// A folder whose store has the keys `k0` to `k9`, of which `k3` is damaged, with a cursor `new`
    /// before them.
    private static func folder() throws -> DataFolder {
        let folder = try DataFolder()
        try DocumentStoreChanges.feed(["cursor": "new"], folder: folder).finish()
        let node = try store(folder: folder.path)
        for number in 0..<10 { try node.put("k\(number)", JSON("value \(number)")) }
        node.finish()
        try damage("value 3", in: "\(folder.path)/store/00000001.seg")
        return folder
    }

    /// Changes one bit of a file, so many bytes behind where it has a text for the last time.
    private static func damage(_ text: String, behind count: Int = 0, in path: String) throws {
        let file = try #require(fopen(path, "r+"))
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while case let byte = getc(file), byte != EOF {
            bytes.append(UInt8(truncatingIfNeeded: byte))
        }
        let place =
            try #require(
                bytes.indices.last { bytes[$0...].starts(with: text.utf8) }) + count
        fseek(file, place, SEEK_SET)
        putc(Int32(bytes[place] ^ 1), file)
    }

    private static func keys(_ reply: JSON) -> [String?] {
        reply["items"]?.elements.map { $0["key"]?.string } ?? []
    }

    private static let sound = [0, 1, 2, 4, 5, 6, 7, 8, 9].map { "k\($0)" }

    @Test func aFindGivesTheRestAndNamesTheKey() throws {
        let folder = try Self.folder()
        let node = try store(folder: folder.path)
        let all = try node.ask("find", ["collection": "c"])
        #expect(Self.keys(all) == Self.sound)
        #expect(all["count"] == 9 && all["damaged"] == ["k3"] && all["next"] == nil)
        let some = try node.ask("find", ["collection": "c", "where": "$ != \"value 4\""])
        #expect(some["count"] == 8 && some["damaged"] == ["k3"])
    }

    @Test func aHistoryGivesTheRestAndNamesTheRevision() throws {
        let folder = try DataFolder()
        let node = try store([("keepRevisions", 100)], folder: folder.path)
        for number in 0..<5 { try node.put("k", JSON("value \(number)")) }
        node.finish()
        try Self.damage("value 3", in: "\(folder.path)/store/00000001.seg")
        let again = try store([("keepRevisions", 100)], folder: folder.path)
        let reply = try again.ask("history", ["collection": "c", "key": "k"])
        #expect(
            reply["versions"]?.elements.map { $0["value"] }
                == ["value 4", "value 2", "value 1", "value 0"])
        #expect(reply["count"] == 4 && reply["damaged"] == [4])
        try again.put("k", "new")
        #expect(try again.ask("history", ["collection": "c", "key": "k"])["damaged"] == [4])
    }

    @Test func damageThatAFindDoesNotMeetIsNotTold() throws {
        let folder = try Self.folder()
        let node = try store(folder: folder.path)
        for (name, value) in [("keysOnly", true), ("start", "k4"), ("limit", 3)] as [(String, JSON)]
        {
            let reply = try node.ask("find", JSON(object: [("collection", "c"), (name, value)]))
            #expect(reply["damaged"] == nil && reply["count"]?.int ?? 0 > 0, "\(name)")
        }
    }

    @Test(arguments: [false, true]) func pagesGoOnBehindTheDamage(isReversed: Bool) throws {
        let folder = try Self.folder()
        let node = try store(folder: folder.path)
        var found: [String?] = []
        var damaged: [JSON] = []
        var after: JSON?
        repeat {
            var find: [(String, JSON)] = [
                ("collection", "c"), ("limit", 2), ("reverse", JSON(isReversed)),
            ]
            if let after { find.append(("after", after)) }
            let page = try node.ask("find", JSON(object: find))
            found += Self.keys(page)
            damaged += page["damaged"]?.elements.map { $0 } ?? []
            after = page["next"]
        } while after != nil
        #expect(found == (isReversed ? Self.sound.reversed() : Self.sound))
        #expect(damaged == ["k3"])
    }

    @Test func aGetSaysWhereTheRecordLies() throws {
        let folder = try Self.folder()
        let node = try store(folder: folder.path)
        let failure = try node.refusal(of: ["collection": "c", "key": "k3"], at: "get")
        #expect(failure["code"] == "corrupt" && failure["retryable"] == false)
        let details = try #require(failure["details"])
        #expect(details["key"] == "k3" && details["revision"] == 4)
        #expect(details["file"] == "00000001.seg" && details["offset"]?.int ?? 0 > 0)
        #expect(try node.value("k4") == "value 4")
        try node.put("k3", "new")
        #expect(try node.ask("find", ["collection": "c"])["damaged"] == nil)
    }

    @Test(arguments: ["start", ["cursor": "new"]] as [JSON])
    func aChangeFeedReportsTheDamageAndGoesOn(from: JSON) throws {
        let folder = try Self.folder()
        do {
            let node = try DocumentStoreChanges.feed(from, folder: folder)
            let told = node.received()
            #expect(told["change"].map { $0["key"]?.string } == Self.sound)
            let failures = told["error"]
            #expect(failures.map { $0["code"] } == ["corrupt"])
            #expect(failures.first?["details"]?["key"] == "k3")
            #expect(failures.first?["details"]?["revision"] == 4)
            let more = try node.send(["collection": "c", "key": "l", "value": 1], to: "put")
            #expect(more["change"].map { $0["revision"] } == [11])
            node.finish()
        }
        guard from.kind == .object else { return }
        #expect(try DocumentStoreChanges.feed(from, folder: folder).received().isEmpty)
    }

    /// A feed whose cursor cannot be read neither begins elsewhere nor moves it.
    @Test func aFeedWithADamagedCursorFailsAndLeavesIt() throws {
        let folder = try DataFolder()
        try DocumentStoreChanges.feed(["cursor": "mailer"], folder: folder).finish()
        do {
            let node = try store(folder: folder.path)
            for number in 0..<5 { try node.put("k\(number)", JSON(number)) }
            node.finish()
        }
        try Self.damage("mailer", behind: 6, in: "\(folder.path)/store/00000001.seg")
        for _ in 0..<2 {
            let node = try DocumentStoreChanges.feed(["cursor": "mailer"], folder: folder)
            let told = node.received()
            #expect(told["change"].isEmpty)
            let failures = told["error"]
            #expect(failures.map { $0["code"] } == ["corrupt"])
            #expect(failures.first?["details"]?["key"] == "mailer")
            #expect(failures.first?["error"]?.string?.contains("sluice store cursor set") == true)
            // The rest of the node works.
            #expect(try node.value("k1") == 1)
            node.finish()
        }
    }
}

/// Changes that are more than what is read of the log at once.
@Suite struct DocumentStoreLargeChanges {
    private static let puts: [JSON] = (1...100).map { number in
        [
            "collection": "c", "key": JSON("k\(number)"),
            "value": JSON(String(repeating: "x", count: 400_000)),
        ]
    }

    private static func revisions(_ received: Received) -> [Int?] {
        received["change"].map { $0["revision"]?.int }
    }

    @Test func aNewCursorTakesThemAll() throws {
        let folder = try DataFolder()
        do {
            let node = try DocumentStoreChanges.feed(["cursor": "mail"], folder: folder)
            #expect(try Self.revisions(node.send(Self.puts, to: "put")) == Array(1...100))
            #expect(node.finish().isEmpty)
        }
        #expect(
            try DocumentStoreChanges.feed(["cursor": "mail"], folder: folder).received().isEmpty)
    }

    @Test(arguments: ["start", ["cursor": "mail"]] as [JSON])
    func theyAreAllToldOfAStoreThatHasThem(from: JSON) throws {
        let folder = try DataFolder()
        try DocumentStoreChanges.feed(["cursor": "mail"], folder: folder).finish()
        do {
            let node = try store(folder: folder.path)
            #expect(try node.send(Self.puts, to: "put")["put_ok"].count == 100)
        }
        do {
            let node = try DocumentStoreChanges.feed(from, folder: folder)
            #expect(Self.revisions(node.received()) == Array(1...100))
            #expect(node.finish().isEmpty)
        }
        guard from.kind == .object else { return }
        #expect(try DocumentStoreChanges.feed(from, folder: folder).received().isEmpty)
    }
}
