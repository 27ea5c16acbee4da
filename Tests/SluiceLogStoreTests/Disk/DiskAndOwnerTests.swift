import Glibc
import SluiceStoreTesting
import SluiceSystem
import Testing

@testable import SluiceLogStore

/// What a full or failing disk, another process or a copy must not do to a store.
///
/// Each test is the class of a fault that other stores have had; the public reports of it are named
/// as `project#number`.
@Suite struct DiskAndOwnerTests {
    /// badger#1682, rocksdb#7784, venus#2162: a full disk was the end of the store, or needed a
    /// restart.
    @Test func aFullDiskRefusesPutsAndNothingElse() throws {
        let disk = SimulatedDisk(capacity: 1_000_000)
        let store = try disk.store(segmentBytes: 64 << 10)
        for round in 0..<3 {
            var stored = 0
            var failure: LogStoreError?
            while failure == nil {
                do throws(LogStoreError) {
                    try store.putAndWait(
                        "c", Array("\(round) \(stored)".utf8), [UInt8](repeating: 1, count: 900))
                    stored += 1
                } catch {
                    failure = error
                }
            }
            guard case .diskFull? = failure else {
                Issue.record("\(String(describing: failure)) in round \(round)")
                return
            }
            #expect(stored > 600, "round \(round)")
            #expect(try store.all().count == stored)
            for number in 0..<stored { try store.remove("\(round) \(number)") }
            #expect(try store.all().isEmpty)
        }
        #expect(try disk.afterPowerLoss.store().all().isEmpty)
    }

    @Test func aDiskTakesDeletesWhereverInASegmentItBecameFull() throws {
        let step = Thoroughness.pick(1024, ordinarily: 3001)
        for capacity in stride(from: 300_000, to: 370_000, by: step) {
            let disk = SimulatedDisk(capacity: capacity)
            let store = try disk.store(segmentBytes: 64 << 10)
            var stored = 0
            while (try? store.set("key \(stored)", count: 900)) != nil { stored += 1 }
            for number in 0..<stored { try store.remove("key \(number)") }
            #expect(try store.all().isEmpty, "capacity \(capacity)")
            try store.set("again", count: 900)
        }
    }

    @Test func aStoreClosesOnAFullDisk() throws {
        let disk = SimulatedDisk()
        let store = try disk.store()
        try store.set("a")
        disk.setCapacity(disk.usedBytes)
        try store.close()
        #expect(try disk.store().byte("a") == 1)
    }

    /// The fsync failures that PostgreSQL made known in 2018: trying again succeeds and means
    /// nothing.
    @Test func aFailedSyncIsNeverTriedAgain() throws {
        for operation in 0..<30 {
            let disk = SimulatedDisk()
            let store = try disk.store()
            try store.set("a")
            disk.expect(SimulatedDisk.Plan(operation: operation, fault: .lostSync))
            var acknowledged: [String] = ["a"]
            var isPoisoned = false
            for number in 0..<12 {
                do throws(LogStoreError) {
                    try store.putAndWait("c", Array("\(number)".utf8), [1])
                    acknowledged.append("\(number)")
                    #expect(!isPoisoned)
                } catch {
                    guard case .poisoned = error else { throw error }
                    isPoisoned = true
                }
            }
            #expect(try store.byte("a") == 1)
            let found = try disk.afterPowerLoss.store().all()
            for key in acknowledged { #expect(found[key] == 1, "\(key), operation \(operation)") }
        }
    }

    /// leveldb, badger and others: a second process opened the store and damaged it.
    @Test func onlyOneProcessWritesToAStore() async throws {
        let folder = TemporaryFolder()
        let store = try LogStore.openAndWait(folder.path)
        try store.declare(collections: ["c"])
        try store.set("a")
        await #expect(processExitsWith: .exitCode(7)) { [path = folder.path as String] in
            do throws(LogStoreError) {
                _ = try LogStore.openAndWait(
                    path, options: LogStore.Options(lockTimeoutMilliseconds: 0))
            } catch {
                // Reading is open to all.
                let options = LogStore.Options(isReadOnly: true)
                let reader = try LogStore.openAndWait(path, options: options)
                if error.code == "locked", try reader.byte("a") == 1,
                    (try? reader.set("b")) == nil
                {
                    exit(7)
                }
            }
        }
        try store.set("b")
        try store.close()
    }

    /// etcd#13109: a copy of the files of a running store had something else in it, and nothing
    /// said so.
    @Test(arguments: 0..<4)
    func aCopyOfTheFilesOfARunningStoreIsWholeOrTells(seed: UInt64) throws {
        let disk = SimulatedDisk()
        let store = try disk.store(sync: .never, segmentBytes: 5120)
        var random = SplitMix(seed: seed &+ 9)
        var versions: [String: [UInt8]] = [:]
        func write(_ count: Int) throws {
            for _ in 0..<count {
                let key = "key \(Int.random(in: 0..<20, using: &random))"
                let byte = UInt8.random(in: 1...255, using: &random)
                versions[key, default: []].append(byte)
                try store.set(key, byte, count: 200)
                if random.one(in: 15) { try store.compact() }
                if random.one(in: 15) { try store.flush() }
            }
        }
        try write(80)
        let before = versions.mapValues { $0.count - 1 }
        let copy = SimulatedDisk()
        for name in disk.fileNames.shuffled(using: &random) {
            if disk.fileNames.contains(name) { copy.setContent(name, disk.content(name)) }
            try write(Int.random(in: 0...30, using: &random))
        }
        guard let later = try? copy.store(sync: .never), !later.tells() else { return }
        let found = try later.all()
        for (key, oldest) in before {
            let byte = try #require(found[key], "\(key) is missing")
            #expect(versions[key]?[oldest...].contains(byte) == true, "\(key)")
        }
    }
}
