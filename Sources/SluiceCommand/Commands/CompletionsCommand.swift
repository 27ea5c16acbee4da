extension Command {
    private static let shells = ["bash", "zsh", "fish"]

    /// `sluice completions`.
    static let completions = Command(
        name: "completions",
        summary: "Print a script that completes command lines of sluice in a shell",
        operands: [Operand(name: "SHELL", about: "bash, zsh or fish", values: .choice(shells))],
        examples: [
            "source <(sluice completions bash)",
            "sluice completions zsh > ~/.zfunc/_sluice",
            "sluice completions fish > ~/.config/fish/completions/sluice.fish",
        ]
    ) { arguments, terminal in
        let completion = ShellCompletion(commands: all)
        switch arguments.first {
        case "zsh": try terminal.write(completion.zsh)
        case "fish": try terminal.write(completion.fish)
        default: try terminal.write(completion.bash)
        }
        return .success
    }
}
