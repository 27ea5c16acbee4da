import SluiceStoreTesting
import SluiceSystem
import Testing

@testable import SluiceLogStore

/// A full device keeps no store from opening, and what opening could not write down is made good
/// later.
@Suite struct FullDiskOpeningTests {
    /// A store with compacted segments and no index.
    private func withoutIndex() throws -> (disk: SimulatedDisk, expected: [String: UInt8]) {
        let disk = SimulatedDisk()
        let store = try disk.store()
        for round in UInt8(1)...3 {
            for number in 0..<150 where round == 1 || number % 3 == 0 {
                try store.set("key \(number)", round)
            }
        }
        try store.compact()
        try store.set("later", 9)
        #expect(store.statistics.compactedSegments > 0)
        let expected = try store.all()
        try store.close()
        let copy = disk.afterKill
        for name in copy.fileNames where !name.hasSuffix(".seg") { copy.setContent(name, nil) }
        copy.setContent(Reserve.fileName, nil)
        return (copy, expected)
    }

    @Test(arguments: ["close", "delete", "put", "kill"])
    func anIndexThatFindsNoSpaceIsMadeByALaterOwner(act: String) throws {
        var (disk, expected) = try withoutIndex()
        // For a manifest, and not for a run.
        disk.setCapacity(disk.usedBytes + 8 << 10)
        let store = try disk.store()
        #expect(!disk.fileNames.contains { $0.hasSuffix(".run") })
        #expect(try store.all() == expected)
        switch act {
        case "close": try store.close()
        case "delete":
            try store.remove("key 5")
            expected["key 5"] = nil
        case "put":
            if (try? store.set("key 5", 8, count: 1)) != nil { expected["key 5"] = 8 }
        default: break
        }
        let left = disk.afterKill
        left.setCapacity(nil)
        for _ in 0..<2 {
            let again = try left.store()
            #expect(again.recoveryReport.damages == [])
            #expect(try again.all() == expected)
            try again.close()
        }
        #expect(try LogStore.verify("/db", Environment(fileSystem: left)).damages == [])
    }

    /// The segments behind the place where the log goes on say where it ended before.
    @Test func whatIsWrittenBehindACutOnAFullDeviceStays() throws {
        let disk = SimulatedDisk()
        var store = try disk.store(sync: .never)
        var number = 0
        while disk.segmentNames.count < 2 {
            try store.set("key \(number)")
            number += 1
        }
        let left = disk.afterKill
        left.damage("00000001.seg") { $0.removeLast($0.count - 7000) }
        // Nothing can grow.
        left.setCapacity(0)
        store = try left.store(segmentBytes: 1 << 20)
        #expect(store.recoveryReport.bytesCut > 0)
        #expect(left.segmentNames == ["00000001.seg"])
        var expected = try store.all()
        left.setCapacity(nil)
        for number in 0..<100 {
            try store.set("new \(number)", 2)
            expected["new \(number)"] = 2
        }
        #expect(left.segmentNames == ["00000001.seg"])
        let again = try left.afterKill.store()
        #expect(again.recoveryReport.bytesCut == 0)
        #expect(try again.all() == expected)
    }

    enum Left: CaseIterable {
        case torn, flushed, closed, tornBehindTheEnd, withoutManifest

        /// The disk of a store that ended so.
        func disk() throws -> (SimulatedDisk, expected: [String: UInt8]) {
            let disk = SimulatedDisk()
            let store = try disk.store()
            for round in UInt8(1)...2 {
                for number in 0..<60 where number % Int(round) == 0 {
                    try store.set("key \(number)", round)
                }
                if self != .torn, round == 1 { try store.compact() }
            }
            let expected = try store.all()
            if [.closed, .tornBehindTheEnd].contains(self) { try store.close() }
            let left = disk.afterKill
            left.setContent(Reserve.fileName, nil)
            switch self {
            case .torn, .tornBehindTheEnd:
                // The beginning of a group.
                let name = try #require(left.segmentNames.last)
                left.damage(name) { bytes in
                    let end = (bytes.lastIndex { $0 != 0 } ?? 0) + 1
                    bytes = bytes[..<end] + [0, 0, 1]
                }
            case .withoutManifest: left.setContent(Manifest.fileName, nil)
            case .flushed, .closed: break
            }
            return (left, expected)
        }
    }

    /// Opening copies the log's end, seals, writes runs and a manifest; whatever of it finds no space
    /// is left to later.
    @Test(arguments: Left.allCases, [nil, 4096])
    func anOpeningThatFindsNoSpaceAtAnyStepLosesNothing(left: Left, memtableBytes: Int?) throws {
        let (disk, expected) = try left.disk()
        // One byte less than each of its writes takes.
        let rehearsal = disk.afterKill
        let capacities = Monitor<Set<Int>>([0])
        rehearsal.observe {
            let used = rehearsal.usedBytes
            capacities.withLock { _ = $0.insert(used - 1) }
        }
        try rehearsal.store(keepRevisions: nil, memtableBytes: memtableBytes).close()
        for capacity in capacities.withLock({ $0.sorted() }) {
            let copy = disk.afterKill
            copy.setCapacity(capacity)
            let store = try copy.store(keepRevisions: nil, memtableBytes: memtableBytes)
            #expect(try store.all() == expected, "\(capacity) bytes")
            for act in ["kill", "close"] {
                if act == "close" { try store.close() }
                let again = copy.afterKill
                let comment: Comment = "\(capacity) bytes, \(act)"
                let files = Environment(fileSystem: again)
                #expect(try LogStore.verify("/db", files).damages == [], comment)
                again.setCapacity(nil)
                let next = try again.store(keepRevisions: nil)
                #expect(next.recoveryReport.damages == [], comment)
                #expect(try next.all() == expected, comment)
                try next.set("later")
                #expect(try LogStore.verify("/db", files).damages == [], comment)
            }
        }
    }

    /// Where not even the first segment has space, nothing is left behind.
    @Test func aStoreThatFindsNoSpaceIsNotBegun() throws {
        for room in stride(from: 0, through: 8 << 10, by: 256) {
            let disk = SimulatedDisk(capacity: room)
            do {
                try disk.store(hasCollection: false).close()
            } catch {
                #expect((error as? LogStoreError)?.isNoSpace == true, "\(error)")
                #expect(disk.segmentNames == [])
            }
            disk.setCapacity(nil)
            let store = try disk.afterKill.store()
            #expect(store.recoveryReport.damages == [])
            try store.set("a")
        }
    }

    @Test func anotherRetentionIsTakenOnAFullDevice() throws {
        let disk = SimulatedDisk()
        try disk.store(keepRevisions: 100).close()
        disk.setCapacity(0)
        let store = try disk.store(keepHours: 24)
        disk.setCapacity(nil)
        try store.set("a", 1)
        let revision = store.revision
        try store.set("a", 2)
        try store.compact()
        #expect(try store.get("c", Array("a".utf8), asOf: revision)?.value.first == 1)
        try store.close()
        // The store remembers either.
        try checkHistoryIsKept(try disk.store(keepRevisions: nil), "reopened")
    }

    private func checkHistoryIsKept(_ store: LogStore, _ comment: Comment) throws {
        try store.set("b", 1)
        let revision = store.revision
        try store.set("b", 2)
        try store.flush()
        try store.compact()
        #expect(
            try store.get("c", Array("b".utf8), asOf: revision)?.value.first == 1, comment)
    }

    @Test(arguments: [SimulatedDisk.Survival.none, .all])
    func aCrashBetweenTwoRetentionsLeavesOneOfThem(survival: SimulatedDisk.Survival) throws {
        let disk = SimulatedDisk()
        let store = try disk.store(keepRevisions: 100)
        for round in UInt8(1)...3 { try store.set("a", round) }
        try store.close()
        var number = 0
        var isDone = false
        while !isDone {
            let copy = disk.afterKill
            copy.expect(SimulatedDisk.Plan(operation: number, fault: .crash))
            _ = try? copy.store(keepHours: 24)
            isDone = !copy.isDown
            let left = copy.survivor(survival, seed: 0)
            try checkHistoryIsKept(
                try left.store(keepRevisions: nil), "operation \(number)")
            number += 1
        }
        #expect(number > 2)
    }

    /// Memory is small, so that opening writes the index down as it goes.
    @Test func anOpeningThatFindsNoSpaceForItsIndexDoesNotTryForEachRecord() throws {
        let disk = SimulatedDisk()
        let store = try disk.store(sync: .never, segmentBytes: 1 << 20)
        for number in 0..<3000 { try store.set("key \(number)", count: 1) }
        let left = disk.afterKill
        left.setCapacity(0)
        left.expect(nil)
        let again = try left.store(segmentBytes: 1 << 20, memtableBytes: 4096)
        #expect(left.operations < 150)
        #expect(again.statistics.records == 3000)
    }
}
