import Sluice
import SluiceComponents
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

    @Test(arguments: 1...5) func inputsThatAllWaitGoOnAsSoonAsOneHasRoom(seed: UInt64) throws {
        let settings: JSON = ["inputs": ["a", "b"], "key": "$", "maximumPending": 32]
        let join = try node("join", settings, seed: seed)
        let later = (200..<232).map { JSON($0) }
        #expect(try join.send((0..<32).map { JSON($0) } + later, to: "a").isEmpty)
        let keys = try join.send([0, 1] + later, to: "b").all("out").map { $0["key"] }
        #expect(keys == [0, 1] + later)
        #expect(join.finish()["incomplete"].count == 30)
    }

    @Test func aFlowWhoseInputsCannotCatchUpIsStuck() throws {
        // What comes by `b` is caused by what `join` emits: it never ends before `join` does.
        let flow = try harness(
            """
            { "nodes": { "j": { "component": "join", "settings": {
                           "inputs": ["a", "b"], "key": "$", "maximumPending": 1 } },
                         "again": { "component": "transform", "settings": { "map": "{{$.key}}" } } },
              "edges": [ "j.out -> again.in",
                         { "from": "again.out", "to": "j.b", "feedback": true } ],
              "inputs": { "a": "j.a" } }
            """)
        try flow.send(1, to: "a")
        try flow.send(2, to: "a")
        let result = try #require(flow.result())
        #expect(result.stuck.count == 1)
        #expect(result.stuck.first?.contains("does not take from this edge now") == true)
        #expect(result.held.map { "\($0.node).\($0.input): \($0.messages)" } == ["j.a: 1"])
    }

    @Test(arguments: 1...10) func whatWaitsForAnInputLeavesWhenThatHasEnded(seed: UInt64) throws {
        // `b` ends with its source, while `a` goes on.
        let flow = try harness(
            """
            { "nodes": { "few": { "component": "inject", "settings": { "messages": [3, 1] } },
                         "j": { "component": "join", "settings": {
                           "inputs": ["a", "b"], "key": "$", "maximumPending": 2 } } },
              "edges": [ "few.out -> j.b" ], "inputs": { "a": "j.a" },
              "outputs": { "joined": "j.out", "alone": "j.incomplete" } }
            """, seed: seed)
        let first = try flow.send((0..<50).map { JSON($0) }, to: "a")
        #expect(first["joined"].compactMap { $0["key"] } == [1, 3])
        #expect(first["alone"].compactMap { $0["key"]?.int } == [0, 2] + Array(4..<50))
        #expect(try flow.send(3, to: "a").only("alone")["values"] == ["a": 3])
        #expect(flow.finish().isEmpty)
        #expect(flow.result()?.stuck == [])
    }

    @Test func anInputThatNothingFeedsHasEndedFromTheStart() throws {
        let flow = try harness(
            """
            { "nodes": { "j": { "component": "join", "settings": {
                           "inputs": ["a", "b"], "key": "$" } } },
              "inputs": { "a": "j.a" }, "outputs": { "alone": "j.incomplete" } }
            """)
        #expect(try flow.send(1, to: "a").only("alone") == ["key": 1, "values": ["a": 1]])
    }

    @Test(arguments: ["maximumPending", "maximumPendingBytes"])
    func noMoreWaitsThanMay(setting: String) async throws {
        let type = try #require(ComponentRegistry.builtIn["join"])
        let settings: JSON =
            setting == "maximumPending"
            ? ["inputs": ["a", "b"], "key": "$", "maximumPending": 1]
            : ["inputs": ["a", "b"], "key": "$", "maximumPendingBytes": 1]
        let run = FlowRun(
            try Plan(component: type, settings: settings, node: "j"), options: RunOptions())
        let (a, b) = (run.openFeed(to: ["a"]), run.openFeed(to: ["b"]))
        try await run.start()
        await a.send([1, 2, 3], to: "a")
        run.abort()
        let result = await run.wait()
        #expect(result.held.allSatisfy { $0.messages == 1 })
        #expect(result.held.count + result.lost.reduce(0) { $0 + $1.messages } == 3)
        b.close()
    }

    @Test func theBytesThatWaitAreBounded() throws {
        let text = JSON(String(repeating: "x", count: 1000))
        let settings: JSON = ["inputs": ["a", "b"], "key": "'k'", "maximumPendingBytes": 2500]
        let join = try node("join", settings)
        #expect(try join.send([text, text, text, text, text], to: "a").isEmpty)
        #expect(try join.send([1, 2, 3, 4, 5], to: "b")["out"].count == 5)
    }

    @Test func whatIsHeldIsNamedWhenTheRunIsAborted() async throws {
        let type = try #require(ComponentRegistry.builtIn["join"])
        let run = FlowRun(
            try Plan(component: type, settings: ["inputs": ["a", "b"], "key": "$"], node: "j"),
            options: RunOptions())
        let feed = run.openFeed()
        try await run.start()
        await feed.send([1, 2], to: "a")
        await feed.send([3], to: "b")
        await feed.idle()
        run.abort()
        let held = await run.wait().held.map { "\($0.node).\($0.input): \($0.messages)" }
        #expect(held == ["j.a: 2", "j.b: 1"])
    }

    private func harness(_ text: String, seed: UInt64 = 1) throws -> Harness {
        let flow = FlowLoader(registry: .builtIn).load(Array(text.utf8), path: "test.json")
        guard let plan = flow.plan else {
            throw HarnessError(flow.diagnostics.map(\.rendered).joined(separator: "\n"))
        }
        return try Harness(plan, seed: seed)
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
