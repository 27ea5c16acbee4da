import SluiceStoreTesting
import Testing

@testable import SluiceLogStore

/// The power goes at every operation of a backup and of a restore.
@Suite struct MaintenanceCrashTests {
    /// A store at two moments, and the backup of the first.
    private struct Stage {
        var run = SimulatedStore()
        let source = SimulatedDisk()
        var backup = SimulatedDisk()
        var first = Model()
        var second = Model()

        init(seed: UInt64, hasFirst: Bool) throws {
            let store = try run.open(source)
            try store.declare(collections: [Workload.collection])
            for step in Workload(seed: seed, count: 50).steps { try run.perform(step, store) }
            try store.flush()
            first = run.model
            if hasFirst {
                let disks = TwoDisks(store: source, other: backup)
                _ = try LogStore.backup("/db", to: "/other", disks.environment)
            }
            for step in Workload(seed: seed + 50, count: 20).steps { try run.perform(step, store) }
            second = run.model
        }

        /// Backs the second state up to a copy of the disk that fails as planned.
        func backUp(_ disk: SimulatedDisk) throws {
            let disks = TwoDisks(store: source, other: disk)
            let report = try LogStore.backup("/db", to: "/other", disks.environment)
            #expect(report.revision == second.revision)
        }

        /// Restores a backup and gives which state it has.
        func restored(_ disk: SimulatedDisk) throws -> Int? {
            let target = SimulatedDisk()
            let disks = TwoDisks(store: target, other: disk)
            _ = try LogStore.restore("/other", to: "/db", disks.environment)
            #expect(try LogStore.verify("/db", disks.environment).damages == [])
            return try run.match(run.open(target), [first, second])
        }
    }

    @Test(arguments: [1] as [UInt64], [true, false])
    func anInterruptedBackupLeavesTheOneBefore(seed: UInt64, hasFirst: Bool) throws {
        let stage = try Stage(seed: seed, hasFirst: hasFirst)
        let rehearsal = stage.backup.survivor(.all, seed: 0)
        try stage.backUp(rehearsal)
        #expect(try stage.restored(rehearsal) == 1)
        for operation in 0..<rehearsal.operations {
            // All of them, or one after the other.
            let all = SimulatedDisk.Survival.allCases
            for survival in Thoroughness.isFull ? all : [all[operation % all.count]] {
                let place: Comment = "seed \(seed), operation \(operation), \(survival)"
                let disk = stage.backup.survivor(
                    .all, seed: 0,
                    plan: SimulatedDisk.Plan(operation: operation, fault: .crash))
                #expect(throws: LogStoreError.self, place) { try stage.backUp(disk) }
                let left = disk.survivor(survival, seed: seed &+ UInt64(operation))
                do {
                    let found = try stage.restored(left)
                    #expect(found == 1 || hasFirst && found == 0, place)
                } catch {
                    // Only where there was none before is none left.
                    #expect(!hasFirst, place)
                }
                try stage.backUp(left)
                #expect(try stage.restored(left) == 1, place)
            }
        }
    }

    @Test(arguments: [3] as [UInt64])
    func anInterruptedRestoreIsNoStore(seed: UInt64) throws {
        let stage = try Stage(seed: seed, hasFirst: false)
        let backup = SimulatedDisk()
        try stage.backUp(backup)
        let rehearsal = SimulatedDisk()
        func restore(_ disk: SimulatedDisk) throws {
            let disks = TwoDisks(store: disk, other: backup)
            _ = try LogStore.restore("/other", to: "/db", disks.environment)
        }
        try restore(rehearsal)
        for operation in 0..<rehearsal.operations {
            for survival in SimulatedDisk.Survival.allCases {
                let place: Comment = "seed \(seed), operation \(operation), \(survival)"
                let disk = SimulatedDisk(
                    plan: SimulatedDisk.Plan(operation: operation, fault: .crash))
                #expect(throws: LogStoreError.self, place) { try restore(disk) }
                let left = disk.survivor(survival, seed: seed &+ UInt64(operation))
                if left.fileNames.contains(NewFolder.marker) {
                    #expect(throws: LogStoreError.self, place) { try stage.run.open(left) }
                    try restore(left)
                } else if left.fileNames.isEmpty {
                    try restore(left)
                }
                #expect(try stage.run.match(stage.run.open(left), [stage.second]) == 0, place)
            }
        }
    }
}
