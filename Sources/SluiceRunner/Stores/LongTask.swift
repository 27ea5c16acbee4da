import Sluice
import SluiceJSON
import SluiceSystem
import Synchronization

/// A command that may take long: shows how far it is, knows whether it is to stop, and says at its
/// end what it did.
///
/// How far it is stands on one line that is drawn anew, on a terminal only. May be used from any
/// thread.
final class LongTask: Sendable {
    private let terminal: Terminal
    private let interruption: Interruption
    private let isShown: Bool
    private let start = SystemClock.monotonicNanoseconds()
    private let nextLook: Atomic<UInt64>

    /// How often the line is drawn.
    private static let pauseNanoseconds: UInt64 = 200_000_000

    /// - Parameter printsData: Whether data goes to standard output, where it could stand on the same
    ///   terminal as the line that changes.
    init(_ terminal: Terminal, printsData: Bool = false) {
        self.terminal = terminal
        interruption = Interruption(terminal)
        isShown = terminal.isInteractive && !(printsData && FileStream.standardOutput.isTerminal)
        nextLook = Atomic(start + Self.pauseNanoseconds)
    }

    /// Whether a signal asks to stop.
    var isInterrupted: Bool { interruption.isRequested }

    /// Seconds since the start.
    var seconds: Double {
        Double(SystemClock.monotonicNanoseconds() - start) / 1e9
    }

    /// How far the work is.
    struct Status {
        /// What is counted, such as `record`.
        var noun = "record"
        var count = 0
        /// How much of the whole is done, and the whole, in any unit; 0 where it is not known.
        var done = 0
        var total = 0
    }

    /// Shows how far the work is; may be called as often as one likes.
    func show(_ status: @autoclosure () -> Status) {
        guard isShown else { return }
        let now = SystemClock.monotonicNanoseconds()
        guard now >= nextLook.load(ordering: .relaxed) else { return }
        nextLook.store(now + Self.pauseNanoseconds, ordering: .relaxed)
        terminal.show(status: line(status()))
    }

    /// Takes the line away, for a command that has more to say than what it did.
    func hide() { terminal.show(status: "") }

    /// What is most wanted stands first; what does not fit is left out.
    private func line(_ status: Status) -> String {
        let seconds = seconds
        let rate = Double(status.count) / max(seconds, 1e-9)
        var parts: [String] = []
        if status.total > 0 {
            let share = min(1, Double(status.done) / Double(status.total))
            parts.append("\(Int(share * 100)) %")
            if share > 0.001, seconds > 1 {
                let left = seconds / share - seconds
                parts.append("\(Words.duration(seconds: Int(left.rounded(.up)))) left")
            }
        }
        if status.noun == "byte" {
            parts += ["\(Words.bytes(Int(rate))) a second", Words.bytes(status.count)]
        } else {
            parts += ["\(Int(rate).grouped) a second", Words.count(status.count, status.noun)]
        }
        // Where the whole is not known, what is done says most.
        if status.total == 0 { parts.reverse() }
        var line = parts.removeFirst()
        for part in parts where line.count + 2 + part.count <= terminal.statusColumns {
            line += ", \(part)"
        }
        return line
    }

    /// Says what was done, and gives the exit code where it was interrupted.
    ///
    /// - Parameters:
    ///   - what: What was done, such as `imported 3 records (17 bytes)`.
    ///   - again: What an interrupted command has left.
    ///   - facts: What programs are told in place of people.
    ///   - onStandardOutput: Whether programs are told there, as nothing else stands there.
    func end(
        _ what: String, again: String, facts: [(String, JSON)]? = nil, onStandardOutput: Bool = true
    ) throws -> ExitCode {
        terminal.show(status: "")
        let code = isInterrupted ? interruption.code : .success
        let seconds = seconds
        if let facts {
            let facts = try JSON(
                object: [("schema", 1)] + facts + [
                    ("seconds", JSON(seconds) ?? .null), ("interrupted", JSON(isInterrupted)),
                ])
            if onStandardOutput {
                try terminal.write(json: "\(facts.text)\n")
            } else {
                terminal.note(.json(facts.text))
            }
        } else {
            let done = "\(what) in \(Words.seconds(seconds)) s"
            terminal.note(isInterrupted ? "interrupted: \(done); \(again)" : "\(done)")
        }
        return code
    }
}
