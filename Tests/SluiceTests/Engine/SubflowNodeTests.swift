import Sluice
import SluiceJSON
import SluiceSystem
import SluiceTesting
import Testing

/// Counts what it gets, fails the first ones in a way that may be tried again, and passes on the rest.
private enum Stumble: Component {
    static let about = About("stumble", "Fails at first")
    struct Settings: Message {
        var times = 1
        init() {}
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.optional("times", &times)
        }
    }
    static func wire(_ settings: Settings, _ ports: inout Ports) {
        let count = Lock(0)
        let out = ports.output("out", JSON.self)
        ports.input("in", JSON.self) { message, turn in
            let now = count.withLock { count in
                count += 1
                return count
            }
            if now <= settings.times { throw Failure("busy", "not yet", isRetryable: true) }
            try turn.emit(message, on: out)
        }
    }
}

/// Emits the elements of an array one by one.
private enum Scatter: Component {
    static let about = About("scatter", "Emits elements")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        let out = ports.output("out", JSON.self)
        ports.input("in", JSON.self) { message, turn in
            for element in message.elements { try turn.emit(element, on: out) }
        }
    }
}

/// Sub-flow nodes with the members that any node may have.
@Suite struct SubflowNodes {
    private func harness(
        _ inner: String, _ outer: String, seed: UInt64 = 1, others: [String: String] = [:]
    ) throws -> Harness {
        try Harness(plan(inner, outer, others: others), seed: seed)
    }

    private func plan(
        _ inner: String, _ outer: String, others: [String: String] = [:]
    ) throws -> Plan {
        let folder = try Folder.temporary()
        defer { Folder.remove(folder) }
        for (name, text) in others {
            try FileStream.write(Array(text.utf8), to: "\(folder)/\(name)")
        }
        try FileStream.write(Array(inner.utf8), to: "\(folder)/inner.json")
        let registry = ComponentRegistry([
            Shout.self, Echo.self, Gather.self, Stumble.self, Turnstile.self,
            Scatter.self,
        ])
        let flow = FlowLoader(registry: registry).load(
            Array(outer.utf8), path: "\(folder)/outer.json")
        guard let plan = flow.plan else {
            throw HarnessError(flow.diagnostics.map(\.rendered).joined(separator: "\n"))
        }
        return plan
    }

    /// A delay that handles as many messages at once as it gets.
    private let slow = """
        { "nodes": { "e": { "component": "echo", "concurrency": 100, "ordered": false } },
          "inputs": { "say": "e.in" }, "outputs": { "said": "e.out" } }
        """

    private func outer(_ members: String, _ more: String = "") -> String {
        """
        { "nodes": { "sub": { "component": "./inner.json"\(members) } }\(more),
          "inputs": { "in": "sub.say" },
          "outputs": { "out": "sub.said", "failed": "sub.error" } }
        """
    }

    @Test func aTimeLimitIsThatOfTheWholeSubflow() throws {
        let flow = try harness(slow, outer(", \"timeoutMs\": 100"))
        try flow.send([["delay": 50, "value": 1], ["delay": 500, "value": 2]], to: "in")
        #expect(try flow.advance(milliseconds: 50).only("out") == 1)
        let failure = try flow.advance(milliseconds: 100).only("failed")
        #expect(failure["code"] == "timeout" && failure["node"] == "sub")
        #expect(failure["port"] == "say" && failure["message"] == ["delay": 500, "value": 2])
        #expect(failure["retryable"] == false)
        // What still comes out of it counts no more.
        #expect(flow.advance(milliseconds: 1000).isEmpty)
        try flow.send(["delay": 10, "value": 3], to: "in")
        #expect(try flow.advance(milliseconds: 10).only("out") == 3)
        #expect(flow.result()?.lost == [])
    }

    @Test(arguments: 1...20) func aSubflowThatIsTooSlowIsNotStuckAtTheEnd(seed: UInt64) throws {
        let flow = try harness(slow, outer(", \"timeoutMs\": 10"), seed: seed)
        var received = try flow.send(
            (0..<5).map { ["delay": 12, "value": JSON($0)] }, to: "in")["failed"]
        // The inputs end while a message whose time is over is still inside.
        #expect(flow.result() == nil)
        for _ in 0..<100 where flow.result() == nil {
            received += flow.advance(milliseconds: 1)["failed"]
        }
        let result = try #require(flow.result())
        #expect(result.stuck == [] && result.lost == [] && result.held == [])
        #expect(received.compactMap { $0["code"]?.string } == Array(repeating: "timeout", count: 5))
    }

    /// On real threads: a task that has handled a message may let go of it after all else has stopped.
    @Test(arguments: 1...20) func aTimeLimitInsideDoesNotMakeAFlowLookStuck(round: Int) async throws
    {
        let limited = """
            { "nodes": { "e": { "component": "shout", "timeoutMs": 60000 } },
              "inputs": { "say": "e.in" }, "outputs": { "said": "e.out" } }
            """
        let run = FlowRun(
            try plan(limited, outer(", \"concurrency\": 2")), options: RunOptions())
        let feed = run.openFeed(to: ["in"])
        try await run.start()
        #expect(await feed.send((0..<300).map { JSON("m\($0)") }, to: "in"))
        feed.close()
        let result = await run.wait()
        #expect(result.stuck == [] && result.held == [])
    }

    @Test(arguments: [("", 8), (", \"concurrency\": 4", 4), (", \"ordered\": true", 1)])
    func concurrencyBoundsTheMessagesInside(members: String, atOnce: Int) throws {
        let flow = try harness(slow, outer(members))
        try flow.send((0..<8).map { ["delay": 100, "value": JSON($0)] }, to: "in")
        for round in 0..<(8 / atOnce) {
            let received = flow.advance(milliseconds: 100)["out"]
            #expect(received.compactMap(\.int).sorted() == (0..<atOnce).map { round * atOnce + $0 })
        }
    }

    @Test(arguments: [false, true]) func orderIsKeptUnlessTheNodeSaysOtherwise(
        isOrdered: Bool
    ) throws {
        let flow = try harness(
            slow, outer(", \"concurrency\": 4, \"ordered\": \(isOrdered)"))
        let delays = [300, 100, 200]
        try flow.send(delays.map { ["delay": JSON($0), "value": JSON($0)] }, to: "in")
        let received = flow.advance(milliseconds: 1000)["out"]
        #expect(received == (isOrdered ? [300, 100, 200] : [100, 200, 300]))
    }

    @Test(arguments: 1...10) func whatOneMessageCausesKeepsItsOrder(seed: UInt64) throws {
        let inner = """
            { "nodes": { "s": { "component": "scatter" } },
              "inputs": { "say": "s.in" }, "outputs": { "said": "s.out" } }
            """
        let flow = try harness(
            inner, outer(", \"concurrency\": 8, \"timeoutMs\": 1000"), seed: seed)
        let sent = (0..<50).map { number in [0, 1, 2].map { number * 10 + $0 } }
        let received = try flow.send(
            sent.map { try JSON(array: $0.map { JSON($0) }) }, to: "in")["out"]
        #expect(received == sent.joined().map { JSON($0) }, "seed \(seed)")
        let node = try #require(flow.result()?.nodes.first { $0.name == "sub" })
        #expect(node.received == 50 && node.emitted == 150)
    }

    @Test(arguments: 1...5) func aRetryRepeatsTheWholeSubflow(seed: UInt64) throws {
        // The first node hands its message on before the second fails.
        let inner = """
            { "nodes": { "a": { "component": "shout" },
                         "b": { "component": "stumble", "settings": { "times": 2 } } },
              "edges": [ "a.out -> b.in" ],
              "inputs": { "say": "a.in" }, "outputs": { "said": "b.out", "seen": "a.out" } }
            """
        let text = """
            { "nodes": { "e": { "component": "echo" }, "sub": { "component": "./inner.json" } },
              "edges": [ { "from": "e.out", "to": "sub.say",
                           "retry": { "maxAttempts": 3, "initialDelayMs": 10, "jitter": 0 } } ],
              "inputs": { "in": "e.in" },
              "outputs": { "out": "sub.said", "seen": "sub.seen", "failed": "sub.error" } }
            """
        let flow = try harness(inner, text, seed: seed)
        var received = try flow.send(["value": "x"], to: "in")
        #expect(received.isEmpty)
        received = flow.advance(milliseconds: 1000)
        #expect(received["out"] == ["X!"])
        // What the failed attempts emitted is dropped.
        #expect(received["seen"] == ["X!"])
        let nodes = try #require(flow.result()).nodes
        #expect(nodes.first { $0.name == "sub/a" }?.received == 3)
        let node = try #require(nodes.first { $0.name == "sub" })
        #expect(node.failed == 0 && node.retries == 2)
        #expect(node.received == 1 && node.emitted == 2)
    }

    @Test(arguments: ["\"concurrency\": 2", "\"timeoutMs\": 500"])
    func aMessageThatFailsInSeveralPlacesCountsOnce(members: String) throws {
        let inner = """
            { "nodes": { "a": { "component": "shout" }, "b": { "component": "shout" },
                         "e": { "component": "echo" } },
              "edges": [ "e.out -> a.in", "e.out -> b.in" ],
              "inputs": { "say": "e.in" }, "outputs": { "said": "a.out" } }
            """
        let text = """
            { "nodes": { "sub": { "component": "./inner.json", \(members) } },
              "inputs": { "in": "sub.say" },
              "outputs": { "out": "sub.said", "failed": "sub.error" } }
            """
        let flow = try harness(inner, text)
        #expect(try flow.send(["value": 1], to: "in")["failed"].count == 2)
        let nodes = try #require(flow.result()).nodes
        #expect(nodes.first { $0.name == "sub" }?.failed == 1)
    }

    @Test func withoutAttemptsLeftTheFailureLeavesByTheSubflow() throws {
        let inner = """
            { "nodes": { "b": { "component": "stumble", "settings": { "times": 9 } } },
              "inputs": { "say": "b.in" }, "outputs": { "said": "b.out" } }
            """
        let text = """
            { "nodes": { "e": { "component": "echo" }, "sub": { "component": "./inner.json" } },
              "edges": [ { "from": "e.out", "to": "sub.say",
                           "retry": { "maxAttempts": 3, "initialDelayMs": 10 } } ],
              "inputs": { "in": "e.in" }, "outputs": { "out": "sub.said", "failed": "sub.error" } }
            """
        let flow = try harness(inner, text)
        try flow.send(["value": "x"], to: "in")
        let failure = try flow.advance(milliseconds: 1000).only("failed")
        #expect(failure["code"] == "busy" && failure["node"] == "sub/b")
    }

    @Test(arguments: ["", ", \"concurrency\": 2"])
    func aMapThatFailsIsTheSubflowsFailure(members: String) throws {
        let inner = """
            { "nodes": { "a": { "component": "shout" }, "log": { "component": "gather" } },
              "edges": [ "a.error -> log.in" ],
              "inputs": { "say": "a.in" }, "outputs": { "said": "a.out", "log": "log.out" } }
            """
        let text = """
            { "nodes": { "e": { "component": "echo" },
                         "sub": { "component": "./inner.json"\(members) } },
              "edges": [ { "from": "e.out", "to": "sub.say", "map": "{{$.name}}" } ],
              "inputs": { "in": "e.in" }, "outputs": { "out": "sub.said", "failed": "sub.error" } }
            """
        let flow = try harness(inner, text)
        #expect(try flow.send(["value": ["name": "x"]], to: "in").only("out") == "X!")
        let failure = try flow.send(["value": ["n": "x"]], to: "in").only("failed")
        #expect(failure["code"] == "mapping_failed" && failure["node"] == "sub")
        #expect(failure["port"] == "say")
    }

    @Test(arguments: ["", ", \"concurrency\": 2", ", \"timeoutMs\": 60000"])
    func anExportCalledErrorHidesNoFailure(members: String) throws {
        let inner = """
            { "nodes": { "a": { "component": "shout" }, "b": { "component": "stumble" } },
              "edges": [ "a.out -> b.in" ],
              "inputs": { "say": "a.in" }, "outputs": { "said": "b.out", "error": "a.error" } }
            """
        let flow = try harness(inner, outer(members))
        #expect(try flow.send("x", to: "in").only("failed")["node"] == "sub/b")
        #expect(try flow.send(7, to: "in").only("failed")["node"] == "sub/a")
        #expect(try flow.send("y", to: "in").only("out") == "Y!")
    }

    @Test func anExportedErrorOfASubflowInASubflowHidesNoFailure() throws {
        let middle = """
            { "nodes": { "inner": { "component": "./leaf.json" } },
              "inputs": { "say": "inner.say" },
              "outputs": { "said": "inner.said", "error": "inner.error" } }
            """
        let leaf = """
            { "nodes": { "a": { "component": "shout" }, "b": { "component": "stumble" } },
              "edges": [ "a.out -> b.in" ],
              "inputs": { "say": "a.in" }, "outputs": { "said": "b.out" } }
            """
        let flow = try harness(middle, outer(""), others: ["leaf.json": leaf])
        #expect(try flow.send("x", to: "in").only("failed")["node"] == "sub/inner/b")
        #expect(try flow.send(7, to: "in").only("failed")["node"] == "sub/inner/a")
    }

    @Test(arguments: 1...10) func whatIsInsideEndsWithTheInputs(seed: UInt64) throws {
        let inner = """
            { "nodes": { "a": { "component": "shout" }, "g": { "component": "gather" } },
              "edges": [ "a.out -> g.in" ],
              "inputs": { "say": "a.in" }, "outputs": { "said": "g.out" } }
            """
        let flow = try harness(inner, outer(", \"concurrency\": 3"), seed: seed)
        #expect(try flow.send(["x", "y"], to: "in").isEmpty)
        let out = try flow.finish().only("out")
        #expect(out.elements.compactMap(\.string).sorted() == ["X!", "Y!"])
    }

    @Test func aSubflowThatCannotGoOnIsNamed() throws {
        let inner = """
            { "nodes": { "t": { "component": "turnstile" } },
              "inputs": { "say": "t.left" }, "outputs": { "said": "t.out" } }
            """
        let flow = try harness(inner, outer(", \"concurrency\": 3"))
        for number in 1...2 { try flow.send(JSON(number), to: "in") }
        let stuck = try #require(flow.result()).stuck
        #expect(stuck.contains { $0.contains("sub.say -> sub/t.left: 1 message waits") })
    }

    @Test func callsMayLieInEachOther() throws {
        let middle = """
            { "nodes": { "inner": { "component": "./leaf.json", "timeoutMs": 1000 } },
              "inputs": { "say": "inner.say" }, "outputs": { "said": "inner.said" } }
            """
        let flow = try harness(
            middle, outer(", \"timeoutMs\": 200, \"concurrency\": 2"), others: ["leaf.json": slow])
        try flow.send([["delay": 50, "value": 1], ["delay": 500, "value": 2]], to: "in")
        #expect(try flow.advance(milliseconds: 60).only("out") == 1)
        let failure = try flow.advance(milliseconds: 500).only("failed")
        #expect(failure["code"] == "timeout" && failure["node"] == "sub")
        #expect(flow.advance(milliseconds: 1000).isEmpty)
    }

    @Test func thePictureHasNoGates() throws {
        let folder = try Folder.temporary()
        defer { Folder.remove(folder) }
        try FileStream.write(Array(slow.utf8), to: "\(folder)/inner.json")
        let loader = FlowLoader(registry: ComponentRegistry([Echo.self]))
        func picture(_ members: String) throws -> String {
            let text = outer(members)
            return FlowGraph(
                try #require(
                    loader.load(Array(text.utf8), path: "\(folder)/outer.json").plan)
            ).mermaid
        }
        #expect(try picture(", \"timeoutMs\": 1, \"concurrency\": 2") == picture(""))
    }
}
