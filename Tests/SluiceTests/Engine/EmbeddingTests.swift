import Sluice
import SluiceJSON
import SluiceSystem
import SluiceTesting
import Synchronization
import Testing

/// What a flow's runs have left in memory.
private final class Memory: Sendable {
    static let living = Atomic<Int>(0)
    let numbers = Lock<[JSON]>([])
    init() { Self.living.wrappingAdd(1, ordering: .relaxed) }
    deinit { Self.living.wrappingSubtract(1, ordering: .relaxed) }
}

/// Remembers all it gets and emits how many that were.
private enum Remember: Component {
    static let about = About("remember", "Emits how many messages it has had")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        let witness = Memory()
        let context = Lock<StartContext?>(nil)
        let out = ports.output("out", Int.self)
        // A context that a component keeps must not keep the run.
        ports.onStart { started in context.withLock { $0 = started } }
        ports.input("in", JSON.self) { message, turn in
            let count = witness.numbers.withLock { numbers in
                numbers.append(message)
                return numbers.count
            }
            try turn.emit(count, on: out)
        }
    }
}

/// Cannot start.
private enum Refuse: Component {
    static let about = About("refuse", "Does not start")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        let witness = Memory()
        ports.onStart { _ in
            witness.numbers.withLock { $0.append(1) }
            throw Failure("io", "there is no room")
        }
        ports.input("in", JSON.self) { (_: JSON, _: borrowing Turn) in }
    }
}

private func plan(_ text: String) throws -> Plan {
    let registry = ComponentRegistry([
        Shout.self, Echo.self, Gather.self, Turnstile.self, Remember.self, Refuse.self,
    ])
    let flow = FlowLoader(registry: registry).load(Array(text.utf8), path: "test.json")
    guard let plan = flow.plan else {
        throw HarnessError(flow.diagnostics.map(\.rendered).joined(separator: "\n"))
    }
    return plan
}

private func single(_ component: String, _ members: String = "") throws -> Plan {
    try plan(
        """
        { "nodes": { "a": { "component": "\(component)"\(members) } },
          "inputs": { "in": "a.in" } }
        """)
}

private let remembering = """
    { "nodes": { "a": { "component": "remember" }, "g": { "component": "gather" } },
      "edges": [ "a.out -> g.in" ],
      "inputs": { "in": "a.in" }, "outputs": { "out": "g.out" } }
    """

/// What leaves a run.
private final class Outputs: Sendable {
    private let messages = Lock<[JSON]>([])
    var all: [JSON] { messages.withLock { $0 } }
    var options: RunOptions {
        var options = RunOptions()
        options.output = { [self] _, more in messages.withLock { $0 += more } }
        return options
    }
}

/// Programs that load a flow once and run it as often as they like.
@Suite(.serialized) struct RunsOfOnePlan {
    private func run(_ plan: Plan, count: Int) async throws -> [JSON] {
        let outputs = Outputs()
        let run = FlowRun(plan, options: outputs.options)
        let feed = run.openFeed()
        try await run.start()
        for number in 0..<count { await feed.send([JSON(number)], to: "in") }
        feed.close()
        _ = await run.wait()
        return outputs.all
    }

    @Test func runsAtOnceShareNoState() async throws {
        let plan = try plan(remembering)
        try await withThrowingTaskGroup(of: (Int, [JSON]).self) { group in
            for count in 1...40 {
                group.addTask { (count, try await run(plan, count: count)) }
            }
            for try await (count, out) in group {
                #expect(out.map(\.text) == ["\(Array(1...count))".replacing(" ", "")])
            }
        }
    }

    @Test func whatAnAbortedRunHeldIsNotInTheNext() async throws {
        let plan = try plan(remembering)
        let aborted = FlowRun(plan, options: RunOptions())
        let feed = aborted.openFeed()
        try await aborted.start()
        await feed.send([1, 2, 3], to: "in")
        aborted.abort()
        _ = await aborted.wait()
        let next = try await self.run(plan, count: 2)
        #expect(next == [[1, 2]])
    }

    @Test(
        arguments: [
            "ends by itself", "is stopped", "is aborted", "is never started", "cannot start",
            "is never waited for", "is cancelled while it waits",
        ])
    func nothingIsLeftOfARunThat(ends way: String) async throws {
        let text =
            way == "cannot start"
            ? remembering.replacing(
                "\"gather\" }", "\"gather\" }, \"r\": { \"component\": \"refuse\" }")
            : remembering
        do {
            let plan = try plan(text)
            for _ in 0..<20 { try await live(plan, way) }
        }
        // The last tasks of a run that nobody waits for end after it.
        let clock = ContinuousClock()
        let limit = clock.now.advanced(by: .seconds(60))
        while Memory.living.load(ordering: .relaxed) > 0, clock.now < limit { await Task.yield() }
        #expect(Memory.living.load(ordering: .relaxed) == 0)
    }

    private func live(_ plan: Plan, _ way: String) async throws {
        let run = FlowRun(plan, options: RunOptions())
        let feed = run.openFeed()
        guard way != "is never started" else { return }
        guard way != "cannot start" else {
            await #expect(throws: Failure.self) { try await run.start() }
            return
        }
        try await run.start()
        await feed.send([1, 2, 3], to: "in")
        switch way {
        case "ends by itself": feed.close()
        case "is stopped": run.stop()
        case "is aborted": run.abort()
        case "is cancelled while it waits":
            let waiter = Task { await run.wait() }
            waiter.cancel()
            _ = await waiter.value
        default: return
        }
        _ = await run.wait()
    }
}

extension String {
    fileprivate func replacing(_ old: String, _ new: String) -> String {
        split(separator: old, omittingEmptySubsequences: false).joined(separator: new)
    }
}

/// Feeds, and how a run is started, waited for and ended.
@Suite struct FeedingARun {
    @Test(arguments: 1...5) func aFeedMayBeUsedByManyTasks(round: Int) async throws {
        let flow = try plan(
            """
            { "nodes": { "a": { "component": "echo" }, "g": { "component": "gather" } },
              "edges": [ { "from": "a.out", "to": "g.in", "capacity": 1 } ],
              "inputs": { "in": "a.in" }, "outputs": { "out": "g.out" } }
            """)
        let outputs = Outputs()
        let run = FlowRun(flow, options: outputs.options)
        let feed = run.openFeed()
        try await run.start()
        let sent = await withTaskGroup(of: Int.self) { group in
            for task in 0..<4 {
                group.addTask {
                    var sent = 0
                    for number in 0..<200 {
                        let message: JSON = ["value": JSON(task * 1000 + number)]
                        if await feed.send([message, message], to: "in") { sent += 2 }
                    }
                    return sent
                }
            }
            return await group.reduce(0, +)
        }
        feed.close()
        let result = await run.wait()
        #expect(sent == 1600)
        #expect(result.stuck == [] && result.lost == [])
        #expect(outputs.all.first?.count == sent)
    }

    @Test func stoppingClosesFeeds() async throws {
        let run = FlowRun(try plan(remembering), options: RunOptions())
        let feed = run.openFeed()
        try await run.start()
        #expect(await feed.send([1], to: "in"))
        run.stop()
        #expect(await run.wait().lost == [])
        #expect(await feed.send([2], to: "in") == false)
    }

    @Test func aFailureEndsARunWhoseFeedIsOpen() async throws {
        let run = FlowRun(try single("shout"), options: RunOptions())
        let feed = run.openFeed()
        try await run.start()
        await feed.send([7], to: "in")
        #expect(await run.wait().unhandledFailures == 1)
        #expect(await feed.send(["x"], to: "in") == false)
    }

    @Test func aFeedThatIsDroppedIsClosed() async throws {
        let outputs = Outputs()
        let run = FlowRun(try plan(remembering), options: outputs.options)
        var feed: FlowFeed? = run.openFeed()
        try await run.start()
        await feed?.send([1], to: "in")
        feed = nil
        _ = await run.wait()
        #expect(outputs.all == [[1]])
    }

    @Test func aRunIsStartedOnceAndWaitedForAsOftenAsOneLikes() async throws {
        let run = FlowRun(try plan(remembering), options: RunOptions())
        async let early = run.wait()
        let feed = run.openFeed()
        try await run.start()
        await #expect { try await run.start() } throws: {
            ($0 as? Failure)?.code == "already_started"
        }
        await feed.send([1, 2], to: "in")
        feed.close()
        let (first, second, third) = (await run.wait(), await run.wait(), await early)
        #expect(first.nodes.map(\.received) == [2, 2])
        #expect(second.nodes == first.nodes && third.nodes == first.nodes)
        await feed.idle()
    }

    @Test func nothingIsTakenAfterAFailedStart() async throws {
        let run = FlowRun(try single("refuse"), options: RunOptions())
        let feed = run.openFeed()
        // More than the edge holds: the rest waits for the start.
        async let waiting = feed.send((0..<1000).map { JSON($0) }, to: "in")
        await #expect(throws: Failure.self) { try await run.start() }
        #expect(await feed.send([1], to: "in") == false)
        #expect(await waiting == false)
        await feed.idle()
        #expect(await run.wait().nodes.map(\.received) == [0])
    }

    @Test func aRunThatHasNotBeenStartedIsIdle() async throws {
        let run = FlowRun(try plan(remembering), options: RunOptions())
        await run.openFeed().idle()
    }

    @Test func cancellingATaskEndsItsWaitForRoom() async throws {
        let run = FlowRun(try plan(remembering), options: RunOptions())
        let feed = run.openFeed()
        // The run has not been started: nothing makes room.
        let sending = Task { await feed.send((0..<1000).map { JSON($0) }, to: "in") }
        sending.cancel()
        #expect(await sending.value == false)
        #expect(await feed.send([1], to: "other") == false)
    }

    @Test func cancellingTheTaskThatWaitsAbortsTheRun() async throws {
        let run = FlowRun(
            try single("echo", ", \"settings\": { \"delay\": 86400000 }"), options: RunOptions())
        let feed = run.openFeed()
        try await run.start()
        await feed.send([["value": 1], ["value": 2]], to: "in")
        let waiting = Task { await run.wait() }
        waiting.cancel()
        #expect(await waiting.value.lost.reduce(0) { $0 + $1.messages } == 2)
    }

    @Test func inputsOfAFeedEndApart() async throws {
        let run = FlowRun(
            try plan(
                """
                { "nodes": { "a": { "component": "remember" }, "b": { "component": "remember" } },
                  "inputs": { "a": "a.in", "b": "b.in" } }
                """), options: RunOptions())
        let (a, b) = (run.openFeed(to: ["a"]), run.openFeed(to: ["b"]))
        try await run.start()
        #expect(await a.send([1], to: "a"))
        #expect(await a.send([1], to: "b") == false)
        a.close()
        #expect(await b.send([1], to: "b"))
        b.close()
        #expect(await run.wait().nodes.map(\.received) == [1, 1])
    }
}
