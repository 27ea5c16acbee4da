import Glibc
import Sluice
import SluiceComponents
import SluiceJSON
import SluiceSystem
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

    private func flow(
        reading input: String, writing output: String, assuming: Bool = false
    ) throws -> LoadedFlow {
        try folder.write("1\n", to: "in.jsonl")
        try folder.write(
            """
            { "parameters": { "p": { "schema": { "type": "string" } } }, "nodes": { "r": { "component": "jsonl_reader", "settings": { "path": "\(input)" } },
                         "w": { "component": "jsonl_writer", "settings": { "path": "\(output)" } } },
              "edges": ["r.out -> w.in"] }
            """, to: "flow.json")
        var loader = FlowLoader(registry: .builtIn)
        loader.assumesParameters = assuming
        if !assuming { loader.parameters["p"] = "p" }
        return loader.load("\(folder.path)/flow.json")
    }

    private func codes(_ flow: LoadedFlow) -> [String] {
        flow.diagnostics.map(\.code).filter { $0.hasPrefix("E") }
    }

    @Test(arguments: [("in.jsonl", "./in.jsonl"), ("x", "flow.json")])
    func aFlowThatWritesWhatItReadsIsWrong(input: String, output: String) throws {
        #expect(try codes(flow(reading: input, writing: output)) == ["E042"])
    }

    @Test func ofFilesThatAreNotKnownYetNothingIsSaid() throws {
        let known = try flow(reading: "in${p}", writing: "in${p}")
        #expect(codes(known) == ["E042"])
        let unknown = try flow(reading: "${p}", writing: "${p}", assuming: true)
        #expect(codes(unknown) == [])
    }

    @Test func aRunThatWritesWhatItReadsDoesNotStart() async throws {
        let plan = try #require(flow(reading: "in.jsonl", writing: "out.jsonl").plan)
        // The file to write becomes the one to read after the flow has been checked.
        #expect(symlink("in.jsonl", "\(folder.path)/out.jsonl") == 0)
        let run = FlowRun(plan, options: RunOptions())
        let failure = await #expect(throws: Failure.self) { try await run.start() }
        #expect(failure?.code == "invalid_settings")
        #expect(failure?.text.contains("a run cannot write a file that it reads") == true)
        #expect(try folder.text(of: "in.jsonl") == "1\n")
    }

    @Test func aFileIsLeftAsItIsWhereTheFlowCannotStart() throws {
        try folder.write("old\n", to: "out.jsonl")
        let plan = try #require(flow(reading: "none", writing: "out.jsonl").plan)
        #expect(throws: Failure.self) { try Harness(plan) }
        #expect(try folder.text(of: "out.jsonl") == "old\n")
    }

    @Test func theRunSaysWhereFilesLie() async throws {
        let plan = try #require(flow(reading: "in.jsonl", writing: "out.jsonl").plan)
        let other = try Folder.temporary()
        defer { Folder.remove(other) }
        try Folder.create("\(other)/files")
        try FileStream.write(Array("2\n".utf8), to: "\(other)/files/in.jsonl")
        var options = RunOptions()
        options.filePlaces = .confined(to: other, home: folder.path)
        let run = FlowRun(plan, options: options)
        try await run.start()
        _ = await run.wait()
        #expect(try FileStream.contents(of: "\(other)/files/out.jsonl") == Array("2\n".utf8))
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
