import Sluice
import SluiceJSON
import SluiceSystem
import SluiceTesting
import Synchronization
import Testing

/// Handlers inside sub-flows that wait until a test lets them go on.
private final class Gatekeeper: Sendable {
    let started = Atomic<Int>(0)
    private let isOpen = Atomic<Bool>(false)

    static let all = Lock<[Int: Gatekeeper]>([:])

    static func of(_ number: Int) -> Gatekeeper {
        all.withLock { all in
            if let known = all[number] { return known }
            let made = Gatekeeper()
            all[number] = made
            return made
        }
    }

    func open() { isOpen.store(true, ordering: .relaxed) }

    /// Waits until the test says so, whether or not the task is cancelled.
    func pass() async {
        started.wrappingAdd(1, ordering: .relaxed)
        while !isOpen.load(ordering: .relaxed) { await Task.yield() }
    }
}

/// Waits for its gatekeeper.
private enum Waiter: Component {
    static let about = About("waiter", "Waits until a test lets it go on")
    struct Settings: Message {
        var number = 0
        init() {}
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("number", &number)
        }
    }
    static func wire(_ settings: Settings, _ ports: inout Ports) {
        let out = ports.output("out", JSON.self)
        ports.allowsConcurrency = true
        ports.input("in", JSON.self) { message, turn async throws in
            await Gatekeeper.of(settings.number).pass()
            try await turn.emit(message, on: out)
        }
    }
}

/// Aborts of runs whose messages wait before and inside sub-flows.
@Suite struct AbortsBeforeSubflows {
    static let kinds = [
        "", #", "concurrency": 4"#, #", "timeoutMs": 60000"#, #", "ordered": true"#,
        #", "concurrency": 4, "ordered": false, "timeoutMs": 60000"#,
    ]

    /// An echo, then a sub-flow of two nodes, the second of which waits.
    private func plan(_ number: Int, _ members: String) throws -> Plan {
        let folder = try Folder.temporary()
        defer { Folder.remove(folder) }
        let inner = """
            { "nodes": { "first": { "component": "shout" },
                "waits": { "component": "waiter", "concurrency": 2,
                           "settings": { "number": \(number) } },
                "last": { "component": "shout" } },
              "edges": [ "first.out -> waits.in", "waits.out -> last.in" ],
              "inputs": { "say": "first.in" }, "outputs": { "said": "last.out" } }
            """
        let outer = """
            { "nodes": { "e": { "component": "shout" },
                         "sub": { "component": "./inner.json"\(members) } },
              "edges": [ "e.out -> sub.say" ],
              "inputs": { "in": "e.in" }, "outputs": { "out": "sub.said" } }
            """
        try FileStream.write(Array(inner.utf8), to: "\(folder)/inner.json")
        let registry = ComponentRegistry([Shout.self, Waiter.self])
        let flow = FlowLoader(registry: registry).load(
            Array(outer.utf8), path: "\(folder)/outer.json")
        guard let plan = flow.plan else {
            throw HarnessError(flow.diagnostics.map(\.rendered).joined(separator: "\n"))
        }
        return plan
    }

    @Test(arguments: Array(kinds.enumerated()))
    func noHandlerInsideStartsAfterAnAbort(number: Int, members: String) async throws {
        let gatekeeper = Gatekeeper.of(number)
        let outputs = Lock<[JSON]>([])
        var options = RunOptions()
        options.output = { _, more in outputs.withLock { $0 += more } }
        let run = FlowRun(try plan(number, members), options: options)
        let feed = run.openFeed()
        try await run.start()
        await feed.send((0..<60).map { JSON("m\($0)") }, to: "in")
        // Without concurrency the sub-flow takes one message after the other.
        let isSingle = members.contains("ordered\": true") || members.contains("timeout")
        let handlers = isSingle && !members.contains("concurrency") ? 1 : 2
        while gatekeeper.started.load(ordering: .relaxed) < handlers { await Task.yield() }
        run.abort()
        gatekeeper.open()
        let result = await run.wait()
        #expect(gatekeeper.started.load(ordering: .relaxed) == handlers)
        #expect(outputs.withLock(\.self) == [])
        #expect(result.stuck == [] && result.unreturned == [])
        #expect(result.nodes.first { $0.name == "sub/last" }?.received == 0)
        // Each message is named once where it was lost, and those that were inside of a sub-flow that
        // waits for them by the sub-flow as well.
        #expect(result.lost.reduce(0) { $0 + $1.messages } == 60, "\(result.lost)")
        let inside = result.lost.filter { $0.edge.hasPrefix("sub/") }.reduce(0) { $0 + $1.messages }
        let held = result.held.map { "\($0.node).\($0.input): \($0.messages)" }
        #expect(held == (members.isEmpty ? [] : ["sub.say: \(inside)"]))
    }
}
