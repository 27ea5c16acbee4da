import Glibc
import SluiceSystem

/// What the process is set up with before its first thread.
enum OwnProcess {
    /// The words of the command line behind the program's name.
    ///
    /// Text that is not UTF-8 would be taken for another, such as the name of another file.
    static func words() throws(UsageError) -> [String] {
        var words: [String] = []
        for place in 1..<max(1, Int(CommandLine.argc)) {
            guard let word = CommandLine.unsafeArgv[place] else { break }
            guard let text = String(validatingCString: word) else {
                let shown = String(cString: word)
                throw UsageError(
                    "argument \(place), `\(shown)`, is not UTF-8, which all names and texts "
                        + "have to be")
            }
            words.append(text)
        }
        guard Folder.isCurrentNamedInUTF8 else {
            throw UsageError(
                "the current folder has a path that is not UTF-8, which all names have to be")
        }
        return words
    }

    /// Puts something unusable where a standard stream was closed by whoever started the program.
    ///
    /// Else the next file that is opened, such as a store's log, would take its place, and be read
    /// as input or be printed into.
    static func keepStandardStreams() {
        for stream in Int32(0)...2 where fcntl(stream, F_GETFD) < 0 {
            _ = open("/dev/null", stream == 0 ? O_WRONLY : O_RDONLY)
        }
    }

    /// Whether there are the few files that the runtime's threads and timers need, which else end the
    /// process with a signal.
    static func canOpenFiles() -> Bool {
        let copies = (0..<neededFiles).map { _ in fcntl(2, F_DUPFD_CLOEXEC, 3) }
        for copy in copies where copy >= 0 { close(copy) }
        return copies.allSatisfy { $0 >= 0 }
    }
    private static let neededFiles = 10

    /// Takes as many open files as the system lets a process ask for: a store has one a segment.
    static func allowManyFiles() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
