import SluiceStoreTesting
import SluiceSystem
import Testing

@testable import SluiceLogStore

@Suite struct CompactionTests {
    private func key(_ number: Int) -> [UInt8] { Array("key \(number)".utf8) }

    private func open(
        _ disk: SimulatedDisk, cap: Int = 1 << 20, segmentBytes: Int? = 16 << 10,
        clock: ManualClock = ManualClock()
    ) throws -> LogStore {
        let options = LogStore.Options(
            maximumLiveBytes: cap, sync: .never, isInline: true, clock: { clock.now },
            segmentBytes: segmentBytes)
        let store = LogStore(
            engine: try Engine.open(
                "/db", options: options, environment: Environment(fileSystem: disk)))
        try store.declare(collections: ["c"])
        return store
    }

    @Test func aFullStoreRefusesPutsTakesDeletesAndHasRoomAgainAtOnce() throws {
        let store = try open(SimulatedDisk(), cap: 10_000)
        var stored = 0
        while true {
            let result = store.writeAndWait([
                LogStore.Write([
                    .put(
                        collection: "c", key: key(stored), value: [UInt8](repeating: 1, count: 100))
                ])
            ])
            guard case .success = result[0] else {
                guard case .failure(.diskFull) = result[0] else {
                    Issue.record("unexpected \(result[0])")
                    return
                }
                break
            }
            stored += 1
        }
        // 32 + key + value each, exactly.
        #expect(store.statistics.liveBytes == (0..<stored).reduce(0) { $0 + 132 + key($1).count })
        #expect(store.statistics.liveBytes + 132 + key(stored).count > 10_000)
        let longer = [UInt8](repeating: 1, count: 200)
        #expect(throws: LogStoreError.self) { try store.putAndWait("c", key(0), longer) }
        try store.putAndWait("c", key(0), [UInt8](repeating: 2, count: 100))
        try store.putAndWait("c", key(0), [1])
        #expect(try store.get("c", key(1)) != nil)
        try store.deleteAndWait("c", key(1))
        try store.putAndWait("c", key(1), [UInt8](repeating: 3, count: 100))
        // In one batch only what it comes to counts.
        let swap = store.writeAndWait([
            LogStore.Write([
                .delete(collection: "c", key: key(2)),
                .put(
                    collection: "c", key: Array("key X".utf8),
                    value: [UInt8](repeating: 1, count: 100)),
            ])
        ])
        #expect(throws: Never.self) { try swap[0].get() }
    }

    @Test func deadBytesNeverFillAStoreAndDiskStaysNearTheLiveData() throws {
        let disk = SimulatedDisk()
        let store = try open(disk, cap: 64 << 10, segmentBytes: 16 << 10)
        var random = SplitMix(seed: 1)
        var highest = 0
        for _ in 0..<4000 {
            let number = Int.random(in: 0..<200, using: &random)
            try store.putAndWait("c", key(number), [UInt8](repeating: 1, count: 150))
            highest = max(highest, store.statistics.totalBytes)
        }
        let statistics = store.statistics
        #expect(statistics.records == 200)
        #expect(highest < 2 * statistics.liveBytes + 3 * (16 << 10))
        try store.compact()
        #expect(store.statistics.totalBytes < statistics.liveBytes * 13 / 10 + 4 * 4096)
        #expect(disk.fileNames.filter { $0.hasSuffix(".seg") }.count == store.statistics.segments)
    }

    @Test func compactionTellsHowFarItIsAndMayBeEnded() throws {
        let disk = SimulatedDisk()
        let store = try open(disk, cap: 64 << 20, segmentBytes: 256 << 10)
        for number in 0..<6000 {
            try store.putAndWait("c", key(number), [UInt8](repeating: 1, count: 1000))
        }
        for number in 0..<6000 where number % 3 == 0 { try store.deleteAndWait("c", key(number)) }
        let before = store.statistics
        var told: [LogStore.Progress] = []
        #expect(throws: LogStoreError.self) {
            try store.compact {
                told.append($0)
                return told.count < 4
            }
        }
        #expect(told.count == 4)
        // Some rounds are done; what they gave back stays so.
        #expect(store.statistics.totalBytes < before.totalBytes)
        try store.compact {
            told.append($0)
            return true
        }
        for (one, next) in zip(told[4...], told[5...]) { #expect(one.done < next.done) }
        #expect(told.allSatisfy { $0.done <= $0.total && $0.unit == .bytes })
        #expect(store.statistics.totalBytes < before.liveBytes * 11 / 10)
        #expect(store.statistics.records == before.records)
        for number in 0..<6000 {
            #expect(try (store.get("c", key(number)) != nil) == (number % 3 != 0))
        }
        try store.close()
        #expect(try open(disk).recoveryReport.damages == [])
    }

    @Test func anOldRecordDoesNotKeepTombstonesForEver() throws {
        let store = try open(SimulatedDisk())
        try store.putAndWait("c", Array("settings".utf8), [1, 2, 3])
        for number in 0..<6000 {
            try store.putAndWait("c", key(number), [UInt8](repeating: 1, count: 60))
            try store.deleteAndWait("c", key(number))
        }
        #expect(store.statistics.totalBytes < 8 * (16 << 10))
        try store.compact()
        #expect(store.statistics.tombstones == 0)
        #expect(store.statistics.totalBytes < 3 * 4096)
        #expect(try store.get("c", Array("settings".utf8))?.value == [1, 2, 3])
    }

    @Test func expiredRecordsGiveTheirSpaceBack() throws {
        let clock = ManualClock()
        let store = try open(SimulatedDisk(), cap: 20_000, clock: clock)
        for round in 0..<40 {
            for number in 0..<100 {
                try store.putAndWait(
                    "c", key(round * 100 + number), [UInt8](repeating: 1, count: 100),
                    timeToLiveSeconds: 1)
            }
            clock.advance(1000)
        }
        #expect(store.statistics.records == 0)
        try store.compact()
        #expect(store.statistics.totalBytes < 3 * 4096)
        #expect(store.statistics.tombstones == 0)
    }

    @Test func aSmallStoreNeedsLittleDisk() throws {
        let folder = TemporaryFolder()
        let store = try LogStore.openAndWait(folder.path)
        try store.declare(collections: ["c"])
        try store.putAndWait("c", [1], [1])
        try store.close()
        #expect(folder.names == ["00000001.seg", "LOCK", "MANIFEST"])
        #expect(folder.byteCount < 6000)
    }

    @Test func backgroundCompactionKeepsUpWithManyWriters() async throws {
        let folder = TemporaryFolder()
        let options = LogStore.Options(
            maximumLiveBytes: 1 << 20, sync: .never, segmentBytes: 32 << 10)
        do {
            let store = try LogStore.openAndWait(folder.path, options: options)
            try store.declare(collections: ["c"])
            await withTaskGroup(of: Void.self) { group in
                for task in 0..<6 {
                    group.addTask { await churn(store, task) }
                }
            }
            let statistics = store.statistics
            #expect(statistics.records == 6 * 25)
            #expect(statistics.compactedSegments > 0)
            #expect(statistics.totalBytes < 2 * statistics.liveBytes + 6 * (32 << 10))
            try store.close()
        }
        let store = try LogStore.openAndWait(folder.path, options: options)
        #expect(store.recoveryReport.damages == [])
        for task in 0..<6 {
            for number in 0..<50 {
                let record = try store.get("c", Array("\(task) \(number)".utf8))
                #expect(record?.value.last == (number % 2 == 0 ? 19 : nil))
            }
        }
    }

    /// Writes its own keys twenty times, deletes half of them, and reads all along.
    private func churn(_ store: LogStore, _ task: Int) async {
        for round in 0..<20 {
            for number in 0..<50 {
                let key = Array("\(task) \(number)".utf8)
                let value = [UInt8](repeating: 7, count: 300) + [UInt8(round)]
                do {
                    if (number + round) % 3 == 0 {
                        try await store.put("c", key, value)
                    } else {
                        try store.putAndWait("c", key, value)
                    }
                    #expect(try store.get("c", key)?.value == value)
                    if number % 2 == 1, round == 19 { try await store.delete("c", key) }
                } catch {
                    Issue.record(error)
                }
            }
            let page = try? store.find("c", LogStore.Find(prefix: Array("\(task) ".utf8)))
            #expect(page?.records.count == (round == 19 ? 25 : 50))
        }
    }
}
