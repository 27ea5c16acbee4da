import Sluice
import SluiceSystem

/// A command of the program: what it takes, what people read about it, and what it does.
///
/// Everything that can be said on the command line is declared here and nowhere else: parsing,
/// help, usage errors and completions come from the declaration.
struct Command: Sendable {
    /// What people type.
    let name: String
    /// One line, without a full stop.
    let summary: String
    /// More, where one line is not enough.
    var discussion: ProgramText = ""
    /// What stands on the command line without a name, in order.
    var operands: [Operand] = []
    /// What stands there with a name; `--help` comes by itself.
    var options: [Option] = []
    /// Command lines that work, the first the most useful.
    var examples: [ProgramText] = []
    /// Commands of this command, such as `store verify`; it then does nothing itself.
    var subcommands: [Command] = []
    /// Does the work.
    ///
    /// Throws ``UsageError`` for what only the command itself can check, and `FileError` where it
    /// needs no words of its own.
    var run: @Sendable (Arguments, Terminal) async throws -> ExitCode = { _, _ in .usage }
}

/// Something that stands on the command line without a name.
struct Operand: Sendable {
    /// How often it may stand there.
    enum Count: Sendable { case one, optional, atLeastOne, any }

    /// What help calls it, in capitals.
    let name: String
    let about: String
    var count = Count.one
    var values = Option.Values.text
}

/// Something that stands on the command line with a name: `--name value` or `--name=value`.
struct Option: Sendable {
    /// What may stand after the name.
    enum Values: Sendable {
        case none, text, file, folder
        case choice([String])
        /// The names of components.
        case component
        /// Names that a file or a store of the command line has.
        case names(NamesInFiles)

        /// Whether it is a file or a folder, whose name is never empty.
        var isPath: Bool {
            switch self {
            case .file, .folder: true
            case .none, .text, .choice, .component, .names: false
            }
        }
    }

    /// The name, without dashes.
    let name: String
    /// What help calls the value; empty for a flag.
    var value = ""
    let about: String
    var values = Values.text
    var isRepeatable = false
    /// A letter that may stand behind one dash instead of the name; empty where there is none.
    var letter = ""

    /// An option that is there or not.
    static func flag(_ name: String, _ about: String) -> Option {
        Option(name: name, about: about, values: .none)
    }

    var isFlag: Bool { value.isEmpty }

    /// The option as people type it.
    var usage: String {
        let names = letter.isEmpty ? "--\(name)" : "-\(letter), --\(name)"
        return isFlag ? names : "\(names) \(value)"
    }

    /// Whether a word of the command line, its value aside, is the option.
    func isNamed(_ word: String) -> Bool {
        "--\(name)".isSame(as: word) || !letter.isEmpty && "-\(letter)".isSame(as: word)
    }
}

// Options that several commands have.
extension Option {
    static let help = Option.flag("help", "Explain this command")
    static let json = Option.flag("json", "Print JSON for programs")
    static let environment = Option(
        name: "env", value: "FILE", about: "Read variables for ${NAME} from NAME=value lines",
        values: .file)
    static let strict = Option.flag("strict", "Treat warnings as errors")
}

/// How a command ended.
enum ExitCode: Int32, Sendable {
    /// All done.
    case success = 0
    /// Messages failed and nothing handled them; or a test or a verification found something.
    case failed = 1
    /// The command line is wrong.
    case usage = 2
    /// The flow, its settings or an expression is wrong.
    case invalid = 3
    /// The flow was stuck.
    case stuck = 4
    /// Messages were lost at shutdown.
    case lost = 5
    /// Could not start.
    case cannotStart = 6
    /// Ended by SIGHUP, at a place from which it can go on.
    case hungUp = 129
    /// Ended by SIGINT, at a place from which it can go on.
    case interrupted = 130
    /// Ended by SIGTERM, likewise.
    case terminated = 143

    private static let precedence: [ExitCode] = [
        .usage, .invalid, .cannotStart, .hungUp, .interrupted, .terminated, .stuck, .lost, .failed,
    ]

    /// How a command ends that a signal ended.
    init?(signal: Int32) { self.init(rawValue: 128 + signal) }

    /// The one that counts where several apply.
    static func worst(_ codes: some Sequence<ExitCode>) -> ExitCode {
        let codes = Set(codes)
        return precedence.first(where: codes.contains) ?? .success
    }
}

/// Something wrong with the command line (exit 2).
struct UsageError: Error, Sendable {
    let message: String
    /// What was likely meant.
    var suggestion: String?

    init(_ message: String, suggestion: String? = nil) {
        self.message = message
        self.suggestion = suggestion
    }
}

/// What a command could not do, in words for people.
struct CommandFailure: Error, Sendable {
    let message: String
    /// What to do about it.
    var remedy: String?
    let code: ExitCode

    init(_ message: String, remedy: String? = nil, code: ExitCode) {
        self.message = message
        self.remedy = remedy
        self.code = code
    }
}
