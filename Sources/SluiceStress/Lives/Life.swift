import SluiceSystem

/// What was done, for the last line of the report.
struct Counts {
    var lives = 0
    var openings = 0
    var kills = 0
    var operations = 0
    var commands = 0
    var onlookers = 0
    var cutShort = 0
    /// In how many lives a check that is left out would have found something.
    var skipped: [String: Int] = [:]
}

/// The life of one store, drawn from one seed.
final class Life {
    let seed: Int
    let kind: LifeKind
    let sluice: Sluice
    /// The folder of everything that this life writes.
    let folder: String
    let skips: Skips
    let says: (String) -> Void
    var plan: Plan
    var model: Model
    var workload: Workload
    var random: SplitMix
    var counts = Counts()
    var settings = StoreSettings()
    /// The step that is under way, for `--skip` and reports.
    private(set) var step = "begin"
    /// The number that the next batch gets as its context.
    var nextNumber = 1
    /// Whether an opening came so far that the collections are there.
    var hasCollections = false
    /// Whether the manifest or a run was removed and no owner has opened the store since.
    var lacksFiles = false
    var usesBackups: Bool { plan.backups > 0 }
    var backups: [Backup] = []
    var onlineBackups: [(folder: String, revision: Int)] = []
    var cursors: [Cursor] = []
    /// Between which revisions the store was when the newest opening had recovered.
    var startedAt = 0...0
    private let processor: Int?
    private var burner: Child?
    private var lastFolder = 0

    init(
        seed: Int, only: LifeKind?, smaller: Int, sluice: Sluice, folder: String, skips: Skips,
        says: @escaping (String) -> Void
    ) {
        self.seed = seed
        self.sluice = sluice
        self.folder = folder
        self.skips = skips
        self.says = says
        var random = SplitMix(seed: UInt64(seed) &* 0x2545_F491_4F6C_DD1D)
        let drawn = random.pick(LifeKind.allCases)
        kind = only ?? drawn
        plan = kind.plan(&random, smaller: smaller)
        let keys = KeySpace(
            count: plan.keyCount, style: plan.style, collections: plan.collections,
            random: &random)
        model = Model(keys: keys)
        workload = Workload(values: Values(size: plan.values), random: random.split())
        processor = random.chance(25) ? random.below(Processors.count) : nil
        self.random = random
    }

    var data: String { "\(folder)/data" }
    var path: String { "\(folder)/data/s" }

    /// Lives it, and throws what is found; the folder is left to the caller.
    func live() throws(Finding) {
        defer { burner?.kill() }
        do throws(Finding) {
            try Files.makeFolder(folder)
            try Files.makeFolder(data)
            if random.chance(12) {
                burner = try Child.start(
                    ["/bin/sh", "-c", Self.burning], environment: Sluice.environment)
            }
            for number in 0..<plan.steps { try takeStep(number) }
            try end()
        } catch {
            var finding = error
            finding.step = step
            throw finding
        }
    }

    /// Keeps a processor busy for as long as the tester lives.
    private static let burning =
        "while kill -0 $PPID; do i=0; while [ $i -lt 99999 ]; do i=$((i + 1)); done; done"

    func begin(_ step: String, _ text: String) {
        self.step = step
        says("  \(step): \(text)")
    }

    /// Starts the program, on one processor where this life keeps to one.
    func start(_ words: [String]) throws(Finding) -> Child {
        guard let processor else { return try sluice.start(words) }
        return try Processors.pinned(to: processor) { () throws(Finding) in
            try sluice.start(words)
        }
    }

    /// Runs a command to its end.
    func run(_ words: [String]) throws(Finding) -> Sluice.Result {
        counts.commands += 1
        let child = try start(words)
        child.closeInput()
        return try sluice.finish(child)
    }

    /// Goes on behind a check that failed where `--skip` says so.
    func attempt(_ check: () throws(Finding) -> Void) throws(Finding) {
        do throws(Finding) {
            try check()
        } catch {
            guard skips.contains(error.name, in: step) else { throw error }
            counts.skipped["\(error.name)@\(step)"] = 1
            says("    skipped: \(error.name): \(error.text.prefix(300))")
        }
    }

    func newFolder(_ name: String) -> String {
        lastFolder += 1
        return "\(folder)/\(name)\(lastFolder)"
    }

    /// The command line of an onlooker.
    func words(of look: Onlooker.Look) -> [String] {
        switch look {
        case .get(let key):
            [
                "store", "get", "--json", "--base64", "--", path, model.keys.collection(of: key),
                String(decoding: Base64.encode(model.keys.keys[key]), as: UTF8.self),
            ]
        case .find(let collection):
            ["store", "find", "--", path, model.keys.collections[collection]]
        case .verify: ["store", "verify", path]
        case .stats: ["store", "stats", path, "--json"]
        case .backup(let folder): ["store", "backup", path, folder, "--json"]
        case .own: ["store", "put", "--", path, model.keys.collections[0], "intruder", "1"]
        }
    }
}
