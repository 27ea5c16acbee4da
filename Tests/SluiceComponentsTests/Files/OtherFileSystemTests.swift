import Sluice
import SluiceComponents
import SluiceJSON
import SluiceLogStore
import SluiceStoreTesting
import SluiceSystem
import Testing

/// Components that read and write files on another file system than the operating system's.
@Suite struct OtherFileSystemTests {
    /// What a run came to.
    private struct Outcome: Sendable {
        var messages: [JSON] = []
        var failures: [JSON] = []
    }

    /// Keeps the failures that no edge takes.
    private final class Failures: RunObserver {
        let reports = Lock<[JSON]>([])

        func unhandled(_ report: JSON, isLogged: Bool) { reports.withLock { $0.append(report) } }
    }

    /// Runs a flow of the folder `/data` to its end on a file system.
    private func run(_ flow: String, on files: any FileSystem) async throws -> Outcome {
        let loader = FlowLoader(registry: .builtIn)
        let plan = try #require(loader.load(Array(flow.utf8), path: "/data/flow.json").plan)
        let outcome = Lock(Outcome())
        var options = RunOptions()
        options.fileSystem = files
        options.output = { _, messages in outcome.withLock { $0.messages += messages } }
        let failures = Failures()
        options.observers = [failures]
        let run = FlowRun(plan, options: options)
        try await run.start()
        _ = await run.wait()
        outcome.withLock { $0.failures = failures.reports.withLock(\.self) }
        return outcome.withLock(\.self)
    }

    /// A flow from a reader to a writer.
    private func copy(
        _ reader: String, from input: String, to output: String, append: Bool = false
    ) -> String {
        """
        { "nodes": { "r": { "component": "\(reader)", "settings": { "path": "\(input)" } },
                     "w": { "component": "jsonl_writer",
                            "settings": { "path": "\(output)", "append": \(append) } } },
          "edges": ["r.out -> w.in"], "outputs": { "done": "w.out" } }
        """
    }

    private func text(_ bytes: [UInt8]?) -> String? {
        bytes.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func linesAreReadAndWrittenInMemory() async throws {
        let disk = MemoryDisk(["/data/in.jsonl": Array("{\"a\":1}\n\n2".utf8)])
        let flow = copy("jsonl_reader", from: "in.jsonl", to: "/elsewhere/out.jsonl")
        let outcome = try await run(flow, on: disk)
        #expect(outcome.messages == [["a": 1], 2])
        #expect(text(disk["/elsewhere/out.jsonl"]) == "{\"a\":1}\n2\n")
        #expect(disk.paths == ["/data/in.jsonl", "/elsewhere/out.jsonl"])
    }

    @Test func rowsAreReadInMemory() async throws {
        let disk = MemoryDisk(["/data/in.csv": Array("a,b\r\n1,x\r\n2,\"y\nz\"\r\n".utf8)])
        _ = try await run(copy("csv_reader", from: "in.csv", to: "out.jsonl"), on: disk)
        let lines = "{\"a\":\"1\",\"b\":\"x\"}\n{\"a\":\"2\",\"b\":\"y\\nz\"}\n"
        #expect(text(disk["/data/out.jsonl"]) == lines)
    }

    @Test func filesLargerThanOneReadAreWhole() async throws {
        let lines = (0..<60_000).map { "\($0)\n" }.joined()
        let disk = MemoryDisk(["/data/in.jsonl": Array(lines.utf8)])
        _ = try await run(copy("jsonl_reader", from: "in.jsonl", to: "out.jsonl"), on: disk)
        #expect(text(disk["/data/out.jsonl"]) == lines)
    }

    @Test(arguments: [(false, "1\n"), (true, "old\ntorn\n1\n")])
    func whatAFileHoldsIsReplacedOrKept(append: Bool, after: String) async throws {
        let disk = MemoryDisk([
            "/data/in.jsonl": Array("1\n".utf8), "/data/out.jsonl": Array("old\ntorn".utf8),
        ])
        let flow = copy("jsonl_reader", from: "in.jsonl", to: "out.jsonl", append: append)
        _ = try await run(flow, on: disk)
        #expect(text(disk["/data/out.jsonl"]) == after)
    }

    @Test func aFileThatIsNotThereKeepsTheFlowFromStarting() async throws {
        let disk = MemoryDisk()
        let flow = copy("jsonl_reader", from: "in.jsonl", to: "out.jsonl")
        await #expect(throws: Failure.self) { try await run(flow, on: disk) }
        #expect(disk.paths == [], "what the writer made is gone again")
    }

    @Test func aFileThatIsReadAndWrittenIsRefused() async throws {
        let disk = MemoryDisk(["/data/in.jsonl": Array("1\n".utf8)])
        let flow = copy("jsonl_reader", from: "in.jsonl", to: "../data/./in.jsonl")
        await #expect(throws: Failure.self) { try await run(flow, on: disk) }
        #expect(text(disk["/data/in.jsonl"]) == "1\n")
    }

    @Test func aFileOfAStoreIsRefused() async throws {
        let disk = MemoryDisk(["/data/in.jsonl": Array("1\n".utf8)])
        try LogStore.openAndWait("/data/store", on: disk).close()
        let before = disk.paths
        let flow = copy("jsonl_reader", from: "in.jsonl", to: "store/out.jsonl")
        await #expect(throws: Failure.self) { try await run(flow, on: disk) }
        #expect(disk.paths == before)
    }

    @Test func aFullDeviceFailsTheMessages() async throws {
        let disk = SimulatedDisk(capacity: 30)
        disk["/data/in.jsonl"] = Array("\"123456\"\n\"123456\"\n\"123456\"\n".utf8)
        let flow = copy("jsonl_reader", from: "in.jsonl", to: "out.jsonl")
        let outcome = try await run(flow, on: disk)
        #expect(outcome.messages == [])
        #expect(outcome.failures.count == 3)
        #expect(outcome.failures.allSatisfy { $0.text.contains("No space left") })
    }
}
