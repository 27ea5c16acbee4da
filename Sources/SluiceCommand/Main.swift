import Glibc

/// The program: what stands on the command line decides which command runs.
@main
struct Main {
    static func main() async {
        // A reader that has gone is noticed by the write that fails.
        signal(SIGPIPE, SIG_IGN)
        let terminal = Terminal()
        let code = await Program(commands: Command.all)
            .run(Array(CommandLine.arguments.dropFirst()), terminal)
        exit(code.rawValue)
    }
}
