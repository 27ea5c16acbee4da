import Sluice
import SluiceJSON
import SluiceSystem
import SluiceTesting
import Synchronization
import Testing

/// Handlers of a component whose messages say what they do, and how many run at once.
private final class Latch: Sendable {
    let started = Atomic<Int>(0)
    let running = Atomic<Int>(0)
    let most = Atomic<Int>(0)
    let isOpen = Atomic<Bool>(false)

    /// Waits until the latch is open, whether or not the task is cancelled.
    func pass() async {
        started.wrappingAdd(1, ordering: .relaxed)
        let now = running.wrappingAdd(1, ordering: .relaxed).newValue
        _ = most.max(now, ordering: .relaxed)
        while !isOpen.load(ordering: .relaxed) { await Task.yield() }
        running.wrappingSubtract(1, ordering: .relaxed)
    }
}

private let latches = Lock<[Int: Latch]>([:])

private func latch(_ number: Int) -> Latch {
    latches.withLock { latches in
        if let latch = latches[number] { return latch }
        let latch = Latch()
        latches[number] = latch
        return latch
    }
}

/// Waits at a latch, whatever happens to its task.
private enum Stubborn: Component {
    static let about = About("stubborn", "Waits at a latch and ignores that it is cancelled")
    struct Settings: Message {
        var latch = 0
        var isRepeatable = false
        init() {}
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("latch", &latch)
            try m.optional("isRepeatable", &isRepeatable)
        }
    }
    static func wire(_ settings: Settings, _ ports: inout Ports) {
        let out = ports.output("out", JSON.self)
        ports.allowsConcurrency = true
        ports.input("in", JSON.self) { message, turn async throws in
            await latch(settings.latch).pass()
            try await turn.emit(message, on: out)
        }
        if settings.isRepeatable { ports.isRepeatable("in") }
    }
}

/// Throws what cancelled tasks throw, although nobody cancelled it.
private enum Quitter: Component {
    static let about = About("quitter", "Cancels itself")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        ports.allowsConcurrency = true
        ports.input("in", JSON.self) { (_: JSON, _: borrowing Turn) async throws in
            throw CancellationError()
        }
    }
}

private let aborting = Lock<[Int: FlowRun]>([:])

/// Gives its messages back, and aborts its run at the number 3.
private enum Aborting: Component {
    static let about = About("aborting", "Aborts its run")
    struct Settings: Message {
        var run = 0
        init() {}
        mutating func members(_ m: inout Members) throws(Failure) { try m.required("run", &run) }
    }
    static func wire(_ settings: Settings, _ ports: inout Ports) {
        let out = ports.output("out", Int.self)
        ports.input("in", Int.self) { number, turn in
            if number == 3 { aborting.withLock { $0[settings.run] }?.abort() }
            try turn.emit(number, on: out)
        }
    }
}

private func load(_ text: String) throws -> Plan {
    let registry = ComponentRegistry([
        Aborting.self, Stubborn.self, Quitter.self, Echo.self, Gather.self,
    ])
    let flow = FlowLoader(registry: registry).load(Array(text.utf8), path: "test.json")
    guard let plan = flow.plan else {
        throw HarnessError(flow.diagnostics.map(\.rendered).joined(separator: "\n"))
    }
    return plan
}

private func stubborn(_ latch: Int, _ settings: String = "", _ members: String = "") throws -> Plan
{
    try load(
        """
        { "nodes": { "a": { "component": "stubborn", "settings": { "latch": \(latch)\(settings) }\(members) } },
          "inputs": { "in": "a.in" }, "outputs": { "out": "a.out", "error": "a.error" } }
        """)
}

private final class Outputs: Sendable {
    private let messages = Lock<[(port: String, message: JSON)]>([])
    func of(_ port: String) -> [JSON] {
        messages.withLock { $0 }.filter { $0.port == port }.map(\.message)
    }
    var options: RunOptions {
        var options = RunOptions()
        options.output = { [self] port, more in
            messages.withLock { $0 += more.map { (port, $0) } }
        }
        return options
    }
}

private func waitUntil(_ condition: () -> Bool) async {
    while !condition() { await Task.yield() }
}

@Suite struct Aborts {
    @Test(arguments: [(1, ""), (2, #", "concurrency": 4"#)])
    func noHandlerStartsAfterAnAbort(number: Int, members: String) async throws {
        let run = FlowRun(try stubborn(number, "", members), options: RunOptions())
        let feed = run.openFeed()
        try await run.start()
        let handlers = members.isEmpty ? 1 : 4
        await feed.send((0..<60).map { JSON($0) }, to: "in")
        await waitUntil { latch(number).started.load(ordering: .relaxed) == handlers }
        run.abort()
        latch(number).isOpen.store(true, ordering: .relaxed)
        let result = await run.wait()
        #expect(latch(number).started.load(ordering: .relaxed) == handlers)
        // Those that ran have ended, and nothing takes what they emit any more.
        let lost = result.lost.reduce(0) { $0 + $1.messages }
        #expect(lost == 60)
        #expect(result.unreturned == [])
    }

    @Test(arguments: 1...5) func whatWasHandledBeforeAnAbortIsCounted(seed: UInt64) throws {
        let plan = try load(
            """
            { "nodes": { "a": { "component": "aborting", "settings": { "run": \(seed) } } },
              "inputs": { "in": "a.in" }, "outputs": { "out": "a.out" } }
            """)
        let scheduler = SeededScheduler(seed: seed)
        var options = RunOptions()
        options.scheduler = scheduler
        let run = FlowRun(plan, options: options)
        aborting.withLock { $0[Int(seed)] = run }
        let feed = run.openFeed()
        let result = Lock<RunResult?>(nil)
        scheduler.spawn {
            try? await run.start()
            await feed.send((1...10).map { JSON($0) }, to: "in")
            let ended = await run.wait()
            result.withLock { $0 = ended }
        }
        scheduler.settle()
        aborting.withLock { $0[Int(seed)] = nil }
        let ended = try #require(result.withLock { $0 })
        #expect(ended.nodes.map(\.received) == [3])
        #expect(ended.nodes.map(\.emitted) == [3])
        // What was emitted is lost as well: nothing takes it any more.
        #expect(ended.lost.map(\.messages).sorted() == [3, 7])
    }

    @Test func aMessageIsLostOnTheEdgeThatItCameBy() async throws {
        let plan = try load(
            """
            { "nodes": { "x": { "component": "echo" }, "y": { "component": "echo" },
                         "slow": { "component": "echo", "settings": { "delay": 60000 } } },
              "edges": [ { "from": "x.out", "to": "slow.in", "map": { "value": "{{$}}" } },
                         { "from": "y.out", "to": "slow.in", "map": { "value": "{{$}}" } } ],
              "inputs": { "x": "x.in", "y": "y.in" } }
            """)
        let run = FlowRun(plan, options: RunOptions())
        let feed = run.openFeed()
        try await run.start()
        await feed.send([["value": 1]], to: "y")
        await waitUntil { run.statistics.first { $0.name == "slow" }?.received == 1 }
        run.abort()
        let result = await run.wait()
        #expect(result.lost.map(\.edge) == ["y.out -> slow.in"])
        #expect(result.lost.map(\.messages) == [1])
    }

    @Test(arguments: ["", #", "concurrency": 2"#])
    func anAttemptThatAnAbortPreventsIsNoRetry(members: String) async throws {
        let plan = try load(
            """
            { "nodes": { "e": { "component": "echo" }, "a": { "component": "echo"\(members) } },
              "edges": [ { "from": "e.out", "to": "a.in", "map": { "fails": "later" },
                           "retry": { "initialDelayMs": 30000 } } ],
              "inputs": { "in": "e.in" } }
            """)
        var options = RunOptions()
        let failures = Lock(0)
        options.observers = [Sightings(failures: failures)]
        let run = FlowRun(plan, options: options)
        let feed = run.openFeed()
        try await run.start()
        await feed.send([["value": 1]], to: "in")
        await waitUntil { failures.withLock { $0 } == 1 }
        run.abort()
        let result = await run.wait()
        let node = try #require(result.nodes.first { $0.name == "a" })
        #expect(node.received == 1 && node.retries == 0)
        #expect(result.lost.map(\.messages) == [1])
    }

    @Test func aHandlerThatDoesNotReturnIsNamedAndKeepsNobodyWaiting() async throws {
        let run = FlowRun(try stubborn(3), options: RunOptions())
        let feed = run.openFeed()
        try await run.start()
        await feed.send((0..<60).map { JSON($0) }, to: "in")
        await waitUntil { latch(3).started.load(ordering: .relaxed) == 1 }
        run.abort()
        let result = await run.wait()
        #expect(result.unreturned == ["a"])
        // Those that the node had taken and not begun with are lost.
        #expect(result.lost.map(\.messages) == [59])
        latch(3).isOpen.store(true, ordering: .relaxed)
    }

    @Test(arguments: ["", #", "concurrency": 2"#, #", "timeoutMs": 60000"#])
    func aHandlerThatCancelsItselfFails(members: String) throws {
        let node = try Harness(
            load(
                """
                { "nodes": { "a": { "component": "quitter"\(members) } },
                  "inputs": { "in": "a.in" }, "outputs": { "error": "a.error" } }
                """))
        #expect(try node.send(1, to: "in").only("error")["code"] == "component_failed")
    }
}

@Suite struct TimeLimits {
    @Test func aTimedOutHandlerKeepsItsPlaceUntilItReturns() async throws {
        let outputs = Outputs()
        let run = FlowRun(
            try stubborn(4, "", #", "timeoutMs": 1"#), options: outputs.options)
        let feed = run.openFeed()
        try await run.start()
        await feed.send([1, 2, 3], to: "in")
        await waitUntil { outputs.of("error").count == 1 }
        #expect(latch(4).started.load(ordering: .relaxed) == 1)
        latch(4).isOpen.store(true, ordering: .relaxed)
        await feed.idle()
        #expect(latch(4).running.load(ordering: .relaxed) == 0)
        feed.close()
        let result = await run.wait()
        #expect(latch(4).most.load(ordering: .relaxed) == 1)
        // Each message succeeded or failed, once.
        #expect(outputs.of("error").count + outputs.of("out").count == 3)
        #expect(result.nodes.map(\.failed) == [outputs.of("error").count])
    }

    @Test func aHandlerWhoseTimeRanOutBeforeItGotItsMessageNeverGetsIt() async throws {
        // The `map` takes longer than the limit.
        let outputs = Outputs()
        let map = Array(repeating: "split($.value, 'x')", count: 40).joined(separator: ", ")
        let plan = try load(
            """
            { "nodes": { "e": { "component": "echo" },
                         "a": { "component": "stubborn", "timeoutMs": 1,
                                "settings": { "latch": 7 } } },
              "edges": [ { "from": "e.out", "to": "a.in", "map": "{{ [\(map)] }}",
                           "retry": { "maxAttempts": 3, "initialDelayMs": 1 } } ],
              "inputs": { "in": "e.in" }, "outputs": { "out": "a.out", "error": "a.error" } }
            """)
        latch(7).isOpen.store(true, ordering: .relaxed)
        let run = FlowRun(plan, options: outputs.options)
        let feed = run.openFeed()
        try await run.start()
        let text = String(repeating: "x", count: 20_000)
        await feed.send([["value": ["value": JSON(text)]]], to: "in")
        feed.close()
        _ = await run.wait()
        // A handler that got its message is not tried again, and one that did not never gets it.
        #expect(latch(7).started.load(ordering: .relaxed) <= 1)
        #expect(outputs.of("out").count + outputs.of("error").count == 1)
    }

    @Test(arguments: [(5, false), (6, true)])
    func aTimeLimitIsTriedAgainWhereRepeatingHasNoOtherEffect(
        number: Int, isRepeatable: Bool
    ) async throws {
        let outputs = Outputs()
        let plan = try load(
            """
            { "nodes": { "e": { "component": "echo" },
                         "a": { "component": "stubborn", "timeoutMs": 1,
                                "settings": { "latch": \(number), "isRepeatable": \(isRepeatable) } } },
              "edges": [ { "from": "e.out", "to": "a.in",
                           "retry": { "maxAttempts": 3, "initialDelayMs": 1 } } ],
              "inputs": { "in": "e.in" }, "outputs": { "out": "a.out", "error": "a.error" } }
            """)
        let run = FlowRun(plan, options: outputs.options)
        let feed = run.openFeed()
        try await run.start()
        await feed.send([["value": 1]], to: "in")
        await waitUntil { latch(number).started.load(ordering: .relaxed) == 1 }
        if isRepeatable {
            // A second attempt waits for the first handler to return.
            latch(number).isOpen.store(true, ordering: .relaxed)
        } else {
            await waitUntil { outputs.of("error").count == 1 }
            #expect(outputs.of("error")[0]["retryable"] == false)
            latch(number).isOpen.store(true, ordering: .relaxed)
        }
        feed.close()
        _ = await run.wait()
        #expect(latch(number).most.load(ordering: .relaxed) == 1)
        if !isRepeatable { #expect(latch(number).started.load(ordering: .relaxed) == 1) }
    }
}
