extension Command {
    private static let shells = ["bash", "zsh", "fish"]
    private static let names = Option(
        name: "names", value: "KIND",
        about: "Print names of this kind that the words of a command line allow, for the scripts",
        values: .choice(NamesInFiles.allCases.map(\.rawValue)))

    /// `sluice completions`.
    static let completions = Command(
        name: "completions",
        summary: "Print a script that completes command lines in a shell",
        discussion: """
            The scripts complete commands, options, files, and names that stand in a flow file or a store
            on the command line: collections, and what --in, --out and --set take.
            """,
        operands: [
            Operand(name: "SHELL", about: "bash, zsh or fish", values: .choice(shells)),
            Operand(
                name: "WORD", about: "The words of a command line so far, with --names", count: .any
            ),
        ],
        options: [names],
        examples: [
            "source <(\(.program) completions bash)",
            "\(.program) completions zsh > ~/.zfunc/_\(.program)",
            "\(.program) completions fish > ~/.config/fish/completions/\(.program).fish",
        ]
    ) { arguments, terminal in
        let words = Array(arguments.operands.dropFirst())
        if let kind = arguments[names].flatMap(NamesInFiles.init) {
            try terminal.write(
                kind.names(in: words, arguments.program.components).map { "\($0)\n" }.joined())
            return .success
        }
        guard words.isEmpty else { throw UsageError("words are for --names") }
        let completion = ShellCompletion(of: arguments.program)
        switch arguments.first {
        case "zsh": try terminal.write(completion.zsh)
        case "fish": try terminal.write(completion.fish)
        default: try terminal.write(completion.bash)
        }
        return .success
    }
}
