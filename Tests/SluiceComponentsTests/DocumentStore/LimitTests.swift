import Sluice
import SluiceJSON
import SluiceTesting
import Testing

/// The cap and the time to live.
@Suite struct DocumentStoreLimits {
    static func put(_ key: String, _ value: JSON, ttl: Int? = nil) throws -> JSON {
        var members: [(String, JSON)] = [
            ("collection", "c"), ("key", JSON(key)), ("value", value),
        ]
        if let ttl { members.append(("ttlSeconds", JSON(ttl))) }
        return try JSON(object: members)
    }

    @Test func aFullStoreRefusesPutsUntilADeleteMakesRoom() throws {
        let node = try store([("maxSizeMB", 1)])
        let value = JSON(String(repeating: "x", count: 100_000))
        for number in 0..<10 { try node.put("k\(number)", value) }
        let tooMuch = try Self.put("one more", value)
        for _ in 0..<2 {
            let failure = try node.refusal(of: tooMuch, at: "put")
            #expect(failure["code"] == "disk_full")
            #expect(failure["diskFull"] == true)
            #expect(failure["retryable"] == false)
        }
        #expect(try node.value("k3") == value)
        #expect(try node.ask("find", ["collection": "c", "keysOnly": true])["count"] == 10)
        try node.put("k4", 1)
        #expect(try node.ask("delete", ["collection": "c", "key": "k5"])["deleted"] == true)
        #expect(try node.ask("put", tooMuch)["key"] == "one more")
    }

    @Test func overwritingAFullStoreIsNoReasonToFail() throws {
        let node = try store([("maxSizeMB", 1)])
        let value = JSON(String(repeating: "x", count: 500_000))
        for _ in 0..<2 { try node.put("a", value) }
        for _ in 0..<20 { try node.put("b", value) }
        #expect(try node.value("a") == value)
    }

    @Test func aWriteOverTheCapStoresNothing() throws {
        let node = try store([("maxSizeMB", 1)])
        let value = JSON(String(repeating: "x", count: 600_000))
        let operations: JSON = [
            ["op": "put", "collection": "c", "key": "a", "value": value],
            ["op": "put", "collection": "c", "key": "b", "value": value],
        ]
        #expect(
            try node.refusal(of: ["operations": operations], at: "write")["code"] == "disk_full")
        #expect(try node.ask("find", ["collection": "c"])["count"] == 0)
    }

    @Test func anExpiryBeyondTheLastInstantOfTheStoreIsRefused() throws {
        let node = try store()
        let epoch = Int(SeededScheduler.epoch)
        let largest = ((1 << 48) - 1 - epoch) / 1000
        for ttl in [largest + 1, Int.max] {
            let failure = try node.refusal(of: Self.put("k", 1, ttl: ttl), at: "put")
            #expect(failure["code"] == "invalid_message")
            #expect(failure["details"]?["path"] == "$.ttlSeconds")
            #expect(failure["error"]?.string?.contains("at most \(largest) seconds") == true)
        }
        let operations: JSON = [
            ["op": "put", "collection": "c", "key": "a", "value": 1, "ttlSeconds": 1],
            ["op": "put", "collection": "c", "key": "b", "value": 1, "ttlSeconds": JSON(Int.max)],
        ]
        let failure = try node.refusal(of: ["operations": operations], at: "write")
        #expect(failure["code"] == "invalid_message")
        #expect(failure["details"]?["path"] == "$.operations[1].ttlSeconds")
        let reply = try node.ask("put", Self.put("k", 1, ttl: largest))
        #expect(reply["expiresAt"]?.int == epoch + largest * 1000)
    }

    @Test func anExpiredKeyIsAbsentForEveryVerb() throws {
        let node = try store()
        let reply = try node.ask("put", Self.put("k", 1, ttl: 2))
        let expiry = JSON(Int(SeededScheduler.epoch) + 2000)
        #expect(
            reply.text
                == #"{"context":null,"collection":"c","key":"k","revision":1,"#
                + #""expiresAt":\#(expiry)}"#)
        node.advance(milliseconds: 1999)
        let key: JSON = ["collection": "c", "key": "k"]
        #expect(try node.ask("get", key)["expiresAt"] == expiry)
        node.advance(milliseconds: 1)
        #expect(try node.ask("get", key)["found"] == false)
        #expect(try node.ask("find", ["collection": "c"])["count"] == 0)
        #expect(try node.ask("delete", key)["deleted"] == false)
        let update: JSON = ["collection": "c", "key": "k", "append": 1, "ifRevision": 0]
        #expect(try node.ask("update", update)["value"] == [1])
        #expect(try node.ask("get", key)["expiresAt"] == JSON?.none)
    }

    @Test func expiryHoldsAcrossARestart() throws {
        let folder = try DataFolder()
        do {
            let node = try store(folder: folder.path)
            _ = try node.ask("put", Self.put("k", 1, ttl: 2))
            node.advance(milliseconds: 1000)
            try node.put("later", 2)
        }
        // The clock of the second run begins where that of the first began; the store's does not.
        let again = try store(folder: folder.path)
        #expect(try again.value("k") == 1)
        again.advance(milliseconds: 2000)
        #expect(try again.value("k") == JSON?.none)
        #expect(try again.value("later") == 2)
    }

    @Test func aPutWithoutATimeToLiveClearsIt() throws {
        let node = try store()
        _ = try node.ask("put", Self.put("k", 1, ttl: 1))
        try node.put("k", 2)
        node.advance(milliseconds: 5000)
        #expect(try node.value("k") == 2)
    }

    @Test func anUpdateKeepsTheTimeToLive() throws {
        let node = try store()
        _ = try node.ask("put", Self.put("k", [1], ttl: 3))
        node.advance(milliseconds: 2000)
        let update: JSON = ["collection": "c", "key": "k", "append": 2]
        #expect(try node.ask("update", update)["value"] == [1, 2])
        node.advance(milliseconds: 1000)
        #expect(try node.value("k") == JSON?.none)
    }

    @Test func aRecordThatLivesForAgesIsThere() throws {
        let node = try store()
        _ = try node.ask("put", Self.put("k", 1, ttl: 200_000_000_000))
        node.advance(milliseconds: 1_000_000)
        #expect(try node.value("k") == 1)
    }
}
