import Glibc
import Testing

@Suite struct WritingOneFileTogether {
    /// Two writers of the files `PATHA` and `PATHB` with settings of their own.
    private static let two = """
        { "nodes": {
            "a": { "component": "jsonl_writer", "settings": { "path": "${A}" } },
            "b": { "component": "jsonl_writer", "settings": { "path": "${B}" } } },
          "inputs": { "a": "a.in", "b": "b.in" } }
        """

    @Test(arguments: [
        ("o.jsonl", "./o.jsonl"), ("o.jsonl", "old"), ("o.jsonl", "hard"), ("symbolic", "hard"),
        ("new", "dangling"), ("inner/new", "link/new"), ("new", "inner/../new"),
    ])
    func whateverTheFileIsCalled(first: String, second: String) throws {
        let lines = (1...1_000).map { "\($0)\n" }.joined()
        let folder = ScratchFolder([
            "two.json": Self.two, "in": lines, "old": "before\n", "inner/x": "",
        ])
        for (from, to) in [("old", "o.jsonl"), ("o.jsonl", "symbolic"), ("new", "dangling")] {
            symlink(from, "\(folder.path)/\(to)")
        }
        symlink("inner", "\(folder.path)/link")
        link("\(folder.path)/old", "\(folder.path)/hard")
        var sluice = Sluice()
        sluice.environment += ["A=\(first)", "B=\(second)"]
        let outcome = try sluice.run(
            ["run", "two.json", "--in", "a=in", "--in", "b=in"], in: folder)
        #expect(outcome.code == 0, "\(outcome.errors)")
        let written = try #require(folder.text(of: first)).split(separator: "\n").compactMap {
            Int($0)
        }
        #expect(written.count == 2_000)
        #expect(Set(written) == Set(1...1_000))
    }

    @Test func anOutputOfTheCommandLineAndAWriterShareTheFile() throws {
        let flow = """
            { "nodes": { "c": { "component": "count" },
                         "w": { "component": "jsonl_writer", "settings": { "path": "o" } } },
              "edges": ["c.out -> w.in"], "inputs": { "in": "c.in" }, "outputs": { "out": "c.out" } }
            """
        let lines = (1...1_000).map { "\($0)\n" }.joined()
        let folder = ScratchFolder(["f.json": flow, "in": lines])
        let outcome = try Sluice().run(
            ["run", "f.json", "--in", "in=in", "--out", "out=./o"], in: folder)
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(folder.text(of: "o")?.split(separator: "\n").compactMap { Int($0) }.count == 2_000)
    }

    @Test func aWriterOfTheFileThatStandardOutputGoesIntoSharesIt() throws {
        let flow = """
            { "nodes": { "c": { "component": "count" },
                         "w": { "component": "jsonl_writer", "settings": { "path": "o" } } },
              "edges": ["c.out -> w.in"], "inputs": { "in": "c.in" }, "outputs": { "out": "c.out" } }
            """
        let folder = ScratchFolder(["f.json": flow, "in": (1...500).map { "\($0)\n" }.joined()])
        let outcome = try Sluice(redirection: "> o").run(
            ["run", "f.json", "--in", "in=in", "--out", "out=-"], in: folder)
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(folder.text(of: "o")?.split(separator: "\n").compactMap { Int($0) }.count == 1_000)
    }

    @Test(arguments: [["--out", "said=p"], ["--trace", "p"]])
    func whoeverWaitsAtANamedPipeGetsAllLines(_ options: [String]) throws {
        let folder = Flows.folder(["in": (1...500).map { "{\"a\":\($0)}\n" }.joined()])
        mkfifo("\(folder.path)/p", 0o600)
        let reader = try Sluice().start(["p"], in: folder, program: "/bin/cat")
        let outcome = try Sluice().run(
            ["run", "plus.json", "--in", "say=in"] + options, in: folder)
        #expect(outcome.code == 0, "\(outcome.errors)")
        let lines = reader.finish().output.split(separator: "\n")
        #expect(lines.count == (options.first == "--out" ? 500 : 1_000))
    }

    @Test func writersThatDoNotAgreeOnWhatHappensToItAreRefused() throws {
        let flow = Self.two.replacing(
            #""path": "${B}""#, with: #""path": "${B}", "append": true"#)
        let folder = ScratchFolder(["two.json": flow, "o": "before\n"])
        var sluice = Sluice()
        sluice.environment += ["A=o", "B=./o"]
        let outcome = try sluice.run(["run", "two.json", "--in", "a=-"], in: folder)
        #expect(outcome.errors.contains("agree on `append`"), "\(outcome.errors)")
        #expect(outcome.code == 3)
        #expect(folder.text(of: "o") == "before\n")
    }
}

@Suite struct ReadingAndWritingOneFile {
    /// Reads `f` and writes to `w`.
    private static let copy = """
        { "nodes": { "r": { "component": "jsonl_reader", "settings": { "path": "${R}" } },
                     "w": { "component": "jsonl_writer",
                            "settings": { "path": "${W}", "append": true } } },
          "edges": ["r.out -> w.in"] }
        """
    private static let data = (1...2_000).map { "{\"a\":\($0)}\n" }.joined()

    private func folder() -> ScratchFolder {
        let folder = Flows.folder(["f": Self.data, "copy.json": Self.copy, "env": "A=1\n"])
        symlink("f", "\(folder.path)/symbolic")
        link("\(folder.path)/f", "\(folder.path)/hard")
        return folder
    }

    @Test(arguments: [
        ["--in", "say=f", "--out", "said=f"], ["--in", "say=f", "--out", "said=./f"],
        ["--in", "say=f", "--out", "said=hard"], ["--in", "say=symbolic", "--out", "said=f"],
        ["--in", "say=f", "--trace", "f"], ["--in", "say=f", "--stats-file", "f"],
        ["--messages", "f", "--out", "said=f"],
        ["--in", "say=-", "--out", "said=plus.json"], ["--in", "say=-", "--trace", "plus.json"],
        ["--in", "say=-", "--env", "env", "--out", "said=env"],
    ])
    func isRefusedForOptions(_ options: [String]) throws {
        let folder = folder()
        let before = folder.files
        let outcome = try Sluice().run(["run", "plus.json"] + options, in: folder)
        #expect(outcome.code == 2, "\(outcome.errors)")
        #expect(outcome.errors.contains("a run cannot write a file that it reads"))
        #expect(outcome.errors.contains("rename"))
        #expect(folder.files == before)
        #expect(folder.text(of: "f") == Self.data)
    }

    @Test(arguments: [">> f", "2>> f", "< f >> f", "< hard >> symbolic"])
    func isRefusedForRedirections(_ redirection: String) throws {
        let folder = folder()
        let input = redirection.hasPrefix("<") ? "-" : "f"
        let outcome = try Sluice(redirection: redirection).run(
            ["run", "plus.json", "--in", "say=\(input)"], in: folder)
        #expect(outcome.code == 2, "\(outcome.errors)")
        // What is wrong may itself go where it was redirected.
        #expect(folder.text(of: "f")?.hasPrefix(Self.data) == true)
        #expect(folder.text(of: "f")?.contains(#""b""#) == false)
    }

    @Test(arguments: [("f", "f"), ("f", "./f"), ("symbolic", "hard"), ("env", "copy.json")])
    func isRefusedForNodes(reader: String, writer: String) throws {
        let folder = folder()
        var sluice = Sluice()
        sluice.environment += ["R=\(reader)", "W=\(writer)"]
        let before = folder.files
        let outcome = try sluice.run(["run", "copy.json"], in: folder)
        #expect(outcome.code == 3, "\(outcome.errors)")
        #expect(outcome.errors.contains("a run cannot write a file that it reads"))
        #expect(folder.files == before)
    }

    @Test func isRefusedForANodeAndAnOption() throws {
        let folder = folder()
        var sluice = Sluice()
        sluice.environment += ["R=f", "W=other"]
        let outcome = try sluice.run(["run", "copy.json", "--trace", "f"], in: folder)
        #expect(outcome.code == 2, "\(outcome.errors)")
        #expect(folder.text(of: "f") == Self.data)
        #expect(folder.text(of: "other") == nil)
    }

    @Test func aDeviceIsNoFile() throws {
        let outcome = try Sluice(redirection: "< /dev/null").run(
            ["run", "plus.json", "--in", "say=-", "--out", "said=/dev/null"], in: folder())
        #expect(outcome.code == 0, "\(outcome.errors)")
    }

    private static let twoInputs = """
        { "nodes": { "a": { "component": "count" }, "b": { "component": "count" } },
          "inputs": { "a": "a.in", "b": "b.in" } }
        """

    @Test(arguments: [("p", "./p"), ("p", "hard"), ("symbolic", "hard"), ("/dev/tty", "/dev/tty")])
    func aPipeOrTerminalHasOneReader(first: String, second: String) throws {
        let folder = ScratchFolder(["two.json": Self.twoInputs])
        mkfifo("\(folder.path)/p", 0o600)
        symlink("p", "\(folder.path)/symbolic")
        link("\(folder.path)/p", "\(folder.path)/hard")
        let outcome = try Sluice().run(
            ["run", "two.json", "--in", "a=\(first)", "--in", "b=\(second)"], in: folder)
        #expect(outcome.code == 2, "\(outcome.errors)")
        #expect(outcome.errors.contains("has one reader: --in a and --in b read it"))
    }

    @Test func aNamedPipeHasOneReaderAmongNodesToo() throws {
        let reader = #"{ "component": "jsonl_reader", "settings": { "path": "p" } }"#
        let other = reader.replacing("\"p\"", with: "\"./p\"")
        let outputs = #""outputs": { "a": "a.out""#
        let folder = ScratchFolder([
            "nodes.json": """
            { "nodes": { "a": \(reader), "b": \(other) }, \(outputs), "b": "b.out" } }
            """,
            "mixed.json": """
            { "nodes": { "a": \(reader), "c": { "component": "count" } },
              "inputs": { "in": "c.in" }, \(outputs) } }
            """,
        ])
        mkfifo("\(folder.path)/p", 0o600)
        for command in ["check", "run"] {
            let outcome = try Sluice().run([command, "nodes.json"], in: folder)
            #expect(outcome.code == 3, "\(outcome.errors)")
            #expect(outcome.errors.contains("has one reader: node `a` and node `b` read it"))
        }
        let outcome = try Sluice().run(["run", "mixed.json", "--in", "in=./p"], in: folder)
        #expect(outcome.code == 2, "\(outcome.errors)")
    }

    @Test func theNullDeviceHasManyReaders() throws {
        let outcome = try Sluice().run(
            ["run", "two.json", "--in", "a=/dev/null", "--in", "b=/dev/null"],
            in: ScratchFolder(["two.json": Self.twoInputs]))
        #expect(outcome.code == 0, "\(outcome.errors)")
    }

    @Test(arguments: ["-", "/dev/stdin", "/proc/self/fd/0"])
    func standardInputHasOneReader(path: String) throws {
        let outcome = try Sluice().run(
            ["run", "f.json", "--in", "in=\(path)"],
            in: ScratchFolder([
                "f.json": """
                { "nodes": { "r": { "component": "jsonl_reader", "settings": { "path": "-" } },
                             "c": { "component": "count" } },
                  "edges": ["r.out -> c.in"], "inputs": { "in": "c.in" } }
                """
            ]))
        #expect(outcome.code == 2)
        #expect(outcome.errors.contains("standard input has one reader"), "\(outcome.errors)")
    }

    @Test(arguments: [
        "./a.test.json", "b.test.json", "flow.json", "inner.json", "fixture", "symbolic", "hard",
    ])
    func aReportOfTestsDoesNotReplaceWhatIsTested(path: String) throws {
        let folder = ScratchFolder([
            "a.test.json": """
            { "flow": "flow.json", "files": { "f": "fixture" },
              "cases": [{ "name": "x", "steps": [{ "send": { "in": 1 }, "expect": { "out": 1 } }] }] }
            """,
            "b.test.json": #"{ "component": "count", "cases": [] }"#,
            "flow.json": """
            { "nodes": { "s": { "component": "./inner.json" } },
              "inputs": { "in": "s.in" }, "outputs": { "out": "s.out" } }
            """,
            "inner.json": """
            { "nodes": { "t": { "component": "transform", "settings": { "map": "{{$}}" } } },
              "inputs": { "in": "t.in" }, "outputs": { "out": "t.out" } }
            """,
            "fixture": "1\n",
        ])
        symlink("inner.json", "\(folder.path)/symbolic")
        link("\(folder.path)/fixture", "\(folder.path)/hard")
        let before = folder.files.map { folder.text(of: $0) }
        let outcome = try Sluice().run(
            ["test", "a.test.json", "b.test.json", "--junit", path], in: folder)
        #expect(outcome.code == 2, "\(outcome.errors)")
        #expect(outcome.errors.contains("--junit would replace"))
        #expect(folder.files.map { folder.text(of: $0) } == before)
        let other = try Sluice().run(["test", "a.test.json", "--junit", "report"], in: folder)
        #expect(other.code == 0, "\(other.output)\(other.errors)")
    }

    @Test func evalDoesNotReadWhatItPrints() throws {
        let folder = folder()
        let outcome = try Sluice(redirection: "< f >> f").run(["eval", "{{$.a}}"], in: folder)
        #expect(outcome.code == 2, "\(outcome.errors)")
        #expect(folder.text(of: "f") == Self.data)
    }
}

@Suite struct ChangingFilesOnceAllHasStarted {
    private static let flow = """
        { "nodes": { "w": { "component": "jsonl_writer", "settings": { "path": "w" } },
                     "n": { "component": "jsonl_writer", "settings": { "path": "new" } },
                     "r": { "component": "jsonl_reader", "settings": { "path": "absent" } } },
          "edges": ["r.out -> w.in", "r.out -> n.in"],
          "outputs": { "out": "w.out" } }
        """

    @Test func nothingIsChangedWhereANodeCannotStart() throws {
        let folder = ScratchFolder([
            "f.json": Self.flow, "w": "kept\n", "o": "kept\n", "t": "kept\n", "s": "kept\n",
        ])
        let before = folder.files
        let outcome = try Sluice().run(
            [
                "run", "f.json", "--out", "out=o", "--trace", "t", "--stats-file", "s",
            ], in: folder)
        #expect(outcome.code == 6)
        #expect(folder.files == before)
    }

    @Test func newFilesAreRemovedWhereALaterOneCannotBeMade() throws {
        let writer = #"{ "component": "jsonl_writer", "settings": { "path": "new/W" } }"#
        let nodes = (0..<40).map { "\"w\($0)\": " + writer.replacing("W", with: "\($0)") }
        let folder = ScratchFolder([
            "f.json": """
            { "nodes": { \(nodes.joined(separator: ", ")) },
              "inputs": { "in": "w0.in" }, "outputs": { "out": "w0.out" } }
            """,
            "new/1": "", "old": "kept\n", "in": "1\n",
        ])
        symlink("linked", "\(folder.path)/dangling")
        let before = folder.files
        let outcome = try Sluice().run(
            [
                "run", "f.json", "--in", "in=in", "--out", "out=dangling", "--trace", "t",
                "--stats-file", "s",
            ], after: "ulimit -n 30", in: folder)
        #expect(outcome.code == 6, "\(outcome.errors)")
        #expect(folder.files == before)
    }

    @Test func newFilesOfOptionsAreRemovedWhereALaterOneCannotBeMade() throws {
        let folder = Flows.folder(["in": ""])
        let before = folder.files
        let outcome = try Sluice().run(
            [
                "run", "plus.json", "--in", "say=in", "--out", "said=o", "--trace", "t",
                "--stats-file", "/proc/none",
            ], in: folder)
        #expect(outcome.code == 6, "\(outcome.errors)")
        #expect(folder.files == before)
    }

    @Test func noFileIsEmptiedWhereALaterOneCannotBeMade() throws {
        let flow = """
            { "nodes": { "a": { "component": "jsonl_writer", "settings": { "path": "w" } },
                         "b": { "component": "jsonl_writer", "settings": { "path": "${LAST}" } } },
              "inputs": { "a": "a.in", "b": "b.in" }, "outputs": { "out": "a.out" },
              "onError": "log" }
            """
        for (last, stats) in [("x", "/proc/none"), ("/proc/none", "s")] {
            let folder = ScratchFolder([
                "f.json": flow, "w": "old\n", "o": "old\n", "t": "old\n", "in": "",
            ])
            var sluice = Sluice()
            sluice.environment += ["LAST=\(last)"]
            let outcome = try sluice.run(
                [
                    "run", "f.json", "--in", "a=in", "--in", "b=in", "--out", "out=o", "--trace",
                    "t", "--stats-file", stats,
                ], in: folder)
            #expect(outcome.code == 6, "\(outcome.errors)")
            #expect(["w", "o", "t"].map { folder.text(of: $0) } == ["old\n", "old\n", "old\n"])
        }
    }

    @Test func aWriterThatGotNoMessageLeavesAnEmptyFile() throws {
        let folder = ScratchFolder(["f.json": Self.flow, "w": "old\n", "absent": ""])
        let outcome = try Sluice().run(["run", "f.json", "--out", "out=o"], in: folder)
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(["w", "new", "o"].map { folder.text(of: $0) } == ["", "", ""])
    }
}

@Suite struct NamesOfStandardStreams {
    private static let flow = """
        { "nodes": { "w": { "component": "jsonl_writer", "settings": { "path": "${OUT}" } } },
          "inputs": { "in": "w.in" }, "outputs": { "out": "w.out" } }
        """
    private static let numbers = (1...100_000).map { "\($0)\n" }.joined()

    @Test(arguments: ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
    func aReaderThatHasSeenEnoughEndsTheRunQuietly(path: String) throws {
        let folder = ScratchFolder(["f.json": Self.flow, "in": Self.numbers])
        for (node, option) in [(path, "/dev/null"), ("/dev/null", path)] {
            var sluice = Sluice()
            sluice.environment += ["OUT=\(node)"]
            let process = try sluice.start(
                ["run", "f.json", "--in", "in=in", "--out", "out=\(option)"], in: folder)
            process.closeOutput()
            let outcome = process.finish()
            #expect(outcome.errors == "")
            #expect(outcome.code == 0)
        }
    }

    @Test(arguments: ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"])
    func standardInputIsRead(path: String) throws {
        var sluice = Sluice()
        sluice.environment += ["OUT=/dev/stdout"]
        let outcome = try sluice.run(
            ["run", "f.json", "--in", "in=\(path)", "--out", "out=/dev/null"], input: "1\n2\n",
            in: ScratchFolder(["f.json": Self.flow]))
        #expect(outcome.output == "1\n2\n", "\(outcome.errors)")
        #expect(outcome.code == 0)
    }
}
