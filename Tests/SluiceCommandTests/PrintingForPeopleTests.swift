import Glibc
import SluiceJSON
import Testing

@testable import SluiceRunner

/// No name and no value that a command is given drives the terminal.
@Suite struct PrintingForPeople {
    /// A name with an escape sequence, a bell, line ends, a delete, a control character of one
    /// byte more, characters that turn the direction, and a tab.
    private static let name =
        "n\u{1B}]0;x\u{7}\nforged: b\rc\u{7F}\u{9B}31m\u{202E}\u{2066}\u{2028}\u{200F}\td"
    private static let json = JSON(name).text
    /// The same without what JSON text shows as an escape.
    private static let raw = "r\u{7F}\u{9B}31m\u{202E}\u{2066}\u{2028}\u{200F}"

    /// A command line, and whether its standard output is for people too.
    private struct Line {
        var words: [String]
        var input = ""
        var isPrinted = true

        init(_ words: String..., input: String = "", isPrinted: Bool = true) {
            self.words = words
            self.input = input
            self.isPrinted = isPrinted
        }
    }

    private static let flow = """
        { "name": \(json), "description": \(json), "onError": "log",
          "parameters": { "p": { "schema": { "description": \(json) }, "default": \(json) } },
          "nodes": {
            "s": { "component": "document_store", "description": \(json),
                   "settings": { "path": "d", "collections": [{ "name": \(json) }] } },
            "l": { "component": "log", "settings": { "label": \(json) } },
            "f": { "component": "fail", "settings": { "message": \(json) } } },
          "inputs": { "put": "s.put", "log": "l.in", "fail": "f.in" },
          "outputs": { "logged": "l.out" } }
        """
    private static let broken = """
        { "name": "x", "\(raw)": 1,\t"nodes": { \(json): { "component": \(json) },
            "\(raw)": { "component": "log", "settings": { \(json): \(json), "label": "${\(raw)}" } },
            "t": { "component": "transform", "settings": { "map": "\(raw){{ $.a += \(raw) }}" } } },
          "edges": [\(json), "t.\(raw) -> \(raw).x"], "inputs": { \(json): \(json) } }
        """
    private static let test = """
        { "flow": \(JSON("\(name).json").text), "cases": [
          { "name": \(json), "steps": [
            { "send": { "log": \(json) }, "expect": { "logged": { "\(raw)": "\(raw)" } } } ] },
          { "name": "\(raw)", "steps": [{ "send": { "\(raw)": 1 }, "expect": {} }] } ] }
        """
    private static let secondTest = """
        { "component": "log", "cases": [
          { "name": \(json), "steps": [
            { "send": { "in": "\(raw)" }, "expect": { "out": { "\(raw)": "\(raw)" } } } ] } ] }
        """
    private static let messages = """
        {"port":"log","message":{"\(raw)":"\(raw)"}}
        {"port":"fail","message":\(json)}
        {"port":"put","message":{"collection":"\(raw)","key":\(json),"value":1}}
        {"port":"\(raw)","message":1}
        \(raw)
        """

    /// A folder whose store and files have the name everywhere, damage in the store `x`, and a loss in
    /// the store `y`.
    private static func folder() throws -> ScratchFolder {
        let folder = ScratchFolder([
            "\(name).json": flow, "broken\(name).json": broken, "\(name).test.json": test,
            "second\(name).test.json": secondTest, "in\(name)": messages,
            "env\(name)": "\(raw)\n",
            "lines": """
            {"collection":\(json),"key":\(json),"value":"\(raw)"}
            {"collection":\(json),"key":\(json),"value":\(json)}
            {"collection":"\(raw)","key":"\(raw)","valueBase64":"Gwc="}
            """,
        ])
        for store in ["d\(name)", "x\(name)", "y\(name)"] {
            for words in [
                ["import", store, "lines"], ["cursor", "set", store, name, "1"],
                ["backup", store, "b\(store)"],
            ] {
                let outcome = try Sluice().run(["store"] + words, in: folder)
                #expect(outcome.code == 0, "\(outcome.errors)")
            }
        }
        folder.damage("n\u{1B}", in: "x\(name)/00000001.seg", last: true)
        folder.cut(10, from: "y\(name)/00000001.seg")
        return folder
    }

    /// Lines for each command; what is destroyed is used last.
    private static let lines: [String: [Line]] = [
        "run": [
            Line("run", "\(name).json", "--messages", "in\(name)", "--stats", isPrinted: false),
            Line("run", "\(name).json", "--in", "\(name)=\(name)", isPrinted: false),
            Line("run", "\(name).json", "--in", "put=\(name)", isPrinted: false),
            Line("run", "\(name).json", "--in", "put=-", "--set", "\(name).x=1", isPrinted: false),
            Line("run", "\(name).json", "--messages", "in\(name)", "--json", isPrinted: false),
            Line(
                "run", "\(name).json", "--messages", "in\(name)", "--progress", "plain",
                "--set", "s.path=\(name)\(name)", "--data-dir", "\(name)", isPrinted: false),
            Line("run", "broken\(name).json"), Line("run", name),
        ],
        "check": [
            Line("check", "\(name).json", "broken\(name).json", "\(name).test.json", name),
            Line("check", "\(name).json", "--env", "env\(name)"), Line("check", "--\(name)"),
            Line("check"), Line("check", "\(name).json", "--env", name),
        ],
        "test": [
            Line("test", "\(name).test.json", "second\(name).test.json"), Line("test", "."),
            Line("test", ".", "--filter", "no\(name)"), Line("test", name),
            Line("test", ".", "--seed", name),
        ],
        "list": [Line("list"), Line("list", name)],
        "describe": [
            Line("describe", "\(name).json"), Line("describe", "broken\(name).json"),
            Line("describe", name), Line("describe", "log", "--settings", "{\(json): 1}"),
            Line("describe", "log", "--settings", name),
        ],
        "eval": [
            Line("eval", "\(name){{ $.\(name) + + }}"),
            Line("eval", "{{ $.\(raw)\t+ \t= }}", "--message", name),
            Line("eval", "{{ $['\(raw)'] }}", "--message", "1"),
            Line("eval", "{{ $.a }}", input: "\(raw)\n{\"\(raw)\":1}\n"),
        ],
        "graph": [
            Line("graph", "\(name).json"), Line("graph", "broken\(name).json"),
            Line("graph", "\(name).json", "--format", "dot"),
            Line("graph", "\(name).json", "--format", name),
        ],
        "schema": [Line("schema", name), Line("schema")],
        "fmt": [
            Line("fmt", "--check", "\(name).json", "broken\(name).json", "in\(name)"),
            Line("fmt", name),
        ],
        "completions": [Line("completions", name)],
        "store stats": [
            Line("store", "stats", "d\(name)", "--count"), Line("store", "stats", "y\(name)"),
            Line("store", "stats", "y\(name)", "--as-found"),
        ],
        "store get": [
            Line("store", "get", "d\(name)", name, "no\(name)"),
            Line("store", "get", "d\(name)", "no\(name)", name),
            Line("store", "get", "d\(name)", name, name, "--base64"),
            Line("store", "get", "x\(name)", name, name, isPrinted: false),
            Line("store", "get", "y\(name)", name, name),
            Line("store", "get", "y\(name)", "no\(name)", name, "--as-found"),
            Line("store", "get", "y\(name)", name, name, "--as-found", isPrinted: false),
        ],
        "store put": [
            Line("store", "put", "d\(name)", name, name, name),
            Line("store", "put", "d\(name)", "no\(name)", name, "1"),
            Line("store", "put", "d\(name)/\(name)", name, name, "1", "--create"),
            Line("store", "put", "d\(name)", name, name, "1", "--ttl", name),
            Line("store", "put", "d\(name)", name, name, "1", "--ttl", "300000000000"),
            Line("store", "put", "y\(name)", name, name, "1"),
            Line("store", "put", "d\(name)", name, name, "1"),
        ],
        "store find": [
            Line("store", "find", "d\(name)", name, "--where", "$.\(name) ="),
            Line("store", "find", "d\(name)", name, "--where", "1 + 1"),
            Line("store", "find", "d\(name)", "no\(name)"),
            Line("store", "find", "x\(name)", name, isPrinted: false),
            Line("store", "find", "y\(name)", name, "--as-found", isPrinted: false),
        ],
        "store export": [
            Line("store", "export", "d\(name)", "--output", "out\(name)"),
            Line("store", "export", "d\(name)", "--output", "d\(name)/\(name)"),
            Line("store", "export", "d\(name)", "--output", "no\(name)/\(name)"),
            Line("store", "export", "d\(name)", "--collection", "no\(name)"),
            Line("store", "export", "x\(name)", "--output", "out\(name)"),
            Line("store", "export", "y\(name)", "--output", "out\(name)", "--as-found"),
        ],
        "store import": [
            Line("store", "import", "d\(name)", "in\(name)", "--keep-going"),
            Line("store", "import", "d\(name)", "lines", "--collection", name),
            Line("store", "import", "d\(name)", "no\(name)"),
        ],
        "store log": [
            Line("store", "log", "d\(name)"), Line("store", "log", "x\(name)"),
            Line("store", "log", "y\(name)", "--as-found"),
            Line("store", "log", "d\(name)", "--collection", name, "--key", name),
        ],
        "store history": [
            Line("store", "history", "d\(name)", name, name),
            Line("store", "history", "d\(name)", name, "no\(name)"),
            Line("store", "history", "y\(name)", name, name, "--as-found"),
        ],
        "store verify": [
            Line("store", "verify", "d\(name)"), Line("store", "verify", "x\(name)"),
        ],
        "store backup": [
            Line("store", "backup", "d\(name)", "bd\(name)"),
            Line("store", "backup", "x\(name)", "bx\(name)"),
            Line("store", "backup", "d\(name)", "."),
            Line("store", "backup", "d\(name)", "bx\(name)"),
        ],
        "store restore": [
            Line("store", "restore", "bd\(name)", "r\(name)"),
            Line("store", "restore", "d\(name)", "r\(name)"),
            Line("store", "restore", "bd\(name)", "d\(name)"),
        ],
        "store repair": [
            Line("store", "repair", "x\(name)", "p\(name)"),
            Line("store", "repair", "x\(name)", "d\(name)"),
        ],
        "store cursor list": [
            Line("store", "cursor", "list", "d\(name)"),
            Line("store", "cursor", "list", "y\(name)", "--as-found"),
        ],
        "store cursor set": [
            Line("store", "cursor", "set", "d\(name)", name, name),
            Line("store", "cursor", "set", "d\(name)", name, "2"),
        ],
        "store delete": [
            Line("store", "delete", "d\(name)", "no\(name)", name),
            Line("store", "delete", "d\(name)", name, "no\(name)"),
            Line("store", "delete", "d\(name)", name, name),
        ],
        "store compact": [
            Line("store", "compact", "d\(name)"), Line("store", "compact", "x\(name)"),
            Line("store", "compact", "d\(name)", "--discard-history"),
        ],
        "store drop": [
            Line("store", "drop", "d\(name)", "no\(name)", "--yes"),
            Line("store", "drop", "d\(name)", name, "--yes"),
        ],
    ]

    @Test func everyCommandIsTried() {
        let names = Command.leaves.map { $0.path.joined(separator: " ") }
        #expect(Set(names) == Set(Self.lines.keys))
    }

    @Test(arguments: Command.leaves.map { $0.path.joined(separator: " ") })
    func noCommandPrintsWhatDrivesATerminal(command: String) throws {
        let folder = try Self.folder()
        for line in Self.lines[command] ?? [] {
            let outcome = try Sluice().run(line.words, input: line.input, in: folder)
            #expect(outcome.code < 128, "\(line.words)")
            Self.expectPrintable(outcome.errors, line.words)
            if line.isPrinted { Self.expectPrintable(outcome.output, line.words) }
        }
    }

    @Test func commandsThatAreNotThereAreNamed() throws {
        for words in [[Self.name], ["store", Self.name], ["help", Self.name], ["--\(Self.name)"]] {
            let outcome = try Sluice().run(words)
            #expect(outcome.code == 2)
            Self.expectPrintable(outcome.errors, words)
        }
    }

    @Test func jsonOnStandardErrorIsJSON() throws {
        let folder = try Self.folder()
        let outcome = try Sluice().run(
            ["store", "export", "d\(Self.name)", "--json"], in: folder)
        #expect(try JSON(parsing: outcome.errors)["records"] == 2)
    }

    @Test func aValueOnATerminalIsJSONStill() throws {
        let terminal = try PseudoTerminal()
        let folder = try Self.folder()
        let outcome = try Sluice(redirection: ">\(terminal.path)").run(
            ["store", "get", "d\(Self.name)", Self.name, Self.name], in: folder)
        #expect(outcome.code == 0)
        let text = terminal.waitFor("\r\n").replacing("\r\n", with: "")
        Self.expectPrintable(text, [])
        #expect(try JSON(parsing: text) == JSON(Self.name))
    }

    /// Lines of JSON, and documents of JSON, say the same on a terminal in printable characters.
    @Test(arguments: [
        ["store", "find", "d", name], ["store", "export", "d"],
        ["store", "log", "d", "--json"], ["store", "history", "d", name, name, "--json"],
        ["store", "get", "d", name, name, "--json"], ["store", "cursor", "list", "d", "--json"],
        ["store", "stats", "d", "--json"], ["store", "verify", "d", "--json"],
        ["run", "flow.json", "--in", "log=in"],
        ["run", "flow.json", "--in", "log=in", "--out", "logged=-"],
        ["run", "write.json", "--in", "w=in"],
        ["eval", "{{ $ }}", "--message", json], ["fmt", "-"], ["describe", "flow.json", "--json"],
        ["check", "broken.json", "--json"], ["check", "flow.json", "--json"], ["list", "--json"],
    ]) func jsonOnATerminalIsPrintable(words: [String]) throws {
        let terminal = try PseudoTerminal(columns: 2_000)
        let folder = try Self.folder()
        rename("\(folder.path)/d\(Self.name)", "\(folder.path)/d")
        folder.write(Self.flow, to: "flow.json")
        folder.write(Self.broken, to: "broken.json")
        folder.write("\(Self.json)\n", to: "in")
        folder.write(
            """
            { "nodes": { "w": { "component": "jsonl_writer", "settings": { "path": "-" } } },
              "inputs": { "w": "w.in" } }
            """, to: "write.json")
        let plain = try Sluice().run(words, input: Self.flow, in: folder)
        let outcome = try Sluice(redirection: ">\(terminal.path)").run(
            words, input: Self.flow, in: folder)
        #expect(outcome.code == plain.code)
        let text = terminal.shown().replacing("\r\n", with: "\n")
        Self.expectPrintable(text, words)
        #expect(try Self.documents(text) == Self.documents(plain.output))
        #expect(!plain.output.isEmpty)
    }

    /// A text of JSON, or of lines of JSON.
    private static func documents(_ text: String) throws -> [JSON] {
        let text = text.replacing(/"seconds": ?[0-9.e-]+/, with: "\"seconds\":0")
        if let whole = try? JSON(parsing: text) { return [whole] }
        return try text.split(separator: "\n").map { try JSON(parsing: String($0)) }
    }

    /// A line of its own that a name begins would be taken for the command's.
    private static func expectPrintable(_ text: String, _ words: [String]) {
        let bad = text.unicodeScalars.filter { scalar in
            scalar != "\n"
                && [.control, .format, .lineSeparator, .paragraphSeparator].contains(
                    scalar.properties.generalCategory)
        }
        #expect(
            bad.isEmpty, "\(words.prefix(3)): \(bad.map { $0.value }) in \(text.debugDescription)")
        #expect(!text.split(separator: "\n").contains { $0.hasPrefix("forged") }, "\(words)")
    }
}
