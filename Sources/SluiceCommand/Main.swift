import Dispatch
import Glibc

/// The program: what stands on the command line decides which command runs.
@main
struct Main {
    static func main() {
        // A reader that has gone is noticed by the write that fails.
        signal(SIGPIPE, SIG_IGN)
        keepStandardStreams()
        allowManyFiles()
        let terminal = Terminal()
        guard canOpenFiles() else {
            terminal.note(
                "\(terminal.red("error:")) the process may open too few files: raise `ulimit -n`")
            exit(ExitCode.cannotStart.rawValue)
        }
        Task {
            let code = await Program(commands: Command.all)
                .run(Array(CommandLine.arguments.dropFirst()), terminal)
            exit(code.rawValue)
        }
        dispatchMain()
    }

    /// Puts something unusable where a standard stream was closed by whoever started the program.
    ///
    /// Else the next file that is opened, such as a store's log, would take its place, and be read
    /// as input or be printed into.
    private static func keepStandardStreams() {
        for stream in Int32(0)...2 where fcntl(stream, F_GETFD) < 0 {
            _ = open("/dev/null", stream == 0 ? O_WRONLY : O_RDONLY)
        }
    }

    /// Whether there are the few files that the runtime's threads and timers need, which else end the
    /// process with a signal.
    private static func canOpenFiles() -> Bool {
        let copies = (0..<neededFiles).map { _ in fcntl(2, F_DUPFD_CLOEXEC, 3) }
        for copy in copies where copy >= 0 { close(copy) }
        return copies.allSatisfy { $0 >= 0 }
    }
    private static let neededFiles = 10

    /// Takes as many open files as the system lets a process ask for: a store has one a segment.
    private static func allowManyFiles() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
