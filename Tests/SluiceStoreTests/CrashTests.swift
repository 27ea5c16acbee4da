import Glibc
import Testing

@testable import SluiceStore

/// The power goes at every operation of a workload, and whatever the disk kept must be the store
/// as it was after the last acknowledged write, or with the write in flight as well.
@Suite struct CrashTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var seed: UInt64
        var sync: LogStore.Sync
        var steps: Int

        var testDescription: String { "seed \(seed), sync \(sync)" }
    }

    /// A dozen seeds; `SLUICE_CRASH_SEEDS=n` adds n more.
    static let cases: [Case] = {
        let modes: [LogStore.Sync] = [.always, .never, .always, .every(milliseconds: 300)]
        let more = getenv("SLUICE_CRASH_SEEDS").flatMap { UInt64(String(cString: $0)) } ?? 0
        return (1...(12 + more)).map { seed in
            Case(seed: seed, sync: modes[Int(seed % 4)], steps: seed % 6 == 0 ? 90 : 40)
        }
    }()

    @Test(arguments: cases)
    func everyCrashLeavesAnAcknowledgedState(_ one: Case) throws {
        let workload = Workload(seed: one.seed, count: one.steps, reopens: true)
        var whole = SimulatedStore(sync: one.sync)
        let disk = SimulatedDisk()
        try whole.run(workload, on: disk)
        for operation in 0..<disk.operations {
            let broken = SimulatedDisk(
                plan: SimulatedDisk.Plan(operation: operation, fault: .crash))
            var run = SimulatedStore(sync: one.sync)
            #expect(throws: (any Error).self) { try run.run(workload, on: broken) }
            for survival in SimulatedDisk.Survival.allCases {
                try check(run, broken, survival, one, operation)
            }
        }
    }

    private func check(
        _ run: SimulatedStore, _ broken: SimulatedDisk, _ survival: SimulatedDisk.Survival,
        _ one: Case, _ operation: Int
    ) throws {
        let seed = one.seed &* 1000 &+ UInt64(operation)
        let place = Comment(
            rawValue: "seed \(one.seed), operation \(operation), survival \(survival)")
        let candidates = Self.candidates(run, one.sync)
        var disk = broken.survivor(survival, seed: seed)
        // Every third time the power goes again, while the store is being recovered.
        if operation % 3 == 0 {
            let again = Int(seed % 7)
            disk.expect(SimulatedDisk.Plan(operation: again, fault: .crash))
            if let store = try? run.open(disk) { try? store.close() }
            disk = disk.survivor(survival, seed: seed &+ 1)
        }
        let first: Int
        do {
            let store = try run.open(disk)
            #expect(store.recoveryReport.damages == [], place)
            first = try #require(try run.match(store, candidates), place)
            try run.checkSums(store)
        }
        // Opened again, and after a proper close, it is the same store.
        let store = try run.open(disk)
        #expect(store.recoveryReport.wasClosedCleanly, place)
        #expect(store.recoveryReport.damages == [], place)
        #expect(try run.match(store, candidates) == first, place)
    }

    /// The states that a crash may leave.
    private static func candidates(_ run: SimulatedStore, _ sync: LogStore.Sync) -> [Model] {
        switch sync {
        case .always: [run.history[run.history.count - 1]] + run.inFlight
        // Without syncs it is some state of the past: writes are lost from the end only.
        case .every, .never: run.history + run.inFlight
        }
    }
}
