import SluiceJSON
import SluiceTesting
import Testing

/// Messages that are queued together act as one by one.
@Suite struct DocumentStoreBatches {
    @Test(arguments: 1...8) func aBatchActsAsItsMessagesOneByOne(seed: UInt64) throws {
        let node = try store(seed: seed)
        let messages: [JSON] = [
            ["context": 0, "collection": "c", "key": "a", "value": 1, "ifRevision": 0],
            ["context": 1, "collection": "c", "key": "a", "value": 2, "ifRevision": 0],
            ["context": 2, "collection": "x", "key": "a", "value": 2],
            ["context": 3, "collection": "c", "key": "a", "value": 3, "ifRevision": 1],
            ["context": 4, "collection": "c"],
            ["context": 5, "collection": "c", "key": "", "value": 4],
            ["context": 6, "collection": "c", "key": "a", "value": 5],
        ]
        let received = try node.send(messages, to: "put")
        #expect(received["put_ok"].map { $0["context"] } == [0, 3, 6])
        #expect(received["put_ok"].map { $0["revision"] } == [1, 2, 3])
        #expect(received["error"].map { $0["context"] } == [1, 2, 4, 5])
        #expect(
            received["error"].map { $0["code"] } == [
                "conflict", "missing_collection", "invalid_message", "key_empty",
            ])
        #expect(received["error"].first?["details"] == ["revision": 1])
        #expect(try node.value("a") == 5)
    }

    @Test(arguments: [1, 4]) func manyPutsKeepTheirOrder(concurrency: Int) throws {
        let node = try store(concurrency: concurrency)
        let messages = (0..<1000).map { number -> JSON in
            ["context": JSON(number), "collection": "c", "key": JSON("k\(number)"), "value": 1]
        }
        let replies = try node.send(messages, to: "put").all("put_ok")
        #expect(replies.map { $0["context"]?.int } == (0..<1000).map { $0 })
        #expect(Set(replies.compactMap { $0["revision"]?.int }) == Set(1...1000))
    }

    @Test(arguments: 1...5) func concurrentAppendsLoseNothing(seed: UInt64) throws {
        let node = try store(seed: seed, concurrency: 8)
        let messages = (0..<200).map { number -> JSON in
            ["collection": "c", "key": "k", "append": JSON(number)]
        }
        #expect(try node.send(messages, to: "update").all("update_ok").count == 200)
        let kept = try node.value("k")?.elements.compactMap(\.int) ?? []
        #expect(Set(kept) == Set(0..<200))
        #expect(kept.count == 200)
    }

    @Test func writesOfOneBatchSeeEachOther() throws {
        let node = try store()
        func write(_ value: JSON, if revision: JSON) -> JSON {
            let put: JSON = [
                "op": "put", "collection": "c", "key": "k", "value": value, "ifRevision": revision,
            ]
            return ["operations": [put]]
        }
        let received = try node.send(
            [write(1, if: 0), write(2, if: 0), write(3, if: 1)], to: "write")
        #expect(received["write_ok"].map { $0["revisions"] } == [[1], [2]])
        #expect(received["error"].map { $0["code"] } == ["conflict"])
        #expect(try node.value("k") == 3)
    }

    @Test func appendingKeepsTheNewest() throws {
        let node = try store()
        let messages = (1...5).map { number -> JSON in
            ["collection": "c", "key": "k", "append": JSON(number), "keepLast": 3]
        }
        let replies = try node.send(messages, to: "update").all("update_ok")
        #expect(replies.map { $0["value"] } == [[1], [1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5]])
        let all: JSON = ["collection": "c", "key": "k", "append": .null]
        #expect(try node.ask("update", all)["value"] == [3, 4, 5, .null])
        let one: JSON = ["collection": "c", "key": "k", "append": ["x"], "keepLast": 1]
        #expect(try node.ask("update", one)["value"] == [["x"]])
    }
}
