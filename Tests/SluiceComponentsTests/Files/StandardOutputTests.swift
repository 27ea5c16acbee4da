import Sluice
import SluiceComponents
import SluiceJSON
import SluiceSystem
import Testing

@Suite struct StandardOutput {
    /// What a run wrote to standard output, of which the reader goes away after some writes.
    private func run(_ messages: [JSON], reads: Int) async throws -> (text: String, out: [JSON]) {
        let text = Lock("")
        let out = Lock<[JSON]>([])
        let writes = Lock(0)
        var options = RunOptions()
        options.console.write = { bytes in
            let isRead = writes.withLock {
                $0 += 1; return $0 <= reads
            }
            if isRead { text.withLock { $0 += String(decoding: bytes, as: UTF8.self) } }
            return isRead
        }
        options.output = { _, messages in out.withLock { $0 += messages } }
        let type = try #require(ComponentRegistry.builtIn["jsonl_writer"])
        let run = FlowRun(try Plan(component: type, settings: ["path": "-"]), options: options)
        let feed = run.openFeed()
        try await run.start()
        for message in messages {
            await feed.send([message], to: "in")
            await feed.idle()
        }
        feed.close()
        let result = await run.wait()
        #expect(result.unhandledFailures == 0)
        return (text.withLock(\.self), out.withLock(\.self))
    }

    @Test func takesLines() async throws {
        let (text, out) = try await run([["a": 1], 2], reads: .max)
        #expect(text == "{\"a\":1}\n2\n")
        #expect(out == [["a": 1], 2])
    }

    @Test func stopsTheRunOnceNobodyReadsIt() async throws {
        let (text, out) = try await run([1, 2, 3], reads: 1)
        #expect(text == "1\n")
        #expect(out == [1])
    }
}
