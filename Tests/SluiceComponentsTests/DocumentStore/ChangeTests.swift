import Sluice
import SluiceJSON
import SluiceTesting
import Testing

@Suite struct DocumentStoreChanges {
    static func feed(_ from: JSON, folder: DataFolder, seed: UInt64 = 1) throws -> Harness {
        try store([("changesFrom", from)], folder: folder.path, seed: seed, listening: ["change"])
    }

    @Test func putsAndDeletesAreToldInOrder() throws {
        let write: JSON = [
            ["op": "delete", "collection": "c", "key": "k"],
            ["op": "delete", "collection": "c", "key": "absent"],
            ["op": "put", "collection": "c", "key": "l", "value": 1.50, "ttlSeconds": 2],
        ]
        let folder = try DataFolder()
        let fed = try Self.feed("now", folder: folder)
        var changes: [JSON] = []
        changes += try fed.send(
            ["collection": "c", "key": "k", "value": .null], to: "put")["change"]
        changes += try fed.send(
            ["collection": "c", "key": "k", "patch": [1]], to: "update")["change"]
        changes += try fed.send(["operations": write], to: "write")["change"]
        changes += try fed.send(["collection": "c", "key": "l"], to: "delete")["change"]
        let expiry = String(SeededScheduler.epoch + 2000)
        #expect(
            changes.map(\.text) == [
                #"{"collection":"c","key":"k","op":"put","value":null,"revision":1}"#,
                #"{"collection":"c","key":"k","op":"put","value":[1],"revision":2}"#,
                #"{"collection":"c","key":"k","op":"delete","revision":3}"#,
                #"{"collection":"c","key":"l","op":"put","value":1.5,"revision":4,"#
                    + #""expiresAt":\#(expiry)}"#,
                #"{"collection":"c","key":"l","op":"delete","revision":5}"#,
            ])
    }

    @Test func nothingIsToldWhereNobodyListens() throws {
        let node = try store([("changesFrom", "start")])
        try node.put("k", 1)
        #expect(try node.put("k", 2) == 2)
        let result = node.result()
        #expect(result?.nodes.first?.emitted == 2)
    }

    @Test func onlyDeclaredCollectionsAreTold() throws {
        let folder = try DataFolder()
        do {
            let node = try store(
                [("collections", [["name": "c"], ["name": "d"]])], folder: folder.path)
            for collection in ["c", "d", "c", "d"] as [JSON] {
                _ = try node.ask("put", ["collection": collection, "key": "k", "value": 1])
            }
        }
        let node = try Self.feed("start", folder: folder)
        #expect(node.received()["change"].map { $0["revision"] } == [1, 3])
    }

    struct Start: CustomTestStringConvertible, Sendable {
        var from: String
        var revisions: [Int]
        var testDescription: String { from }
        init(_ from: String, _ revisions: [Int]) {
            self.from = from
            self.revisions = revisions
        }
    }

    @Test(arguments: [
        Start(#""now""#, []), Start(#""start""#, [1, 2, 3, 4]), Start("0", [1, 2, 3, 4]),
        Start("2", [3, 4]), Start("4", []), Start(#"{"cursor":"new"}"#, []),
    ]) func changesBeginWhereTheSettingsSay(start: Start) throws {
        let folder = try DataFolder()
        do {
            let node = try store(folder: folder.path)
            for number in 1...4 { try node.put("k\(number)", JSON(number)) }
        }
        let node = try Self.feed(JSON(parsing: start.from), folder: folder)
        #expect(node.received()["change"].map { $0["revision"]?.int } == start.revisions)
        let more = try node.send(["collection": "c", "key": "k", "value": 5], to: "put")
        #expect(more["change"].map { $0["revision"] } == [5])
    }

    @Test func aRevisionToComeIsWaitedFor() throws {
        let folder = try DataFolder()
        let node = try Self.feed(2, folder: folder)
        var told: [JSON?] = []
        for number in 1...4 {
            let received = try node.send(
                ["collection": "c", "key": "k", "value": JSON(number)], to: "put")
            told += received["change"].map { $0["revision"] }
        }
        #expect(told == [3, 4])
    }

    @Test(arguments: 1...6) func aCursorGoesOnWhereTheLastRunEnded(seed: UInt64) throws {
        let folder = try DataFolder()
        var told: [Int?] = []
        for run in 0..<3 {
            let node = try Self.feed(["cursor": "mail"], folder: folder, seed: seed)
            told += node.received()["change"].map { $0["revision"]?.int }
            let messages = (0..<150).map { number -> JSON in
                ["collection": "c", "key": JSON("k\(run)-\(number)"), "value": 1]
            }
            told += try node.send(messages, to: "put")["change"].map { $0["revision"]?.int }
            told += node.finish()["change"].map { $0["revision"]?.int }
            do {
                let silent = try store(folder: folder.path)
                try silent.put("between", JSON(run))
            }
        }
        #expect(told == (1..<453).map { $0 })
    }

    @Test func changesThatAreCompactedAwayAreGone() throws {
        let folder = try DataFolder()
        do {
            let node = try store([("maxSizeMB", 1)], folder: folder.path)
            let value = JSON(String(repeating: "x", count: 100_000))
            for _ in 0..<60 { try node.put("k", value) }
        }
        let node = try store(
            [("maxSizeMB", 1), ("changesFrom", "start")], folder: folder.path,
            listening: ["change"])
        let failure = try node.received().only("error")
        #expect(failure["code"] == "gone")
        #expect(failure["details"]?["oldest"]?.int ?? 0 > 0)
        #expect(failure["port"]?.isNull == true)
        try node.put("l", 1)
        #expect(try node.value("l") == 1)
    }

    @Test func manyChangesAreToldInOrderOfRevision() throws {
        let folder = try DataFolder()
        do {
            let node = try store(folder: folder.path)
            let messages = (0..<1000).map { number -> JSON in
                ["collection": "c", "key": JSON("k\(number % 10)"), "value": JSON(number)]
            }
            try node.send(messages, to: "put")
        }
        let node = try Self.feed("start", folder: folder)
        let changes = node.received()["change"]
        #expect(changes.map { $0["revision"]?.int } == (1...1000).map { $0 })
        #expect(changes.map { $0["value"]?.int } == (0..<1000).map { $0 })
    }
}
