import SluiceStoreTesting
import SluiceSystem
import Testing

@testable import SluiceLogStore

/// One long seeded run of a store on a simulated disk that loses power at every operation.
///
/// The disk keeps an image of itself inside each of its operations. Every image is a crash: what
/// may survive of it is recovered, sometimes with another crash inside the recovery, and compared
/// with the model. Now and then the power really goes, and the run continues on what was left.
struct CrashHistory {
    /// What to run and what to look at; all of it follows from the seed.
    struct Plan: Sendable, CustomTestStringConvertible {
        var seed: UInt64
        /// Crashes after which the run ends.
        var target = 750
        /// How many crashes are tried at each operation.
        var crashes = 3
        /// Syncs that do nothing: data may be lost, none may be invented.
        var lies = SimulatedDisk.Lies()
        /// Whether one bit of what survives is another.
        var flipsBits = false
        /// Only this operation of the run, and this crash at it, for replays.
        var only: (operation: Int, crash: Int)?

        var sync: LogStore.Sync {
            [.always, .never, .always, .every(milliseconds: 300)][Int(seed % 4)]
        }

        var segmentBytes: Int {
            [8192, 5120, 16384][Int(seed / 4 % 3)]
        }

        var keepRevisions: Int {
            [0, 25, 0][Int(seed / 2 % 3)]
        }

        /// Whether memtables are small, and others each time the store is opened, so that they
        /// freeze all the time and recovery spills.
        var isSmall = false

        /// What is wrong with the disk, a letter each, for replays.
        var faults: String {
            (lies.files ? "f" : "") + (lies.directories ? "d" : "") + (flipsBits ? "b" : "")
                + (isSmall ? "s" : "")
        }

        /// Whether the disk keeps what it promised to.
        var isHonest: Bool { lies == SimulatedDisk.Lies() }

        var testDescription: String {
            "seed \(seed), sync \(sync), segments of \(segmentBytes), \(keepRevisions) kept"
        }
    }

    /// More keys than one of the smallest memtables takes.
    private static let manyKeys = 150

    let plan: Plan
    private var run: SimulatedStore
    private var disk: SimulatedDisk
    private var random: SplitMix
    /// Operations of the disks that this run has used up.
    private var earlierOperations = 0
    /// Crashes recovered from so far.
    private(set) var crashes = 0
    private(set) var failures = 0

    init(_ plan: Plan) {
        self.plan = plan
        run = SimulatedStore(
            sync: plan.sync, segmentBytes: plan.segmentBytes, keepRevisions: plan.keepRevisions,
            isSmall: plan.isSmall)
        random = SplitMix(seed: plan.seed &* 0x9E37)
        disk = SimulatedDisk(lies: plan.lies)
    }

    /// Whether there was enough of it, or the one crash to look at is behind.
    private var isDone: Bool {
        guard failures < 3 else { return true }
        guard let only = plan.only else { return crashes >= plan.target }
        return earlierOperations + disk.operations > only.operation
    }

    /// Runs to the end, or until a few failures were recorded.
    mutating func perform() throws {
        var workload = Workload(
            seed: plan.seed, keys: plan.isSmall ? Self.manyKeys : Workload.keyCount, reopens: true)
        var store: LogStore?
        arm()
        while !isDone {
            do throws(LogStoreError) {
                if store == nil { store = try start() }
            } catch {
                if !plan.isHonest, !disk.isDown { return }
                try powerFailed(run.candidates, error)
                continue
            }
            guard let open = store else { return }
            let before = run.candidates
            do {
                let step = workload.next()
                try run.perform(step, open)
                if case .reopen = step {
                    store = nil
                    try open.close()
                    run.isDurable()
                }
                checkImages(before)
                if disk.isDown, plan.sync != .always { run.mayHaveLost(since: before) }
            } catch {
                store = nil
                // What a disk that lies has lost is told, and the run ends.
                if !plan.isHonest, case .corrupt? = error as? LogStoreError { return }
                try powerFailed(before, error)
            }
        }
    }

    /// Plans the next real power failure.
    private mutating func arm() {
        earlierOperations += disk.operations
        disk.expect(
            SimulatedDisk.Plan(
                operation: Int.random(in: 20...200, using: &random), fault: .crash))
        disk.keepImages()
    }

    /// Opens the store; what it recovers then stays.
    private mutating func start() throws(LogStoreError) -> LogStore {
        run.changeLimits(&random)
        let store = try run.open(disk)
        let place = "seed \(plan.seed), going on at operation \(earlierOperations)"
        let candidates = run.candidates
        do {
            guard plan.isHonest else {
                run.resume(from: [
                    Model(
                        try run.contents(store), revision: store.revision,
                        position: try store.cursor(Workload.cursor))
                ])
                disk.takeImages()
                if store.collections.isEmpty {
                    try store.declare(collections: [Workload.collection])
                }
                return store
            }
            if let found = try run.match(store, candidates) {
                run.resume(from: candidates[...found])
            } else {
                fail("\(place): no acknowledged state")
            }
            checkImages(candidates)
        } catch {
            fail("\(place): \(error)")
        }
        if store.collections.isEmpty { try store.declare(collections: [Workload.collection]) }
        return store
    }

    /// Goes on with what a power failure left.
    private mutating func powerFailed(_ before: [Model], _ error: any Error) throws {
        guard disk.isDown else { throw error }
        checkImages(before)
        let survivals = SimulatedDisk.Survival.allCases
        let survival = survivals[Int.random(in: 0..<survivals.count, using: &random)]
        let left = disk.survivor(survival, seed: random.next())
        earlierOperations += disk.operations
        disk = left
        arm()
    }

    private mutating func fail(_ what: String) {
        failures += 1
        Issue.record(Comment(rawValue: what))
    }

    // MARK: Crashes

    /// Checks the crashes since the last call, given the states that were allowed back then.
    private mutating func checkImages(_ before: [Model]) {
        let newest = before[before.count - 1].revision
        let candidates = before + run.candidates.filter { $0.revision > newest }
        for image in disk.takeImages() {
            let operation = earlierOperations + image.number
            for crash in 0..<plan.crashes {
                if let only = plan.only, only != (operation, crash) { continue }
                guard failures < 3 else { return }
                let check = CrashCheck(
                    run: run, candidates: candidates, isHonest: plan.isHonest,
                    flipsBit: plan.flipsBits, survival: survival(operation, crash),
                    seed: plan.seed &* 1_000_003 &+ UInt64(operation * 16 + crash))
                do {
                    crashes += try check.perform(image)
                } catch {
                    fail(
                        """
                        \(error)
                        at seed \(plan.seed), operation \(operation), crash \(crash) \
                        (\(check.survival) of the unsynced survives); to see it alone: \
                        SLUICE_CRASH_REPLAY=\(plan.seed):\(operation):\(crash):\(plan.faults) \
                        swift test --filter CrashTests
                        """)
                }
            }
        }
    }

    private func survival(_ operation: Int, _ crash: Int) -> SimulatedDisk.Survival {
        // The two extremes in turn, the rest by chance.
        if crash == 0 { return operation % 2 == 0 ? .none : .all }
        return [.some, .prefix, .files][(operation + crash) % 3]
    }
}
