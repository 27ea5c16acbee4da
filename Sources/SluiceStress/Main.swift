import Glibc

/// The program: lives one life after another, and says what was found.
@main
struct Main {
    static func main() {
        signal(SIGPIPE, SIG_IGN)
        do throws(StressArguments.Wrong) {
            let arguments = try StressArguments(Array(CommandLine.arguments.dropFirst()))
            if arguments.wantsHelp {
                print(StressArguments.help, terminator: "")
            } else {
                exit(Session(arguments).run() ? 0 : 1)
            }
        } catch {
            say("error: \(error.text)")
            exit(2)
        }
    }

    /// Writes a line to standard error.
    static func say(_ text: String) { write(text, to: STDERR_FILENO) }

    /// Writes a line to standard output, at once: the next life may take long.
    static func report(_ text: String) { write(text, to: STDOUT_FILENO) }

    private static func write(_ text: String, to stream: Int32) {
        let line = Array("\(text)\n".utf8)
        _ = Glibc.write(stream, line, line.count)
    }
}

/// One run of the program: so many lives, or so many seconds of them.
struct Session {
    let arguments: StressArguments
    private let started = Clock.milliseconds()

    init(_ arguments: StressArguments) { self.arguments = arguments }

    /// Lives the lives, and says whether nothing was found.
    func run() -> Bool {
        let program = CommandLine.arguments[0]
        let beside = program.split(separator: "/").dropLast().joined(separator: "/")
        let path = arguments.sluice ?? (program.hasPrefix("/") ? "/" : "") + "\(beside)/sluice"
        guard access(path, X_OK) == 0 else {
            Main.say("error: there is no program \(path); --sluice says where it is")
            exit(2)
        }
        let sluice = Sluice(path: path, patience: arguments.patience * 1000)
        let keep = arguments.keep ?? "sluice-stress.failures"
        if mkdir(keep, 0o755) != 0, errno != EEXIST {
            Main.say("error: cannot make \(keep): errno \(errno)")
            exit(2)
        }
        var total = Counts()
        var found: [String: [Int]] = [:]
        var seed = arguments.seed
        while goesOn(total) {
            let folder = "\(keep)/\(seed)"
            Files.remove(folder)
            let finding = live(seed, sluice, folder, &total)
            if let finding { found["\(finding.name)@\(finding.step)", default: []].append(seed) }
            if finding != nil, !arguments.goesOn { break }
            seed += 1
        }
        rmdir(keep)
        let seconds = (Clock.milliseconds() - started) / 1000
        Main.report(
            "\(total.lives) lives, \(total.openings) openings, \(total.kills) kills, "
                + "\(total.operations) operations, \(total.commands) commands, "
                + "\(total.onlookers) onlookers in \(seconds) s"
                + (total.cutShort > 0 ? "; \(total.cutShort) lives cut short by --skip" : ""))
        for (name, seeds) in found.sorted(by: { $0.key < $1.key }) {
            Main.report(
                "found \(name) in \(seeds.count): seeds \(seeds.map(String.init).joined(separator: " "))"
            )
        }
        for (name, count) in total.skipped.sorted(by: { $0.key < $1.key }) {
            Main.report("skipped \(name) in \(count)")
        }
        return found.isEmpty
    }

    private func goesOn(_ total: Counts) -> Bool {
        if let lives = arguments.lives, total.lives >= lives { return false }
        guard let seconds = arguments.seconds ?? (arguments.lives == nil ? 60 : nil) else {
            return true
        }
        return Clock.milliseconds() - started < seconds * 1000
    }

    private func live(
        _ seed: Int, _ sluice: Sluice, _ folder: String, _ total: inout Counts
    ) -> Finding? {
        let began = Clock.milliseconds()
        let life = Life(
            seed: seed, only: arguments.only, smaller: arguments.smaller, sluice: sluice,
            folder: folder, skips: arguments.skips
        ) { text in
            if arguments.isVerbose { Main.say("\(Clock.milliseconds() - began) ms \(text)") }
        }
        if arguments.isVerbose { Main.say("life \(seed): \(life.kind)") }
        var found: Finding?
        do throws(Finding) {
            try life.live()
        } catch {
            found = error
        }
        total.add(life.counts)
        if let finding = found, arguments.skips.contains(finding.name, in: finding.step) {
            total.cutShort += 1
            total.skipped["\(finding.name)@\(finding.step)", default: 0] += 1
            if arguments.isVerbose { Main.say("  cut short: \(finding)") }
            found = nil
        }
        if let found {
            Main.report("seed \(seed), a life of kind \(life.kind): found \(found)")
            Main.report("  settings: \(life.settings.shown)")
            Main.report("  folder: \(folder)")
            Main.report(
                "  replay: sluice-stress --lives 1 --seed \(seed)\(arguments.replayOptions) --verbose"
            )
        } else {
            Files.remove(folder)
        }
        if arguments.isVerbose { Main.say("  \(Clock.milliseconds() - began) ms") }
        if !arguments.isVerbose, total.lives % 10 == 0 {
            Main.say(
                "\(total.lives) lives, seed \(seed), \((Clock.milliseconds() - started) / 1000) s")
        }
        return found
    }
}

extension Counts {
    /// Adds what one life did.
    mutating func add(_ life: Counts) {
        lives += 1
        openings += life.openings
        kills += life.kills
        operations += life.operations
        commands += life.commands
        onlookers += life.onlookers
        skipped.merge(life.skipped) { $0 + $1 }
    }
}
