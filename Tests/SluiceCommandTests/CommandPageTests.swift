import Testing

@testable import SluiceRunner

@Suite struct ExplainingCommands {
    private static let commands = Command.leaves

    @Test func everyCommandHasHelpWithAnExample() throws {
        for (path, command) in Self.commands {
            let help = try Sluice().run(path + ["--help"])
            #expect(help.code == 0 && help.errors == "")
            #expect(help.output.hasPrefix("\(command.summary)\n"))
            let words = path.joined(separator: " ")
            #expect(help.output.contains("\nUsage: sluice \(words)"))
            let examples = command.examples.map { $0.text(of: "sluice") }
            #expect(examples.contains { $0.contains("sluice \(words)") }, "\(words)")
        }
    }

    @Test func thePageOfCommandsNamesEachWithAnExample() throws {
        let page =
            #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
            .joined(separator: "/") + "/Docs/commands.md"
        let text = try #require(ScratchFolder.text(at: page))
        for (path, _) in Self.commands {
            let name = path.joined(separator: " ")
            let row = text.split(separator: "\n").first { $0.hasPrefix("| `\(name)` | ") }
            #expect(row?.contains("sluice \(name)") == true, "\(name)")
        }
        let names = text.split(separator: "\n").filter { $0.hasPrefix("| `") }.count
        #expect(names == Self.commands.count)
    }
}
