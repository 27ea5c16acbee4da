import Glibc
import Sluice
import SluiceComponents
import SluiceJSON
import SluiceSystem
import SluiceTesting
import Testing

/// What the process has of the operating system.
private enum Process {
    /// The open files that lie in a folder.
    static func openFiles(in folder: String) throws -> [String] {
        try Folder.names(in: "/proc/self/fd").compactMap { name in
            var target = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
            // A descriptor of another test may be closed by now.
            let count = readlink("/proc/self/fd/\(name)", &target, Int(PATH_MAX))
            guard count > 0 else { return nil }
            let path = String(
                decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
            return path.hasPrefix(folder) ? path : nil
        }
    }

    /// How many threads there are.
    static func threadCount() throws -> Int { try Folder.names(in: "/proc/self/task").count }
}

/// Runs of flows that use files, stores and timers leave nothing of these behind.
@Suite struct ResourcesOfRuns {
    private static let store = """
        "store": { "component": "document_store", "settings": {
            "collections": [{ "name": "c" }], "sync": "never", "lockTimeoutMs": 0 } }
        """

    private static func flow(reading file: String) -> String {
        """
        { "nodes": {
            \(store),
            "ticks": { "component": "ticker", "settings": { "everyMs": 1 } },
            "lines": { "component": "jsonl_reader", "settings": { "path": "\(file)" } },
            "later": { "component": "delay", "settings": { "milliseconds": 1 } },
            "packs": { "component": "collect", "settings": { "count": 100, "everyMs": 3600000 } },
            "log": { "component": "jsonl_writer", "settings": { "path": "out.jsonl" } } },
          "edges": [
            { "from": "lines.out", "to": "store.put",
              "map": { "collection": "c", "key": "k{{$.n}}", "value": "{{$}}" } },
            "store.put_ok -> later.in", "later.out -> log.in", "ticks.out -> log.in",
            "store.change -> packs.in", "packs.out -> log.in" ],
          "inputs": { "get": "store.get" }, "outputs": { "got": "store.get_ok" } }
        """
    }

    private static func load(_ text: String, in folder: String) throws -> Plan {
        let loader = FlowLoader(registry: .builtIn)
        let flow = loader.load(Array(text.utf8), path: "\(folder)/flow.json")
        guard let plan = flow.plan else {
            throw HarnessError(flow.diagnostics.map(\.rendered).joined(separator: "\n"))
        }
        return plan
    }

    private static func options(_ folder: String) -> RunOptions {
        var options = RunOptions()
        options.dataDirectory = folder
        return options
    }

    private static let ways = [
        "ends", "is stopped", "is aborted", "is cancelled", "cannot start", "is never started",
        "is dropped with its feed open", "is dropped when it runs",
    ]

    private static func live(_ way: String, _ plan: Plan, in folder: String) async throws {
        let run = FlowRun(plan, options: options(folder))
        if way == "is never started" { return }
        let feed = run.openFeed()
        if way == "is dropped with its feed open" { return }
        if way == "cannot start" {
            await #expect(throws: Failure.self) { try await run.start() }
            return
        }
        try await run.start()
        await feed.send([["collection": "c", "key": "k1"]], to: "get")
        switch way {
        case "ends": feed.close()
        case "is stopped": run.stop()
        case "is aborted": run.abort()
        case "is cancelled":
            let waiter = Task { await run.wait() }
            waiter.cancel()
            _ = await waiter.value
        default: return
        }
        _ = await run.wait()
    }

    /// Gives tasks that nobody waits for time to end.
    private static func settles(_ isSettled: () throws -> Bool) async throws -> Bool {
        let clock = ContinuousClock()
        let limit = clock.now.advanced(by: .seconds(20))
        while clock.now < limit {
            if try isSettled() { return true }
            await Task.yield()
        }
        return false
    }

    @Test func nothingIsLeftOfManyRunsHoweverTheyEnd() async throws {
        let temporary = try TemporaryFolder()
        let folder = Folder.resolved(temporary.path)
        try temporary.write("{\"n\": 1}\n{\"n\": 2}\n", to: "in.jsonl")
        let plan = try Self.load(Self.flow(reading: "in.jsonl"), in: folder)
        let unstartable = try Self.load(Self.flow(reading: "missing.jsonl"), in: folder)
        let threads = try Process.threadCount()
        let rounds = 13
        for way in Self.ways {
            for round in 0..<rounds {
                // A run that goes on when nobody refers to it has a store of its own.
                let isAlone = way == "is dropped when it runs"
                try await Self.live(
                    way, way == "cannot start" ? unstartable : plan,
                    in: isAlone ? "\(folder)/\(round)" : folder)
            }
            let isClosed = try await Self.settles { try Process.openFiles(in: folder).isEmpty }
            #expect(isClosed, "of runs of which each \(way)")
        }
        // Half a thread a run, which is room for those of tests that run at the same time.
        let limit = threads + Self.ways.count * rounds / 2
        let isCalm = try await Self.settles { try Process.threadCount() < limit }
        #expect(isCalm)
        // The locks are free: the store's at once, that of a run that nobody waited for as well.
        for place in [folder, "\(folder)/0"] {
            let run = FlowRun(plan, options: Self.options(place))
            let feed = run.openFeed()
            try await run.start()
            feed.close()
            let result = await run.wait()
            #expect(result.stopFailures.isEmpty && result.unhandledFailures == 0)
        }
    }
}
