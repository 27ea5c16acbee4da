import Glibc
import SluiceStoreTesting
import SluiceSystem
import Testing

@testable import SluiceLogStore

/// The power goes at every operation of long histories, and whatever the disk kept must be the
/// store as it was after the last acknowledged write, or with the write in flight as well.
///
/// `Scripts/crash-test` goes on with other seeds for as long as it is told to.
@Suite struct CrashTests {
    typealias Plan = CrashHistory.Plan

    /// The seeds of the ordinary run, or the one that `SLUICE_CRASH_REPLAY` names.
    static let plans: [Plan] =
        replay.map { [$0] }
        ?? (1...Thoroughness.pick(28, ordinarily: 6)).map { Plan(seed: UInt64($0)) }

    @Test(arguments: plans)
    func everyCrashLeavesAnAcknowledgedState(_ plan: Plan) throws {
        var history = CrashHistory(plan)
        try history.perform()
        // Together 4,500, or 21,000.
        #expect(history.crashes >= 750 || plan.only != nil)
    }

    /// Histories in which sums were wrong after a crash, a newer delete was forgotten because
    /// compaction had told the index of an older one, or a store did not open because a file to
    /// remove was gone; some of them only where there is time for it.
    @Test(
        .enabled(if: replay == nil, "one crash is replayed"),
        arguments: [777_027, 777_132] + (Thoroughness.isFull ? [777_078, 777_135, 777_322] : []))
    func historiesThatFailedOnce(_ seed: UInt64) throws {
        var history = CrashHistory(Plan(seed: seed, target: 1900))
        try history.perform()
        #expect(history.crashes >= 1900)
    }

    /// Memtables freeze after a few records, and recovery writes runs on its way.
    @Test(
        .enabled(if: replay == nil, "one crash is replayed"),
        arguments: 1...Thoroughness.pick(8, ordinarily: 3))
    func everyCrashOfASmallStoreLeavesAnAcknowledgedState(_ seed: Int) throws {
        var history = CrashHistory(Plan(seed: UInt64(seed), isSmall: true))
        try history.perform()
        #expect(history.crashes >= 750)
    }

    /// A store with all its threads dies at random moments of its background work.
    @Test(.enabled(if: replay == nil, "one crash is replayed"), arguments: [2, 5, 11])
    func everyDeathOfAStoreWithThreadsLeavesAnAcknowledgedState(_ seed: UInt64) throws {
        let deaths = try ThreadedHistory(seed: seed).perform(writes: 600)
        #expect(deaths > 20)
    }

    /// Disks that say a sync is done and do nothing may lose data, but nothing is made up.
    @Test(arguments: [
        Plan(seed: 101, target: 500, crashes: 2, lies: SimulatedDisk.Lies(files: true)),
        Plan(seed: 102, target: 500, crashes: 2, lies: SimulatedDisk.Lies(directories: true)),
        Plan(
            seed: 103, target: 500, crashes: 2,
            lies: SimulatedDisk.Lies(files: true, directories: true)),
        Plan(seed: 104, target: 500, crashes: 2, lies: SimulatedDisk.Lies(directories: true)),
    ])
    func disksThatLieLoseDataButInventNone(_ plan: Plan) throws {
        var history = CrashHistory(plan)
        try history.perform()
        #expect(history.crashes > 0)
    }

    /// One bit of what a crash left is another: reads give what was written, or an error, or
    /// opening said what was damaged or cut off.
    @Test(arguments: [
        Plan(seed: 201, target: 500, crashes: 2, flipsBits: true),
        Plan(seed: 202, target: 500, crashes: 2, flipsBits: true),
    ])
    func aFlippedBitIsToldOrDoesNotMatter(_ plan: Plan) throws {
        var history = CrashHistory(plan)
        try history.perform()
        #expect(history.crashes > 0)
    }

    /// What compaction left out is gone after a crash too, not damaged.
    @Test func aHorizonThatCompactionMovedOutlivesACrash() throws {
        for operation in stride(from: 0, to: 60, by: 2) {
            let disk = SimulatedDisk()
            let store = try disk.store(keepRevisions: 10)
            for number in 0..<120 { try store.set("key \(number % 6)", UInt8(number), count: 400) }
            try store.flush()
            for number in 0..<20 { try store.set("key \(number % 6)", UInt8(number), count: 400) }
            disk.expect(SimulatedDisk.Plan(operation: operation, fault: .crash))
            try? store.compact()
            let later = try disk.afterKill.store(keepRevisions: 10)
            #expect(later.horizon <= later.revision - 10)
            for revision in 1...later.revision {
                do throws(LogStoreError) {
                    _ = try later.find("c", LogStore.Find(asOf: revision))
                } catch {
                    guard case .gone = error else { throw error }
                    #expect(revision < later.horizon)
                }
            }
        }
    }

    /// How long `manyMoreSeeds` goes on.
    static let seconds = variable("SLUICE_CRASH_SECONDS").flatMap { Int64($0) }

    /// `SLUICE_CRASH_SECONDS` of seeds from `SLUICE_CRASH_SEED` on.
    @Test(.enabled(if: seconds != nil, "Scripts/crash-test runs it"))
    func manyMoreSeeds() async throws {
        let first = Self.variable("SLUICE_CRASH_SEED").flatMap { UInt64($0) } ?? 0
        let deadline = ContinuousClock.now + .seconds(Self.seconds ?? 0)
        let workers = UInt64(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        let crashes = try await withThrowingTaskGroup(of: Int.self) { group in
            for worker in 0..<workers {
                group.addTask {
                    var crashes = 0
                    var seed = max(1000, first) + worker
                    while ContinuousClock.now < deadline {
                        defer { seed += workers }
                        var random = SplitMix(seed: seed)
                        // Whatever the number of workers, each of them gets some.
                        if random.one(in: 4) {
                            crashes += try ThreadedHistory(seed: seed).perform(writes: 600)
                            continue
                        }
                        var history = CrashHistory(
                            Plan(seed: seed, target: 3000, isSmall: seed % 3 != 0))
                        try history.perform()
                        crashes += history.crashes
                        if history.failures > 0 { break }
                    }
                    return crashes
                }
            }
            return try await group.reduce(0, +)
        }
        print("\(crashes) crashes, seeds from \(first) on")
    }

    /// `SLUICE_CRASH_REPLAY=seed:operation:crash:faults`, as a failure prints it, or a seed alone.
    static var replay: Plan? {
        guard let text = variable("SLUICE_CRASH_REPLAY") else { return nil }
        let parts = text.split(separator: ":")
        guard let seed = parts.first.flatMap({ UInt64($0) }) else { return nil }
        var plan = Plan(seed: seed)
        if parts.count >= 3, let operation = Int(parts[1]), let crash = Int(parts[2]) {
            plan.only = (operation, crash)
        }
        if parts.count >= 4 {
            plan.lies.files = parts[3].contains("f")
            plan.lies.directories = parts[3].contains("d")
            plan.flipsBits = parts[3].contains("b")
            plan.isSmall = parts[3].contains("s")
        }
        return plan
    }

    static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}
