import Sluice
import SluiceComponents
import SluiceJSON
import SluiceSystem
import SluiceTesting
import Testing

private func load(_ text: String, folder: String = ".") throws -> Plan {
    let loader = FlowLoader(registry: .builtIn)
    let flow = loader.load(Array(text.utf8), path: "\(folder)/flow.json")
    guard let plan = flow.plan else {
        throw HarnessError(flow.diagnostics.map(\.rendered).joined(separator: "\n"))
    }
    return plan
}

/// What leaves a run.
private final class Outputs: Sendable {
    private let messages = Lock<[(port: String, message: JSON)]>([])

    subscript(_ port: String) -> [JSON] {
        messages.withLock { $0 }.filter { $0.port == port }.map(\.message)
    }

    func options(dataDirectory: String) -> RunOptions {
        var options = RunOptions()
        options.dataDirectory = dataDirectory
        options.output = { [self] port, more in
            messages.withLock { $0 += more.map { (port, $0) } }
        }
        return options
    }
}

/// A run that has been started, with its feed and what leaves it.
private struct Running {
    let run: FlowRun
    let feed: FlowFeed
    let outputs: Outputs

    init(_ plan: Plan, dataDirectory: String) async throws {
        outputs = Outputs()
        run = FlowRun(plan, options: outputs.options(dataDirectory: dataDirectory))
        feed = run.openFeed()
        try await run.start()
    }

    /// Puts a value under each of ten keys.
    func put(_ keys: Range<Int>, _ value: JSON) async {
        for key in keys {
            let sent = await feed.send(
                [["collection": "c", "key": JSON("k\(key)"), "value": value]], to: "put")
            #expect(sent)
        }
    }

    @discardableResult
    func close() async -> RunResult {
        feed.close()
        return await run.wait()
    }
}

/// One plan whose runs keep their stores in different data directories.
@Suite struct RunsWithStores {
    private static func plan(path: String = "kept") throws -> Plan {
        try load(
            """
            { "nodes": { "store": { "component": "document_store", "settings": {
                  "path": "\(path)", "sync": "never", "lockTimeoutMs": 0,
                  "collections": [{ "name": "c" }] } },
                "chat": { "component": "conversation", "settings": { "path": "\(path)-chat" } } },
              "inputs": { "put": "store.put", "find": "store.find", "say": "chat.append" },
              "outputs": { "done": "store.put_ok", "found": "store.find_ok",
                           "failed": "store.error", "said": "chat.append_ok" } }
            """)
    }

    /// The values in a run's store, by key, as a later run finds them.
    private static func kept(_ plan: Plan, in folder: String) async throws -> [String: JSON] {
        let later = try await Running(plan, dataDirectory: folder)
        await later.feed.send([["collection": "c"]], to: "find")
        await later.close()
        let found = try #require(later.outputs["found"].first?["items"])
        return Dictionary(
            found.elements.map { ($0["key"]?.string ?? "", $0["value"] ?? .null) },
            uniquingKeysWith: { first, _ in first })
    }

    @Test(arguments: ["ends", "is stopped", "is aborted"])
    func eachRunWritesIntoItsOwnStore(first way: String) async throws {
        let plan = try Self.plan()
        let (one, other) = (try TemporaryFolder(), try TemporaryFolder())
        let x = try await Running(plan, dataDirectory: one.path)
        let y = try await Running(plan, dataDirectory: other.path)
        async let puts: Void = x.put(0..<10, "x")
        await y.put(5..<15, "y")
        await puts
        await x.feed.send([["conversationId": "same", "messages": ["x"]]], to: "say")
        await x.feed.idle()
        await y.feed.idle()
        switch way {
        case "is stopped": x.run.stop()
        case "is aborted": x.run.abort()
        default: x.feed.close()
        }
        #expect(await x.run.wait().stopFailures.isEmpty)
        // The store of the second is open still.
        await y.put(15..<25, "later")
        await y.feed.send([["conversationId": "same", "messages": ["y"]]], to: "say")
        await y.close()
        #expect(x.outputs["failed"] == [] && y.outputs["failed"] == [])
        #expect(x.outputs["done"].count == 10 && y.outputs["done"].count == 20)
        #expect(y.outputs["said"].map { $0["messages"] } == [["y"]])
        let expected =
            (5..<15).map { ("k\($0)", "y" as JSON) }
            + (15..<25).map { ("k\($0)", "later" as JSON) }
        #expect(
            try await Self.kept(plan, in: one.path)
                == Dictionary(uniqueKeysWithValues: (0..<10).map { ("k\($0)", "x") }))
        #expect(
            try await Self.kept(plan, in: other.path) == Dictionary(uniqueKeysWithValues: expected))
    }

    @Test func aRunThatFindsTheStoreInUseLeavesTheOneThatUsesItAlone() async throws {
        let (folder, other) = (try TemporaryFolder(), try TemporaryFolder())
        let plan = try Self.plan(path: "\(folder.path)/kept")
        let first = try await Running(plan, dataDirectory: folder.path)
        await first.put(0..<5, 1)
        await #expect { _ = try await Running(plan, dataDirectory: other.path) } throws: {
            ($0 as? Failure)?.code == "locked"
        }
        await first.put(5..<10, 2)
        await first.close()
        #expect(first.outputs["done"].count == 10 && first.outputs["failed"] == [])
        let kept = try await Self.kept(plan, in: other.path)
        #expect(kept.count == 10)
    }
}

/// One plan whose components remember messages, run many times.
@Suite struct RunsOfRememberingComponents {
    private static let flow = """
        { "nodes": {
            "tally": { "component": "count" },
            "packs": { "component": "collect", "settings": { "count": 3 } },
            "pairs": { "component": "join",
                       "settings": { "inputs": ["left", "right"], "key": "$.id" } },
            "chat": { "component": "conversation" } },
          "edges": [ "tally.out -> packs.in" ],
          "inputs": { "in": "tally.in", "left": "pairs.left", "right": "pairs.right",
                      "say": "chat.append" },
          "outputs": { "packs": "packs.out", "total": "tally.total", "pairs": "pairs.out",
                       "rest": "pairs.incomplete", "said": "chat.append_ok" } }
        """

    /// Messages of a run, in pieces, so that those of other runs come in between.
    private static func feed(_ running: Running, of number: Int) async {
        let feed = running.feed
        func message(_ id: Int) -> JSON { ["run": JSON(number), "id": JSON(id)] }
        for id in 0..<7 { await feed.send([message(id)], to: "in") }
        for id in 0..<5 { await feed.send([message(id)], to: "left") }
        for id in 1..<5 { await feed.send([message(id)], to: "right") }
        for id in 0..<4 {
            await feed.send(
                [["conversationId": "same", "messages": [message(id)]]], to: "say")
        }
    }

    /// Expects what a run that is alone emits.
    private static func check(_ outputs: Outputs, of number: Int) throws {
        func message(_ id: Int) -> JSON { ["run": JSON(number), "id": JSON(id)] }
        #expect(outputs["total"] == [["count": 7]])
        let packs = [0..<3, 3..<6, 6..<7].map { $0.map(message) }
        #expect(outputs["packs"].map { Array($0.elements) } == packs)
        #expect(
            outputs["pairs"].map(\.text).sorted()
                == (1..<5).map { id in
                    let values: JSON = ["left": message(id), "right": message(id)]
                    return (["key": JSON(id), "values": values] as JSON).text
                })
        #expect(outputs["rest"] == [["key": 0, "values": ["left": message(0)]]])
        let last = try #require(outputs["said"].last?["messages"])
        #expect(Array(last.elements) == (0..<4).map(message))
    }

    private static func live(_ plan: Plan, number: Int) async throws {
        let folder = try TemporaryFolder()
        let running = try await Running(plan, dataDirectory: folder.path)
        await feed(running, of: number)
        let result = await running.close()
        #expect(result.lost == [] && result.held == [] && result.stuck == [])
        try check(running.outputs, of: number)
    }

    @Test func noMessageOfARunIsInTheResultsOfAnother() async throws {
        let plan = try load(Self.flow)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                group.addTask { try await Self.live(plan, number: number) }
            }
            try await group.waitForAll()
        }
    }

    @Test func nothingOfAnAbortedRunIsInTheNext() async throws {
        let plan = try load(Self.flow)
        for number in stride(from: 0, to: 10, by: 2) {
            let folder = try TemporaryFolder()
            let aborted = try await Running(plan, dataDirectory: folder.path)
            await Self.feed(aborted, of: number)
            await aborted.feed.idle()
            aborted.run.abort()
            let result = await aborted.run.wait()
            // What the components remembered is named and goes nowhere.
            #expect(
                result.held.map { "\($0.node).\($0.input): \($0.messages)" }
                    == ["packs.in: 1", "pairs.left: 1"])
            #expect(aborted.outputs["total"] == [] && aborted.outputs["rest"] == [])
            try await Self.live(plan, number: number + 1)
        }
    }
}
