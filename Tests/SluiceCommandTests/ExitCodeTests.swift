import Glibc
import Testing

@Suite struct EndingWithAnExitCode {
    /// `join` takes no more of `a` than one message ahead of `b`, which comes behind them.
    private static let stuck = """
        { "nodes": {
            "r": { "component": "router",
                   "settings": { "routes": [{ "name": "a", "when": "$.to == 'a'" }] } },
            "j": { "component": "join",
                   "settings": { "inputs": ["a", "b"], "key": "$.k", "maximumPending": 1 } } },
          "edges": ["r.a -> j.a", "r.default -> j.b"],
          "inputs": { "in": "r.in" }, "outputs": { "out": "j.out" }, "onError": "log" }
        """
    private static let store = """
        { "onError": "log",
          "nodes": { "s": { "component": "document_store",
                            "settings": { "lockTimeoutMs": 0, "collections": [{ "name": "c" }] } } },
          "inputs": { "put": "s.put" }, "outputs": { "ok": "s.put_ok" } }
        """

    @Test func aStuckFlowExitsFourWithTheChain() throws {
        let numbers = 1...1_000
        let input =
            numbers.map { "{\"to\":\"a\",\"k\":\($0)}\n" }.joined()
            + numbers.map { "{\"to\":\"b\",\"k\":\($0)}\n" }.joined()
        let outcome = try Sluice().run(
            ["run", "stuck.json", "--in", "in=-"], input: input,
            in: Flows.folder(["stuck.json": EndingWithAnExitCode.stuck]))
        #expect(outcome.errors.contains("the flow is stuck"))
        #expect(outcome.errors.contains("\n  r.a -> j.a: "))
        #expect(outcome.code == 4)
    }

    @Test(arguments: 4...16) func tooFewOpenFilesAreAnErrorAndNoSignal(limit: Int) throws {
        let folder = try Stores.folder()
        folder.write(EndingWithAnExitCode.store, to: "store.json")
        folder.write(#"{"collection":"c","key":"k","value":1}"#, to: "in")
        for line in [
            "run store.json --in put=in", "store get d turns alice/2", "store put d turns k 1",
            "store stats d", "check store.json", "--version",
        ] {
            let outcome = try Sluice().run(
                line.split(separator: " ").map(String.init), after: "ulimit -n \(limit)",
                in: folder)
            #expect(outcome.code < 128, "\(line): \(outcome.errors)")
            guard outcome.code != 0 else { continue }
            #expect(
                outcome.errors.contains("`ulimit -n`")
                    || outcome.errors.contains("Too many open files"), "\(line): \(outcome.errors)")
        }
    }

    @Test func aLockedStoreExitsSixAndNamesItsOwner() throws {
        let folder = Flows.folder(["store.json": EndingWithAnExitCode.store])
        let arguments = ["run", "store.json", "--in", "put=-", "--data-dir", "d"]
        let owner = try Sluice().start(arguments, in: folder)
        owner.write(#"{"collection":"c","key":"k","value":1}"# + "\n")
        let line = owner.nextLine()
        #expect(line?.hasPrefix(#"{"port":"ok","message":{"#) == true)
        let second = try Sluice().run(arguments, in: folder)
        #expect(second.errors.contains("in use by process \(owner.id)"))
        #expect(second.code == 6)
        owner.closeInput()
        #expect(owner.finish().code == 0)
    }

    @Test func invalidFlowsCountBeforeMissingInputs() throws {
        let outcome = try Sluice().run(
            ["run", "plus.json", "--in", "say=nope", "--set", "t.mpa=1"], in: Flows.folder())
        #expect(outcome.code == 3)
    }

    @Test(arguments: [
        "run", "check", "describe", "graph", "test", "fmt", "eval --file",
        "run plus.json --messages", "check plus.json --env", "test --env",
    ])
    func aFileThatIsMissingOrNoneExitsSix(command: String) throws {
        let folder = Flows.folder(["folder/a": ""])
        for path in ["absent.json", "folder"] {
            if command == "test", path == "folder" { continue }
            let words = command.split(separator: " ").map(String.init)
            let outcome = try Sluice().run(words + [path], in: folder)
            #expect(outcome.code == 6, "\(path): \(outcome.errors)")
            #expect(outcome.errors.contains(path))
        }
    }

    @Test func aTestFileWhoseFlowIsMissingExitsThree() throws {
        let outcome = try Sluice().run(
            ["test", "a.test.json"],
            in: ScratchFolder(["a.test.json": #"{ "flow": "absent.json", "cases": [] }"#]))
        #expect(outcome.code == 3, "\(outcome.errors)")
    }

    @Test func oneMessageIsNoMessages() throws {
        let outcome = try Sluice().run(
            ["run", "plus.json", "--in", "say=-", "--stats"], input: #"{"a":1}"#,
            in: Flows.folder())
        #expect(outcome.errors.contains("\n1 message in ("), "\(outcome.errors)")
    }

    @Test func commandsWhoseReaderHasGoneEndQuietly() throws {
        for arguments in [["list"], ["describe", "document_store"], ["schema"]] {
            let process = try Sluice().start(arguments)
            process.closeOutput()
            let outcome = process.finish()
            #expect(outcome.errors == "")
            #expect(outcome.code == 0)
        }
    }

    @Test func statisticsForProgramsAreJSON() throws {
        let outcome = try Sluice().run(
            ["run", "plus.json", "--in", "say=-", "--stats", "--json"], input: #"{"a":1}"#,
            in: Flows.folder())
        #expect(outcome.errors.hasPrefix(#"{"schema":1,"seconds":"#))
        #expect(outcome.errors.contains(#""messagesIn":1,"messagesOut":1,"#))
    }
}
