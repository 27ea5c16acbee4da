import Dispatch
import Glibc
public import Sluice
public import SluiceComponents
import SluiceSystem

/// A program that runs, checks, tests, describes and draws flows: all of `sluice`, with components
/// of one's own beside those that come with Sluice.
///
/// ```swift
/// import SluiceRunner
///
/// @main
/// struct Main {
///     static func main() { Runner(adding: [Shout.self]).main() }
/// }
/// ```
///
/// The program takes the commands, options and exit codes of `sluice`; help, errors and completions
/// of shells have its own name.
public struct Runner: Sendable {
    private let added: [any Component.Type]
    private let stores: StoreKinds
    private let name: String

    /// Creates a runner.
    ///
    /// - Parameters:
    ///   - components: What flows can name beside the components that come with Sluice.
    ///   - stores: The kinds of stores that nodes can name, with the merge operators of their writes.
    ///   - name: What people type for the program; nil for the last part of the path by which it was
    ///     started.
    public init(
        adding components: [any Component.Type] = [], stores: StoreKinds = .builtIn,
        name: String? = nil
    ) {
        added = components
        self.stores = stores
        self.name = name ?? Self.startedName
    }

    /// Runs the command of the command line, and ends the process with its exit code.
    ///
    /// Call it first, in a `main` that is not `async`: what the process has to be set up with comes
    /// before the first thread. Whatever the command, the process ends with exit code 6 and a
    /// message for each mistake where a component that was added has the name of another, or has a
    /// declaration that contradicts itself (`ComponentRegistry.mistakes`).
    @available(*, noasync, message: "call it in a `main` that is not `async`")
    public func main() -> Never {
        // A reader that has gone is noticed by the write that fails.
        signal(SIGPIPE, SIG_IGN)
        OwnProcess.keepStandardStreams()
        OwnProcess.allowManyFiles()
        let terminal = Terminal()
        guard OwnProcess.canOpenFiles() else {
            terminal.note(
                "\(terminal.red("error:")) the process may open too few files: raise `ulimit -n`")
            exit(ExitCode.cannotStart.rawValue)
        }
        let mistakes = mistakes
        guard mistakes.isEmpty else {
            for mistake in mistakes { terminal.note("\(terminal.red("\(name):")) \(mistake)") }
            exit(ExitCode.cannotStart.rawValue)
        }
        let words: [String]
        do throws(UsageError) {
            words = try OwnProcess.words()
        } catch {
            terminal.note("\(terminal.red("\(name):")) \(error.message)")
            exit(ExitCode.usage.rawValue)
        }
        let program = program
        Task {
            let code = await program.run(words, terminal)
            exit(code.rawValue)
        }
        dispatchMain()
    }

    private var program: Program {
        var components = ComponentRegistry.builtIn(stores)
        for component in added { components.add(component) }
        return Program(name: name, components: components, commands: Command.all)
    }

    /// What is wrong with the components that were added, for whoever wrote them.
    private var mistakes: [String] {
        let builtIn = ComponentRegistry.builtIn
        var names: [String] = []
        var mistakes: [String] = []
        for component in added {
            let name = component.about.name
            if builtIn[name] != nil {
                mistakes.append(
                    "`\(name)` is a component that comes with Sluice: give yours another name")
            } else if names.has(name) {
                mistakes.append("two of the components that were added have the name `\(name)`")
            }
            names.append(name)
        }
        return mistakes + ComponentRegistry(added).mistakes
    }

    /// The last part of the path by which the program was started.
    private static var startedName: String {
        let path = CommandLine.arguments.first ?? ""
        return path.isEmpty ? Program.sluice : Folder.lastPart(of: path)
    }
}
