import Sluice
import SluiceJSON
import SluiceSystem
import SluiceTesting
import Testing

/// Says what happens to it.
enum Announcer: Component {
    static let about = About("announcer", "Logs its start and when all have started")
    struct Settings: Message {
        var fails = ""
        init() {}
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.optional("fails", &fails)
        }
    }
    static func wire(_ settings: Settings, _ ports: inout Ports) {
        let out = ports.output("out", JSON.self)
        ports.onStart { context in
            if settings.fails == "start" { throw Failure("io", "asked to") }
            context.console.log("\(context.node) has started")
        }
        ports.onReady { context in
            if settings.fails == "ready" { throw Failure("io", "asked to") }
            context.console.log("\(context.node) is ready")
        }
        ports.input("in", JSON.self) { message, turn in try turn.emit(message, on: out) }
        ports.source(.finite) { source in try await source.emit("first", on: out) }
    }
}

@Suite struct Starting {
    private func run(_ fails: String) async -> (log: [String], failure: Failure?, out: [JSON]) {
        let text = """
            { "nodes": { "a": { "component": "announcer" },
                         "b": { "component": "announcer", "settings": { "fails": "\(fails)" } } },
              "edges": ["a.out -> b.in"], "outputs": { "out": "b.out" } }
            """
        let flow = FlowLoader(registry: ComponentRegistry([Announcer.self]))
            .load(Array(text.utf8), path: "test.json")
        guard let plan = flow.plan else { return ([], nil, []) }
        let log = Lock<[String]>([])
        let out = Lock<[JSON]>([])
        var options = RunOptions()
        options.console.log = { line in log.withLock { $0.append(line) } }
        options.whenStarted = { log.withLock { $0.append("all have started") } }
        options.output = { _, messages in
            log.withLock { $0.append("a message") }
            out.withLock { $0 += messages }
        }
        let run = FlowRun(plan, options: options)
        do throws(Failure) {
            try await run.start()
        } catch {
            return (log.withLock(\.self), error, [])
        }
        _ = await run.wait()
        return (log.withLock(\.self), nil, out.withLock(\.self))
    }

    @Test func nodesGetReadyOnceAllHaveStartedAndBeforeAnyMessage() async {
        let (log, failure, out) = await run("")
        #expect(failure == nil)
        #expect(
            log.prefix(5) == [
                "a has started", "b has started", "all have started", "a is ready", "b is ready",
            ])
        #expect(out == ["first", "first"])
    }

    @Test func noneGetsReadyWhereOneCannotStart() async {
        let (log, failure, _) = await run("start")
        #expect(failure?.text == "node `b` could not start: asked to")
        #expect(log == ["a has started"])
    }

    @Test func aNodeThatCannotGetReadyKeepsTheFlowFromStarting() async {
        let (log, failure, _) = await run("ready")
        #expect(failure?.code == "io")
        #expect(log.contains("a message") == false)
    }
}
