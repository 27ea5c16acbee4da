import SluiceStoreTesting
import Testing

@testable import SluiceLogStore

/// What is left of a store whose manifest or runs are gone, and of its log a part.
@Suite struct LostIndexTests {
    /// Nothing of the first segment had to be kept.
    @Test func aLogWhoseBeginningWasCompactedAwayIsGoneOnWith() async throws {
        let disk = SimulatedDisk()
        let first = try disk.store(hasCollection: false)
        while disk.segmentNames.count < 2 { try await first.setCursor("reader", 0) }
        try first.declare(collections: ["c"])
        for number in 0..<10 { try first.set("key \(number)", 3) }
        try first.flush()
        #expect(try first.engine.maintenance.compactOnce(isForced: true))
        #expect(disk.segmentNames == ["00000002.seg"])
        let expected = try first.all()
        for isClosed in [false, true] {
            if isClosed { try first.close() }
            let left = disk.afterKill
            left.setContent(Manifest.fileName, nil)
            let store = try left.store()
            #expect(try store.all() == expected)
            try store.set("later", 4)
            for isLeftOpen in [true, false] {
                if !isLeftOpen { try store.close() }
                let again = left.afterKill
                let report = try LogStore.verify("/db", Environment(fileSystem: again))
                #expect(report.damages == [])
                let owner = try again.store()
                #expect(owner.recoveryReport.damages == [])
                #expect(try owner.byte("later") == 4)
                #expect(try owner.all().count == expected.count + 1)
            }
        }
    }

    @Test(arguments: ["manifest", "damaged manifest", "runs", "damaged manifest and runs"])
    func nobodyBeginsANewStoreWhereASegmentlessOneIs(left: String) throws {
        for isClosed in [true, false] {
            let written = try LossTests.Written(
                keys: 50, rounds: 1, segmentBytes: 1 << 20, flushes: [1], isClosed: isClosed)
            let disk = written.disk
            for name in disk.segmentNames { disk.setContent(name, nil) }
            if !left.contains("runs") {
                for name in disk.fileNames where name.hasSuffix(".run") {
                    disk.setContent(name, nil)
                }
            }
            if left == "runs" { disk.setContent(Manifest.fileName, nil) }
            if left.contains("damaged") { disk.damage(Manifest.fileName) { $0[9] ^= 0xFF } }
            try written.expectOwnersKeptOut(disk, naming: "/db")
            #expect(throws: LogStoreError.self) { try disk.reader() }
            #expect(throws: LogStoreError.self) { try disk.reader(readsAsFound: true) }
        }
    }

    @Test(arguments: SimulatedDisk.Survival.allCases)
    func aCrashWhileAStoreIsMadeKeepsNobodyOut(survival: SimulatedDisk.Survival) throws {
        var number = 0
        var isDone = false
        while !isDone {
            let disk = SimulatedDisk(plan: SimulatedDisk.Plan(operation: number, fault: .crash))
            if let store = try? disk.store() {
                try? store.set("a", 1)
                try? store.flush()
            }
            isDone = !disk.isDown
            for seed in UInt64(0)..<4 {
                let store = try disk.survivor(survival, seed: seed).store()
                #expect(store.recoveryReport.damages == [], "operation \(number)")
                try store.set("b", 2)
                #expect(try store.byte("b") == 2)
            }
            number += 1
        }
        #expect(number > 8)
    }

    /// The manifest had the names as well.
    @Test(arguments: [true, false])
    func aCollectionWhoseNameIsLostIsNotTakenForNone(isFlushed: Bool) throws {
        let written = try LossTests.Written(
            keys: 200, rounds: 1, segmentBytes: 8192, flushes: isFlushed ? [1] : [])
        let disk = written.disk
        disk.setContent(Manifest.fileName, nil)
        disk.setContent("00000001.seg", nil)
        try written.expectOwnersKeptOut(disk, naming: nil)
        #expect(throws: LogStoreError.self) { try disk.reader() }
        let reader = try disk.reader(readsAsFound: true)
        #expect(reader.reading("key 199") == .corrupt)
        #expect(code { _ = try reader.find("c", LogStore.Find()) } == "corrupt")
        #expect(code { try reader.scan("c", LogStore.Find()) { _, _ in true } } == "corrupt")
    }

    @Test(arguments: [true, false])
    func aRunThatIsMadeAnewLeavesHistoryItsReach(isCompacted: Bool) throws {
        let disk = SimulatedDisk()
        let store = try disk.store(keepRevisions: 100)
        for number in 0..<400 { try store.set("key \(number % 20)", UInt8(number % 200)) }
        try store.flush()
        if isCompacted { try store.compact() }
        for number in 400..<420 { try store.set("key \(number % 20)", UInt8(number % 200)) }
        try store.flush()
        let horizon = store.horizon
        #expect(horizon > 0 && horizon < store.revision - 90)
        let left = disk.afterKill
        let name = try #require(left.fileNames.first { $0.hasSuffix(".run") })
        left.setContent(name, nil)
        for _ in 0..<2 {
            let again = try left.store(keepRevisions: 100)
            #expect(again.horizon == horizon)
            for revision in horizon...again.revision {
                for number in 0..<20 {
                    let key = Array("key \(number)".utf8)
                    #expect(
                        try again.get("c", key, asOf: revision)?.value
                            == store.get("c", key, asOf: revision)?.value)
                }
            }
            try again.close()
        }
    }

    /// Its records were acknowledged, and a reader of what is left would not know.
    @Test(arguments: [true, false])
    func theNewestSegmentRemovedAfterAKillIsTold(isFlushed: Bool) throws {
        let disk = SimulatedDisk()
        let store = try disk.store()
        for number in 0..<100 { try store.set("key \(number)", count: 400) }
        if isFlushed { try store.flush() }
        for number in 100..<110 { try store.set("key \(number)", count: 400) }
        let left = disk.afterKill
        let name = try #require(left.segmentNames.last)
        #expect(left.segmentNames.count > 3)
        left.setContent(name, nil)
        #expect(try left.fileThatKeepsOwnersOut() == name)
        #expect(throws: LogStoreError.self) { try left.reader() }
    }
}
