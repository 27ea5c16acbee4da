import SluiceJSON
import SluiceTesting
import Testing

@Suite struct DocumentStoreFind {
    static let keys = ["a", "a/1", "a/2", "b", "b/1", "c", "é", "𝄞"]

    static func filled() throws -> Harness {
        let node = try store([("collections", [["name": "c"], ["name": "empty"]])])
        for (number, key) in keys.enumerated().reversed() {
            try node.put(key, ["n": JSON(number), "half": JSON(number / 2)])
        }
        return node
    }

    struct Range: CustomTestStringConvertible, Sendable {
        var request: String
        var keys: [String]
        var next: String?
        var testDescription: String { request }
        init(_ request: String, _ keys: [String], next: String? = nil) {
            self.request = request
            self.keys = keys
            self.next = next
        }
    }

    @Test(arguments: [
        Range("", keys),
        Range(#""reverse":true"#, keys.reversed()),
        Range(#""prefix":"a""#, ["a", "a/1", "a/2"]),
        Range(#""prefix":"a/""#, ["a/1", "a/2"]),
        Range(#""prefix":"""#, keys),
        Range(#""prefix":"zz""#, []),
        Range(#""start":"a/2","end":"c""#, ["a/2", "b", "b/1"]),
        Range(#""start":"c","end":"a""#, []),
        Range(#""prefix":"a","start":"a/1","end":"a/2""#, ["a/1"]),
        Range(#""after":"b""#, ["b/1", "c", "é", "𝄞"]),
        Range(#""after":"b","reverse":true"#, ["a/2", "a/1", "a"]),
        Range(#""after":"b0","reverse":true,"prefix":"b""#, ["b/1", "b"]),
        Range(#""after":"""#, keys),
        Range(#""after":"","reverse":true"#, []),
        Range(#""end":"""#, []),
        Range(#""limit":0"#, keys),
        Range(#""limit":2"#, ["a", "a/1"], next: "a/1"),
        Range(#""limit":2.0,"reverse":true"#, ["𝄞", "é"], next: "é"),
        Range(#""limit":8"#, keys),
        Range(#""limit":9223372036854775807"#, keys),
        Range(#""limit":3,"prefix":"a""#, ["a", "a/1", "a/2"]),
        Range(#""where":"$.n % 2 == 0""#, ["a", "a/2", "b/1", "é"]),
        Range(#""where":"$.half == 1 && $.n == 3""#, ["b"]),
        Range(#""where":"$.absent == 1""#, []),
        Range(#""where":"$.absent != 1""#, []),
    ]) func aRangeGivesItsKeysInOrder(range: Range) throws {
        let node = try Self.filled()
        let text = range.request.isEmpty ? "" : "," + range.request
        let reply = try node.ask("find", JSON(parsing: #"{"collection":"c"\#(text)}"#))
        let items = try #require(reply["items"])
        #expect(items.elements.map { $0["key"]?.string } == range.keys)
        #expect(reply["count"] == JSON(range.keys.count))
        #expect(reply["asOf"] == 8)
        #expect(reply["next"]?.string == range.next)
    }

    @Test func aReplyHasTheMembersOfItsTableInOrder() throws {
        let node = try store()
        try node.put("k", .null)
        try node.put("l", 2)
        let reply = try node.ask("find", ["context": 1, "collection": "c", "limit": 1])
        #expect(
            reply.text
                == #"{"context":1,"collection":"c","items":[{"key":"k","value":null,"#
                + #""revision":1}],"count":1,"next":"k","asOf":2}"#)
        let keys = try node.ask("find", ["collection": "c", "keysOnly": true, "after": "k"])
        #expect(
            keys.text
                == #"{"context":null,"collection":"c","items":[{"key":"l","revision":2}],"#
                + #""count":1,"asOf":2}"#)
    }

    @Test func aConditionCountsWithKeysOnlyToo() throws {
        let reply = try Self.filled().ask(
            "find", ["collection": "c", "keysOnly": true, "where": "$.n > 4", "limit": 2])
        #expect(reply["items"]?.elements.map { $0["key"] } == ["c", "é"])
        #expect(reply["next"] == "é")
    }

    @Test func anEmptyCollectionGivesNothing() throws {
        let reply = try Self.filled().ask("find", ["collection": "empty"])
        #expect(reply["items"] == [])
        #expect(reply["count"] == 0)
        #expect(reply["next"] == JSON?.none)
    }

    @Test(arguments: [1, 2, 3, 7, 8, 9], [false, true])
    func pagesGiveEveryKeyOnce(limit: Int, isReverse: Bool) throws {
        let node = try Self.filled()
        var found: [String] = []
        var after: String?
        repeat {
            var request: [(String, JSON)] = [
                ("collection", "c"), ("limit", JSON(limit)), ("reverse", JSON(isReverse)),
                ("where", "$.n != 3"),
            ]
            if let after { request.append(("after", JSON(after))) }
            let reply = try node.ask("find", JSON(object: request))
            found += reply["items"]?.elements.compactMap { $0["key"]?.string } ?? []
            after = reply["next"]?.string
        } while after != nil && found.count < 100
        let wanted = Self.keys.filter { $0 != "b" }
        #expect(found == (isReverse ? wanted.reversed() : wanted))
    }

    @Test func aReplyEndsAtSixteenMebibytes() throws {
        let node = try store()
        let value = JSON(String(repeating: "x", count: 1 << 20))
        for number in 10..<30 { try node.put("k\(number)", value) }
        let first = try node.ask("find", ["collection": "c"])
        let count = try #require(first["count"]?.int)
        #expect((15...17).contains(count))
        let next = try #require(first["next"])
        let second = try node.ask("find", ["collection": "c", "after": next])
        #expect(second["count"]?.int == 20 - count)
        #expect(second["next"] == JSON?.none)
    }

    /// People of whom one has no age, one null and one a text.
    private static func people() throws -> Harness {
        let node = try store()
        let ages: [(String, JSON)] = [
            ("a", ["age": 90]), ("b", ["age": .null]), ("c", ["age": "85"]), ("d", [:]),
            ("e", ["age": 70]), ("f", "text"),
        ]
        for (key, value) in ages { try node.put(key, value) }
        return node
    }

    @Test(arguments: [
        ("$.age > 80", ["a"]), ("$.age <= 80", ["e"]), ("$.age == 90", ["a"]),
        ("$.age != 90", ["b", "c", "e"]), ("$.age == null", ["b"]),
        ("!($.age > 80)", ["b", "c", "d", "e", "f"]),
        ("$.age >= '85'", ["c"]),
    ]) func valuesOfOtherTypesHaveNoOrder(condition: String, keys: [String]) throws {
        let reply = try Self.people().ask("find", ["collection": "c", "where": JSON(condition)])
        #expect(reply["items"]?.elements.map { $0["key"]?.string } == keys)
        #expect(reply["skipped"] == JSON?.none)
    }

    @Test(arguments: [
        ("$.age + 1 > 80", ["a"], 2), ("$.age % 2 == 0", ["a", "e"], 2), ("$.age", [], 4),
    ]) func documentsForWhichTheConditionFailsAreCounted(
        condition: String, keys: [String], skipped: Int
    ) throws {
        let node = try Self.people()
        let reply = try node.ask("find", ["collection": "c", "where": JSON(condition)])
        #expect(reply["items"]?.elements.map { $0["key"]?.string } == keys)
        #expect(reply["skipped"]?.int == skipped)
        #expect(
            try node.ask("find", ["collection": "c", "where": "true"])["skipped"] == JSON?.none)
    }

    @Test func aConditionReadsItsArguments() throws {
        let node = try store()
        for city in ["Rome", "x' || true || '", "Paris"] {
            try node.put(city, ["city": JSON(city)])
        }
        for city in ["Rome", "x' || true || '", "none"] {
            let reply = try node.ask(
                "find",
                ["collection": "c", "where": "$.city == args.q", "args": ["q": JSON(city)]])
            #expect(reply["count"]?.int == (city == "none" ? 0 : 1))
        }
        let all = try node.ask(
            "find", ["collection": "c", "where": "$.city == (args.q ?? $.city)", "keysOnly": true])
        #expect(all["count"]?.int == 3)
    }

    @Test func anArgumentThatIsNotThereIsRefused() throws {
        for args: JSON in [[:], .null, ["p": 1]] {
            let failure = try store().refusal(
                of: ["collection": "c", "where": "$.a == 1 || $.city == args.q", "args": args],
                at: "find")
            #expect(failure["code"] == "invalid_message")
            #expect(failure["details"]?["path"] == "$.args")
            #expect(failure["error"]?.string?.contains("args.q") == true)
        }
    }

    @Test func aBrokenConditionIsRefused() throws {
        for condition: JSON in ["$.n >", "{{$.n > 1}}", 1] {
            let failure = try store().refusal(
                of: ["collection": "c", "where": condition], at: "find")
            #expect(failure["code"] == "invalid_message")
            #expect(failure["details"]?["path"] == "$.where")
        }
    }

    @Test func aConditionThatTakesTooMuchWorkFailsTheRequest() throws {
        let node = try store()
        try node.put("k", try nested(200))
        let failure = try node.refusal(
            of: ["collection": "c", "where": "length($..*..*..*..*) > 1"], at: "find")
        #expect(failure["code"] == "expression_limit")
        #expect(failure["error"]?.string?.contains("\"k\"") == true)
    }
}
