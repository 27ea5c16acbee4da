import Glibc
import Sluice
import SluiceJSON
import Testing

@testable import SluiceRunner

/// The built `shout` of Examples/shout, a runner with one component of its own.
private enum Shouting {
    /// Beside `sluice`.
    static let program = String(Sluice.program.dropLast("sluice".count)) + "shout"
    static let example =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        .joined(separator: "/") + "/Examples/shout"

    static func run(
        _ arguments: [String], input: String = "", in folder: ScratchFolder? = nil,
        program: String = Shouting.program
    ) throws -> Outcome {
        let process = try Sluice().start(arguments, in: folder, program: program)
        process.write(input)
        process.closeInput()
        return process.finish()
    }

    /// Runs a script of bash.
    static func bash(_ script: String, in folder: ScratchFolder? = nil) throws -> String {
        try run(["-c", script], in: folder, program: "/bin/bash").output
    }
}

@Suite struct RunningWithComponentsOfOnesOwn {
    private static let flow = "\(Shouting.example)/greeting.json"

    @Test func aFlowThatNamesTheComponentRuns() throws {
        let outcome = try Shouting.run(
            ["run", Self.flow, "--in", "say=-"], input: #"{"to":"you","greeting":"hello"}"#)
        #expect(
            outcome.output == #"{"port":"said","message":{"to":"you","greeting":"HELLO"}}"# + "\n")
        #expect(outcome.code == 0, "\(outcome.errors)")
        let other = try Sluice().run(["run", Self.flow, "--in", "say=-"])
        #expect(other.errors.contains(#"there is no component "shout""#), "\(other.errors)")
        #expect(other.code == 3)
    }

    @Test func theFlowAndItsTestsAreChecked() throws {
        let outcome = try Shouting.run([
            "check", Self.flow, "\(Shouting.example)/greeting.test.json",
        ])
        #expect(outcome.output.contains("greeting.json: ok (1 node, 0 edges)\n"))
        #expect(outcome.output.contains("greeting.test.json: ok (test file)\n"))
        #expect(outcome.code == 0, "\(outcome.errors)")
        let folder = ScratchFolder([
            "f.json": #"{"nodes":{"l":{"component":"shout","settings":{"membre":"a"}}}}"#
        ])
        let wrong = try Shouting.run(["check", "f.json"], in: folder)
        #expect(wrong.errors.contains("did you mean `member`?"), "\(wrong.errors)")
        #expect(wrong.code == 3)
    }

    @Test func theTestsOfTheFlowPass() throws {
        let outcome = try Shouting.run(["test", Shouting.example])
        #expect(outcome.output.hasSuffix("2 passed, 0 failed\n"), "\(outcome.output)")
        #expect(outcome.code == 0, "\(outcome.errors)")
    }

    @Test func theComponentIsListedAndDescribed() throws {
        let list = try Shouting.run(["list", "--json"]).output
        let names = try #require(try JSON(parsing: list)["components"]).elements.map { $0["name"] }
        #expect(names.contains("shout") && names.contains("transform"))
        let text = try Shouting.run(["describe", "shout"])
        #expect(text.output.hasPrefix("shout: Writes the text of a member in capitals\n"))
        #expect(text.code == 0)
        let graph = try Shouting.run(["graph", Self.flow]).output
        #expect(graph.contains("loud<br/>shout"))
    }

    @Test(arguments: [["schema"], ["schema", "--test"]])
    func theSchemasHaveTheComponent(words: [String]) throws {
        #expect(try Shouting.run(words).output.contains(#""shout""#))
        #expect(try !Sluice().run(words).output.contains(#""shout""#))
    }

    @Test func templatesAreEvaluated() throws {
        #expect(try Shouting.run(["eval", "{{1 + 1}}", "--message", "1"]).output == "2\n")
    }
}

@Suite struct RunningWithAKindOfStoreOfOnesOwn {
    private static let program = String(Sluice.program.dropLast("sluice".count)) + "scratch"
    private static let flow =
        String(Shouting.example.dropLast("shout".count)) + "scratch/notes.json"

    @Test func aFlowThatNamesTheKindRuns() throws {
        let put = #"{"port":"put","message":{"collection":"notes","key":"a","value":1}}"#
        let get = #"{"port":"get","message":{"collection":"notes","key":"a"}}"#
        let folder = ScratchFolder(["in.jsonl": put + "\n" + get + "\n"])
        let words = ["run", Self.flow, "--messages", "in.jsonl"]
        let outcome = try Shouting.run(words, in: folder, program: Self.program)
        #expect(outcome.output.contains(#""found":true,"value":1"#), "\(outcome.errors)")
        #expect(outcome.errors.contains("scratch: 1 writes"), "\(outcome.errors)")
        #expect(outcome.code == 0)
        let other = try Sluice().run(["check", Self.flow])
        #expect(other.errors.contains(#"found "scratch""#), "\(other.errors)")
    }
}

@Suite struct RunningAFlowFromAProgram {
    @Test func theExampleGreets() throws {
        let parts = Sluice.program.dropLast("sluice".count)
        let folder = String(Shouting.example.dropLast("shout".count)) + "embedded"
        let output = try Shouting.bash("cd '\(folder)' && '\(parts)embedded' Ada Grace")
        #expect(output == "Hello Ada\nHello Grace\n")
    }
}

@Suite struct NamingARunner {
    @Test func helpHasTheProgramsOwnName() throws {
        for path in Command.leaves.map(\.path) + [["store"], ["store", "cursor"]] {
            let help = try Shouting.run(path + ["--help"]).output
            let words = path.joined(separator: " ")
            #expect(help.contains("\nUsage: shout \(words)"))
            #expect(help.contains("  shout \(words)") || help.contains("| shout \(words)"))
            #expect(!help.contains("sluice"), "\(words)")
        }
        let overview = try Shouting.run(["help"]).output
        #expect(overview.contains("\nUsage: shout COMMAND"))
        #expect(!overview.contains("sluice"))
    }

    @Test(
        arguments: [
            (["shot"], "shout: there is no command `shot`\n  `shout --help` explains more\n"),
            (["help", "shot"], "shout: there is no command `shot`\n"),
            (["run"], "shout run: FLOW is missing\n  `shout run --help` explains more\n"),
            (["describe", "x9"], "there is no component `x9`; `shout list` shows all\n"),
            (
                ["store", "restore", "d", "new"],
                "it is a store; `shout store backup d TARGET` makes"
            ),
            (["store", "get", "damaged", "turns", "k"], "`shout store verify damaged` names all"),
            (["store", "verify", "damaged"], "`shout store repair damaged NEW` saves the rest"),
        ] as [([String], String)])
    func errorsHaveTheProgramsOwnName(_ words: [String], _ expected: String) throws {
        let folder = try Stores.folder()
        _ = try Sluice().run(["store", "backup", "d", "b"], in: folder)
        let restored = try Sluice().run(["store", "restore", "b", "damaged"], in: folder)
        #expect(restored.code == 0, "\(restored.errors)")
        folder.cut(10, from: "damaged/00000001.seg")
        let outcome = try Shouting.run(words, in: folder)
        let text = outcome.output + outcome.errors
        #expect(text.contains(expected), "\(text)")
        #expect(!text.contains("sluice"), "\(text)")
    }

    @Test func aRunnerSaysWhichSluiceItIsMadeOf() throws {
        let version = try Sluice().run(["--version"]).output
        #expect(version.hasPrefix("sluice "))
        #expect(try Shouting.run(["--version"]).output == "shout (\(version.dropLast()))\n")
    }

    @Test func theNameIsThatByWhichTheProgramIsStarted() throws {
        let folder = ScratchFolder()
        symlink(Shouting.program, "\(folder.path)/loud")
        let help = try Shouting.run(["list", "--help"], program: "\(folder.path)/loud").output
        #expect(help.contains("\nUsage: loud list"))
    }
}

@Suite struct CompletingLinesOfTwoRunners {
    /// Both scripts in one shell, then a completion.
    private func complete(_ function: String, _ words: String...) throws -> String {
        let quoted = words.map { "'\($0)'" }.joined(separator: " ")
        return try Shouting.bash(
            """
            source <('\(Shouting.program)' completions bash)
            source <('\(Sluice.program)' completions bash)
            COMP_WORDS=(\(quoted)); COMP_CWORD=\(words.count - 1); \(function)
            echo "${COMPREPLY[*]}"
            """)
    }

    @Test func eachCompletesItsOwnComponents() throws {
        #expect(try complete("_shout", "shout", "describe", "sho") == "shout\n")
        #expect(try complete("_sluice", "sluice", "describe", "sho") == "\n")
        #expect(try complete("_sluice", "sluice", "describe", "docum") == "document_store\n")
    }

    @Test func namesInFilesAreThoseOfTheOwnComponents() throws {
        let flow = "\(Shouting.example)/greeting.json"
        #expect(try complete("_shout", "shout", "run", flow, "--set", "l") == "loud.member=\n")
        #expect(try complete("_shout", "shout", "run", flow, "--in", "") == "say=\n")
    }

    @Test func otherShellsCompleteTheProgramByItsName() throws {
        let zsh = try Shouting.run(["completions", "zsh"]).output
        #expect(zsh.hasPrefix("#compdef shout\n"))
        let fish = try Shouting.run(["completions", "fish"]).output
        #expect(fish.contains("\ncomplete -c shout -f\n"))
        #expect(fish.contains("-a '(shout completions fish --names inputs "))
        #expect(!zsh.contains("sluice") && !fish.contains("sluice"))
    }

    @Test(arguments: [
        ("my-runner", "_my-runner", "my-runner"), ("my_runner", "_my_runner", "my_runner"),
        ("it's $(touch made)", "_it:27s:20:24:28touch:20made:29", #"'it'\''s $(touch made)'"#),
    ])
    func everyNameCanBeCompleted(name: String, function: String, word: String) throws {
        let folder = ScratchFolder()
        symlink(Shouting.program, "\(folder.path)/\(name)")
        let script = """
            source <("./$1" completions bash); complete -p
            COMP_WORDS=("$1" gra); COMP_CWORD=1; "$2"; echo "${COMPREPLY[*]}"
            """
        let outcome = try Shouting.run(
            ["-c", script, "bash", name, function], in: folder, program: "/bin/bash")
        #expect(outcome.output == "complete -o filenames -F \(function) \(word)\ngraph\n")
        #expect(!folder.files.contains { $0.hasPrefix("made") })
    }
}

/// A runner whose components have mistakes says so at its start, whatever the command.
@Suite struct RefusingComponents {
    private enum Own: Component {
        static let about = About("own", "A component without mistakes")
        static func wire(_ settings: NoSettings, _ ports: inout Ports) {}
    }
    private enum OtherOwn: Component {
        static let about = About("own", "Another of its name")
        static func wire(_ settings: NoSettings, _ ports: inout Ports) {}
    }
    private enum OwnRouter: Component {
        static let about = About("router", "A component that has the name of another")
        static func wire(_ settings: NoSettings, _ ports: inout Ports) {}
    }
    private enum Twice: Component {
        static let about = About("twice", "A component that has two inputs of one name")
        static func wire(_ settings: NoSettings, _ ports: inout Ports) {
            for _ in 0..<2 { ports.input("in", JSON.self) { _, _ in } }
        }
    }

    private static func start(_ components: [any Component.Type]) {
        Runner(adding: components, name: "mine").main()
    }

    @Test func aComponentThatHasTheNameOfABuiltInOne() async throws {
        let result = await #expect(
            processExitsWith: .exitCode(6), observing: [\.standardErrorContent]
        ) { Self.start([Own.self, OwnRouter.self]) }
        expect(
            result,
            "mine: `router` is a component that comes with Sluice: give yours another name\n")
    }

    @Test func twoComponentsOfOneName() async throws {
        let result = await #expect(
            processExitsWith: .exitCode(6), observing: [\.standardErrorContent]
        ) { Self.start([Own.self, OtherOwn.self]) }
        expect(result, "mine: two of the components that were added have the name `own`\n")
    }

    @Test func aDeclarationThatContradictsItself() async throws {
        let result = await #expect(
            processExitsWith: .exitCode(6), observing: [\.standardErrorContent]
        ) { Self.start([Twice.self]) }
        expect(
            result,
            "mine: the component `twice` cannot be used: two inputs have the name `in`\n")
    }

    private func expect(_ result: ExitTest.Result?, _ text: String) {
        let errors = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(errors.contains(text), "\(errors)")
    }
}
