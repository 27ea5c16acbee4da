import Sluice
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
