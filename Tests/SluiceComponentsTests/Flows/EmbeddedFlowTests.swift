import Sluice
import SluiceComponents
import SluiceJSON
import SluiceSystem
import Testing

/// Flows that a program runs by itself.
@Suite struct EmbeddedFlowTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func file(_ text: String) throws -> String {
        try folder.write(text, to: "flow.json")
        return "\(folder.path)/flow.json"
    }

    private static let greeting = """
        { "nodes": { "g": { "component": "transform",
                            "settings": { "map": { "text": "Hello {{$.name}}" } } } },
          "inputs": { "say": "g.in" }, "outputs": { "greeted": "g.out" } }
        """

    @Test func aFlowRunsInOneCall() async throws {
        let path = try file(Self.greeting)
        let outcome = try await Flow.run(
            path, with: .builtIn, sending: ["say": [["name": "you"], ["name": "me"]]])
        #expect(outcome["greeted"] == [["text": "Hello you"], ["text": "Hello me"]])
        #expect(outcome["other"].isEmpty && outcome.failures.isEmpty)
        #expect(outcome.result.nodes.map(\.received) == [2])
    }

    @Test func failuresThatNothingHandledAreTold() async throws {
        let path = try file(Self.greeting)
        let outcome = try await Flow.run(path, with: .builtIn, sending: ["say": [1]])
        #expect(outcome.result.unhandledFailures == 1)
        #expect(outcome.failures.map { $0["node"] } == ["g"])
    }

    @Test func aFlowWithMistakesSaysAllOfThem() async throws {
        let path = try file(#"{"nodes":{"a":{"component":"transfrom"},"b":{"component":"x"}}}"#)
        let invalid = try await #require(throws: InvalidFlow.self) {
            _ = try await Flow.run(path, with: .builtIn)
        }
        #expect(invalid.diagnostics.count { $0.code == "E008" } == 2)
        #expect("\(invalid)".contains("flow.json:1:"), "\(invalid)")
    }

    @Test func anInputThatIsNotThereIsRefused() async throws {
        let path = try file(Self.greeting)
        let failure = try await #require(throws: Failure.self) {
            _ = try await Flow.run(path, with: .builtIn, sending: ["sya": [1]])
        }
        #expect(failure.text.contains("`sya`"))
    }

    private func plan(_ text: String) throws -> Plan {
        let loaded = FlowLoader(registry: .builtIn).load(Array(text.utf8), path: "flow.json")
        return try #require(loaded.plan, "\(loaded.diagnostics)")
    }

    @Test func aThousandRunsOfOnePlanEightAtOnceAreEachAlone() async throws {
        let text = """
            { "nodes": {
                "split": { "component": "split", "settings": { "path": "$" } },
                "double": { "component": "transform", "concurrency": 2,
                            "settings": { "map": "{{$ * 2}}" } },
                "store": { "component": "document_store",
                           "settings": { "collections": [{"name":"c"}],
                                         "store": {"kind":"memory","name":"one"} } },
                "total": { "component": "count" } },
              "edges": [
                "split.out -> double.in",
                { "from": "double.out", "to": "store.put",
                  "map": { "collection": "c", "key": "{{string($)}}", "value": "{{$}}" } },
                "store.put_ok -> total.in" ],
              "inputs": { "in": "split.in" }, "outputs": { "total": "total.total" } }
            """
        let plan = try plan(text)
        try await withThrowingTaskGroup { group in
            for worker in 0..<8 {
                group.addTask {
                    for round in stride(from: worker, to: 1000, by: 8) {
                        let count = round % 5 + 1
                        let totals = Lock<[JSON]>([])
                        var options = RunOptions()
                        options.output = { _, messages in totals.withLock { $0 += messages } }
                        let run = FlowRun(plan, options: options)
                        try await run.withFeed { feed in
                            try await run.start()
                            let numbers = try JSON(array: (0..<count).map { JSON($0) })
                            await feed.send([numbers], to: "in")
                        }
                        let result = await run.wait()
                        #expect(result.unhandledFailures == 0 && result.lost.isEmpty)
                        #expect(totals.withLock(\.self) == [["count": JSON(count)]], "run \(round)")
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func aFeedIsClosedWithItsScope() async throws {
        let run = FlowRun(try plan(Self.greeting), options: RunOptions())
        try await run.withFeed { feed in
            try await run.start()
            #expect(await feed.send([["name": "a"]], to: "say"))
        }
        #expect(await run.wait().nodes.map(\.received) == [1])
    }

    @Test func aRunThatTakesTooLongIsGivenUp() async throws {
        let text = """
            { "nodes": { "d": { "component": "delay", "settings": { "milliseconds": 3600000 } } },
              "inputs": { "in": "d.in" }, "outputs": { "out": "d.out" } }
            """
        let run = FlowRun(try plan(text), options: RunOptions())
        try await run.withFeed { feed in
            try await run.start()
            await feed.send([1], to: "in")
        }
        let result = await run.wait(timeout: .milliseconds(1))
        #expect(result.lost.map(\.messages) == [1])
    }
}
