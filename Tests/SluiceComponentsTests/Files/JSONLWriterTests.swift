import Sluice
import SluiceComponents
import SluiceJSON
import SluiceTesting
import Testing

@Suite struct JSONLWriterTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func writer(_ settings: JSON) throws -> Harness {
        try node("jsonl_writer", settings, folder: folder.path)
    }

    @Test func writesALineAMessageAndPassesItOn() throws {
        let messages: [JSON] = [try JSON(parsing: "{ \"a\": 1.10 }"), .null, "two\nlines"]
        let writer = try writer(["path": "out.jsonl"])
        #expect(try writer.send(messages, to: "in").all("out") == messages)
        #expect(try folder.text(of: "out.jsonl") == "{\"a\":1.10}\nnull\n\"two\\nlines\"\n")
    }

    @Test(arguments: [
        (false, "old\n", "1\n"), (true, "old\n", "old\n1\n"), (true, "to", "to\n1\n"),
        (true, "", "1\n"),
    ])
    func keepsWhatIsThereIfItIsTold(append: Bool, before: String, after: String) throws {
        try folder.write(before, to: "out.jsonl")
        let writer = try writer(["path": "out.jsonl", "append": JSON(append)])
        try writer.send(1, to: "in")
        writer.finish()
        #expect(try folder.text(of: "out.jsonl") == after)
    }

    @Test func writesManyMessagesInOrder() throws {
        let messages = (0..<5000).map { JSON($0) }
        let writer = try writer(["path": "out.jsonl"])
        #expect(try writer.send(messages, to: "in").all("out") == messages)
        let lines = try folder.text(of: "out.jsonl").split(separator: "\n")
        #expect(lines.map { Int($0) } == Array(0..<5000))
    }

    private func flow(reading input: String, writing output: String) throws -> Plan {
        try folder.write("1\n", to: "in.jsonl")
        try folder.write(
            """
            { "nodes": { "r": { "component": "jsonl_reader", "settings": { "path": "\(input)" } },
                         "w": { "component": "jsonl_writer", "settings": { "path": "\(output)" } } },
              "edges": ["r.out -> w.in"] }
            """, to: "flow.json")
        let flow = FlowLoader(registry: .builtIn).load("\(folder.path)/flow.json")
        return try #require(flow.plan)
    }

    @Test(arguments: [("in.jsonl", "./in.jsonl"), ("flow.json", "flow.json")])
    func aFlowThatWritesWhatItReadsDoesNotStart(input: String, output: String) throws {
        let plan = try flow(reading: input, writing: output)
        let failure = #expect(throws: Failure.self) { try Harness(plan) }
        #expect(failure?.code == "invalid_settings")
        #expect(failure?.text.contains("a run cannot write a file that it reads") == true)
        #expect(try folder.text(of: "in.jsonl") == "1\n")
    }

    @Test func aFileIsLeftAsItIsWhereTheFlowCannotStart() throws {
        try folder.write("old\n", to: "out.jsonl")
        let plan = try flow(reading: "none", writing: "out.jsonl")
        #expect(throws: Failure.self) { try Harness(plan) }
        #expect(try folder.text(of: "out.jsonl") == "old\n")
    }

    @Test func theRunSaysWhereFilesLie() async throws {
        let plan = try flow(reading: "in.jsonl", writing: "out.jsonl")
        let other = try Folder.temporary()
        defer { Folder.remove(other) }
        try File.write(Array("2\n".utf8), to: "\(other)/in.jsonl")
        var options = RunOptions()
        options.files = RunFiles(locating: { path, _ throws(Failure) in "\(other)/\(path)" })
        let run = FlowRun(plan, options: options)
        try await run.start()
        _ = await run.wait()
        #expect(try File.contents(of: "\(other)/out.jsonl") == Array("2\n".utf8))
        #expect(run.files.unfinished.isEmpty)
    }

    @Test func aFolderThatIsNotThereKeepsTheFlowFromStarting() {
        let failure = #expect(throws: Failure.self) { try writer(["path": "none/out.jsonl"]) }
        #expect(failure?.code == "io")
    }

    @Test(.enabled(if: Folder.exists("/dev/full"))) func aFullDeviceFailsTheMessages() throws {
        let writer = try writer(["path": "/dev/full"])
        let failures = try writer.send([1, 2], to: "in").all("error")
        #expect(failures.map { $0["message"] } == [1, 2])
        #expect(failures.allSatisfy { $0["code"] == "io" && $0["diskFull"] == true })
    }
}
