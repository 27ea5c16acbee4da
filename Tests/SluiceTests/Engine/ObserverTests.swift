import Sluice
import SluiceJSON
import SluiceSystem
import SluiceTesting
import Testing

/// Notes what it sees.
final class Sightings: RunObserver {
    let seesHops: Bool
    let measuringInterval: Int64?
    let hops = Lock<[String]>([])
    let failures: Lock<Int>
    let unhandled = Lock(0)
    let states = Lock<[RunState]>([])
    let measured = Lock<[Int]>([])

    init(
        seesHops: Bool = false, measuringInterval: Int64? = nil, failures: Lock<Int> = Lock(0)
    ) {
        self.seesHops = seesHops
        self.measuringInterval = measuringInterval
        self.failures = failures
    }

    func delivering(_ hops: [Hop]) {
        self.hops.withLock { $0 += hops.map { "\($0.edge): \($0.message.text)" } }
    }

    func failed(_ hop: FailedHop) { failures.withLock { $0 += 1 } }

    func unhandled(_ report: JSON, isLogged: Bool) { unhandled.withLock { $0 += 1 } }

    func changed(to state: RunState) { states.withLock { $0.append(state) } }

    func measured(_ nodes: [RunResult.Node]) {
        measured.withLock { $0.append(nodes.reduce(0) { $0 + $1.received }) }
    }
}

@Suite struct Observers {
    /// Runs the component `echo` on the messages under virtual time; the observer is there from the
    /// start, or attached by `middle`.
    private static func run(
        _ observers: [any RunObserver], _ messages: [JSON],
        middle: (FlowRun) -> Void = { _ in }
    ) throws {
        let scheduler = SeededScheduler(seed: 1)
        var options = RunOptions()
        options.scheduler = scheduler
        options.observers = observers
        let plan = try Plan(component: ComponentType(Echo.self), settings: [:])
        let run = FlowRun(plan, options: options)
        let feed = run.openFeed()
        scheduler.spawn { try? await run.start() }
        for message in messages {
            scheduler.spawn { await feed.send([message], to: "in") }
            scheduler.advance(milliseconds: 900)
            middle(run)
        }
        feed.close()
        scheduler.settle()
    }

    @Test func seeMessagesFailuresStatesAndRates() throws {
        let all = Sightings(seesHops: true, measuringInterval: 400)
        try Self.run([all], [["value": 1], ["fails": "never"]])
        #expect(
            all.hops.withLock { $0 } == [
                #"input in -> node.in: {"value":1}"#, "node.out -> output out: 1",
                #"input in -> node.in: {"fails":"never"}"#,
            ] + all.hops.withLock { $0.dropFirst(3) })
        #expect(all.failures.withLock { $0 } == 1)
        #expect(all.states.withLock { $0 } == [.started, .stopping, .ended])
        #expect(all.measured.withLock { $0 } == [1, 1, 2, 2])
    }

    @Test func whoDoesNotLookAtMessagesSeesNone() throws {
        let states = Sightings()
        try Self.run([states], [["value": 1]])
        #expect(states.hops.withLock { $0 } == [] && states.measured.withLock { $0 } == [])
        #expect(states.states.withLock { $0 } == [.started, .stopping, .ended])
    }

    @Test func whoIsThereTwiceIsToldOnce() throws {
        let all = Sightings(seesHops: true, measuringInterval: 400)
        try Self.run([all, all], [["value": 1], ["value": 2]]) { run in
            run.attach(all)
            run.detach(all)
            run.attach(all)
        }
        #expect(all.hops.withLock { $0.count } == 4)
        #expect(all.measured.withLock { $0 } == [1, 1, 2, 2])
        #expect(all.states.withLock { $0 } == [.started, .stopping, .ended])
    }

    @Test func comeAndGoWhileTheRunGoesOn() throws {
        let late = Sightings(seesHops: true, measuringInterval: 400)
        var rounds = 0
        try Self.run([], [["value": 1], ["value": 2], ["value": 3]]) { run in
            rounds += 1
            if rounds == 1 { run.attach(late) }
            if rounds == 2 { run.detach(late) }
        }
        let expected = [#"input in -> node.in: {"value":2}"#, "node.out -> output out: 2"]
        #expect(late.hops.withLock { $0 } == expected)
        #expect(late.measured.withLock { $0 } == [2, 2])
        #expect(late.states.withLock { $0 } == [])
    }
}
