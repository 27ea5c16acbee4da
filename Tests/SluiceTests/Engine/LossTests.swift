import Sluice
import SluiceJSON
import SluiceSystem
import SluiceTesting
import Testing

/// Emits numbers, as many as its settings say.
private enum Counting: Component {
    static let about = About("counting", "Emits numbers")
    struct Settings: Message {
        var count = 0
        init() {}
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("count", &count)
        }
    }
    static func wire(_ settings: Settings, _ ports: inout Ports) {
        let out = ports.output("out", Int.self)
        ports.source(.finite) { source in
            try await source.emit(Array(0..<settings.count), on: out)
        }
    }
}

private enum Pass: Component {
    static let about = About("pass", "Gives back what it gets")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        let out = ports.output("out", JSON.self)
        ports.allowsConcurrency = true
        ports.input("in", JSON.self) { message, turn in try turn.emit(message, on: out) }
    }
}

private enum PassBatch: Component {
    static let about = About("pass_batch", "Gives back what it gets")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        let out = ports.output("out", JSON.self)
        ports.batch("in", JSON.self) { deliveries, turn in
            for delivery in deliveries {
                try? turn.emit(delivery.message, on: out, for: delivery)
            }
        }
    }
}

private enum PassSlowly: Component {
    static let about = About("pass_slowly", "Gives back what it gets, sometimes after a while")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        let out = ports.output("out", Int.self)
        ports.allowsConcurrency = true
        ports.input("in", Int.self) { number, turn async throws in
            if number % 7 == 0 { try await turn.sleep(milliseconds: 1) }
            try await turn.emit(number, on: out)
        }
    }
}

/// Fails the first attempt at some messages.
private enum Busy: Component {
    static let about = About("busy", "Gives back what it gets, sometimes at the second attempt")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        let out = ports.output("out", Int.self)
        ports.allowsConcurrency = true
        let seen = Lock<Set<Int>>([])
        ports.input("in", Int.self) { number, turn in
            try turn.emit(number, on: out)
            if number % 11 == 0, seen.withLock({ $0.insert(number).inserted }) {
                throw Failure("busy", "not now", isRetryable: true)
            }
        }
    }
}

/// Takes nothing more after some messages until a timer lets it.
private enum PassAndPause: Component {
    static let about = About("pass_and_pause", "Gives back what it gets, with pauses")
    static func wire(_ settings: NoSettings, _ ports: inout Ports) {
        ports.pausesInputs = true
        let out = ports.output("out", Int.self)
        let timer = ports.timer { turn in turn.resumeInput("in") }
        ports.input("in", Int.self) { number, turn in
            if number % 13 == 0 {
                turn.pauseInput("in")
                turn.schedule(timer, afterMilliseconds: 1)
            }
            try turn.emit(number, on: out)
        }
    }
}

/// A chain of random nodes over random edges, of which each message that enters leaves once.
private struct Chain {
    let count: Int
    let plan: Plan

    init(_ random: inout some RandomNumberGenerator) throws {
        let count = Int.random(in: 1...400, using: &random)
        self.count = count
        var nodes = [#""n0": { "component": "counting", "settings": { "count": \#(count) } }"#]
        var edges: [String] = []
        let length = Int.random(in: 1...4, using: &random)
        for place in 1...length {
            let kinds = ["pass", "pass_batch", "pass_slowly", "busy", "pass_and_pause"]
            let kind = kinds.randomElement(using: &random) ?? "pass"
            var members = ""
            if !["pass_batch", "pass_and_pause"].contains(kind) {
                let more = ["", "", #", "concurrency": 3"#, #", "timeoutMs": 60000"#]
                members = more.randomElement(using: &random) ?? ""
            }
            nodes.append(#""n\#(place)": { "component": "\#(kind)"\#(members) }"#)
            let capacity = [1, 2, 5, 64, 100].randomElement(using: &random) ?? 64
            let retry = kind == "busy" ? #", "retry": { "initialDelayMs": 1 }"# : ""
            edges.append(
                #"{ "from": "n\#(place - 1).out", "to": "n\#(place).in", "capacity": \#(capacity)\#(retry) }"#
            )
        }
        let text = """
            { "nodes": { \(nodes.joined(separator: ", ")) },
              "edges": [ \(edges.joined(separator: ", ")) ],
              "outputs": { "out": "n\(length).out" } }
            """
        let registry = ComponentRegistry([
            Counting.self, Pass.self, PassBatch.self, PassSlowly.self, Busy.self, PassAndPause.self,
        ])
        let flow = FlowLoader(registry: registry).load(Array(text.utf8), path: "test.json")
        plan = try #require(flow.plan, "\(flow.diagnostics.map(\.rendered))")
    }
}

/// What an aborted run says that it has lost.
@Suite struct Losses {
    private func expectAll(_ chain: Chain, _ received: [JSON], _ result: RunResult) {
        #expect(received == received.indices.map { JSON($0) })
        let lost = result.lost.reduce(0) { $0 + $1.messages }
        #expect(received.count + lost == chain.count, "\(result.lost)")
        #expect(result.unreturned == [] && result.stuck == [])
        #expect(result.unhandledFailures == 0)
    }

    @Test(arguments: 1...150) func everyMessageComesOutInOrderOrIsLostOnce(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let chain = try Chain(&random)
        let scheduler = SeededScheduler(seed: seed)
        let received = Lock<[JSON]>([])
        let ended = Lock<RunResult?>(nil)
        var options = RunOptions()
        options.scheduler = scheduler
        options.output = { _, messages in received.withLock { $0 += messages } }
        let run = FlowRun(chain.plan, options: options)
        scheduler.spawn {
            try? await run.start()
            let result = await run.wait()
            ended.withLock { $0 = result }
        }
        scheduler.advance(milliseconds: Int64.random(in: 1...60, using: &random))
        run.abort()
        scheduler.settle()
        expectAll(chain, received.withLock { $0 }, try #require(ended.withLock { $0 }))
    }

    @Test(arguments: 1...150) func theSameIsSoOnManyThreads(seed: UInt64) async throws {
        var random = SplitMix(seed: seed)
        let chain = try Chain(&random)
        let received = Lock<[JSON]>([])
        var options = RunOptions()
        options.output = { _, messages in received.withLock { $0 += messages } }
        let run = FlowRun(chain.plan, options: options)
        try await run.start()
        let wanted = Int.random(in: 0...chain.count, using: &random)
        for _ in 0..<100_000 where received.withLock({ $0.count }) < wanted { await Task.yield() }
        run.abort()
        let result = await run.wait()
        expectAll(chain, received.withLock { $0 }, result)
    }
}
