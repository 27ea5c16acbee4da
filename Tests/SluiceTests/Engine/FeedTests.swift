import Sluice
import SluiceJSON
import SluiceSystem
import SluiceTesting
import Synchronization
import Testing

/// Feeds that many tasks use at once, over small edges, whatever ends the run.
@Suite struct FeedsOfManyTasks {
    /// What the tasks have sent and what has come out.
    private final class Ledger: Sendable {
        /// The messages of which `send` said that they were taken.
        let taken = Lock<Set<Int>>([])
        let received = Lock<[Int]>([])

        var options: RunOptions {
            var options = RunOptions()
            options.output = { [self] _, more in
                received.withLock { $0 += more.compactMap(\.int) }
            }
            return options
        }
    }

    private static func plan(capacity: Int, members: String = "") throws -> Plan {
        let text = """
            { "nodes": { "a": { "component": "echo"\(members) }, "b": { "component": "echo" },
                         "c": { "component": "echo" } },
              "edges": [
                { "from": "a.out", "to": "b.in", "capacity": \(capacity),
                  "map": { "value": "{{$}}" } },
                { "from": "b.out", "to": "c.in", "capacity": \(capacity),
                  "map": { "value": "{{$}}" } } ],
              "inputs": { "in": "a.in" }, "outputs": { "out": "c.out" } }
            """
        let flow = FlowLoader(registry: ComponentRegistry([Echo.self])).load(
            Array(text.utf8), path: "test.json")
        guard let plan = flow.plan else {
            throw HarnessError(flow.diagnostics.map(\.rendered).joined(separator: "\n"))
        }
        return plan
    }

    private static let tasks = 5
    private static let each = 30

    /// Sends from several tasks, one message at a time, and does something in the middle of it.
    private static func send(
        _ feed: FlowFeed, _ ledger: Ledger, middle: @escaping @Sendable () -> Void = {}
    ) async {
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<tasks {
                group.addTask {
                    for number in 0..<each {
                        let message = task * each + number
                        if await feed.send([["value": JSON(message)]], to: "in") {
                            ledger.taken.withLock { _ = $0.insert(message) }
                        }
                        if task == 0, number == each / 2 { middle() }
                    }
                }
            }
        }
    }

    /// Every message that was taken came out once.
    private static func expectAll(_ ledger: Ledger, _ result: RunResult) {
        #expect(result.stuck == [] && result.lost == [] && result.held == [])
        #expect(ledger.received.withLock { $0.sorted() } == ledger.taken.withLock { $0.sorted() })
        #expect(result.unhandledFailures == 0)
    }

    @Test(arguments: [1, 2, 4], ["", #", "concurrency": 3"#, #", "timeoutMs": 60000"#])
    func allThatIsTakenComesOut(capacity: Int, members: String) async throws {
        let plan = try Self.plan(capacity: capacity, members: members)
        for _ in 0..<3 {
            let ledger = Ledger()
            let run = FlowRun(plan, options: ledger.options)
            let feed = run.openFeed()
            try await run.start()
            await Self.send(feed, ledger)
            feed.close()
            Self.expectAll(ledger, await run.wait())
            #expect(ledger.taken.withLock(\.count) == Self.tasks * Self.each)
        }
    }

    @Test(arguments: [1, 2, 4]) func severalFeedsAtOnceLoseNothing(capacity: Int) async throws {
        let plan = try Self.plan(capacity: capacity)
        for _ in 0..<3 {
            let ledger = Ledger()
            let run = FlowRun(plan, options: ledger.options)
            let feeds = (0..<Self.tasks).map { _ in run.openFeed() }
            try await run.start()
            await withTaskGroup(of: Void.self) { group in
                for (task, feed) in feeds.enumerated() {
                    group.addTask {
                        // Some feeds are closed long before the others.
                        for number in 0..<(Self.each / (task + 1)) {
                            let message = task * Self.each + number
                            if await feed.send([["value": JSON(message)]], to: "in") {
                                ledger.taken.withLock { _ = $0.insert(message) }
                            }
                        }
                        feed.close()
                    }
                }
            }
            Self.expectAll(ledger, await run.wait())
        }
    }

    @Test(arguments: [1, 2, 4], ["closed", "stopped", "idle"])
    func whatWasTakenBeforeTheEndComesOut(capacity: Int, middle: String) async throws {
        let plan = try Self.plan(capacity: capacity)
        for _ in 0..<5 {
            let ledger = Ledger()
            let run = FlowRun(plan, options: ledger.options)
            let feed = run.openFeed()
            try await run.start()
            await Self.send(feed, ledger) {
                switch middle {
                case "closed": feed.close()
                case "stopped": run.stop()
                default: Task { await feed.idle() }
                }
            }
            feed.close()
            #expect(await feed.send([["value": 0]], to: "in") == false)
            Self.expectAll(ledger, await run.wait())
        }
    }

    @Test(arguments: [1, 2, 4], ["", #", "concurrency": 3"#, #", "timeoutMs": 60000"#])
    func whatAnAbortGivesUpIsNamed(capacity: Int, members: String) async throws {
        let plan = try Self.plan(capacity: capacity, members: members)
        for _ in 0..<5 {
            let ledger = Ledger()
            let run = FlowRun(plan, options: ledger.options)
            let feed = run.openFeed()
            try await run.start()
            await Self.send(feed, ledger) { run.abort() }
            let result = await run.wait()
            #expect(result.stuck == [] && result.unreturned == [])
            let lost = result.lost.reduce(0) { $0 + $1.messages }
            let (taken, received) = (
                ledger.taken.withLock(\.self), ledger.received.withLock(\.self)
            )
            #expect(Set(received).isSubset(of: taken) && Set(received).count == received.count)
            // Neither forgotten nor named twice.
            #expect(received.count + lost == taken.count, "\(result.lost)")
        }
    }

    @Test(arguments: [1, 2, 4]) func tasksThatAreCancelledLoseNothing(capacity: Int) async throws {
        let plan = try Self.plan(capacity: capacity)
        for _ in 0..<3 {
            let ledger = Ledger()
            let run = FlowRun(plan, options: ledger.options)
            let feed = run.openFeed()
            try await run.start()
            let cancelled = Task { await Self.send(feed, Ledger()) }
            let sending = Task { await Self.send(feed, ledger) { cancelled.cancel() } }
            await sending.value
            await cancelled.value
            feed.close()
            let result = await run.wait()
            #expect(result.stuck == [] && result.lost == [])
            #expect(ledger.taken.withLock(\.count) == Self.tasks * Self.each)
            #expect(ledger.taken.withLock(\.self).isSubset(of: ledger.received.withLock(\.self)))
        }
    }

    /// Lets one message of `left` through for each of `right`, and nothing but what `right` sends
    /// lets `left` go on.
    private static func turnstile(_ ledger: Ledger) throws -> FlowRun {
        let text = """
            { "nodes": { "g": { "component": "turnstile" } },
              "inputs": { "left": "g.left", "right": "g.right" }, "outputs": { "out": "g.out" } }
            """
        let flow = FlowLoader(registry: ComponentRegistry([Turnstile.self])).load(
            Array(text.utf8), path: "test.json")
        return FlowRun(try #require(flow.plan), options: ledger.options)
    }

    @Test func aFeedThatHasNotSentYetKeepsOthersFromBeingStuck() async throws {
        let ledger = Ledger()
        let run = try Self.turnstile(ledger)
        let (left, right) = (run.openFeed(to: ["left"]), run.openFeed(to: ["right"]))
        try await run.start()
        // More than there is room for.
        async let sent = left.send((0..<200).map { JSON($0) }, to: "left")
        while ledger.received.withLock(\.count) < 1 { await Task.yield() }
        for _ in 0..<1000 { await Task.yield() }
        // Each lets one more through, if it comes after the one before went.
        for number in 1..<200 {
            #expect(await right.send([JSON(number)], to: "right"))
            while ledger.received.withLock(\.count) <= number, !run.isStopping {
                await Task.yield()
            }
        }
        #expect(await sent)
        left.close()
        right.close()
        let result = await run.wait()
        #expect(result.stuck == [] && result.lost == [])
        #expect(ledger.received.withLock(\.self) == Array(0..<200))
    }

    @Test func oneFeedOfTwoTasksKeepsThemFromBeingStuck() async throws {
        let ledger = Ledger()
        let run = try Self.turnstile(ledger)
        let feed = run.openFeed()
        try await run.start()
        // One task has to wait before the other has sent for the first time.
        async let sent = feed.send((0..<200).map { JSON($0) }, to: "left")
        while ledger.received.withLock(\.count) < 1 { await Task.yield() }
        for _ in 0..<10 { await Task.yield() }
        for number in 1..<200 {
            guard await feed.send([JSON(number)], to: "right") else {
                Issue.record("send \(number) was refused")
                break
            }
            while ledger.received.withLock(\.count) <= number, !run.isStopping {
                await Task.yield()
            }
        }
        #expect(await sent)
        feed.close()
        #expect(await run.wait().stuck == [])
    }
}
