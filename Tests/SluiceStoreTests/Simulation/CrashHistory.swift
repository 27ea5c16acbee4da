import Testing

@testable import SluiceStore

/// One long seeded run of a store on a simulated disk that loses power at every operation.
///
/// The disk keeps an image of itself inside each of its operations. Every image is a crash: what
/// may survive of it is recovered, sometimes with another crash inside the recovery, and compared
/// with the model. Now and then the power really goes, and the run continues on what was left.
struct CrashHistory {
    /// What to run and what to look at; all of it follows from the seed.
    struct Plan: Sendable, CustomTestStringConvertible {
        var seed: UInt64
        var steps = 60
        /// How many crashes are tried at each operation.
        var crashes = 3
        /// Only this operation of the run, and this crash at it, for replays.
        var only: (operation: Int, crash: Int)?

        var sync: LogStore.Sync {
            [.always, .never, .always, .every(milliseconds: 300)][Int(seed % 4)]
        }

        var segmentBytes: Int {
            [8192, 5120, 16384][Int(seed / 4 % 3)]
        }

        var testDescription: String { "seed \(seed), sync \(sync), segments of \(segmentBytes)" }
    }

    let plan: Plan
    private var run: SimulatedStore
    private var disk = SimulatedDisk()
    private var random: SplitMix
    /// Operations of the disks that this run has used up.
    private var earlierOperations = 0
    /// Crashes recovered from so far.
    private(set) var crashes = 0
    private(set) var failures = 0

    init(_ plan: Plan) {
        self.plan = plan
        run = SimulatedStore(sync: plan.sync, segmentBytes: plan.segmentBytes)
        random = SplitMix(plan.seed &* 0x9E37)
    }

    /// Runs to the end, or until a few failures were recorded.
    mutating func perform() throws {
        let steps = Workload(seed: plan.seed, count: plan.steps, reopens: true).steps
        var store: LogStore?
        arm()
        var next = 0
        while next < steps.count, failures < 3 {
            do throws(LogStoreError) {
                if store == nil { store = try start() }
            } catch {
                try powerFailed(run.candidates, error)
                continue
            }
            guard let open = store else { return }
            let before = run.candidates
            do {
                next += 1
                if case .reopen = steps[next - 1] {
                    store = nil
                    try open.close()
                    run.isDurable()
                } else {
                    try run.perform(steps[next - 1], open)
                }
                checkImages(before)
            } catch {
                store = nil
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
        let store = try run.open(disk)
        let place = "seed \(plan.seed), going on at operation \(earlierOperations)"
        let candidates = run.candidates
        do {
            if let found = try run.match(store, candidates) {
                run.resume(from: candidates[found])
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
        for (number, image) in disk.takeImages() {
            let operation = earlierOperations + number
            for crash in 0..<plan.crashes {
                if let only = plan.only, only != (operation, crash) { continue }
                guard failures < 3 else { return }
                let check = CrashCheck(
                    run: run, candidates: candidates, survival: survival(operation, crash),
                    seed: plan.seed &* 1_000_003 &+ UInt64(operation * 16 + crash))
                do {
                    crashes += try check.perform(image)
                } catch {
                    fail(
                        """
                        \(error)
                        at seed \(plan.seed), operation \(operation), crash \(crash) \
                        (\(check.survival) of the unsynced survives); to see it alone: \
                        SLUICE_CRASH_REPLAY=\(plan.seed):\(operation):\(crash) \
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

/// One crash, what is recovered from it, and whether that is right.
struct CrashCheck {
    struct Wrong: Error, CustomStringConvertible {
        var description: String
    }

    let run: SimulatedStore
    let candidates: [Model]
    let survival: SimulatedDisk.Survival
    let seed: UInt64

    /// Recovers and checks; gives the number of crashes that this took.
    func perform(_ image: SimulatedDisk.State) throws -> Int {
        var random = SplitMix(seed)
        var disk = image.survivor(survival, seed: random.next())
        var crashes = 1
        // The power goes again while the store is being recovered, sometimes twice.
        while random.one(in: 3), crashes < 4 {
            disk.expect(
                SimulatedDisk.Plan(
                    operation: Int.random(in: 0..<10, using: &random), fault: .crash))
            if let store = try? run.open(disk) { try? store.close() }
            guard disk.isDown else { break }
            let survivals = SimulatedDisk.Survival.allCases
            let again = survivals[Int.random(in: 0..<survivals.count, using: &random)]
            disk = disk.survivor(again, seed: random.next())
            crashes += 1
        }
        disk.expect(nil)
        let first = try recover(disk, closes: random.one(in: 2))
        // What was recovered stays, even if nothing more gets to the device.
        let second = try recover(disk.survivor(.none, seed: 0), closes: false)
        guard first == second else {
            throw Wrong(description: "recovered state \(first), then state \(second)")
        }
        return crashes
    }

    /// Opens the store and gives the place of the state that it holds among the candidates.
    private func recover(_ disk: SimulatedDisk, closes: Bool) throws -> Int {
        let store = try run.open(disk)
        guard store.recoveryReport.damages.isEmpty else {
            throw Wrong(description: "damage reported: \(store.recoveryReport.damages)")
        }
        guard let found = try run.match(store, candidates) else {
            throw Wrong(description: try difference(store))
        }
        guard run.checkStatistics(store, candidates[found].live(at: run.clock.now)) else {
            throw Wrong(description: "the statistics are not a recount: \(store.statistics)")
        }
        if closes { try store.close() }
        return found
    }

    /// How what was found differs from what was acknowledged last.
    private func difference(_ store: LogStore) throws -> String {
        let found = try run.contents(store)
        let expected = run.model.live(at: run.clock.now)
        var text =
            "no acknowledged state: revision \(store.revision), expected one of"
            + " \(candidates.map(\.revision))"
        for key in Set(found.keys).union(expected.keys) where found[key] != expected[key] {
            text += "\n  \(String(decoding: key, as: UTF8.self)): found \(Self.text(found[key]))"
            text += ", acknowledged \(Self.text(expected[key]))"
        }
        return text
    }

    private static func text(_ document: Model.Document?) -> String {
        document.map { "revision \($0.revision) of \($0.value.count) bytes" } ?? "nothing"
    }
}
