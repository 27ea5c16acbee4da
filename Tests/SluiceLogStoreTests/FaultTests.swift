import Glibc
import SluiceStoreTesting
import Testing

@testable import SluiceLogStore

/// One operation of the disk fails, without a crash.
///
/// The store refuses or succeeds; it never lies.
@Suite struct FaultTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var seed: UInt64
        var fault: SimulatedDisk.Plan.Fault
        var isPermanent = false
        var sync = LogStore.Sync.always

        var testDescription: String {
            "seed \(seed), \(fault)\(isPermanent ? " for good" : ""), sync \(sync)"
        }
    }

    static let cases = [
        Case(seed: 1, fault: .error(EIO)),
        Case(seed: 2, fault: .error(EIO), isPermanent: true),
        Case(seed: 3, fault: .error(ENOSPC)),
        Case(seed: 4, fault: .error(ENOSPC), isPermanent: true),
        Case(seed: 5, fault: .shortWrite(ENOSPC)),
        Case(seed: 6, fault: .shortWrite(EIO)),
        Case(seed: 7, fault: .lostSync),
        Case(seed: 8, fault: .lostSync, sync: .every(milliseconds: 300)),
        Case(seed: 9, fault: .error(ENOSPC), sync: .never),
    ]

    @Test(arguments: cases)
    func everyFaultIsToldOrOvercome(_ one: Case) throws {
        let workload = Workload(seed: one.seed, count: 30)
        var whole = SimulatedStore(sync: one.sync)
        let rehearsal = SimulatedDisk()
        try whole.run(workload, on: rehearsal)
        let step = Thoroughness.pick(1, ordinarily: 2)
        for operation in stride(from: Int(one.seed) % step, to: rehearsal.operations, by: step) {
            let disk = SimulatedDisk(
                plan: SimulatedDisk.Plan(
                    operation: operation, fault: one.fault, isPermanent: one.isPermanent))
            var run = FaultyRun(store: SimulatedStore(sync: one.sync))
            run.run(workload, on: disk)
            disk.expect(nil)
            for survival in [SimulatedDisk.Survival.none, .all, .some] {
                let place = Comment(
                    rawValue: "seed \(one.seed), operation \(operation), survival \(survival)")
                let later = disk.survivor(survival, seed: one.seed &+ UInt64(operation))
                let store = try run.store.open(later)
                #expect(store.recoveryReport.damages == [], place)
                #expect(try run.store.match(store, run.candidates) != nil, place)
                try run.store.checkSums(store)
            }
        }
    }

    @Test func noSpaceGoesAwayWhenThereIsSpace() throws {
        var run = SimulatedStore()
        let disk = SimulatedDisk()
        let store = try run.open(disk)
        try store.declare(collections: [Workload.collection])
        try run.write([Self.put("a", 100)], to: store)
        disk.expect(SimulatedDisk.Plan(operation: 0, fault: .error(ENOSPC), isPermanent: true))
        let full = store.writeAndWait([Self.put("b", 100)])
        guard case .failure(.diskFull) = full[0] else {
            Issue.record("expected a full disk, got \(full[0])")
            return
        }
        #expect(try store.get(Workload.collection, Array("a".utf8)) != nil)
        disk.expect(nil)
        try run.write([Self.put("b", 100)], to: store)
        try run.checkSums(store)
    }

    @Test func aFailedSyncMakesTheStoreReadOnlyUntilItIsReopened() throws {
        var run = SimulatedStore()
        let disk = SimulatedDisk()
        do {
            let store = try run.open(disk)
            try store.declare(collections: [Workload.collection])
            try run.write([Self.put("a", 100)], to: store)
            disk.expect(SimulatedDisk.Plan(operation: 1, fault: .lostSync))
            for _ in 0..<3 {
                let result = store.writeAndWait([Self.put("b", 100)])
                guard case .failure(.poisoned) = result[0] else {
                    Issue.record("expected a poisoned store, got \(result[0])")
                    return
                }
                #expect(try store.get(Workload.collection, Array("a".utf8)) != nil)
                #expect(try store.get(Workload.collection, Array("b".utf8)) == nil)
            }
            #expect(throws: LogStoreError.self) { try store.close() }
        }
        let store = try run.open(disk)
        try run.write([Self.put("c", 100)], to: store)
        #expect(try store.get(Workload.collection, Array("a".utf8)) != nil)
    }

    private static func put(_ key: String, _ count: Int) -> LogStore.Write {
        LogStore.Write([
            .put(
                collection: Workload.collection, key: Array(key.utf8),
                value: [UInt8](repeating: 1, count: count))
        ])
    }
}

/// A run that goes on after failures and keeps track of what may have happened.
private struct FaultyRun {
    var store: SimulatedStore
    /// States the disk may hold besides the newest acknowledged one.
    private var uncertain: [Model] = []
    private var isPoisoned = false

    init(store: SimulatedStore) {
        self.store = store
    }

    var candidates: [Model] {
        switch store.sync {
        case .always: [store.model] + uncertain
        case .every, .never: store.history + uncertain
        }
    }

    mutating func run(_ workload: Workload, on disk: SimulatedDisk) {
        guard let open = try? store.open(disk) else { return }
        try? open.declare(collections: [Workload.collection])
        for step in workload.steps {
            switch step {
            case .advance(let milliseconds): store.clock.advance(milliseconds)
            case .flush: try? open.flush()
            case .compact: try? open.compact()
            case .reopen, .find, .hold, .recall: break
            case .write(let writes): write(writes, to: open)
            }
        }
        try? open.close()
    }

    private mutating func write(_ writes: [LogStore.Write], to open: LogStore) {
        guard open.collections.contains(Workload.collection) else { return }
        do {
            try store.write(writes, to: open)
            #expect(!isPoisoned)
        } catch LogStoreError.diskFull {
            // Nothing of the group was done, and the store goes on.
            store.inFlight = []
        } catch {
            guard case .poisoned? = error as? LogStoreError else {
                Issue.record("unexpected \(error)")
                return
            }
            if !isPoisoned { uncertain = store.inFlight }
            isPoisoned = true
            store.inFlight = []
        }
        #expect((try? store.match(open, [store.history[store.history.count - 1]])) != nil)
    }
}
