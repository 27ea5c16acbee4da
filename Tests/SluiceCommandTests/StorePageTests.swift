import Testing

/// What Docs/store.md shows is what happens.
@Suite struct ThePageOfStores {
    private static let records = """
        {"collection":"turns","key":"alice/1","value":{"text":"hello"}}
        {"collection":"turns","key":"alice/2","value":{"text":"bye"}}
        {"collection":"turns","key":"bob/1","value":{"text":"hi"}}

        """
    private static let bad = """
        {"collection":"turns","key":"carol/1","value":1}
        {"collection":"turns","key":1,"value":2}

        """

    /// A command and what the page shows of it.
    private struct Example {
        var command: String
        var shown = ""
    }

    private static func examples() throws -> [Example] {
        let path =
            #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
            .joined(separator: "/") + "/Docs/store.md"
        let text = try #require(ScratchFolder.text(at: path))
        var examples: [Example] = []
        var isShown = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") {
                isShown = line == "```console"
            } else if isShown, line.hasPrefix("$ ") {
                examples.append(Example(command: String(line.dropFirst(2))))
            } else if isShown, let last = examples.indices.last {
                examples[last].shown += "\(line)\n"
            }
        }
        return examples
    }

    /// A text without what differs from run to run and from format to format.
    private static func steady(_ text: String) -> String {
        text.replacing(/[0-9]{4}-[0-9-]{5}T[0-9:.]{12}Z/, with: "TIME")
            .replacing(/in [0-9.]+ s\n/, with: "in SECONDS s\n")
            .replacing(/[0-9.]+ (kB|bytes)/, with: "SIZE")
            .replacing(/at byte [0-9]+/, with: "at byte PLACE")
    }

    @Test func itsExamplesGiveWhatItSays() throws {
        let folder = ScratchFolder(["in.jsonl": Self.records, "bad.jsonl": Self.bad])
        try CommandCase(["store", "import", "data/chats", "in.jsonl"], errors: ["imported 3"])
            .check(in: folder)
        let tools = Sluice.program.split(separator: "/").dropLast().joined(separator: "/")
        var shell = Sluice()
        shell.environment[0] += ":/\(tools)"
        let examples = try Self.examples()
        #expect(examples.count > 10)
        for example in examples {
            if example.command == "sluice store verify data/copy" {
                for text in ["hello", "ello"] {
                    folder.damage(text, in: "data/copy/00000001.seg")
                }
            }
            let process = try shell.start(
                ["-c", example.command], in: folder, program: "/bin/sh")
            process.closeInput()
            let outcome = process.finish()
            var text = outcome.output + outcome.errors
            if !text.isEmpty, text.last != "\n" { text += "\n" }
            #expect(Self.steady(text) == Self.steady(example.shown), "\(example.command)")
        }
    }
}
