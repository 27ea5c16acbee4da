import Glibc
import Sluice
import SluiceSystem
import Synchronization

/// Where people read: data goes to standard output, everything else to standard error.
///
/// May be used from any thread; what one call writes stays together.
final class Terminal: Sendable {
    /// Whether a person looks at standard error.
    let isInteractive: Bool
    /// Whether standard error takes colours.
    let hasColours: Bool
    /// How many columns a line of standard output has now; without end where it is no terminal.
    var textColumns: Int { Self.columns(of: 1) ?? .max }
    /// The line at the bottom that is written anew whenever it changes.
    private let status = Mutex("")
    /// What nobody is shown.
    private let secrets = Mutex(Secrets())

    init() {
        isInteractive = FileStream.standardError.isTerminal
        let isPlain =
            Self.variable("NO_COLOR")?.isEmpty == false || Self.variable("TERM") == "dumb"
        hasColours = isInteractive && !isPlain
    }

    /// A variable of the environment; nil where it is not set, or not UTF-8.
    static func variable(_ name: String) -> String? {
        getenv(name).flatMap { String(validatingCString: $0) }
    }

    /// Writes text for people to standard output, without a line feed of its own.
    func print(_ text: Note) throws(FileError) {
        try FileStream.standardOutput.write(text.text.utf8)
    }

    /// Writes data to standard output as it is, without a line feed of its own.
    func write(_ text: String) throws(FileError) {
        try FileStream.standardOutput.write(text.utf8)
    }

    /// Writes JSON to standard output, without a line feed of its own; on a terminal what would drive
    /// it stands as escapes, which say the same.
    func write(json: [UInt8]) throws(FileError) {
        let output = FileStream.standardOutput
        try output.write(output.isTerminal ? Self.printable(json) : json)
    }

    func write(json: String) throws(FileError) { try write(json: Array(json.utf8)) }

    /// JSON in printable characters.
    static func printable(_ json: [UInt8]) -> [UInt8] {
        Array(Printable.json(String(decoding: json, as: UTF8.self)).utf8)
    }

    /// Asks a question on the terminal; anything but `y` or `yes` is a no.
    func confirm(_ question: Note) throws(FileError) -> Bool {
        note("\(question) [y/N] ", terminator: "")
        let answer = String(decoding: try FileStream.standardInput.read(upTo: 1_024), as: UTF8.self)
        let word = answer.prefix { !$0.isNewline }.lowercased()
        return word == "y" || word == "yes"
    }

    /// Writes a line to standard error.
    ///
    /// Standard error that cannot be written is nothing anybody could be told of.
    func note(_ line: Note, terminator: String = "\n") {
        let text = secrets.withLock(\.self).redacted(line.text)
        status.withLock { status in
            let (clear, again) = status.isEmpty ? ("", "") : ("\r\u{1B}[K", status)
            try? FileStream.standardError.write("\(clear)\(text)\(terminator)\(again)".utf8)
        }
    }

    /// Hides values in all that is noted from now on.
    func hide(_ secrets: Secrets) {
        self.secrets.withLock { $0 = secrets }
    }

    private static func columns(of stream: Int32) -> Int? {
        var size = winsize()
        guard ioctl(stream, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// How many columns a status line may have now: all but those in which the terminal shows `^C`.
    var statusColumns: Int { max(1, (Self.columns(of: 2) ?? 80) - 3) }

    /// Shows a line at the bottom of the terminal in place of the one before; empty takes it away.
    func show(status line: String) {
        let text = String(Printable.line(line).prefix(statusColumns))
        status.withLock { status in
            guard status != text else { return }
            status = text
            try? FileStream.standardError.write("\r\u{1B}[K\(text)".utf8)
        }
    }

    /// The text in red and bold, for what is wrong.
    func red(_ text: Note) -> Note { paint(text, "1;31") }
    /// The text in yellow and bold, for warnings.
    func yellow(_ text: Note) -> Note { paint(text, "1;33") }

    private func paint(_ text: Note, _ colour: String) -> Note {
        hasColours ? text.painted(colour) : text
    }
}
