import Glibc
import SluiceJSON

/// The program that is tested, and the patience with it.
struct Sluice {
    let path: String
    /// Milliseconds without any progress after which a child counts as hanging.
    let patience: Int

    /// What a command left: how it ended and what it said.
    struct Result {
        let words: [String]
        let exitCode: Int32
        let output: [UInt8]
        let errors: String

        var shown: String {
            "`\(words.joined(separator: " "))` ended with exit \(exitCode)"
                + (errors.isEmpty ? "" : ": \(errors.suffix(400))")
        }

        /// The one JSON value that was printed.
        func json() throws(Finding) -> JSON {
            do {
                return try JSON(parsing: output)
            } catch {
                throw Finding("output", "\(shown), and its output is no JSON: \(error)")
            }
        }
    }

    /// The environment of children: Swift's own report of a trap takes seconds and is not needed.
    static let environment: [String] = {
        var list: [String] = []
        var at = environ
        while let text = at.pointee {
            list.append(String(cString: text))
            at += 1
        }
        if !list.contains(where: { $0.hasPrefix("SWIFT_BACKTRACE=") }) {
            list.append("SWIFT_BACKTRACE=enable=no")
        }
        return list
    }()

    /// Starts the program.
    func start(_ words: [String]) throws(Finding) -> Child {
        try Child.start([path] + words, environment: Self.environment)
    }

    /// Runs a command to its end; a trap or a hang is a finding.
    func run(_ words: [String], input: [UInt8] = []) throws(Finding) -> Result {
        let child = try start(words)
        child.send(input)
        child.closeInput()
        return try finish(child)
    }

    /// Waits for a child that nothing more is sent to; a command may work long before it prints.
    func finish(_ child: Child) throws(Finding) -> Result {
        while !child.hasEnded {
            Child.pump([child], milliseconds: 100)
            try notHanging(child, patience: 4 * patience)
        }
        return try result(of: child)
    }

    /// What an ended child left; one that was ended by a signal is a finding.
    func result(of child: Child) throws(Finding) -> Result {
        child.reap(waits: true)
        let errors = String(decoding: child.errorText, as: UTF8.self)
        guard let code = child.exitCode else {
            let words = child.words.joined(separator: " ")
            let reasons = errors.split(separator: "\n").filter { $0.contains("atal") }
            let text = reasons.isEmpty ? String(errors.suffix(600)) : reasons.joined(separator: " ")
            throw Finding("trap", "`\(words)` ended by signal \(child.signal ?? 0): \(text)")
        }
        return Result(
            words: child.words, exitCode: code, output: child.received, errors: errors)
    }

    /// Ends a child that has not moved a byte for too long, which is a finding.
    func notHanging(_ child: Child, patience limit: Int? = nil) throws(Finding) {
        let quiet = Clock.milliseconds() - child.lastProgress
        guard quiet > limit ?? patience else { return }
        let usage = Self.processorTime(child.pid)
        child.kill()
        let words = child.words.joined(separator: " ")
        throw Finding(
            "hang", "`\(words)` has neither read nor written for \(quiet) ms (\(usage) used)")
    }

    /// Processor time of a process, to tell a loop from a wait.
    private static func processorTime(_ pid: pid_t) -> String {
        guard let text = try? Files.read("/proc/\(pid)/stat") else { return "unknown time" }
        let words = String(decoding: text, as: UTF8.self).split(separator: " ")
        guard words.count > 15, let user = Int(words[13]), let system = Int(words[14]) else {
            return "unknown time"
        }
        return "\((user + system) * 10) ms of processor time"
    }
}
