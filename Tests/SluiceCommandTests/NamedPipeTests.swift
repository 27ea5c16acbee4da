import Glibc
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
        while process.isDeaf(to: SIGHUP) {}
        process.send(signal)
        let outcome = process.finish()
        #expect(outcome.code == 128 + signal)
        #expect(outcome.errors == "stopped before the flow had started\n")
    }
}
