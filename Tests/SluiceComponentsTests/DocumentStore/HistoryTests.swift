import Sluice
import SluiceJSON
import SluiceTesting
import Testing

/// What a store held before: `asOf`, `history`, and changes from a revision that is kept.
@Suite struct DocumentStoreHistory {
    static func keeping(
        _ revisions: Int, folder: DataFolder? = nil, listening: Set<String> = [],
        _ more: [(String, JSON)] = []
    ) throws -> Harness {
        try store(
            [("keepRevisions", JSON(revisions))] + more, folder: folder?.path,
            listening: listening)
    }

    static func key(_ key: String, asOf revision: Int? = nil) throws -> JSON {
        var members: [(String, JSON)] = [("collection", "c"), ("key", JSON(key))]
        if let revision { members.append(("asOf", JSON(revision))) }
        return try JSON(object: members)
    }

    static func versions(
        of key: String, in node: Harness, limit: Int = 0
    ) throws -> [JSON] {
        let reply = try node.ask(
            "history", ["collection": "c", "key": JSON(key), "limit": JSON(limit)])
        let versions = reply["versions"]?.elements.map { $0 } ?? []
        #expect(reply["count"]?.int == versions.count)
        return versions
    }

    // MARK: asOf

    @Test func aKeyIsReadAsItWas() throws {
        let node = try Self.keeping(100)
        try node.put("k", "one")
        try node.put("other", 0)
        try node.put("k", "two")
        _ = try node.ask("delete", Self.key("k"))
        try node.put("k", "three")
        let values = try (0...5).map {
            try node.ask("get", Self.key("k", asOf: $0))["value"]
        }
        #expect(values == [nil, "one", "one", "two", nil, "three"])
        let before = try node.ask("get", Self.key("k", asOf: 4))
        #expect(before.text == #"{"context":null,"collection":"c","key":"k","found":false}"#)
    }

    @Test func aRangeIsReadAsItWas() throws {
        let node = try Self.keeping(100)
        for key in ["a", "b", "c", "b"] { try node.put(key, JSON(key)) }
        _ = try node.ask("delete", Self.key("a"))
        let request: JSON = ["collection": "c", "asOf": 3, "limit": 2]
        let page = try node.ask("find", request)
        #expect(
            page.text
                == #"{"context":null,"collection":"c","items":[{"key":"a","value":"a","#
                + #""revision":1},{"key":"b","value":"b","revision":2}],"count":2,"next":"b","#
                + #""asOf":3}"#)
        let rest = try node.ask("find", ["collection": "c", "asOf": 3, "after": "b"])
        #expect(rest["items"]?.elements.map { $0["key"] } == ["c"])
        let now = try node.ask("find", ["collection": "c", "keysOnly": true])
        #expect(now["items"]?.elements.map { $0["key"] } == ["b", "c"])
        #expect(now["asOf"] == 5)
    }

    @Test(arguments: ["get", "find"]) func whatIsNotKeptIsGone(verb: String) throws {
        let node = try store()
        for number in 1...3 { try node.put("k", JSON(number)) }
        let now: JSON = try node.ask(verb, Self.key("k", asOf: 3))
        #expect((now["value"] ?? now["items"]?[0]?["value"]) == 3)
        let failure = try node.refusal(of: Self.key("k", asOf: 2), at: verb)
        #expect(failure["code"] == "gone")
        #expect(failure["retryable"] == false)
        #expect(failure["details"] == ["oldest": 3])
        #expect(failure["error"]?.string?.hasPrefix("revision 2 has been compacted away") == true)
    }

    @Test(arguments: ["get", "find"]) func aRevisionToComeIsNoneYet(verb: String) throws {
        let node = try Self.keeping(100)
        try node.put("k", 1)
        let failure = try node.refusal(of: Self.key("k", asOf: 2), at: verb)
        #expect(failure["code"] == "invalid_message")
        #expect(failure["details"] == ["path": "$.asOf"])
    }

    @Test func whatHasExpiredIsAbsentFromWhatWasToo() throws {
        let node = try Self.keeping(100)
        _ = try node.ask("put", DocumentStoreLimits.put("k", 1, ttl: 2))
        try node.put("k", 2)
        #expect(try node.ask("get", Self.key("k", asOf: 1))["value"] == 1)
        node.advance(milliseconds: 2000)
        #expect(try node.ask("get", Self.key("k", asOf: 1))["found"] == false)
        #expect(try node.value("k") == 2)
    }

    // MARK: createdRevision and updatedAt

    @Test func aValueSaysSinceWhenItIsThere() throws {
        let node = try store()
        try node.put("other", 0)
        try node.put("k", 1)
        node.advance(milliseconds: 70)
        _ = try node.ask("update", ["collection": "c", "key": "k", "patch": 2])
        let reply = try node.ask("get", Self.key("k"))
        #expect(reply["createdRevision"] == 2)
        #expect(reply["revision"] == 3)
        #expect(reply["updatedAt"]?.int == Int(SeededScheduler.epoch) + 70)
        _ = try node.ask("delete", Self.key("k"))
        try node.put("k", 3)
        #expect(try node.ask("get", Self.key("k"))["createdRevision"] == 5)
        _ = try node.ask("put", DocumentStoreLimits.put("k", 4, ttl: 1))
        node.advance(milliseconds: 1000)
        try node.put("k", 5)
        #expect(try node.ask("get", Self.key("k"))["createdRevision"] == 7)
    }

    // MARK: history

    @Test func everyVersionIsListedTheNewestFirst() throws {
        let node = try Self.keeping(100)
        let now = Int(SeededScheduler.epoch)
        _ = try node.ask("put", DocumentStoreLimits.put("k", 1.5, ttl: 60))
        try node.put("other", 0)
        node.advance(milliseconds: 5)
        _ = try node.ask("delete", Self.key("k"))
        try node.put("k", .null)
        let reply = try node.ask("history", Self.key("k"))
        #expect(
            reply.text
                == #"{"context":null,"collection":"c","key":"k","versions":["#
                + #"{"revision":4,"op":"put","value":null,"updatedAt":\#(now + 5)},"#
                + #"{"revision":3,"op":"delete","updatedAt":\#(now + 5)},"#
                + #"{"revision":1,"op":"put","value":1.5,"expiresAt":\#(now + 60_000),"#
                + #""updatedAt":\#(now)}],"count":3}"#)
        #expect(try Self.versions(of: "k", in: node, limit: 2).map { $0["revision"] } == [4, 3])
    }

    @Test func anAbsentKeyHasNoVersions() throws {
        let node = try Self.keeping(100)
        for key in ["absent", "", String(repeating: "k", count: 40_000)] {
            #expect(try Self.versions(of: key, in: node) == [])
        }
    }

    @Test func withoutHistoryThereIsOnlyWhatTheKeyHolds() throws {
        let node = try store()
        try node.put("k", 1)
        try node.put("k", 2)
        #expect(try Self.versions(of: "k", in: node).map { $0["value"] } == [2])
        _ = try node.ask("delete", Self.key("k"))
        #expect(try Self.versions(of: "k", in: node) == [])
        _ = try node.ask("put", DocumentStoreLimits.put("k", 3, ttl: 1))
        node.advance(milliseconds: 1000)
        #expect(try Self.versions(of: "k", in: node) == [])
    }

    @Test func anExpiredVersionIsListedAsADelete() throws {
        let node = try Self.keeping(100)
        try node.put("k", 1)
        _ = try node.ask("put", DocumentStoreLimits.put("k", 2, ttl: 1))
        #expect(try Self.versions(of: "k", in: node).map { $0["op"] } == ["put", "put"])
        node.advance(milliseconds: 1000)
        let versions = try Self.versions(of: "k", in: node)
        #expect(versions.map { $0["op"] } == ["delete", "put"])
        #expect(versions.map { $0["value"] } == [nil, 1])
        #expect(versions.map { $0["revision"] } == [2, 1])
    }

    // MARK: What is kept

    /// Overwrites a large value so often that compaction has to give up versions.
    static func overwrite(_ node: Harness, times: Int) throws {
        let text = String(repeating: "x", count: 100_000)
        for number in 1...times {
            try node.put("k", ["n": JSON(number), "text": JSON(text)])
        }
    }

    @Test func asMuchIsKeptAsTheSettingsSay() throws {
        let folder = try DataFolder()
        do {
            let node = try Self.keeping(20, folder: folder, [("maxSizeMB", 1)])
            try Self.overwrite(node, times: 100)
        }
        let node = try Self.keeping(20, folder: folder, [("maxSizeMB", 1)])
        for revision in 80...100 {
            let value = try node.ask("get", Self.key("k", asOf: revision))["value"]
            #expect(value?["n"]?.int == revision)
        }
        let failure = try node.refusal(of: Self.key("k", asOf: 10), at: "get")
        #expect(failure["code"] == "gone")
        let oldest = failure["details"]?["oldest"]?.int ?? 0
        #expect((11...80).contains(oldest))
        let versions = try Self.versions(of: "k", in: node)
        #expect(versions.map { $0["revision"]?.int } == (oldest...100).reversed())
        #expect(versions.map { $0["value"]?["n"]?.int } == (oldest...100).reversed())
    }

    @Test func changesBeginAtAnyRevisionThatIsKept() throws {
        let folder = try DataFolder()
        do {
            let node = try Self.keeping(20, folder: folder, [("maxSizeMB", 1)])
            try Self.overwrite(node, times: 100)
        }
        func feed(from revision: JSON) throws -> Received {
            try Self.keeping(
                20, folder: folder, listening: ["change"],
                [("maxSizeMB", 1), ("changesFrom", revision)]
            ).received()
        }
        for revision in [80, 85, 99] {
            let changes = try feed(from: JSON(revision))["change"]
            #expect(changes.map { $0["revision"]?.int } == Array(revision + 1...100))
            #expect(changes.map { $0["value"]?["n"]?.int } == Array(revision + 1...100))
        }
        #expect(try feed(from: 5).only("error")["code"] == "gone")
    }

    @Test func whatWasWrittenWithinTheHoursIsKept() throws {
        let node = try store([("keepHours", 1), ("maxSizeMB", 1)])
        try node.put("k", "long ago")
        node.advance(milliseconds: 7_200_000)
        try Self.overwrite(node, times: 40)
        for revision in 2...41 {
            let value = try node.ask("get", Self.key("k", asOf: revision))["value"]
            #expect(value?["n"]?.int == revision - 1)
        }
    }

    @Test func historyThatIsSwitchedOnLaterNeverTellsWrong() throws {
        let folder = try DataFolder()
        do {
            let node = try store([("maxSizeMB", 1)], folder: folder.path)
            try Self.overwrite(node, times: 30)
        }
        let node = try Self.keeping(1000, folder: folder, [("maxSizeMB", 1)])
        try node.put("k", "new")
        for revision in 1...30 {
            let received = try node.send(Self.key("k", asOf: revision), to: "get")
            if let reply = received["get_ok"].first {
                #expect(reply["value"]?["n"]?.int == revision)
            } else {
                #expect(received["error"].map { $0["code"] } == ["gone"])
            }
        }
        #expect(try node.ask("get", Self.key("k", asOf: 30))["value"]?["n"] == 30)
        #expect(try node.ask("get", Self.key("k", asOf: 31))["value"] == "new")
    }
}
