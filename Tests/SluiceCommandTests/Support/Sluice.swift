import Glibc
import Synchronization

/// What a finished process left.
struct Outcome: Sendable {
    var output: String
    var errors: String
    var code: Int32
}

/// The built `sluice`, run as a user would.
struct Sluice: Sendable {
    /// The variables of the environment, `NAME=value`.
    var environment = ["PATH=/usr/bin:/bin", "TERM=dumb"]
    /// What the shell does with the standard streams, such as `<&-`.
    var redirection = ""

    /// The program beside the tests' own bundle.
    static let program: String = {
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? executable
        let folder = bundle.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        return folder.joined(separator: "/") + "/sluice"
    }()

    private static let executable: String = {
        guard let path = realpath("/proc/self/exe", nil) else { return "" }
        defer { free(path) }
        return String(cString: path)
    }()

    /// Runs a command to its end.
    func run(_ arguments: [String], input: String = "", in folder: ScratchFolder? = nil) throws
        -> Outcome
    {
        let process = try start(arguments, in: folder)
        process.write(input)
        process.closeInput()
        return process.finish()
    }

    /// Runs a command with limits or a mask that the shell sets, such as `umask 077`.
    func run(_ arguments: [String], after preparation: String, in folder: ScratchFolder) throws
        -> Outcome
    {
        let words = ["-c", "\(preparation); exec \"$0\" \"$@\"", Sluice.program]
        let process = try start(words + arguments, in: folder, program: "/bin/bash")
        process.closeInput()
        return process.finish()
    }

    /// Starts a command, of another program where the test is about one.
    func start(
        _ arguments: [String], in folder: ScratchFolder? = nil, program: String = Sluice.program
    ) throws -> RunningProcess {
        let path = folder?.path ?? "."
        let streams = try Sluice.starting.withLock { _ in
            try RunningProcess.Streams(program, arguments, environment, path, redirection)
        }
        return RunningProcess(streams, folder)
    }

    /// One start at a time: a child must not inherit pipes that are just being made for another.
    private static let starting = Mutex(())
}

/// A process whose standard streams are pipes; one thread at a time uses it.
final class RunningProcess {
    struct CannotStart: Error { let errno: Int32 }

    /// A process that has just been started, and this side of its pipes.
    struct Streams: Sendable {
        let id: pid_t
        let input: Int32
        let output: Int32
        let errors: Int32

        init(
            _ program: String, _ arguments: [String], _ environment: [String], _ folder: String,
            _ redirection: String = ""
        ) throws {
            let pipes = try (0..<3).map { _ in
                var ends: [Int32] = [-1, -1]
                guard pipe(&ends) == 0 else { throw CannotStart(errno: errno) }
                for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
                return (reading: ends[0], writing: ends[1])
            }
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            posix_spawn_file_actions_adddup2(&actions, pipes[0].reading, 0)
            posix_spawn_file_actions_adddup2(&actions, pipes[1].writing, 1)
            posix_spawn_file_actions_adddup2(&actions, pipes[2].writing, 2)
            // The shell changes the folder, because a spawn here cannot.
            let shell = ["/bin/sh", "-c", #"cd "$0" && exec "$@" "# + redirection, folder, program]
            let words = (shell + arguments).map { strdup($0) } + [nil]
            let variables = environment.map { strdup($0) } + [nil]
            defer { for text in words + variables { free(text) } }
            var child = pid_t()
            let failure = posix_spawn(&child, "/bin/sh", &actions, nil, words, variables)
            for end in [pipes[0].reading, pipes[1].writing, pipes[2].writing] { close(end) }
            guard failure == 0 else { throw CannotStart(errno: failure) }
            id = child
            input = pipes[0].writing
            output = pipes[1].reading
            errors = pipes[2].reading
        }
    }

    let id: pid_t
    /// Kept until the process has ended.
    private let folder: ScratchFolder?
    private var input: Int32
    private var output: Int32
    private let errors: Int32
    private var read = ""

    init(_ streams: Streams, _ folder: ScratchFolder?) {
        id = streams.id
        input = streams.input
        output = streams.output
        errors = streams.errors
        self.folder = folder
    }

    deinit {
        closeInput()
        closeOutput()
        close(errors)
    }

    /// Writes to standard input; false where the process does not read it any more.
    @discardableResult
    func write(_ text: String) -> Bool {
        signal(SIGPIPE, SIG_IGN)
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let wrote = rest.withUnsafeBytes { Glibc.write(input, $0.baseAddress, $0.count) }
            guard wrote > 0 else { return false }
            rest = rest.dropFirst(wrote)
        }
        return true
    }

    /// Writes a text again and again until the process does not read it any more.
    func writeUntilClosed(_ text: String) {
        while write(text) {}
    }

    func closeInput() {
        guard input >= 0 else { return }
        close(input)
        input = -1
    }

    /// Closes this side of the process's standard output.
    func closeOutput() {
        guard output >= 0 else { return }
        close(output)
        output = -1
    }

    /// Waits for the next line of standard output; nil at its end.
    func nextLine() -> String? {
        while true {
            if let end = read.firstIndex(of: "\n") {
                defer { read = String(read[read.index(after: end)...]) }
                return String(read[..<end])
            }
            guard let more = RunningProcess.bytes(of: output) else { return nil }
            read += String(decoding: more, as: UTF8.self)
        }
    }

    /// Waits for a text on standard error; false where it ends without.
    func waitForError(_ text: String) -> Bool {
        var seen = ""
        while !seen.contains(text) {
            guard let more = RunningProcess.bytes(of: errors) else { return false }
            seen += String(decoding: more, as: UTF8.self)
        }
        return true
    }

    /// Sends a signal.
    func send(_ signal: Int32) { kill(id, signal) }

    /// Whether the process has not ended.
    var isRunning: Bool {
        let status = ScratchFolder.text(at: "/proc/\(id)/status") ?? ""
        return !status.contains("State:\tZ")
    }

    /// Whether the process does not handle a signal yet.
    func isDeaf(to signal: Int32) -> Bool {
        let status = ScratchFolder.text(at: "/proc/\(id)/status") ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("SigCgt:") } ?? ""
        let mask = UInt64(line.drop { $0 != "\t" }.dropFirst(), radix: 16) ?? 0
        return mask & (1 << UInt64(signal - 1)) == 0
    }

    /// Reads the rest and waits for the end; a signal counts as 128 + its number.
    func finish() -> Outcome {
        var texts: [Int32: [UInt8]] = [output: [], errors: []]
        var open = [output, errors].filter { $0 >= 0 }
        while !open.isEmpty {
            var ready = open.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            poll(&ready, nfds_t(ready.count), -1)
            for end in ready where end.revents != 0 {
                if let more = RunningProcess.bytes(of: end.fd) {
                    texts[end.fd, default: []] += more
                } else {
                    open.removeAll { $0 == end.fd }
                }
            }
        }
        var status: Int32 = 0
        while waitpid(id, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7F
        return Outcome(
            output: read + String(decoding: texts[output] ?? [], as: UTF8.self),
            errors: String(decoding: texts[errors] ?? [], as: UTF8.self),
            code: signal == 0 ? (status >> 8) & 0xFF : 128 + signal)
    }

    private static func bytes(of descriptor: Int32) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let got = Glibc.read(descriptor, &buffer, buffer.count)
        return got > 0 ? Array(buffer[..<got]) : nil
    }
}
