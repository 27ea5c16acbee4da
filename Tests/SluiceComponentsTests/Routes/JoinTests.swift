import Sluice
import SluiceJSON
import SluiceTesting
import Testing

@Suite struct JoinTests {
    static let settings: JSON = ["inputs": ["a", "b"], "key": "$.id"]

    @Test func joinsWhatHasOneKey() throws {
        let join = try node("join", Self.settings)
        #expect(try join.send([["id": 1, "n": "a1"], ["id": 2, "n": "a2"]], to: "a").isEmpty)
        let joined = try join.send(["id": 2, "n": "b2"], to: "b").only("out")
        #expect(
            joined == [
                "key": 2, "values": ["a": ["id": 2, "n": "a2"], "b": ["id": 2, "n": "b2"]],
            ])
        #expect(try join.finish().only("incomplete")["values"] == ["a": ["id": 1, "n": "a1"]])
    }

    @Test func messagesOfOneKeyAreJoinedInTheirOrder() throws {
        let join = try node("join", ["inputs": ["a", "b"], "key": "'k'"])
        try join.send([1, 2, 3], to: "a")
        let joined = try join.send([10, 20], to: "b").all("out")
        #expect(joined.map { $0["values"] } == [["a": 1, "b": 10], ["a": 2, "b": 20]])
        #expect(try join.finish().only("incomplete") == ["key": "k", "values": ["a": 3]])
    }

    @Test func waitsForEveryInput() throws {
        let join = try node("join", ["inputs": ["a", "b", "c"], "key": "$"])
        #expect(try join.send("k", to: "c").isEmpty)
        #expect(try join.send("k", to: "a").isEmpty)
        let joined = try join.send("k", to: "b").only("out")
        #expect(joined["values"]?.text == #"{"a":"k","b":"k","c":"k"}"#)
    }

    @Test func numbersAreEqualByValueAndNeverEqualTexts() throws {
        let join = try node("join", ["inputs": ["a", "b"], "key": "$"])
        try join.send(1, to: "a")
        #expect(try join.send("1", to: "b").isEmpty)
        #expect(try join.send(JSON(parsing: "1.0"), to: "b")["out"].count == 1)
        #expect(try join.finish().only("incomplete") == ["key": "1", "values": ["b": "1"]])
    }

    @Test func whatIsLeftLeavesInTheOrderOfItsArrival() throws {
        let join = try node("join", ["inputs": ["a", "b"], "key": "$"])
        let keys: [JSON] = ["z", true, 3, "y", 1]
        for (index, key) in keys.enumerated() {
            try join.send(key, to: index.isMultiple(of: 2) ? "a" : "b")
        }
        #expect(try join.finish().all("incomplete").map { $0["key"] } == keys)
    }

    @Test(arguments: [["id": .null], ["id": []], [:]] as [JSON])
    func aMessageWithoutKeyFails(message: JSON) throws {
        let join = try node("join", Self.settings)
        #expect(try join.send(message, to: "b").only("error")["code"] == "mapping_failed")
    }

    @Test(arguments: 1...10) func anInputThatIsAheadWaits(seed: UInt64) throws {
        let settings: JSON = ["inputs": ["a", "b"], "key": "$", "maximumPending": 10]
        let join = try node("join", settings, seed: seed)
        let keys = (0..<500).map { JSON($0) }
        #expect(try join.send(keys, to: "a").isEmpty)
        let joined = try join.send(keys, to: "b").all("out")
        #expect(joined.map { $0["key"] } == keys)
        #expect(join.finish().isEmpty)
    }

    @Test func aFlowWhoseInputsCannotCatchUpIsStuck() throws {
        let settings: JSON = ["inputs": ["a", "b"], "key": "$", "maximumPending": 1]
        let join = try node("join", settings)
        try join.send([1], to: "a")
        try join.send([2], to: "a")
        let stuck = try #require(join.result()).stuck
        #expect(stuck.count == 1)
        #expect(stuck.first?.contains("does not take from this edge now") == true)
    }

    @Test(
        arguments: [
            (["inputs": ["a"], "key": "$"], "$.inputs"),
            (["inputs": ["a", "a"], "key": "$"], "$.inputs[1]"),
            (["inputs": ["a", "error"], "key": "$"], "$.inputs[1]"),
            (["inputs": ["a", "b"], "key": "$."], "$.key"),
            (["inputs": ["a", "b"], "key": "$", "maximumPending": 0], "$.maximumPending"),
        ] as [(JSON, String)])
    func settingsThatDoNotWorkAreRefused(settings: JSON, path: String) throws {
        #expect(try refusedSetting(of: "join", settings) == path)
    }
}
