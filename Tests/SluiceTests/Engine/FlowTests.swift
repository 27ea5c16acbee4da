import Sluice
import SluiceJSON
import SluiceSystem
import SluiceTesting
import Testing

/// Gathers everything and emits it as one array at the end.
enum Gather: Component {
    static let about = About("gather", "Emits all it got when its inputs have ended")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        let out = ports.output("out", [JSON].self)
        let held = Lock<[JSON]>([])
        ports.input("in", JSON.self) { message, _ in held.withLock { $0.append(message) } }
        ports.onFinish { turn in try turn.emit(held.withLock { $0 }, on: out) }
    }
}

/// Cannot end well, for two reasons.
enum BadEnd: Component {
    static let about = About("bad_end", "Fails when it stops")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        let out = ports.output("out", JSON.self)
        ports.input("in", JSON.self) { message, turn in try turn.emit(message, on: out) }
        ports.onStop { throw Failure("io", "the disk is gone") }
        ports.onStop { throw Failure("io", "the network is gone") }
    }
}

/// Takes from `left` only as often as `right` has had a message.
enum Turnstile: Component {
    static let about = About("turnstile", "Lets one message of `left` through for each of `right`")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        let out = ports.output("out", JSON.self)
        ports.input("left", JSON.self) { message, turn in
            try turn.emit(message, on: out)
            turn.pauseInput("left")
        }
        ports.input("right", JSON.self) { _, turn in turn.resumeInput("left") }
    }
}

/// Counts down: sends numbers above zero back, less one.
enum Down: Component {
    static let about = About("down", "Counts down")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        let again = ports.output("again", Int.self)
        let done = ports.output("done", Int.self)
        ports.input("in", Int.self) { number, turn in
            if number > 0 {
                try turn.emit(number - 1, on: again)
            } else {
                try turn.emit(number, on: done)
            }
        }
    }
}

/// Fails a number of times, then succeeds.
enum Flaky: Component {
    static let about = About("flaky", "Fails twice, then gives the number of the attempt")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        let out = ports.output("out", Int.self)
        let attempts = Lock(0)
        ports.input("in", JSON.self) { _, turn in
            let attempt = attempts.withLock { count in
                count += 1
                return count
            }
            try turn.emit(-attempt, on: out)
            if attempt < 3 { throw Failure("busy", "not yet", isRetryable: true) }
            try turn.emit(attempt, on: out)
        }
    }
}

/// Emits a tick each second until it is told to end.
enum Tick: Component {
    static let about = About("tick", "Emits a number each second")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        let out = ports.output("out", Int.self)
        ports.source(.endless) { source in
            var count = 0
            while await source.sleep(milliseconds: 1000) {
                count += 1
                try await source.emit(count, on: out)
            }
        }
    }
}

@Suite struct RunningFlows {
    func harness(_ text: String, seed: UInt64 = 1) throws -> Harness {
        let registry = ComponentRegistry([
            Shout.self, Echo.self, Either.self, Gather.self, Turnstile.self, Down.self, Flaky.self,
            Tick.self, BadEnd.self,
        ])
        let flow = FlowLoader(registry: registry).load(Array(text.utf8), path: "test.json")
        guard let plan = flow.plan else {
            throw HarnessError(flow.diagnostics.map(\.rendered).joined(separator: "\n"))
        }
        return try Harness(plan, seed: seed)
    }

    @Test(arguments: 1...10) func nodesFinishInTheOrderOfTheFlow(seed: UInt64) throws {
        let flow = try harness(
            """
            { "nodes": { "a": { "component": "gather" }, "b": { "component": "gather" } },
              "edges": [ "a.out -> b.in" ],
              "inputs": { "in": "a.in" }, "outputs": { "out": "b.out" } }
            """, seed: seed)
        #expect(try flow.send([1, 2], to: "in").isEmpty)
        #expect(try flow.finish().only("out") == [[1, 2]])
    }

    @Test func everythingThatCannotEndWellIsTold() throws {
        let flow = try harness(
            """
            { "nodes": { "a": { "component": "bad_end" } },
              "inputs": { "in": "a.in" }, "outputs": { "out": "a.out" } }
            """)
        #expect(try flow.send(1, to: "in").only("out") == 1)
        let failures = try #require(flow.result()).stopFailures
        #expect(
            failures.map(\.text) == [
                "node `a` could not end well: the disk is gone",
                "node `a` could not end well: the network is gone",
            ])
        #expect(failures.map(\.code) == ["io", "io"])
    }

    @Test(arguments: 1...10) func aCycleEndsWhenNothingMovesInIt(seed: UInt64) throws {
        let flow = try harness(
            """
            { "nodes": { "a": { "component": "down" }, "g": { "component": "gather" } },
              "edges": [ { "from": "a.again", "to": "a.in", "feedback": true }, "a.done -> g.in" ],
              "inputs": { "in": "a.in" }, "outputs": { "out": "g.out" } }
            """, seed: seed)
        try flow.send([5, 0, 200], to: "in")
        #expect(try flow.finish().only("out") == [0, 0, 0])
    }

    @Test func aMessageGoesRoundAtMostTenThousandTimes() throws {
        let flow = try harness(
            """
            { "nodes": { "a": { "component": "down" } },
              "edges": [ { "from": "a.again", "to": "a.in", "feedback": true } ],
              "inputs": { "in": "a.in" }, "outputs": { "out": "a.done", "failed": "a.error" } }
            """)
        #expect(try flow.send(10_000, to: "in").only("out") == 0)
        let failure = try flow.send(10_001, to: "in").only("failed")
        #expect(failure["code"] == "too_many_rounds")
    }

    @Test func aRetryWaitsAndDropsWhatTheFailedAttemptsEmitted() throws {
        let flow = try harness(
            """
            { "nodes": { "e": { "component": "echo" }, "a": { "component": "flaky" } },
              "edges": [ { "from": "e.out", "to": "a.in",
                           "retry": { "maxAttempts": 3, "initialDelayMs": 100, "jitter": 0 } } ],
              "inputs": { "in": "e.in" }, "outputs": { "out": "a.out", "failed": "a.error" } }
            """)
        #expect(try flow.send(["value": 1], to: "in").isEmpty)
        #expect(flow.advance(milliseconds: 100).isEmpty)
        #expect(flow.advance(milliseconds: 199).isEmpty)
        #expect(try flow.advance(milliseconds: 1).all("out") == [-3, 3])
        let node = try #require(flow.result()?.nodes.first { $0.name == "a" })
        #expect(node.received == 1 && node.failed == 0 && node.retries == 2)
    }

    @Test func withoutAttemptsLeftTheFailureLeavesByError() throws {
        let flow = try harness(
            """
            { "nodes": { "e": { "component": "echo" }, "a": { "component": "flaky" } },
              "edges": [ { "from": "e.out", "to": "a.in",
                           "retry": { "maxAttempts": 2, "initialDelayMs": 100, "jitter": 0 } } ],
              "inputs": { "in": "e.in" }, "outputs": { "out": "a.out", "failed": "a.error" } }
            """)
        try flow.send(["value": 1], to: "in")
        let received = flow.advance(milliseconds: 1000)
        #expect(received["failed"].map { $0["code"] } == ["busy"])
        #expect(received["failed"].first?["retryable"] == true)
        #expect(received["out"] == [-2])
        let node = try #require(flow.result()?.nodes.first { $0.name == "a" })
        #expect(node.received == 1 && node.failed == 1 && node.retries == 1)
    }

    @Test func anUnhandledFailureStopsTheFlow() throws {
        let flow = try harness(
            #"{ "nodes": { "a": { "component": "shout" } }, "inputs": { "in": "a.in" } }"#)
        #expect(try flow.send([1, "x"], to: "in").failures.count == 1)
        #expect(try flow.send("late", to: "in").isEmpty)
        #expect(flow.result()?.unhandledFailures == 1)
    }

    @Test func failuresCanGoToADeadLetterNode() throws {
        let flow = try harness(
            """
            { "nodes": { "a": { "component": "shout" }, "dead": { "component": "gather" } },
              "inputs": { "in": "a.in" }, "outputs": { "out": "dead.out" },
              "onError": { "deadLetter": "dead.in" } }
            """)
        try flow.send([1, "x", 2], to: "in")
        let dead = try flow.finish().only("out")
        #expect(dead.elements.map { $0["message"] } == [1, 2])
        #expect(flow.result()?.unhandledFailures == 0)
    }

    @Test func failuresCanBeLogged() throws {
        let flow = try harness(
            """
            { "nodes": { "a": { "component": "shout" } }, "inputs": { "in": "a.in" },
              "outputs": { "out": "a.out" }, "onError": "log" }
            """)
        let received = try flow.send([1, "x"], to: "in")
        #expect(received.failures.count == 1)
        #expect(received["out"] == ["X!"])
        #expect(flow.result()?.unhandledFailures == 0)
    }

    @Test func aFlowThatCannotGoOnIsReportedAsStuck() throws {
        let flow = try harness(
            """
            { "nodes": { "g": { "component": "turnstile" } },
              "inputs": { "left": "g.left", "right": "g.right" }, "outputs": { "out": "g.out" } }
            """)
        #expect(try flow.send([1, 2, 3], to: "left").all("out") == [1, 2, 3])
        #expect(try flow.send([4, 5], to: "left").isEmpty)
        #expect(try flow.send(0, to: "right").all("out") == [4, 5])
        try flow.send([6], to: "left")
        let result = try #require(flow.result())
        #expect(result.stuck.count == 1)
        #expect(result.stuck.first?.contains("g.left: 1 message waits") == true)
        #expect(result.lost.map(\.edge) == ["input left -> g.left"])
    }

    @Test func anEndlessSourceStopsWithTheInputs() throws {
        let flow = try harness(
            """
            { "nodes": { "t": { "component": "tick" }, "g": { "component": "gather" } },
              "edges": [ "t.out -> g.in" ],
              "inputs": { "in": "g.in" }, "outputs": { "out": "g.out" } }
            """)
        flow.advance(milliseconds: 2500)
        #expect(try flow.finish().only("out") == [1, 2])
    }

    @Test func aHandlerThatTakesTooLongTimesOut() throws {
        let flow = try harness(
            """
            { "nodes": { "e": { "component": "echo", "timeoutMs": 100 } },
              "inputs": { "in": "e.in" }, "outputs": { "out": "e.out", "failed": "e.error" } }
            """)
        try flow.send(["delay": 50, "value": 1], to: "in")
        #expect(try flow.advance(milliseconds: 50).only("out") == 1)
        try flow.send(["delay": 500, "value": 2], to: "in")
        #expect(try flow.advance(milliseconds: 100).only("failed")["code"] == "timeout")
        #expect(flow.advance(milliseconds: 1000).isEmpty)
    }

    @Test(arguments: 1...20) func boundedEdgesLoseNothing(seed: UInt64) throws {
        let flow = try harness(
            """
            { "nodes": { "a": { "component": "echo", "concurrency": 4 },
                         "b": { "component": "shout" }, "c": { "component": "gather" } },
              "edges": [ { "from": "a.out", "to": "b.in", "capacity": 1 },
                         { "from": "b.out", "to": "c.in", "capacity": 2 } ],
              "inputs": { "in": "a.in" }, "outputs": { "out": "c.out" } }
            """, seed: seed)
        try flow.send((0..<200).map { ["value": JSON("m\($0)")] }, to: "in")
        let all = try flow.finish().only("out")
        #expect(all == (try JSON(array: (0..<200).map { JSON("M\($0)!") })))
    }
}
