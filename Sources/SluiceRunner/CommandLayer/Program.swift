import Glibc
import Sluice
import SluiceSystem

/// Finds the command that a command line names, runs it, and says what went wrong.
struct Program: Sendable {
    /// The version of Sluice.
    private static let version = "0.1.0"
    /// The name of the program that comes with Sluice.
    static let sluice = "sluice"

    /// What people type for the program.
    let name: String
    /// The components that flows can name.
    let components: ComponentRegistry
    let commands: [Command]

    /// What `--version` prints: a program of another name has versions of its own.
    private var version: String {
        let sluice = Self.sluice
        return name == sluice
            ? "\(sluice) \(Self.version)" : "\(name) (\(sluice) \(Self.version))"
    }

    /// Runs a command line without the program's name.
    func run(_ words: [String], _ terminal: Terminal) async -> ExitCode {
        do {
            return try await dispatch(words, terminal)
        } catch let error as FileError where error.errno == EPIPE {
            // Whoever read standard output has seen enough.
            return .success
        } catch let error as CommandFailure {
            terminal.note("\(terminal.red("error:")) \(error.message)")
            if let remedy = error.remedy { terminal.note("  \(remedy)") }
            return error.code
        } catch let error as DotEnv.Broken {
            terminal.note("\(terminal.red("error:")) \(error)")
            return .invalid
        } catch let error as FileError {
            terminal.note("\(terminal.red("error:")) \(error)")
            return error.operation == "write" ? .failed : .cannotStart
        } catch {
            terminal.note("\(terminal.red("error:")) \(error)")
            return .failed
        }
    }

    private func dispatch(_ words: [String], _ terminal: Terminal) async throws -> ExitCode {
        switch words.first {
        case nil:
            terminal.note(.lines(Help(of: name, terminal).overview(of: commands)), terminator: "")
            return .usage
        case "--help", "-h":
            try terminal.print(.lines(Help(of: name, terminal).overview(of: commands)))
            return .success
        case "help":
            return try help(Array(words.dropFirst()), terminal)
        case "--version":
            try terminal.print("\(version)\n")
            return .success
        default:
            return try await run(words, among: commands, path: name, terminal)
        }
    }

    private func run(
        _ words: [String], among commands: [Command], path: String, _ terminal: Terminal
    ) async throws -> ExitCode {
        var command: Command?
        do {
            let found = try find(words.first, among: commands)
            command = found
            let rest = Array(words.dropFirst())
            guard found.subcommands.isEmpty || rest.first?.hasPrefix("-") == true else {
                return try await run(
                    rest, among: found.subcommands, path: "\(path) \(found.name)", terminal)
            }
            let arguments = try Arguments(rest, for: found, of: self)
            guard !arguments.wantsHelp else {
                try terminal.print(.lines(Help(of: name, terminal).page(of: found, path: path)))
                return .success
            }
            return try await found.run(arguments, terminal)
        } catch let error as UsageError {
            let name = command.map { "\(path) \($0.name)" } ?? path
            terminal.note("\(terminal.red("\(name):")) \(error.message)")
            if let suggestion = error.suggestion {
                terminal.note("  did you mean `\(suggestion)`?")
            }
            terminal.note("  `\(name) --help` explains more")
            return .usage
        }
    }

    private func find(_ name: String?, among commands: [Command]) throws(UsageError) -> Command {
        guard let name, !name.hasPrefix("-") else {
            throw UsageError(
                name.map { "there is no option \($0)" } ?? "the command is missing")
        }
        guard let command = commands.first(where: { $0.name == name }) else {
            throw UsageError(
                "there is no command `\(name)`",
                suggestion: Spelling.closest(to: name, among: commands.map(\.name)))
        }
        return command
    }

    /// `help`, `help COMMAND`, `help store COMMAND`.
    private func help(_ words: [String], _ terminal: Terminal) throws -> ExitCode {
        var path = name
        var level = commands
        var page: String?
        for word in words where word != "--help" {
            guard let command = level.first(where: { $0.name == word }) else {
                terminal.note("\(terminal.red("\(path):")) there is no command `\(word)`")
                if let near = Spelling.closest(to: word, among: level.map(\.name)) {
                    terminal.note("  did you mean `\(near)`?")
                }
                return .usage
            }
            page = Help(of: name, terminal).page(of: command, path: path)
            path += " \(word)"
            level = command.subcommands
        }
        try terminal.print(.lines(page ?? Help(of: name, terminal).overview(of: commands)))
        return .success
    }
}
