import Sluice
import SluiceJSON
import SluiceSystem
import SluiceTesting
import Testing

/// Emits a thousand numbers in one go.
private enum Flood: Component {
    static let about = About("flood", "Emits a thousand numbers in one go")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        let out = ports.output("out", Int.self)
        ports.source(.finite) { source in try await source.emit(Array(0..<1000), on: out) }
    }
}

/// Emits a thousand numbers for each message.
private enum Burst: Component {
    static let about = About("burst", "Emits a thousand numbers for each message")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        let out = ports.output("out", Int.self)
        ports.input("in", JSON.self) { (_: JSON, turn: borrowing Turn) async throws in
            for number in 0..<1000 { try await turn.emit(number, on: out) }
        }
    }
}

/// Sends every number above zero back three times, less one.
private enum Triple: Component {
    static let about = About("triple", "Makes three messages of one")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        let again = ports.output("again", Int.self)
        let done = ports.output("done", Int.self)
        ports.input("in", Int.self) { number, turn in
            guard number > 0 else { return try turn.emit(number, on: done) }
            for _ in 0..<3 { try turn.emit(number - 1, on: again) }
        }
    }
}

/// Fails whatever it gets.
private enum Broken: Component {
    static let about = About("broken", "Fails")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        ports.input("in", JSON.self) { (_: JSON, _: borrowing Turn) throws in
            throw Failure("broken", "it does not work")
        }
    }
}

/// Emits ten numbers for the first message and pauses its input at the second.
private enum Pausing: Component {
    static let about = About("pausing", "Takes one message and then no more")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        ports.pausesInputs = true
        let out = ports.output("out", Int.self)
        let isFirst = Lock(true)
        ports.input("in", JSON.self) { (_: JSON, turn: borrowing Turn) throws in
            let isFirst = isFirst.withLock { isFirst in
                defer { isFirst = false }
                return isFirst
            }
            guard isFirst else { return turn.pauseInput("in") }
            for number in 0..<10 { try turn.emit(number, on: out) }
        }
    }
}

private func load(_ text: String) throws -> Plan {
    let registry = ComponentRegistry([
        Pausing.self,
        Flood.self, Burst.self, Triple.self, Broken.self, Echo.self, Shout.self, Gather.self,
    ])
    let flow = FlowLoader(registry: registry).load(Array(text.utf8), path: "test.json")
    guard let plan = flow.plan else {
        throw HarnessError(flow.diagnostics.map(\.rendered).joined(separator: "\n"))
    }
    return plan
}

/// What edges hold.
@Suite struct Bounds {
    /// How many messages a node has put on its edge while nothing behind it goes on.
    private func emitted(
        _ text: String, by node: String, seed: UInt64, after delay: Int64 = 0
    ) async throws -> Int {
        let scheduler = SeededScheduler(seed: seed)
        var options = RunOptions()
        options.scheduler = scheduler
        let run = FlowRun(try load(text), options: options)
        let feed = run.openFeed()
        scheduler.spawn {
            try? await run.start()
            await feed.send([1], to: "in")
        }
        scheduler.settle()
        scheduler.advance(milliseconds: delay)
        let emitted = try #require(run.statistics.first { $0.name == node }).emitted
        run.abort()
        scheduler.settle()
        return emitted
    }

    @Test(arguments: 1...5) func anEdgeHoldsItsCapacityWhateverTheSizeOfABatch(
        seed: UInt64
    ) async throws {
        let edges = """
            "edges": [ { "from": "a.out", "to": "b.in", "map": { "value": "{{$}}" },
                         "capacity": 4 } ]
            """
        let slow = #""b": { "component": "echo", "settings": { "delay": 1000 } }"#
        // One that is handled, four on the edge, and no more than four that wait for room there.
        let source = try await emitted(
            """
            { "nodes": { "a": { "component": "flood" }, "g": { "component": "gather" }, \(slow) },
              \(edges), "inputs": { "in": "g.in" } }
            """, by: "a", seed: seed)
        #expect((5...9).contains(source))
        let handler = try await emitted(
            """
            { "nodes": { "a": { "component": "burst" }, \(slow) }, \(edges),
              "inputs": { "in": "a.in" } }
            """, by: "a", seed: seed)
        #expect((5...9).contains(handler))
        // What comes back because the input is paused had kept its place on the edge.
        let paused = try await emitted(
            """
            { "nodes": { "a": { "component": "burst" }, "b": { "component": "pausing" },
                         "c": { "component": "echo", "settings": { "delay": 10 } } },
              "edges": [ { "from": "a.out", "to": "b.in", "capacity": 4 },
                         { "from": "b.out", "to": "c.in", "map": { "value": "{{$}}" },
                           "capacity": 2 } ],
              "inputs": { "in": "a.in" } }
            """, by: "a", seed: seed, after: 1000)
        #expect((6...10).contains(paused))
    }

    @Test(arguments: 1...5) func aFeedbackEdgeTakesNoMoreThanItsBound(seed: UInt64) throws {
        let flow = try Harness(
            load(
                """
                { "nodes": { "a": { "component": "triple" } },
                  "edges": [ { "from": "a.again", "to": "a.in", "feedback": true,
                               "maximumMessages": 20 } ],
                  "inputs": { "in": "a.in" },
                  "outputs": { "out": "a.done", "error": "a.error" } }
                """), seed: seed)
        let received = try flow.send(8, to: "in")
        let failures = received["error"]
        #expect(!failures.isEmpty && !received["out"].isEmpty)
        #expect(failures.allSatisfy { $0["code"] == "feedback_overflow" && $0["node"] == "a" })
        #expect(failures.allSatisfy { $0["message"]?.int != nil })
        // Whatever had no room is told of: nothing is lost, nothing comes twice.
        let weights = [1, 3, 9, 27, 81, 243, 729, 2187, 6561]
        let failed = failures.compactMap { $0["message"]?.int }.map { weights[$0] }
        #expect(received["out"].count + failed.reduce(0, +) == 6561)
        #expect(flow.result()?.stuck == [])
    }

    @Test func aFeedbackEdgeTakesNoMoreBytesThanItsBound() throws {
        let flow = try Harness(
            load(
                """
                { "nodes": { "a": { "component": "triple" } },
                  "edges": [ { "from": "a.again", "to": "a.in", "feedback": true,
                               "maximumBytes": 2 } ],
                  "inputs": { "in": "a.in" },
                  "outputs": { "out": "a.done", "error": "a.error" } }
                """))
        #expect(try flow.send(1, to: "in")["error"].map { $0["code"] } == ["feedback_overflow"])
    }

    @Test func aMessageThatIsLargerThanAFeedbackEdgeMayHoldDoesNotGoRound() throws {
        let flow = try Harness(
            load(
                """
                { "nodes": { "a": { "component": "echo" } },
                  "edges": [ { "from": "a.out", "to": "a.in", "feedback": true,
                               "map": { "value": "{{$ + $}}" }, "maximumBytes": 1000 } ],
                  "inputs": { "in": "a.in" }, "outputs": { "error": "a.error" } }
                """))
        let failures = try flow.send(["value": "0123456789"], to: "in")["error"]
        #expect(failures.map { $0["code"] } == ["feedback_overflow"])
        #expect(try #require(failures[0]["message"]?.string).utf8.count == 1280)
    }

    @Test func anOverflowThatNothingHandlesEndsTheRun() throws {
        let flow = try Harness(
            load(
                """
                { "nodes": { "a": { "component": "triple" } },
                  "edges": [ { "from": "a.again", "to": "a.in", "feedback": true,
                               "maximumMessages": 20 } ],
                  "inputs": { "in": "a.in" } }
                """))
        let failures = try flow.send(1_000_000, to: "in").failures
        #expect(failures.map { $0["code"] } == ["feedback_overflow"])
        let result = try #require(flow.result())
        #expect(result.unhandledFailures == 1 && result.lost.count == 1)
    }

    @Test(arguments: ["maximumMessages", "maximumBytes"])
    func onlyFeedbackEdgesHaveSuchBounds(member: String) {
        let text = """
            { "nodes": { "a": { "component": "triple" }, "g": { "component": "gather" } },
              "edges": [ { "from": "a.done", "to": "g.in", "\(member)": 5 } ],
              "inputs": { "in": "a.in" } }
            """
        #expect(throws: HarnessError.self) { try load(text) }
    }
}

/// Where failures go that nothing takes.
@Suite struct DeadLetters {
    @Test func nodesMayStandBehindADeadLetter() throws {
        let flow = try Harness(
            load(
                """
                { "nodes": { "a": { "component": "broken" }, "dl": { "component": "gather" },
                             "last": { "component": "gather" } },
                  "edges": [ "dl.out -> last.in" ],
                  "inputs": { "in": "a.in" }, "outputs": { "out": "last.out" },
                  "onError": { "deadLetter": "dl.in" } }
                """))
        #expect(try flow.send(1, to: "in").isEmpty)
        let out = try flow.finish().only("out")
        let letters = Array(out.elements).flatMap { Array($0.elements) }
        #expect(letters.map { $0["code"] } == ["broken"])
    }

    @Test(arguments: [false, true]) func aFailureBehindADeadLetterIsNoDeadLetter(
        isFeedback: Bool
    ) throws {
        let back = """
            , { "from": "writer.error", "to": "dl.in", "feedback": true,
                "map": { "value": 1, "fails": "late" } }
            """
        let flow = try Harness(
            load(
                """
                { "nodes": { "a": { "component": "shout" }, "dl": { "component": "echo" },
                             "writer": { "component": "broken" } },
                  "edges": [ "dl.out -> writer.in"\(isFeedback ? back : "") ],
                  "inputs": { "in": "a.in" }, "onError": { "deadLetter": "dl.in" } }
                """))
        // What is no text fails, its failure goes to the dead letter, and fails behind it.
        let failures = try flow.send(1, to: "in").failures
        #expect(failures.count == 1)
        #expect(failures[0]["code"] == (isFeedback ? "late" : "broken"))
        #expect(flow.takesInput == false)
    }
}
