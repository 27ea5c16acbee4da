import Glibc
import SluiceJSON
import Testing

@Suite struct StoppingAtNamedPipes {
    /// A node that waits for the other end of the pipe `p`.
    private static func node(_ component: String, _ settings: String = "") -> String {
        let ports =
            component == "jsonl_writer"
            ? #""inputs": { "in": "n.in" }"# : #""outputs": { "out": "n.out" }"#
        return """
            { "nodes": { "n": { "component": "\(component)",
                                "settings": { "path": "p"\(settings) } } }, \(ports) }
            """
    }

    @Test(
        arguments: [
            ["plus.json", "--in", "say=p"], ["plus.json", "--messages", "p"],
            ["plus.json", "--in", "say=-", "--out", "said=p"],
            ["plus.json", "--in", "say=-", "--trace", "p"],
            ["plus.json", "--in", "say=-", "--stats-file", "p"],
            ["plus.json", "--in", "say=-", "--env", "p"], ["p", "--in", "say=-"],
            ["jsonl.json"], ["csv.json"], ["writer.json", "--in", "in=-"],
            ["appending.json", "--in", "in=-"],
        ], [SIGINT, SIGTERM, SIGHUP])
    func aSignalEndsAtOnce(_ arguments: [String], _ signal: Int32) throws {
        let folder = Flows.folder([
            "jsonl.json": Self.node("jsonl_reader"), "csv.json": Self.node("csv_reader"),
            "writer.json": Self.node("jsonl_writer"),
            "appending.json": Self.node("jsonl_writer", #", "append": true"#),
        ])
        mkfifo("\(folder.path)/p", 0o600)
        let process = try Sluice().start(["run"] + arguments, in: folder)
        // All signals are listened to once the last one is; a shell that starts a program takes SIGINT.
        while process.isRunning, process.isDeaf(to: SIGHUP) {}
        process.send(signal)
        let outcome = process.finish()
        #expect(outcome.code == 128 + signal)
        #expect(outcome.errors == "stopped before the flow had started\n")
    }

    /// A run that is given up, because nobody reads its output, still says what became of it.
    @Test func aRunThatIsGivenUpWritesItsFiles() throws {
        // None of them fits into what is left of a pipe that takes no more.
        let line = "{\"a\":1,\"text\":\"\(String(repeating: "x", count: 5_000))\"}\n"
        let flow = """
            { "nodes": { "t": { "component": "transform", "settings": { "map": "{{$}}" } } },
              "inputs": { "say": "t.in" }, "outputs": { "said": "t.out" } }
            """
        let folder = Flows.folder([
            "same.json": flow, "in.jsonl": String(repeating: line, count: 2_000),
        ])
        mkfifo("\(folder.path)/p", 0o600)
        let pipe = open("\(folder.path)/p", O_RDWR)
        defer { close(pipe) }
        let process = try Sluice().start(
            [
                "run", "same.json", "--in", "say=in.jsonl", "--out", "said=p", "--stats-file",
                "stats.json", "--trace", "trace.jsonl", "--drain-timeout", "10ms",
            ], in: folder)
        var room = pollfd(fd: pipe, events: Int16(POLLOUT), revents: 0)
        while process.isRunning, poll(&room, 1, 0) > 0 {}
        process.send(SIGTERM)
        let outcome = process.finish()
        #expect(outcome.code == 5, "\(outcome.errors)")
        #expect(outcome.errors.contains("a handler of `(said)` has not returned"))
        let stats = try JSON(parsing: Array((folder.text(of: "stats.json") ?? "").utf8))
        #expect(stats["unreturned"] == ["(said)"], "\(stats.text)")
        #expect(folder.text(of: "trace.jsonl")?.isEmpty == false)
    }
}
