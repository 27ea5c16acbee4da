import Sluice
import SluiceComponents
import SluiceJSON
import SluiceSystem
import SluiceTesting
import Synchronization
import Testing

/// Stores among other nodes: when changes end, and when a cursor moves.
@Suite struct DocumentStoreFlows {
    static func plan(_ text: String) throws -> Plan {
        let loaded = FlowLoader(registry: .builtIn).load(Array(text.utf8), path: "test.json")
        return try #require(loaded.plan, "\(loaded.diagnostics)")
    }

    static func flow(
        _ text: String, folder: DataFolder? = nil, seed: UInt64 = 1
    ) throws -> Harness {
        try Harness(plan(text), seed: seed, folder: folder?.path)
    }

    static let store = """
        "store": { "component": "document_store", "settings": {
            "collections": [{"name": "c"}], "changesFrom": {"cursor": "x"} } }
        """

    @Test(arguments: 1...10) func changesAreToldUntilTheLastNodeHasFinished(seed: UInt64) throws {
        let flow = try Self.flow(
            """
            { "nodes": { \(Self.store),
                "gather": { "component": "collect", "settings": { "count": 1000 } } },
              "edges": [ { "from": "gather.out", "to": "store.put",
                           "map": { "collection": "c", "key": "k", "value": "{{$}}" } } ],
              "inputs": { "in": "gather.in" },
              "outputs": { "done": "store.put_ok", "change": "store.change" } }
            """, seed: seed)
        #expect(try flow.send([1, 2, 3], to: "in").isEmpty)
        let received = flow.finish()
        #expect(received["done"].count == 1)
        #expect(received["change"].map { $0["value"] } == [[1, 2, 3]])
    }

    @Test func changesOfAnotherNodeOnThePathAreToldToTheEnd() throws {
        let flow = try Self.flow(
            """
            { "nodes": { \(Self.store),
                "done": { "component": "count" },
                "writer": { "component": "document_store",
                            "settings": { "collections": [{"name": "c"}] } },
                "gather": { "component": "collect", "settings": { "count": 1000 } } },
              "edges": [ { "from": "gather.out", "to": "writer.put",
                           "map": { "collection": "c", "key": "k", "value": "{{$}}" } },
                         "writer.put_ok -> done.in" ],
              "inputs": { "in": "gather.in" }, "outputs": { "change": "store.change" } }
            """)
        try flow.send([1], to: "in")
        #expect(flow.finish()["change"].map { $0["value"] } == [[1]])
    }

    @Test(arguments: 1...5) func changesMayComeBackOverAFeedbackEdge(seed: UInt64) throws {
        let flow = try Self.flow(
            """
            { "nodes": { \(Self.store),
                "small": { "component": "filter", "settings": { "when": "$.value < 5" } } },
              "edges": [ "store.change -> small.in",
                         { "from": "small.out", "to": "store.put", "feedback": true,
                           "map": { "collection": "c", "key": "{{string($.value)}}",
                                    "value": "{{$.value + 1}}" } } ],
              "inputs": { "in": "store.put" }, "outputs": { "done": "store.put_ok" } }
            """, seed: seed)
        try flow.send(["collection": "c", "key": "k", "value": 0], to: "in")
        let received = flow.finish()
        #expect(received.failures.isEmpty)
        #expect(flow.result()?.stuck == [])
        #expect(flow.result()?.nodes.first { $0.name == "store" }?.received == 6)
    }

    /// A flow in which changes whose value is `bad` fail.
    static func picky(_ onError: String) -> String {
        """
        { "nodes": { \(store),
            "sort": { "component": "router",
                      "settings": { "routes": [{ "name": "bad", "when": "$.value == 'bad'" }] } },
            "refuse": { "component": "fail" }, "count": { "component": "count" } },
          "edges": [ "store.change -> sort.in", "sort.bad -> refuse.in", "sort.default -> count.in" ],
          "inputs": { "in": "store.put" },
          "outputs": { "told": "count.out", "done": "store.put_ok" }, "onError": "\(onError)" }
        """
    }

    @Test(arguments: [("log", [] as [JSON]), ("fail", ["bad", "good"] as [JSON])])
    func aChangeThatFailedIsToldAgain(onError: String, again: [JSON]) throws {
        let folder = try DataFolder()
        do {
            let flow = try Self.flow(Self.picky(onError), folder: folder)
            let messages = ["good", "bad", "good"].map { value -> JSON in
                ["collection": "c", "key": "k", "value": JSON(value)]
            }
            try flow.send(messages, to: "in")
            flow.finish()
        }
        let node = try Self.flow(
            """
            { "nodes": { \(Self.store) }, "inputs": { "in": "store.get" },
              "outputs": { "change": "store.change" } }
            """, folder: folder)
        #expect(node.received()["change"].map { $0["value"] } == again)
    }

    @Test func aFlowWithoutInputsRunsUntilItIsStopped() throws {
        let flow = try Self.flow(
            """
            { "nodes": { \(Self.store), "count": { "component": "count" },
                "first": { "component": "inject", "settings": { "messages": [
                    { "collection": "c", "key": "k", "value": 1 } ] } } },
              "edges": [ "first.out -> store.put", "store.change -> count.in" ],
              "outputs": { "told": "count.out", "total": "count.total",
                           "done": "store.put_ok" } }
            """)
        let received = flow.received()
        #expect(received["told"].count == 1)
        #expect(flow.finish()["total"] == [["count": 1]])
    }

    @Test func realTasksTellEveryChangeOnce() async throws {
        let folder = try DataFolder()
        for round in 1...3 {
            let told = Lock<[Int?]>([])
            let done = Atomic<Int>(0)
            var options = RunOptions()
            options.dataDirectory = folder.path
            options.output = { port, messages in
                if port == "change" {
                    told.withLock { $0 += messages.map { $0["revision"]?.int } }
                } else {
                    done.wrappingAdd(messages.count, ordering: .relaxed)
                }
            }
            let text = """
                { "nodes": { "store": { "component": "document_store", "settings": {
                      "collections": [{"name": "c"}], "sync": {"everyMs": 20},
                      "changesFrom": {"cursor": "x"} } } },
                  "inputs": { "in": "store.put" },
                  "outputs": { "change": "store.change", "done": "store.put_ok" } }
                """
            let run = try FlowRun(Self.plan(text), options: options)
            let feed = run.openFeed()
            try await run.start()
            for first in stride(from: 0, to: 2000, by: 100) {
                await feed.send(
                    (first..<first + 100).map { number -> JSON in
                        ["collection": "c", "key": JSON("k\(number)"), "value": JSON(round)]
                    }, to: "in")
                if first == 1000 { await feed.idle() }
            }
            feed.close()
            let result = await run.wait()
            #expect(result.unhandledFailures == 0)
            #expect(result.stuck == [])
            #expect(done.load(ordering: .relaxed) == 2000)
            let first = (round - 1) * 2000 + 1
            #expect(told.withLock { $0 } == (first..<first + 2000).map { $0 })
        }
    }

    @Test(arguments: 1...20) func whatAnAbortedRunDropsIsToldAgain(seed: UInt64) throws {
        let folder = try DataFolder()
        let plan = try Self.plan(
            """
            { "nodes": { \(Self.store) }, "inputs": { "in": "store.put" },
              "outputs": { "change": "store.change", "done": "store.put_ok" } }
            """)
        let told = Lock<[JSON?]>([])
        let running = Lock<FlowRun?>(nil)
        let scheduler = SeededScheduler(seed: seed)
        var options = RunOptions()
        options.dataDirectory = folder.path
        options.scheduler = scheduler
        options.output = { port, messages in
            guard port == "change" else { return running.withLock { $0 }?.abort() ?? () }
            told.withLock { $0 += messages.map { $0["revision"] } }
        }
        let run = FlowRun(plan, options: options)
        running.withLock { $0 = run }
        let feed = run.openFeed()
        _ = scheduler.run {
            try? await run.start()
            await feed.send([["collection": "c", "key": "a", "value": 1]], to: "in")
            feed.close()
            return await run.wait()
        }
        running.withLock { $0 = nil }
        let again = try Harness(plan, folder: folder.path)
        let all = told.withLock { $0 } + again.received()["change"].map { $0["revision"] }
        #expect(all.contains(1))
    }
}
