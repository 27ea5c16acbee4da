import Glibc

/// A process that was started with pipes for its standard streams.
final class Child {
    let pid: pid_t
    /// What it was started as, for reports.
    let words: [String]
    private var input: Int32
    private var output: Int32
    private var errors: Int32
    private var unsent: [UInt8] = []
    private var unsentStart = 0
    private var closesInput = false
    private(set) var received: [UInt8] = []
    private var lineStart = 0
    private var scanned = 0
    private(set) var errorText: [UInt8] = []
    /// When a byte last came or went, in milliseconds of the steady clock.
    private(set) var lastProgress = Clock.milliseconds()
    private var status: Int32?

    private init(pid: pid_t, words: [String], input: Int32, output: Int32, errors: Int32) {
        self.pid = pid
        self.words = words
        self.input = input
        self.output = output
        self.errors = errors
        for descriptor in [input, output, errors] {
            _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        }
    }

    deinit {
        if status == nil { kill() }
        for descriptor in [input, output, errors] where descriptor >= 0 { close(descriptor) }
    }

    /// Starts a program; its words begin with its path.
    static func start(_ words: [String], environment: [String]) throws(Finding) -> Child {
        var ends: [Int32] = []
        for _ in 0..<3 {
            var pair: [Int32] = [-1, -1]
            guard pipe(&pair) == 0 else { throw Finding("tester", "no pipe: errno \(errno)") }
            for descriptor in pair { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
            ends += pair
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
        posix_spawn_file_actions_adddup2(&actions, ends[3], 1)
        posix_spawn_file_actions_adddup2(&actions, ends[5], 2)
        let arguments = words.map { strdup($0) } + [nil]
        let variables = environment.map { strdup($0) } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, words[0], &actions, nil, arguments, variables)
        for end in [ends[0], ends[3], ends[5]] { close(end) }
        guard code == 0 else { throw Finding("tester", "cannot start \(words[0]): errno \(code)") }
        return Child(pid: pid, words: words, input: ends[1], output: ends[2], errors: ends[4])
    }

    /// Bytes that wait to be sent.
    var unsentCount: Int { unsent.count - unsentStart }

    /// Queues bytes for standard input.
    func send(_ bytes: [UInt8]) {
        if unsentStart == unsent.count {
            unsent.removeAll(keepingCapacity: true)
            unsentStart = 0
        }
        unsent += bytes
    }

    /// Closes standard input once everything queued is sent.
    func closeInput() { closesInput = true }

    /// Ends the process at once.
    func kill() {
        guard status == nil else { return }
        Glibc.kill(pid, SIGKILL)
        reap(waits: true)
    }

    /// Whether both output streams have ended.
    var hasEnded: Bool { output < 0 && errors < 0 }

    /// The signal that ended the process, once it has been waited for.
    var signal: Int32? { status.flatMap { $0 & 0x7F == 0 ? nil : $0 & 0x7F } }

    /// The exit code, once it has been waited for and where there is one.
    var exitCode: Int32? { status.flatMap { $0 & 0x7F == 0 ? ($0 >> 8) & 0xFF : nil } }

    /// Takes the process's end, if it has ended or if that is waited for.
    @discardableResult
    func reap(waits: Bool) -> Bool {
        guard status == nil else { return true }
        var result: Int32 = 0
        while true {
            let found = waitpid(pid, &result, waits ? 0 : WNOHANG)
            if found == pid {
                status = result
                return true
            }
            if found < 0, errno == EINTR { continue }
            return false
        }
    }

    /// Moves bytes of several children, and waits for that at most so many milliseconds.
    static func pump(_ children: [Child], milliseconds: Int) {
        var requests: [pollfd] = []
        for child in children { child.addRequests(to: &requests) }
        guard poll(&requests, nfds_t(requests.count), Int32(milliseconds)) > 0 else { return }
        for child in children { child.move(requests) }
    }

    private func addRequests(to requests: inout [pollfd]) {
        if input >= 0, unsentCount > 0 {
            requests.append(pollfd(fd: input, events: Int16(POLLOUT), revents: 0))
        } else if input >= 0, closesInput {
            close(input)
            input = -1
        }
        for descriptor in [output, errors] where descriptor >= 0 {
            requests.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
        }
    }

    private func move(_ requests: [pollfd]) {
        for request in requests where request.revents != 0 {
            if request.fd == output, !read(output, into: &received) {
                close(output)
                output = -1
            } else if request.fd == errors, !read(errors, into: &errorText) {
                close(errors)
                errors = -1
            } else if request.fd == input {
                sendSome()
            }
        }
    }

    private func sendSome() {
        let count = unsent.withUnsafeBytes { bytes in
            bytes.baseAddress.map { write(input, $0 + unsentStart, min(unsentCount, 1 << 20)) } ?? 0
        }
        if count > 0 {
            unsentStart += count
            lastProgress = Clock.milliseconds()
        } else if errno != EAGAIN, errno != EINTR {
            // The process has gone: its status says how.
            unsentStart = unsent.count
            close(input)
            input = -1
        }
    }

    /// Reads what is there; false at the end.
    private func read(_ descriptor: Int32, into bytes: inout [UInt8]) -> Bool {
        let step = 1 << 18
        var isOpen = true
        let part = [UInt8](unsafeUninitializedCapacity: step) { buffer, filled in
            let count = Glibc.read(descriptor, buffer.baseAddress, step)
            filled = max(0, count)
            if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) { isOpen = false }
        }
        bytes += part
        if !part.isEmpty { lastProgress = Clock.milliseconds() }
        return isOpen
    }

    /// The next whole line of standard output, parsed by the caller.
    func nextLine() -> ArraySlice<UInt8>? {
        let end: Int? = received.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress, scanned < bytes.count else { return nil }
            guard let found = memchr(base + scanned, 10, bytes.count - scanned) else { return nil }
            return UnsafeRawPointer(found) - base
        }
        guard let end else {
            scanned = received.count
            if lineStart > 1 << 20 || lineStart == received.count {
                received.removeFirst(lineStart)
                scanned -= lineStart
                lineStart = 0
            }
            return nil
        }
        defer {
            lineStart = end + 1
            scanned = lineStart
        }
        return received[lineStart..<end]
    }
}
