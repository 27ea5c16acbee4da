import Glibc
import Sluice
import SluiceComponents
import SluiceJSON
import SluiceSystem
import SluiceTesting
import Testing

/// Flows on real threads that end by themselves, with all that entered them.
@Suite struct EndingFlows {
    private struct Outcome {
        var out: [String: [JSON]]
        var result: RunResult
    }

    /// Runs a flow; each input has a feed and a task of its own.
    private func run(
        _ text: String, _ inputs: [String: [JSON]], files: [String: String] = [:],
        badLines: Int = 0
    ) async throws -> Outcome {
        let folder = try Folder.temporary()
        defer { Folder.remove(folder) }
        for (name, text) in files {
            try FileStream.write(Array(text.utf8), to: "\(folder)/\(name)")
        }
        let loaded = FlowLoader(registry: .builtIn).load(
            Array(text.utf8), path: "\(folder)/flow.json")
        guard let plan = loaded.plan else {
            throw HarnessError(loaded.diagnostics.map(\.rendered).joined(separator: "\n"))
        }
        let out = Lock<[String: [JSON]]>([:])
        var options = RunOptions()
        options.output = { port, messages in
            out.withLock { $0[port, default: []] += messages }
        }
        let run = FlowRun(plan, options: options)
        let feeds = inputs.map {
            (name: $0.key, messages: $0.value, feed: run.openFeed(to: [$0.key]))
        }
        try await run.start()
        await withTaskGroup(of: Void.self) { group in
            for (name, messages, feed) in feeds {
                group.addTask {
                    for _ in 0..<badLines {
                        await feed.fail(Failure("invalid_json", "no"), input: name, message: .null)
                    }
                    for start in stride(from: 0, to: messages.count, by: 64) {
                        let end = min(start + 64, messages.count)
                        guard await feed.send(Array(messages[start..<end]), to: name) else { break }
                    }
                    feed.close()
                }
            }
        }
        let result = await run.wait()
        return Outcome(out: out.withLock { $0 }, result: result)
    }

    /// What a reader has gathered and not handed on counts as not read.
    @Test(arguments: [
        (#""component": "jsonl_reader", "settings": { "path": "in" }"#, 0),
        (#""component": "csv_reader", "settings": { "path": "in" }"#, 1),
    ])
    func aReaderThatIsStoppedTakesNoMoreThanItsEdgeHolds(reader: String, header: Int) async throws {
        let folder = try Folder.temporary()
        defer { Folder.remove(folder) }
        try FileStream.write(
            Array(String(repeating: "1\n", count: 5_000).utf8), to: "\(folder)/in")
        let flow = """
            { "nodes": { "r": { \(reader) },
                         "d": { "component": "delay", "settings": { "milliseconds": 1 } } },
              "edges": [{ "from": "r.out", "to": "d.in", "capacity": 4 }],
              "outputs": { "out": "d.out" } }
            """
        let loaded = FlowLoader(registry: .builtIn).load(
            Array(flow.utf8), path: "\(folder)/flow.json")
        let (count, known) = (Lock(0), Lock<FlowRun?>(nil))
        var options = RunOptions()
        options.output = { _, messages in
            count.withLock { $0 += messages.count }
            known.withLock { $0 }?.stop()
        }
        let run = FlowRun(try #require(loaded.plan), options: options)
        known.withLock { $0 = run }
        try await run.start()
        let result = await run.wait()
        known.withLock { $0 = nil }
        let out = count.withLock { $0 }
        #expect(result.lost == [] && out < 64)
        #expect(run.files.unfinished.map(\.line) == [out + header])
    }

    private func numbers(_ count: Int) -> [JSON] { (0..<count).map { JSON($0) } }

    @Test(arguments: [
        #", "concurrency": 1"#, #", "concurrency": 3"#, #", "timeoutMs": 60000"#,
        #", "concurrency": 8, "ordered": false, "timeoutMs": 60000"#,
    ])
    func aSubflowNodeUnderBackPressureIsNotStuck(members: String) async throws {
        let inner = """
            { "nodes": { "f": { "component": "filter", "settings": { "when": "$ >= 0" } } },
              "inputs": { "in": "f.in" }, "outputs": { "out": "f.out" } }
            """
        let outcome = try await run(
            """
            { "nodes": { "s": { "component": "./inner.json"\(members) } },
              "inputs": { "in": "s.in" }, "outputs": { "out": "s.out" } }
            """, ["in": numbers(3000)], files: ["inner.json": inner])
        #expect(outcome.result.stuck == [] && outcome.result.lost == [])
        #expect(outcome.out["out"]?.count == 3000)
    }

    @Test(arguments: 1...20) func anInputOfJoinThatEndsAtOnceLeavesNothingStuck(
        round: Int
    ) async throws {
        let outcome = try await run(
            """
            { "nodes": { "j": { "component": "join", "settings": {
                           "inputs": ["a", "b"], "key": "$", "maximumPending": 10 } } },
              "inputs": { "a": "j.a", "b": "j.b" },
              "outputs": { "out": "j.out", "alone": "j.incomplete" } }
            """, ["a": numbers(1000), "b": []])
        #expect(outcome.result.stuck == [])
        #expect(outcome.out["alone"]?.count == 1000)
    }

    @Test func endlessSourcesEndBesideAJoin() async throws {
        let outcome = try await run(
            """
            { "nodes": { "j": { "component": "join", "settings": {
                           "inputs": ["a", "b"], "key": "$" } },
                         "t": { "component": "ticker", "settings": { "everyMs": 1 } },
                         "f": { "component": "filter", "settings": { "when": "$.tick < 0" } } },
              "edges": [ "t.out -> f.in" ],
              "inputs": { "a": "j.a", "b": "j.b" },
              "outputs": { "out": "j.out", "alone": "j.incomplete", "never": "f.out" } }
            """, ["a": numbers(100), "b": numbers(50)])
        #expect(outcome.out["out"]?.count == 50 && outcome.out["alone"]?.count == 50)
    }

    @Test func whatANodeOfACycleEmitsAtItsEndLosesNothingElse() async throws {
        let outcome = try await run(
            """
            { "nodes": { "c": { "component": "collect", "settings": { "count": 10 } },
                         "s": { "component": "split" },
                         "f": { "component": "filter", "settings": { "when": "$ < 0" } },
                         "all": { "component": "collect", "settings": { "count": 100 } } },
              "edges": [ "c.out -> s.in", "s.out -> f.in",
                         { "from": "f.out", "to": "c.in", "feedback": true },
                         "f.rejected -> all.in" ],
              "inputs": { "in": "c.in" }, "outputs": { "out": "all.out" } }
            """, ["in": [1, 2, -3]])
        #expect(outcome.result.stuck == [])
        #expect(outcome.out["out"] == [[1, 2]])
        // What comes back to a node that has ended is named.
        #expect(outcome.result.lost.map(\.messages) == [1])
    }

    @Test func failuresFromOutsideReachADeadLetterThatNothingElseLeadsTo() async throws {
        let outcome = try await run(
            """
            { "nodes": { "t": { "component": "transform", "settings": { "map": "{{$.n}}" } },
                         "dl": { "component": "transform", "settings": { "map": "{{$.code}}" } } },
              "inputs": { "in": "t.in" },
              "outputs": { "out": "t.out", "failed": "t.error", "dead": "dl.out" },
              "onError": { "deadLetter": "dl.in" } }
            """, ["in": [["n": 1]]], badLines: 3)
        #expect(outcome.out["dead"] == ["invalid_json", "invalid_json", "invalid_json"])
        #expect(outcome.out["out"] == [1])
        #expect(outcome.result.lost == [])
    }

    @Test func aMessageOfASubflowNodeIsDoneWhenItIsDone() throws {
        let folder = try TemporaryFolder()
        try folder.write(
            """
            { "nodes": { "d": { "component": "delay", "settings": { "milliseconds": 100 } } },
              "inputs": { "in": "d.in" }, "outputs": { "out": "d.out" } }
            """, to: "inner.json")
        try folder.write(
            """
            { "nodes": { "s": { "component": "./inner.json", "concurrency": 20, "timeoutMs": 1050 } },
              "inputs": { "in": "s.in" }, "outputs": { "out": "s.out", "late": "s.error" } }
            """, to: "flow.json")
        let loaded = FlowLoader(registry: .builtIn).load("\(folder.path)/flow.json")
        let flow = try Harness(#require(loaded.plan))
        try flow.send(numbers(20), to: "in")
        var (out, late) = (0, 0)
        for _ in 0..<30 {
            let received = flow.advance(milliseconds: 100)
            out += received["out"].count
            late += received["late"].count
        }
        // The delay passes one on each 100 ms.
        #expect(out == 10 && late == 10)
    }

    @Test func aPathThatAFileGivesToASubflowStartsAtThatFile() async throws {
        let folder = try TemporaryFolder()
        try #require(mkdir("\(folder.path)/inner", 0o777) == 0)
        try folder.write("1\n2\n", to: "in.jsonl")
        try folder.write("3\n", to: "inner/in.jsonl")
        try folder.write(
            """
            { "parameters": { "file": { "schema": { "type": "string" }, "default": "in.jsonl" } },
              "nodes": { "r": { "component": "jsonl_reader", "settings": { "path": "${file}" } } },
              "outputs": { "out": "r.out" } }
            """, to: "inner/inner.json")
        try folder.write(
            """
            { "nodes": { "given": { "component": "./inner/inner.json",
                                    "settings": { "file": "in.jsonl" } },
                         "own": { "component": "./inner/inner.json" } },
              "outputs": { "given": "given.out", "own": "own.out" } }
            """, to: "flow.json")
        let loaded = FlowLoader(registry: .builtIn).load("\(folder.path)/flow.json")
        let flow = try Harness(#require(loaded.plan))
        let received = flow.finish()
        #expect(received["given"] == [1, 2])
        #expect(received["own"] == [3])
    }

    @Test func whatSplitHasNotEmittedIsLostWithItsMessage() async throws {
        let text = """
            { "nodes": { "s": { "component": "split", "settings": { "path": "$" } },
                         "d": { "component": "delay", "settings": { "milliseconds": 100000 } } },
              "edges": [ { "from": "s.out", "to": "d.in", "capacity": 4 } ],
              "inputs": { "in": "s.in" }, "outputs": { "out": "d.out" } }
            """
        let plan = FlowLoader(registry: .builtIn).load(Array(text.utf8), path: "test.json").plan
        let traced = Lock(0)
        var options = RunOptions()
        options.observers = [SeenMessages { messages in traced.withLock { $0 += messages.count } }]
        let run = FlowRun(try #require(plan), options: options)
        let feed = run.openFeed()
        try await run.start()
        await feed.send([try JSON(array: (0..<1000).map { JSON($0) })], to: "in")
        while run.statistics.first(where: { $0.name == "d" })?.received != 1 { await Task.yield() }
        run.abort()
        let lost = await run.wait().lost
        #expect(lost.filter { $0.edge == "s.out -> d.in" }.allSatisfy { $0.messages < 100 })
        #expect(traced.withLock { $0 } < 100)
    }

    /// A flow that routes `{"to": "a"}` and `{"to": "b"}` to the inputs of a join.
    private func routed(join settings: String, a: String = "", edges: String = "") -> String {
        """
        { "nodes": { "r": { "component": "router", "settings": { "routes": [
                       { "name": "a", "when": "$.to == 'a'" },
                       { "name": "b", "when": "$.to == 'b'" } ] } }\(a),
                     "j": { "component": "join", "settings": \(settings) } },
          "edges": [ \(edges.isEmpty ? "\"r.a -> j.a\"" : edges), "r.b -> j.b" ],
          "inputs": { "in": "r.in" },
          "outputs": { "joined": "j.out", "left": "j.incomplete" } }
        """
    }

    private func message(_ number: Int, to side: String) -> JSON {
        ["to": JSON(side), "n": JSON(number)]
    }

    @Test(arguments: [
        #"{ "inputs": ["a", "b"], "key": "$.n", "maximumPending": 200 }"#,
        #"{ "inputs": ["a", "b"], "key": "$.n", "maximumPendingBytes": 3800 }"#,
    ]) func anInputThatIsFullGoesOnAsSoonAsThereIsRoom(join: String) async throws {
        // What comes next by `b` is behind what waits for `a`.
        let ahead = (0..<190).map { message($0, to: "a") }
        let turns = (0..<300).flatMap { [message($0, to: "b"), message($0 + 190, to: "a")] }
        let outcome = try await run(routed(join: join), ["in": ahead + turns])
        #expect(outcome.result.stuck == [])
        #expect(outcome.out["joined"]?.count == 300)
        #expect(outcome.out["left"]?.count == 190)
    }

    @Test func aConcurrentNodeThatWaitsLetsItsSenderFillTheEdge() async throws {
        let text = routed(
            join: #"{ "inputs": ["a", "b"], "key": "$.n", "maximumPending": 1 }"#,
            a: """
                , "d": { "component": "delay", "concurrency": 16,
                         "settings": { "milliseconds": 1 } }
                """,
            edges: #"{ "from": "r.a", "to": "d.in", "capacity": 32 }, "d.out -> j.a""#)
        let pairs = (0..<100).flatMap { [message($0, to: "a"), message($0, to: "b")] }
        let ahead = (100..<150).map { message($0, to: "a") }
        let behind = (100..<150).map { message($0, to: "b") }
        let outcome = try await run(text, ["in": pairs + ahead + behind])
        #expect(outcome.result.stuck == [])
        #expect(outcome.out["joined"]?.count == 150)
    }

    @Test func aSlowNodeTakesWhatComesRoundBeforeWhatIsNew() async throws {
        let many = try JSON(array: Array(repeating: [""] as JSON, count: 500))
        let outcome = try await run(
            """
            { "nodes": { "s": { "component": "split", "settings": { "path": "$" } },
                         "r": { "component": "router", "settings": { "routes": [
                           { "name": "again", "when": "length($) > 0" } ] } } },
              "edges": [ "s.out -> r.in",
                         { "from": "r.again", "to": "s.in", "feedback": true,
                           "maximumMessages": 3000 } ],
              "inputs": { "in": "s.in" }, "outputs": { "out": "r.default" } }
            """,
            ["in": Array(repeating: many, count: 64)])
        #expect(outcome.result.lost == [] && outcome.result.unhandledFailures == 0)
        #expect(outcome.out["out"]?.count == 64 * 500)
    }

    @Test func timersThatAreReplacedAreGone() async throws {
        let outcome = try await run(
            """
            { "nodes": { "c": { "component": "collect", "settings": {
                           "count": 2, "everyMs": 3600000 } } },
              "inputs": { "in": "c.in" }, "outputs": { "out": "c.out" } }
            """, ["in": numbers(1000)])
        #expect(outcome.out["out"]?.count == 500)
    }
}
