@testable import SluiceRunner

extension Command {
    /// Every command that does something, as people type it.
    static let leaves = leaves(of: all, below: [])

    private static func leaves(
        of commands: [Command], below path: [String]
    ) -> [(path: [String], command: Command)] {
        commands.flatMap { command in
            let path = path + [command.name]
            return command.subcommands.isEmpty
                ? [(path, command)] : leaves(of: command.subcommands, below: path)
        }
    }
}
