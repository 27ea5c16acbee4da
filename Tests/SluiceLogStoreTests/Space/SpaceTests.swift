import SluiceStoreTesting
import SluiceSystem
import Testing

@testable import SluiceLogStore

/// What compaction, deletes and sums must not do.
///
/// Each test is the class of a fault that other stores have had; the public reports of it are named
/// as `project#number`.
@Suite struct SpaceTests {
    /// bitcask#82 and its repairs #102, #128, #148, #156: a tombstone was merged away before the
    /// record that it hides.
    @Test(arguments: 0..<3)
    func noDeletedKeyReturnsWhenTheIndexIsMadeAnew(seed: UInt64) throws {
        let disk = SimulatedDisk()
        var store = try disk.store(sync: .never, segmentBytes: 5120)
        var random = SplitMix(seed: seed &+ 1)
        var expected: [String: UInt8] = [:]
        for step in 0..<240 {
            let key = "key \(Int.random(in: 0..<12, using: &random))"
            if random.one(in: 2) {
                expected[key] = nil
                try store.remove(key)
            } else {
                let byte = UInt8.random(in: 1...255, using: &random)
                expected[key] = byte
                try store.set(key, byte, count: Int.random(in: 1...400, using: &random))
            }
            if random.one(in: 25) { try store.flush() }
            if random.one(in: 12) { try store.compact() }
            guard step % 6 == 0 else { continue }
            let copy = disk.afterKill
            for name in copy.fileNames where !name.hasSuffix(".seg") { copy.setContent(name, nil) }
            let rebuilt = try copy.store(sync: .never, segmentBytes: 5120)
            #expect(try rebuilt.all() == expected, "step \(step)")
            if random.one(in: 5) {
                try store.close()
                store = try disk.store(sync: .never, segmentBytes: 5120)
            }
        }
    }

    /// The same, where the record to hide lies among live ones that compaction leaves alone.
    @Test func aTombstoneOutlivesTheSegmentThatHoldsWhatItHides() throws {
        let disk = SimulatedDisk()
        let store = try disk.store(sync: .never, segmentBytes: 8192)
        var doomed: [String] = []
        for number in 0..<60 {
            try store.set("cold \(number)", count: 500)
            guard number % 6 == 0 else { continue }
            doomed.append("doomed \(number)")
            try store.set("doomed \(number)", count: 1)
        }
        try store.flush()
        var compacted = 0
        for number in 0..<600 {
            if number % 10 == 0, let key = doomed.popLast() { try store.remove(key) }
            try store.set("hot \(number % 4)", count: 500)
            guard number % 4 == 0 else { continue }
            compacted = store.statistics.compactedSegments
            let rebuilt = disk.afterKill
            for name in rebuilt.fileNames where !name.hasSuffix(".seg") {
                rebuilt.setContent(name, nil)
            }
            let found = try rebuilt.store(sync: .never).find("c", .init(prefix: Array("d".utf8)))
            #expect(
                found.records.map(\.key).sorted { $0.lexicographicallyPrecedes($1) }
                    == doomed.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) },
                "write \(number)")
        }
        #expect(compacted > 5 && doomed.isEmpty)
    }

    /// badger#2286, #2310, #2143, #2278: compaction wrote an old value back over a newer delete.
    @Test func aWriteAtAnyStepOfACompactionWins() throws {
        var step = 0
        var isDone = false
        while !isDone {
            let disk = SimulatedDisk()
            let store = try disk.store(sync: .never, segmentBytes: 5120, isInline: false)
            for round in 0..<2 {
                for number in 0..<30 where round == 0 || number % 3 == 0 {
                    try store.set("key \(number)", UInt8(round + 1), count: 200)
                }
            }
            try store.flush()
            let operations = Monitor(0)
            let wanted = step
            disk.observe {
                let number = operations.withLock { operations in
                    defer { operations += 1 }
                    return operations
                }
                guard number == wanted else { return }
                try? store.remove("key 1")
                try? store.set("key 2", 9)
                try? store.set("key 3", 9)
                try? store.remove("key 4")
            }
            try store.compact()
            disk.observe(nil)
            isDone = operations.withLock { $0 } <= step
            step += 1
            if isDone { break }
            let expected = try store.all()
            #expect(expected["key 1"] == nil && expected["key 4"] == nil, "step \(step)")
            #expect(expected["key 2"] == 9 && expected["key 3"] == 9, "step \(step)")
            #expect(expected.count == 28)
            for round in 0..<2 {
                if round == 1 { try store.compact() }
                let copy = disk.afterKill
                #expect(try copy.store(sync: .never).all() == expected, "step \(step)")
                let rebuilt = disk.afterKill
                for name in rebuilt.fileNames where !name.hasSuffix(".seg") {
                    rebuilt.setContent(name, nil)
                }
                #expect(try rebuilt.store(sync: .never).all() == expected, "step \(step)")
            }
        }
        #expect(step > 10)
    }

    /// badger#578, #345, #995, #1031: a file went that a reader still needed.
    @Test func whatAnOpenSnapshotShowsStaysUntilItIsReleased() throws {
        let folder = TemporaryFolder()
        let store = try LogStore.openAndWait(
            folder.path, options: LogStore.Options(sync: .never, segmentBytes: 8192))
        try store.declare(collections: ["c"])
        for number in 0..<60 { try store.set("key \(number)", 1, count: 500) }
        var snapshot: LogStore.Snapshot? = try store.snapshot()
        for round in 2...6 as ClosedRange<UInt8> {
            for number in 0..<60 where number % 2 == 0 {
                try store.set("key \(number)", round, count: 500)
            }
            for number in 0..<60 where number % 5 == 1 { try store.remove("key \(number)") }
            try store.flush()
            try store.compact()
            let records = try snapshot?.find("c", LogStore.Find()).records
            #expect(records?.count == 60)
            #expect(records?.allSatisfy { $0.value == [UInt8](repeating: 1, count: 500) } == true)
            #expect(try snapshot?.get("c", Array("key 1".utf8))?.value.first == 1)
        }
        let held = store.statistics.totalBytes
        snapshot = nil
        try store.compact()
        #expect(store.statistics.snapshots == 0)
        #expect(store.statistics.totalBytes <= held)
        #expect(store.statistics.totalBytes < 2 * store.statistics.liveBytes + 8192)
    }

    /// badger#2334, #173, #767, go-ds-badger#54, defradb#5044, rocksdb#9235, #10296, #9561, #13022,
    /// #11570, fjall#256, moor#522: a few hot values made a store many times as large.
    @Test(arguments: [true, false])
    func hotValuesDoNotMakeTheStoreGrow(isInline: Bool) throws {
        let disk = SimulatedDisk()
        let store = try disk.store(sync: .never, segmentBytes: 16 << 10, isInline: isInline)
        for number in 0..<100 { try store.set("cold \(number)", count: 900) }
        var highest = 0
        for number in 0..<3000 {
            try store.set("hot \(number % 20)", count: 900)
            highest = max(highest, store.statistics.totalBytes)
        }
        // Writers wait for the thread that compacts only when dead bytes come to live ones, and with
        // segments this small some are on their way through flush and compaction.
        let times = isInline ? 2 : 3
        #expect(highest < times * store.statistics.liveBytes + 8 * (16 << 10))
        try store.compact()
        #expect(disk.usedBytes < 2 * store.statistics.liveBytes)
    }

    /// badger#929, #1098, redb#852, #907, #1165, #934: sums drifted, compacting made a file larger.
    @Test func theSumsAreARecountAndCompactingAgainChangesNothing() throws {
        var run = SimulatedStore(sync: .never, segmentBytes: 5120)
        let disk = SimulatedDisk()
        var store = try run.open(disk)
        try store.declare(collections: [Workload.collection])
        for step in Workload(seed: 77, count: 250, reopens: true).steps {
            if case .reopen = step {
                try store.close()
                store = try run.open(disk)
            } else {
                try run.perform(step, store)
            }
            try run.checkSums(store)
        }
        try store.compact()
        let bytes = store.statistics.totalBytes
        for _ in 0..<3 {
            try store.compact()
            #expect(store.statistics.totalBytes <= bytes + SegmentHead.byteCount)
        }
    }

    /// bolt#348, bbolt#135, #266, #325, #335, #402, #446, #701, #778, #105, monero#8875,
    /// erigon#1473, zaino#1299: pages in use were given away again, and the check of them failed.
    @Test func nothingThatWasWrittenIsEverWrittenOver() throws {
        let disk = SimulatedDisk()
        var store = try disk.store(sync: .never, segmentBytes: 5120)
        var random = SplitMix(seed: 5)
        var contents: [String: [UInt8]] = [:]
        var gone: Set<String> = []
        for step in 0..<300 {
            let key = "key \(Int.random(in: 0..<20, using: &random))"
            if random.one(in: 4) { try store.remove(key) } else { try store.set(key, count: 300) }
            if random.one(in: 20) { try store.compact() }
            if random.one(in: 40) {
                try store.close()
                store = try disk.store(sync: .never, segmentBytes: 5120)
            }
            let names = disk.fileNames.filter { $0 != Manifest.fileName }
            #expect(gone.isDisjoint(with: names), "step \(step)")
            for name in names {
                let bytes = disk.content(name)
                if let before = contents[name] {
                    let end = (before.lastIndex { $0 != 0 } ?? -1) + 1
                    #expect(bytes.starts(with: before[..<end]), "\(name) at step \(step)")
                }
                contents[name] = bytes
            }
            gone.formUnion(contents.keys.filter { !names.contains($0) })
        }
    }
}
