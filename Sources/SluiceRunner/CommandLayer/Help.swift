/// What people read about commands.
struct Help {
    /// What people type for the program.
    private let program: String
    /// How many characters a line may have.
    private let width: Int

    init(of program: String, _ terminal: Terminal) {
        self.program = program
        width = terminal.textColumns
    }

    /// All commands, a line each.
    func overview(of commands: [Command]) -> String {
        var text = """
            Runs dataflows described in JSON.

            Usage: \(program) COMMAND [ARGUMENTS]

            Commands:

            """
        text += table(commands.map { ($0.name, $0.summary) })
        text += "\nOptions:\n"
        text += table([
            ("--help", "Explain a command, or print this"), ("--version", "Print the version"),
        ])
        let more = "`\(program) COMMAND --help` says more and gives an example."
        text += "\n\(Paragraph.filled(more, width: width))\n"
        return text
    }

    /// One command.
    ///
    /// - Parameter path: What people type before it, such as `sluice store`.
    func page(of command: Command, path: String) -> String {
        var text = "\(command.summary)\n"
        if !command.discussion.isEmpty {
            let discussion = command.discussion.text(of: program)
            text += "\n\(Paragraph.filled(discussion, width: width))\n"
        }
        text += "\nUsage: \(path) \(Self.usage(of: command))\n"
        if !command.subcommands.isEmpty {
            text += "\nCommands:\n" + table(command.subcommands.map { ($0.name, $0.summary) })
        }
        if !command.operands.isEmpty {
            text += "\nArguments:\n" + table(command.operands.map { ($0.name, $0.about) })
        }
        let options = command.options + [.help]
        text += "\nOptions:\n"
        text += table(
            options.map { ($0.usage, $0.isRepeatable ? "\($0.about); repeatable" : $0.about) })
        if !command.examples.isEmpty {
            text += "\n\(command.examples.count == 1 ? "Example" : "Examples"):\n"
            for example in command.examples { text += "  \(example.text(of: program))\n" }
        }
        return text
    }

    /// What may follow what people type before the command.
    private static func usage(of command: Command) -> String {
        var words = [command.name]
        if !command.subcommands.isEmpty { words.append("COMMAND") }
        if !command.options.isEmpty { words.append("[OPTIONS]") }
        for operand in command.operands {
            switch operand.count {
            case .one: words.append(operand.name)
            case .optional: words.append("[\(operand.name)]")
            case .atLeastOne: words.append("\(operand.name)...")
            case .any: words.append("[\(operand.name)...]")
            }
        }
        return words.joined(separator: " ")
    }

    private func table(_ rows: [(String, String)]) -> String {
        var table = Table()
        for (name, about) in rows { table.add(["  \(name)", about]) }
        return table.text(width: width)
    }
}
