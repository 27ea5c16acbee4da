import Glibc
import Testing

@Suite struct RunningFlows {
    private static let said = #"{"port":"said","message":{"b":2}}"# + "\n"

    @Test(arguments: [
        CommandCase(
            ["run", "plus.json", "--in", "say=-"],
            input: "\u{FEFF}{\"a\":1}\r\n\n{\"a\":2}\n \t\n{\"a\":3}",
            output: said + said.replacing("2", with: "3") + said.replacing("2", with: "4")),
        CommandCase(["run", "plus.json", "--in", "say=-"], output: ""),
        CommandCase(
            ["run", "plus.json", "--in", "say=-", "--out", "said=-"], input: #"{"a":1}"#,
            output: "{\"b\":2}\n"),
        CommandCase(
            ["run", "plus.json", "--messages", "-"],
            input: #"{"port": "say", "message": {"a": 1}}"#, output: said),
        CommandCase(
            ["run", "plus.json", "--in=say=-", "--set", "t.map.b=x{{$.a}}"], input: #"{"a":1}"#,
            output: #"{"port":"said","message":{"b":"x1"}}"# + "\n"),
        CommandCase(
            ["run", "logged.json", "--in", "say=-"], input: "{\"a\":\"x\"}\n{\n{\"a\":1}\n",
            output: said,
            errors: [
                "warning: `t.in` failed:", #"  message: {"a":"x"}"#,
                "standard input:2:2: error: the text ends too early [invalid_json]",
            ]),
    ])
    func runEndsWell(_ command: CommandCase) throws {
        try command.check(in: Flows.folder())
    }

    @Test(arguments: [
        CommandCase(
            ["run", "plus.json", "--in", "say=-"], input: "{\"a\":1}\n{\"a\":\"x\"}\n",
            output: said, errors: ["error: `t.in` failed:", "[mapping_failed]"], code: 1),
        CommandCase(
            ["run", "plus.json", "--in", "say=-"], input: "{\"a\":1}\nx\n{\"a\":1}\n",
            output: said, errors: ["standard input:2:1: error: expected a value"], code: 1),
        CommandCase(
            ["run", "plus.json", "--messages", "-"], input: #"{"message": 1}"#, output: "",
            errors: ["standard input:1:1: error: the line has no member `port`"], code: 1),
        CommandCase(
            ["run", "plus.json", "--messages", "-"], input: #"{"port": "sya", "message": 1}"#,
            output: "",
            errors: [
                "standard input:1:10: error: the flow has no input `sya`; did you mean `say`? "
                    + "[invalid_message]"
            ], code: 1),
        CommandCase(
            ["run", "plus.json", "--messages", "-"], input: #"  {"é": 1, "port": 2, "message": 1}"#,
            output: "", errors: ["standard input:1:20: error: `port` is no string"], code: 1),
        CommandCase(
            ["run", "plus.json", "--messages", "-"], input: #"{"port": "say"}"#, output: "",
            errors: ["no member `message`"], code: 1),
        CommandCase(
            ["run", "plus.json"], errors: ["takes messages at `say`", "--in say=FILE"], code: 2),
        CommandCase(
            ["run", "plus.json", "--in", "sya=-"], errors: ["did you mean `say`?"], code: 2),
        CommandCase(
            ["run", "plus.json", "--in", "say=-", "--out", "siad=x"],
            errors: ["did you mean `said`?"], code: 2),
        CommandCase(
            ["run", "plus.json", "--in", "say=-", "--messages", "-"], errors: ["only once"],
            code: 2),
        CommandCase(["run", "plus.json", "--in", "say"], errors: ["NAME=FILE"], code: 2),
        CommandCase(
            ["run", "plus.json", "--in", "say=-", "--set", "u.map=1"], errors: ["no node `u`"],
            code: 2),
        CommandCase(
            ["run", "plus.json", "--in", "say=-", "--set", "limit=1"],
            errors: ["no parameter `limit`"], code: 2),
        CommandCase(
            ["run", "plus.json", "--in", "say=-", "--drain-timeout", "soon"],
            errors: ["such as 10s"], code: 2),
        CommandCase(
            ["run", "plus.json", "--in", "say=-", "--progress", "atuo"],
            errors: ["did you mean `auto`?"], code: 2),
        CommandCase(
            ["run", "plus.json", "--in", "say=-", "--set", "t.mpa=1"],
            errors: ["unknown member `mpa`", "did you mean `map`?"], code: 3),
        CommandCase(["run", "nope.json"], errors: ["nope.json: error:", "[E001]"], code: 6),
        CommandCase(["run", "."], errors: ["Is a directory [E001]"], code: 6),
        CommandCase(
            ["run", "plus.json", "--in", "sya=-", "--set", "t.mpa=1"],
            errors: ["did you mean `say`?"], code: 2),
        CommandCase(
            ["run", "plus.json", "--in", "say=-", "--set", "t.mpa=1", "--out", "siad=x"],
            errors: ["did you mean `said`?"], code: 2),
        CommandCase(
            ["run", "plus.json", "--in", "say=nope.jsonl"], errors: ["cannot open nope.jsonl"],
            code: 6),
        CommandCase(
            ["run", "plus.json", "--in", "say=-", "--env", "nope.env"],
            errors: ["cannot open nope.env"], code: 6),
    ])
    func runSaysWhatIsWrong(_ command: CommandCase) throws {
        try command.check(in: Flows.folder())
    }

    @Test func filesAreReadAndWritten() throws {
        let folder = Flows.folder(["in.jsonl": "{\"a\":1}\n{\"a\":2}"])
        let outcome = try Sluice().run(
            [
                "run", "plus.json", "--in", "say=in.jsonl", "--out", "said=out.jsonl", "--trace",
                "trace.jsonl", "--stats",
            ], in: folder)
        #expect(outcome.code == 0)
        #expect(outcome.output == "")
        #expect(outcome.errors.contains("t     transform         2        2       0        0"))
        #expect(folder.text(of: "out.jsonl") == "{\"b\":2}\n{\"b\":3}\n")
        let trace = try #require(folder.text(of: "trace.jsonl")).split(separator: "\n")
        #expect(trace.count == 4)
        #expect(trace.first?.contains(#""edge":"input say -> t.in","message":{"a":1}"#) == true)
        #expect(trace.last?.contains(#""edge":"t.out -> output said","message":{"b":3}"#) == true)
    }

    @Test func aMissingSubflowIsAFlowThatIsWrong() throws {
        let folder = ScratchFolder(["f.json": #"{"nodes": {"a": {"component": "./absent.json"}}}"#])
        for command in ["run", "check", "describe", "graph"] {
            #expect(try Sluice().run([command, "f.json"], in: folder).code == 3)
            #expect(try Sluice().run([command, "./absent.json"], in: folder).code == 6)
        }
    }

    @Test func failuresAndRetriesAreTraced() throws {
        let flow = """
            { "onError": "log",
              "nodes": { "c": { "component": "count" },
                         "f": { "component": "fail", "settings": { "code": "busy", "retryable": true } } },
              "edges": [{ "from": "c.out", "to": "f.in",
                          "retry": { "maxAttempts": 2, "initialDelayMs": 1 } }],
              "inputs": { "in": "c.in" } }
            """
        let folder = ScratchFolder(["f.json": flow])
        let outcome = try Sluice().run(
            ["run", "f.json", "--in", "in=-", "--trace", "t", "--stats-file", "s"],
            input: "1\nx\n", in: folder)
        #expect(outcome.code == 0, "\(outcome.errors)")
        let counts = #""component":"fail","received":1,"emitted":0,"failed":1,"retries":1}"#
        #expect(folder.text(of: "s")?.contains(counts) == true)
        let trace = try #require(folder.text(of: "t")).split(separator: "\n")
        let failed = trace.filter { $0.contains(#""code":"busy""#) }
        #expect(failed.count == 2, "\(trace)")
        #expect(failed.first?.contains(#""node":"f","port":"in""#) == true)
        #expect(failed.first?.contains(#""retried":true,"message":1"#) == true)
        #expect(failed.last?.contains(#""retried":false,"message":1"#) == true)
        #expect(trace.contains { $0.contains(#""node":"","port":"in","code":"invalid_json""#) })
    }

    @Test func aTraceMayGoToStandardOutput() throws {
        let folder = Flows.folder()
        let outcome = try Sluice().run(
            ["run", "plus.json", "--in", "say=-", "--out", "said=o", "--trace", "-"],
            input: #"{"a":1}"#, in: folder)
        #expect(outcome.code == 0, "\(outcome.errors)")
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.allSatisfy { $0.contains(#""edge":""#) })
    }

    @Test func statisticsGoToAFileOfTheirOwn() throws {
        let folder = Flows.folder(["s": "old"])
        let arguments = ["run", "logged.json", "--in", "say=-", "--out", "said=o", "--stats-file"]
        let outcome = try Sluice().run(arguments + ["s"], input: "{\"a\":1}\nx\n", in: folder)
        #expect(outcome.code == 0)
        #expect(outcome.errors.contains("schema") == false)
        #expect(folder.text(of: "s")?.hasPrefix(#"{"schema":1,"seconds":"#) == true)
        #expect(folder.text(of: "s")?.hasSuffix("}\n") == true)
        let printed = try Sluice().run(arguments + ["-"], input: #"{"a":1}"#, in: folder)
        #expect(printed.output.hasPrefix(#"{"schema":1,"seconds":"#))
        #expect(printed.errors == "")
    }

    @Test func outputsOfOneFileShareIt() throws {
        let folder = Flows.folder([
            "two.json": """
            { "nodes": { "a": { "component": "count" } }, "inputs": { "in": "a.in" },
              "outputs": { "all": "a.out", "again": "a.out" } }
            """
        ])
        let outcome = try Sluice().run(
            ["run", "two.json", "--in", "in=-", "--out", "all=x", "--out", "again=./x"],
            input: "1\n2\n3\n", in: folder)
        #expect(outcome.code == 0)
        let lines = try #require(folder.text(of: "x")).split(separator: "\n")
        #expect(lines.sorted() == ["1", "1", "2", "2", "3", "3"])
    }

    @Test func messagesFromManyBatchesComeInOrder() throws {
        let numbers = 1...5_000
        let outcome = try Sluice().run(
            ["run", "plus.json", "--in", "say=-", "--out", "said=-"],
            input: numbers.map { "{\"a\":\($0)}\n" }.joined(), in: Flows.folder())
        #expect(outcome.output == numbers.map { "{\"b\":\($0 + 1)}\n" }.joined())
    }

    @Test func variablesComeFromAFileAndThenFromTheEnvironment() throws {
        let flow = Flows.plus.replacing("{{$.a + 1}}", with: "${GREETING} {{$.a}} ${WHO}")
        let folder = Flows.folder([
            "flow.json": flow,
            "env": "# names\nexport GREETING='hi' # short\nWHO=\"a \\\"b\\\"\"\n",
            "broken.env": "A=1\nB\n",
        ])
        var sluice = Sluice()
        sluice.environment += ["GREETING=unused", "WHO=unused"]
        let arguments = ["run", "flow.json", "--in", "say=-", "--out", "said=-", "--env"]
        let outcome = try sluice.run(arguments + ["env"], input: #"{"a":1}"#, in: folder)
        #expect(outcome.output == #"{"b":"hi 1 a \"b\""}"# + "\n")
        let broken = try sluice.run(arguments + ["broken.env"], in: folder)
        #expect(broken.errors.contains("broken.env:2: expected NAME=value"))
        #expect(broken.code == 3)
    }

    @Test func aStreamThatIsClosedFromTheStartIsNotMistakenForAnotherFile() throws {
        let folder = Flows.folder(["store.json": RunningFlows.store])
        let arguments = ["run", "store.json", "--in", "put=-"]
        let input = #"{"collection":"c","key":"k","value":1}"#
        let deaf = try Sluice(redirection: "<&-").run(arguments, in: folder)
        #expect(deaf.errors.contains("standard input"))
        #expect(deaf.code != 0 && deaf.code < 128)
        let mute = try Sluice(redirection: ">&-").run(arguments, input: input, in: folder)
        #expect(mute.errors.contains("cannot write standard output: Bad file descriptor"))
        #expect(mute.code == 1)
        let whole = try Sluice().run(arguments, input: input, in: folder)
        #expect(whole.code == 0, "\(whole.errors)")
    }

    @Test func settingsThatOnlyShowToBeWrongInTheRunEndItAsInvalid() throws {
        let other = RunningFlows.store.replacing(
            #""s": {"#,
            with: #""t": { "component": "document_store", "settings": { "maxSizeMB": 7, "#
                + #""collections": [{ "name": "c" }] } }, "s": {"#)
        let folder = Flows.folder(["store.json": other])
        let outcome = try Sluice().run(["run", "store.json", "--in", "put=-"], in: folder)
        #expect(outcome.errors.contains("have to agree on `maxSizeMB`"))
        #expect(outcome.code == 3)
    }

    private static let store = """
        { "nodes": { "s": { "component": "document_store",
                            "settings": { "collections": [{ "name": "c" }] } } },
          "inputs": { "put": "s.put" }, "outputs": { "done": "s.put_ok", "failed": "s.error" } }
        """

    @Test func parametersAreSetByName() throws {
        let flow = Flows.plus.replacing(
            #"{ "nodes""#,
            with: #"{ "parameters": { "by": { "schema": { "type": "integer" } } }, "nodes""#
        ).replacing("+ 1", with: "+ ${by}")
        let folder = Flows.folder(["flow.json": flow])
        let arguments = ["run", "flow.json", "--in", "say=-", "--out", "said=-", "--set"]
        let outcome = try Sluice().run(arguments + ["by=10"], input: #"{"a":1}"#, in: folder)
        #expect(outcome.output == "{\"b\":11}\n")
        let wrong = try Sluice().run(arguments + ["by=ten"], in: folder)
        #expect(wrong.code == 2)
        #expect(wrong.errors.contains("the parameter `by`"))
    }
}

@Suite struct StoppingRuns {
    /// Shows each message at once, then holds it back for an hour.
    private static let slow = """
        { "nodes": { "t": { "component": "count" },
                     "d": { "component": "delay", "settings": { "milliseconds": 3600000 } } },
          "edges": ["t.out -> d.in"], "inputs": { "say": "t.in" },
          "outputs": { "seen": "t.out", "said": "d.out" } }
        """

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func aSignalFinishesWhatIsInFlight(_ signal: Int32) throws {
        let folder = Flows.folder()
        let process = try Sluice().start(["run", "plus.json", "--in", "say=-"], in: folder)
        process.write("{\"a\":1}\n")
        #expect(process.nextLine() == #"{"port":"said","message":{"b":2}}"#)
        process.send(signal)
        let outcome = process.finish()
        #expect(outcome.errors.contains("stopping"))
        #expect(outcome.code == 0)
    }

    @Test(arguments: ["", #""concurrency": 2, "#])
    func whatDoesNotDrainIsListedByEdge(_ concurrency: String) throws {
        let flow = StoppingRuns.slow.replacing(
            #""component": "delay""#, with: #"\#(concurrency)"component": "delay""#)
        let folder = Flows.folder(["slow.json": flow])
        let process = try Sluice().start(
            ["run", "slow.json", "--in", "say=-", "--drain-timeout", "10ms"], in: folder)
        process.write("1\n2\n")
        #expect(process.nextLine() == #"{"port":"seen","message":1}"#)
        #expect(process.nextLine() == #"{"port":"seen","message":2}"#)
        process.send(SIGTERM)
        let outcome = process.finish()
        #expect(outcome.errors.contains("2 messages were lost at shutdown\n  t.out -> d.in: 2\n"))
        #expect(outcome.code == 5)
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func aSecondSignalEndsAtOnce(_ signal: Int32) throws {
        let folder = Flows.folder(["slow.json": StoppingRuns.slow])
        let process = try Sluice().start(["run", "slow.json", "--in", "say=-"], in: folder)
        process.write("1\n")
        #expect(process.nextLine() != nil)
        process.send(signal)
        #expect(process.waitForError("stopping"))
        process.send(signal)
        #expect(process.finish().code == 128 + signal)
    }

    @Test func standardOutputClosedEarlyStopsTheRun() throws {
        let folder = Flows.folder()
        let process = try Sluice().start(["run", "plus.json", "--in", "say=-"], in: folder)
        process.closeOutput()
        // Input goes on until the process has gone: only the closed output can end it.
        let line = "{\"a\":1}\n"
        process.writeUntilClosed(String(repeating: line, count: 100))
        let outcome = process.finish()
        #expect(outcome.code == 0, "\(outcome.errors)")
    }

    /// Collects what comes until the end.
    private static let collecting = """
        { "nodes": { "c": { "component": "count" },
                     "all": { "component": "collect", "settings": { "count": 1000 } } },
          "edges": ["c.out -> all.in"], "inputs": { "in": "c.in" },
          "outputs": { "seen": "c.out", "all": "all.out" } }
        """

    @Test func aTerminalThatGoesAwayLosesNothingThatWasCollected() throws {
        let folder = Flows.folder(["f.json": Self.collecting])
        let process = try Sluice().start(
            ["run", "f.json", "--in", "in=-", "--out", "seen=-", "--out", "all=all"], in: folder)
        process.write("1\n2\n")
        #expect(process.nextLine() == "1")
        #expect(process.nextLine() == "2")
        process.send(SIGHUP)
        #expect(process.finish().code == 0)
        #expect(folder.text(of: "all") == "[1,2]\n")
    }

    /// Has `MILLISECONDS` for each message; reads 300,000 lines itself or is fed with them.
    private static let slowReader = """
        { "nodes": { "r": { "component": "jsonl_reader", "settings": { "path": "lines" } },
                     "d": { "component": "delay", "settings": { "milliseconds": 1 } } },
          "edges": [{ "from": "r.out", "to": "d.in", "capacity": 4 }],
          "outputs": { "said": "d.out" } }
        """

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP], [false, true])
    func aStoppedRunSaysHowFarAFileWasRead(_ signal: Int32, byNode: Bool) throws {
        let lines = (1...300_000).map { "{\"a\":\($0)}\n" }.joined()
        let folder = Flows.folder(["slow.json": Self.slowReader, "lines": lines])
        let arguments = byNode ? ["slow.json"] : ["plus.json", "--in", "say=lines"]
        let process = try Sluice().start(["run"] + arguments, in: folder)
        #expect(process.nextLine() != nil)
        process.send(signal)
        let outcome = process.finish()
        #expect(outcome.code == 128 + signal, "\(outcome.errors)")
        let name = byNode ? "lines (node `r`)" : "lines (--in say)"
        let told = try #require(
            outcome.errors.firstRange(of: "\(name) was read up to line "), "\(outcome.errors)")
        let line = Int(
            outcome.errors[told.upperBound...].prefix { $0 != ";" }.filter(\.isNumber))
        // The message of each line that was read has come out, and none of another.
        let written = 1 + outcome.output.split(separator: "\n").count
        #expect(line == written)
        #expect(outcome.errors.contains("lost") == false)
    }

    @Test func aRunThatDidNotDrainSaysHowFarAFileWasRead() throws {
        let flow = """
            { "nodes": { "d": { "component": "delay", "settings": { "milliseconds": 5 } } },
              "inputs": { "say": "d.in" }, "outputs": { "said": "d.out" } }
            """
        let lines = (1...2_000).map { "\($0)\n\n" }.joined()
        let folder = Flows.folder(["slow.json": flow, "lines": lines])
        let process = try Sluice().start(
            ["run", "slow.json", "--in", "say=lines", "--drain-timeout", "1ms", "--stats"],
            in: folder)
        // Of the lines that were sent last the edge has taken some.
        for number in 1...40 {
            #expect(process.nextLine() == #"{"port":"said","message":\#(number)}"#)
        }
        process.send(SIGTERM)
        let outcome = process.finish()
        #expect(outcome.code == 5, "\(outcome.errors)")
        func number(after text: String) throws -> Int {
            let place = try #require(outcome.errors.firstRange(of: text), "\(outcome.errors)")
            let number = outcome.errors[place.upperBound...].prefix { $0.isNumber || $0 == "," }
            return try #require(Int(number.filter(\.isNumber)))
        }
        let told = try number(after: "lines (--in say) was read up to line ")
        let lost = try number(after: "error: ")
        let written = 40 + outcome.output.split(separator: "\n").count
        // Each message that was taken has come out or is lost; every second line is blank.
        #expect(told == 2 * (written + lost) - 1, "\(outcome.errors)")
        #expect(outcome.errors.contains("\n\(written + lost) messages in"), "\(outcome.errors)")
    }

    @Test func aRunThatABadLineStopsSaysHowFarAFileWasRead() throws {
        var lines = (1...50_000).map { "{\"a\":\($0)}" }
        lines[1_000] = "x"
        let folder = Flows.folder(["lines": lines.joined(separator: "\n")])
        let outcome = try Sluice().run(
            ["run", "plus.json", "--in", "say=lines", "--out", "said=o"], in: folder)
        #expect(outcome.code == 1)
        #expect(
            outcome.errors.contains("lines (--in say) was read up to line 1,001; the rest was not"),
            "\(outcome.errors)")
        #expect(folder.text(of: "o")?.split(separator: "\n").count == 1_000)
    }

    @Test func aFileThatWasReadToItsEndIsNotSpokenOf() throws {
        let folder = Flows.folder([
            "slow.json": StoppingRuns.slow.replacing("3600000", with: "100"), "lines": "1\n2\n\n",
        ])
        let process = try Sluice().start(["run", "slow.json", "--in", "say=lines"], in: folder)
        #expect(process.nextLine() != nil)
        #expect(process.nextLine() != nil)
        process.send(SIGTERM)
        let outcome = process.finish()
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("was read") == false)
    }

    @Test func aReaderOfTheOutputThatHasSeenEnoughIsNoFailure() throws {
        let lines = (1...300_000).map { "{\"a\":\($0)}\n" }.joined()
        let folder = Flows.folder(["lines": lines])
        let process = try Sluice().start(["run", "plus.json", "--in", "say=lines"], in: folder)
        #expect(process.nextLine() != nil)
        process.closeOutput()
        let outcome = process.finish()
        #expect(outcome.code == 0)
        #expect(outcome.errors == "")
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func aSignalWhileALockIsWaitedForEndsAtOnce(_ signal: Int32) throws {
        let store = """
            { "nodes": { "s": { "component": "document_store",
                                "settings": { "lockTimeoutMs": 600000,
                                              "collections": [{ "name": "c" }] } } },
              "inputs": { "put": "s.put" }, "outputs": { "ok": "s.put_ok" } }
            """
        let folder = ScratchFolder(["store.json": store])
        let owner = try Sluice().start(["run", "store.json", "--in", "put=-"], in: folder)
        owner.write(#"{"collection":"c","key":"k","value":1}"# + "\n")
        #expect(owner.nextLine() != nil)
        let second = try Sluice().start(
            ["run", "store.json", "--in", "put=-", "--progress", "plain"], in: folder)
        // Signals are listened to before the store is opened, which writes nothing: all of them once
        // the last one is. A shell that starts a program takes SIGINT.
        while second.isDeaf(to: SIGHUP) {}
        second.send(signal)
        let outcome = second.finish()
        #expect(outcome.code == 128 + signal)
        #expect(outcome.errors.contains("lost") == false)
        owner.closeInput()
        #expect(owner.finish().code == 0)
    }

    @Test func outputThatCannotBeWrittenFails() throws {
        let folder = Flows.folder()
        let outcome = try Sluice().run(
            ["run", "plus.json", "--in", "say=-", "--out", "said=/dev/full"], input: #"{"a":1}"#,
            in: folder)
        #expect(outcome.errors.contains("cannot write /dev/full"))
        #expect(outcome.code == 1)
    }
}
