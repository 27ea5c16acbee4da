import Sluice
import SluiceJSON
import SluiceSystem
import SluiceTesting
import Testing

/// Flows on real threads: what comes out, and that they end, whatever the threads do.
@Suite struct RealThreads {
    /// Runs a flow with the real scheduler and gives what came out of `out`, and how it went.
    func run(
        _ text: String, _ messages: [JSON], stopAfter: Int? = nil
    ) async throws -> (out: [JSON], result: RunResult) {
        let registry = ComponentRegistry([
            Shout.self, Echo.self, Gather.self, Down.self, Turnstile.self,
        ])
        let flow = FlowLoader(registry: registry).load(Array(text.utf8), path: "test.json")
        let plan = try #require(flow.plan)
        let collected = Collected()
        var options = RunOptions()
        options.output = { port, messages in
            if port == "out" { collected.add(messages) }
        }
        let run = FlowRun(plan, options: options)
        let feed = run.openFeed()
        try await run.start()
        for first in stride(from: 0, to: messages.count, by: 7) {
            if let stopAfter, first >= stopAfter { run.stop() }
            await feed.send(
                Array(messages[first..<min(first + 7, messages.count)]), to: "in")
        }
        feed.close()
        let result = await run.wait()
        return (collected.all, result)
    }

    final class Collected: Sendable {
        private let messages = Lock<[JSON]>([])
        func add(_ more: [JSON]) { messages.withLock { $0 += more } }
        var all: [JSON] { messages.withLock { $0 } }
    }

    @Test(arguments: 1...5) func smallEdgesKeepOrderAndLoseNothing(round: Int) async throws {
        let text = """
            { "nodes": { "a": { "component": "echo", "concurrency": 8 },
                         "b": { "component": "shout" }, "c": { "component": "shout" } },
              "edges": [ { "from": "a.out", "to": "b.in", "capacity": 1 },
                         { "from": "b.out", "to": "c.in", "capacity": 3 } ],
              "inputs": { "in": "a.in" }, "outputs": { "out": "c.out" } }
            """
        let messages = (0..<2000).map { ["value": JSON("m\($0)")] as JSON }
        let (out, result) = try await run(text, messages)
        #expect(out == (0..<2000).map { JSON("M\($0)!!") })
        #expect(result.lost.isEmpty && result.stuck.isEmpty)
    }

    @Test(arguments: 1...5) func cyclesEnd(round: Int) async throws {
        let text = """
            { "nodes": { "a": { "component": "down" }, "g": { "component": "gather" } },
              "edges": [ { "from": "a.again", "to": "a.in", "feedback": true }, "a.done -> g.in" ],
              "inputs": { "in": "a.in" }, "outputs": { "out": "g.out" } }
            """
        let (out, _) = try await run(text, (0..<300).map { JSON($0) })
        #expect(out.map(\.count) == [300])
    }

    @Test(arguments: 1...5) func aStoppedFlowFinishesWhatItTook(round: Int) async throws {
        let text = """
            { "nodes": { "a": { "component": "shout" }, "g": { "component": "gather" } },
              "edges": [ { "from": "a.out", "to": "g.in", "capacity": 2 } ],
              "inputs": { "in": "a.in" }, "outputs": { "out": "g.out" } }
            """
        let (out, result) = try await run(
            text, (0..<700).map { JSON("m\($0)") }, stopAfter: 350)
        #expect(out.map(\.count) == [350])
        #expect(result.lost.isEmpty)
    }

    @Test(arguments: 1...5) func aStuckFlowIsNoticed(round: Int) async throws {
        let text = """
            { "nodes": { "g": { "component": "turnstile" } },
              "inputs": { "in": "g.left" }, "outputs": { "out": "g.out" } }
            """
        let (_, result) = try await run(text, (0..<200).map { JSON($0) })
        #expect(result.stuck.count == 1)
    }
}
