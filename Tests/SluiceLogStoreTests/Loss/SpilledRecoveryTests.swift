import SluiceStoreTesting
import Testing

@testable import SluiceLogStore

/// Opening writes parts of the index as runs while it reads the log, where memory is small.
@Suite struct SpilledRecoveryTests {
    private static let count = 300

    /// A log without runs, left by a kill or closed.
    private static func written(isClosed: Bool) throws -> SimulatedDisk {
        let disk = SimulatedDisk()
        let store = try disk.store()
        for number in 0..<count { try store.set("key \(number)", 1, count: 20) }
        if isClosed { try store.close() }
        return disk.afterKill
    }

    /// A kill while a run was written leaves a file whose number was never used.
    @Test(arguments: [true, false])
    func anUnfinishedRunIsInNobodysWay(hasManifest: Bool) throws {
        for number in UInt32(1)...40 {
            let disk = try Self.written(isClosed: false)
            #expect(!disk.fileNames.contains { $0.hasSuffix(".run") })
            if !hasManifest { disk.setContent(Manifest.fileName, nil) }
            disk.setContent(Run.fileName(number) + ".tmp", [1, 2, 3])
            disk.setContent(SegmentHead.fileName(number) + ".tmp", [1, 2, 3])
            do {
                let store = try disk.store(memtableBytes: 4096)
                #expect(try store.all().count == Self.count)
                #expect(!disk.fileNames.contains { $0.hasSuffix(".tmp") })
                #expect(disk.fileNames.contains { $0.hasSuffix(".run") })
            } catch {
                Issue.record("\(error), number \(number)")
            }
        }
    }

    /// A manifest names the runs, so the next opening does not enter their records again.
    @Test func aKillRightAfterOpeningLeavesTheRunsThatItWrote() throws {
        var disk = try Self.written(isClosed: false)
        var expected = Set((0..<Self.count).map { "key \($0)" })
        for round in 0..<3 {
            let before = disk.fileNames
            var store = try disk.store(memtableBytes: 4096)
            let runs = disk.fileNames.filter { $0.hasSuffix(".run") }
            #expect(runs.count { !before.contains($0) } > 1)
            disk = disk.afterKill
            #expect(try LogStore.verify("/db", Environment(fileSystem: disk)).damages == [])
            store = try disk.store(memtableBytes: 4096)
            #expect(store.recoveryReport.records == 0, "round \(round)")
            #expect(disk.fileNames.filter { $0.hasSuffix(".run") } == runs)
            #expect(Set(try store.all().keys) == expected)
            #expect(store.statistics.records == expected.count)
            let charge = expected.reduce(0) { $0 + 32 + $1.utf8.count + 20 }
            #expect(store.statistics.liveBytes == charge)
            // In memory, in part of keys that the runs have, and not enough for compaction.
            disk = disk.afterKill
            store = try disk.store()
            for number in 0..<200 {
                let key = "key \(Self.count * (round + 1) - 20 + number)"
                try store.set(key, 2, count: 20)
                expected.insert(key)
            }
            for number in 0..<10 {
                try store.remove("key \(round * 100 + number)")
                expected.remove("key \(round * 100 + number)")
            }
            disk = disk.afterKill
        }
    }

    /// A store that is refused because of what it lost is left as it is.
    @Test func aRefusedStoreIsLeftAloneThoughItsIndexDoesNotFit() throws {
        let disk = try Self.written(isClosed: true)
        let name = try #require(disk.segmentNames.last)
        disk.setContent(name, Array(disk.content(name)[..<4500]))
        let before = disk.allContent
        for _ in 0..<3 {
            #expect(throws: LogStoreError.self) { try disk.store(memtableBytes: 4096) }
            #expect(disk.fileNames == before.keys.sorted())
            let isUnchanged = disk.allContent == before
            #expect(isUnchanged)
        }
    }
}
