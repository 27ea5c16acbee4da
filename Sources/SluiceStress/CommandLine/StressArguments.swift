/// What the command line asks for.
struct StressArguments: Sendable {
    var seconds: Int?
    var lives: Int?
    var seed = 1
    var only: LifeKind?
    var sluice: String?
    var keep: String?
    var skips = Skips()
    var smaller = 1
    var patience = 30
    var goesOn = false
    var isVerbose = false
    var wantsHelp = false

    static let help = """
        Tests whole stores through the `sluice` program: lives of stores, drawn from seeds

        A life is several openings of one store: flows that write and are ended or killed, commands
        that look at what they left, compaction, backups, and more. What was acknowledged is compared
        with what is found. The first finding ends the run, with exit 1, the seed, and the command
        line that replays it; its folder is kept.

        Usage: sluice-stress [OPTIONS]

        Options:
          --seconds N    Begin no more lives after so many seconds (60, or no end with --lives)
          --lives N      Live so many lives
          --seed S       The first life's seed (1); the next have S + 1, S + 2, ...
          --only KIND    Lives of one kind: \(LifeKind.allCases.map(\.rawValue).joined(separator: " "))
          --sluice PATH  The program (sluice beside this one)
          --keep DIR     Where stores lie, and where those with findings stay (sluice-stress.failures)
          --skip NAME    Leave a check out: NAME, @STEP, or NAME@STEP; repeatable
          --smaller N    Do a part of everything, 1/N, for slow builds (1)
          --patience N   Seconds without progress after which a flow counts as hanging (30); commands
                         have four times as long
          --go-on        Go on behind findings, and count them at the end
          --verbose      A line for each life and each step
          --help         Explain this command

        Example:
          sluice-stress --seconds 600 --seed 1000

        """

    /// Understands the words behind the program's name; throws a sentence about what is wrong.
    init(_ words: [String]) throws(Wrong) {
        var rest = words[...]
        while let word = rest.popFirst() {
            switch word {
            case "--help", "-h": wantsHelp = true
            case "--verbose": isVerbose = true
            case "--go-on": goesOn = true
            default:
                guard let value = rest.popFirst() else {
                    throw Wrong("\(word) is no option, or has no value; see --help")
                }
                try set(word, value)
            }
        }
    }

    /// A command line that is wrong.
    struct Wrong: Error {
        let text: String
        init(_ text: String) { self.text = text }
    }

    private mutating func set(_ name: String, _ value: String) throws(Wrong) {
        switch name {
        case "--seconds": seconds = try Self.number(name, value)
        case "--lives": lives = try Self.number(name, value)
        case "--seed": seed = try Self.number(name, value)
        case "--smaller": smaller = max(1, try Self.number(name, value))
        case "--patience": patience = try Self.number(name, value)
        case "--sluice": sluice = value
        case "--keep": keep = value
        case "--skip": skips.words.insert(value)
        case "--only":
            guard let kind = LifeKind(rawValue: value) else {
                throw Wrong("--only is one of \(LifeKind.allCases.map(\.rawValue))")
            }
            only = kind
        default: throw Wrong("\(name) is no option; see --help")
        }
    }

    private static func number(_ name: String, _ value: String) throws(Wrong) -> Int {
        guard let number = Int(value), number >= 0, number < 1 << 40 else {
            throw Wrong("\(name) is a number, not \"\(value)\"")
        }
        return number
    }

    /// The options that a replay of one life needs beside its seed.
    var replayOptions: String {
        var words = ""
        if let only { words += " --only \(only.rawValue)" }
        if smaller > 1 { words += " --smaller \(smaller)" }
        if let sluice { words += " --sluice \(sluice)" }
        for skip in skips.words.sorted() { words += " --skip \(skip)" }
        return words
    }
}
