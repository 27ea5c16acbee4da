import SluiceStoreTesting
import SluiceSystem
import Testing

@testable import SluiceLogStore

@Suite struct FindTests {
    private static func filled(_ seed: UInt64, _ keys: Int) throws -> (LogStore, SimulatedStore) {
        var run = SimulatedStore()
        let store = try run.open(SimulatedDisk())
        try store.declare(collections: [Workload.collection])
        for step in Workload(seed: seed, count: 250, keys: keys).steps {
            try run.perform(step, store)
        }
        return (store, run)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func everyRangeGivesWhatASortedDictionaryGives(seed: UInt64) throws {
        let (store, run) = try Self.filled(seed, 60)
        let live = run.history[run.history.count - 1].live(at: run.clock.now)
        let sorted = live.keys.sorted { $0.lexicographicallyPrecedes($1) }
        var random = SplitMix(seed: seed)
        func bound() -> [UInt8]? {
            guard !random.one(in: 3) else { return nil }
            let key = Workload.key(Int.random(in: 0..<60, using: &random))
            return Array(key.prefix(Int.random(in: 0...key.count, using: &random)))
        }
        for _ in 0..<300 {
            var find = LogStore.Find(
                prefix: random.one(in: 2) ? nil : bound(), start: bound(), end: bound(),
                after: random.one(in: 2) ? nil : bound(), reverse: random.one(in: 2),
                limit: Int.random(in: 0...5, using: &random), keysOnly: random.one(in: 2))
            if random.one(in: 3) { find.where = { $0.key.count % 2 == 0 } }
            var expected = sorted.filter { key in
                (find.prefix.map { key.starts(with: $0) } ?? true)
                    && (find.start.map { !key.lexicographicallyPrecedes($0) } ?? true)
                    && (find.end.map { key.lexicographicallyPrecedes($0) } ?? true)
                    && (find.after.map {
                        find.reverse
                            ? key.lexicographicallyPrecedes($0) : $0.lexicographicallyPrecedes(key)
                    } ?? true)
            }
            if find.reverse { expected.reverse() }
            let limit = find.limit == 0 ? Int.max : find.limit
            let wanted = expected.filter { find.where == nil || $0.count % 2 == 0 }
            let page = try store.find(Workload.collection, find)
            #expect(page.records.map(\.key) == Array(wanted.prefix(limit)), "seed \(seed)")
            #expect(
                page.records.allSatisfy { $0.value == (find.keysOnly ? [] : live[$0.key]?.value) })
            // `next` is there exactly when something of the range was not looked at.
            let last = page.records.last?.key
            let isFinished = page.records.count < limit || last == expected.last
            #expect((page.next == nil) == isFinished || find.where != nil, "seed \(seed)")
            if let next = page.next { #expect(next == last || find.where != nil) }
        }
    }

    @Test(arguments: [false, true])
    func pagesJoinToTheWhole(reverse: Bool) throws {
        let (store, run) = try Self.filled(7, 60)
        let live = run.history[run.history.count - 1].live(at: run.clock.now)
        let shapes = [
            LogStore.Find(reverse: reverse, limit: 3),
            LogStore.Find(reverse: reverse, maximumBytes: 200),
            LogStore.Find(reverse: reverse, maximumKeys: 4),
            LogStore.Find(reverse: reverse, limit: 2, where: { $0.key.count > 5 }),
            LogStore.Find(reverse: reverse, maximumKeys: 1, where: { $0.key.count > 5 }),
        ]
        for shape in shapes {
            var find = shape
            var keys: [[UInt8]] = []
            repeat {
                let page = try store.find(Workload.collection, find)
                keys += page.records.map(\.key)
                find.after = page.next
            } while find.after != nil
            let expected = live.keys.filter { find.where == nil || $0.count > 5 }.sorted {
                $0.lexicographicallyPrecedes($1) != reverse
            }
            #expect(keys == expected)
        }
    }

    @Test func aSearchSeesOneMomentWhileTheStoreIsRewritten() throws {
        var run = SimulatedStore(segmentBytes: 64 << 10)
        let store = try run.open(SimulatedDisk())
        try store.declare(collections: [Workload.collection])
        // More keys than one hold of the lock looks at.
        let keys = (0..<5000).map { Array("key \($0 + 10_000)".utf8) }
        let puts = keys.map {
            LogStore.Write.Operation.put(collection: Workload.collection, key: $0, value: [1])
        }
        for start in stride(from: 0, to: puts.count, by: 500) {
            try run.write([LogStore.Write(Array(puts[start..<start + 500]))], to: store)
        }
        let seen = Monitor(0)
        let before = store.revision
        // Called without any lock held, so it may use the store.
        let page = try store.find(
            Workload.collection,
            LogStore.Find { record in
                let count = seen.withLock { seen in
                    seen += 1
                    return seen
                }
                if count == 10 {
                    for start in stride(from: 0, to: keys.count, by: 500) {
                        let operations = keys[start..<start + 500].enumerated().map {
                            (index, key) -> LogStore.Write.Operation in
                            index % 2 == 0
                                ? .put(collection: Workload.collection, key: key, value: [2])
                                : .delete(collection: Workload.collection, key: key)
                        }
                        _ = store.writeAndWait([LogStore.Write(operations)])
                    }
                    _ = store.writeAndWait([
                        LogStore.Write([
                            .put(
                                collection: Workload.collection, key: Array("key 99999".utf8),
                                value: [3])
                        ])
                    ])
                    try store.compact()
                    try store.compact()
                }
                return record.value == [1]
            })
        #expect(page.records.count == keys.count)
        #expect(page.records.map(\.key) == keys)
        #expect(page.asOf == before)
        // Afterwards nothing of the old moment is kept, and the new one is whole.
        store.engine.shared.read { #expect($0.snapshots.count == 0) }
        let after = try store.find(Workload.collection, LogStore.Find(keysOnly: true))
        #expect(after.records.count == keys.count / 2 + 1)
        try store.compact()
        #expect(store.statistics.tombstones == 0)
    }

    @Test func anErrorOfTheFilterEndsTheSearch() throws {
        struct Unwanted: Error {}
        let (store, _) = try Self.filled(8, 20)
        #expect {
            try store.find(Workload.collection, LogStore.Find { _ in throw Unwanted() })
        } throws: { error in
            guard case .cancelled(let inner)? = error as? LogStoreError else { return false }
            return inner is Unwanted
        }
        #expect(throws: LogStoreError.self) { try store.find("unknown", LogStore.Find()) }
    }

    /// What a cursor over a range gave: keys, with `!` before those that are damaged.
    private static func steps(
        _ cursor: inout LogStore.RangeCursor, atMost count: Int = .max
    ) -> [String] {
        var steps: [String] = []
        while steps.count < count {
            do throws(LogStoreError) {
                guard let record = try cursor.next() else { break }
                steps.append(String(decoding: record.key, as: UTF8.self))
            } catch .corrupt(_, _, _, let key?, _) {
                steps.append("!" + String(decoding: key, as: UTF8.self))
            } catch {
                Issue.record("\(error)")
                break
            }
        }
        return steps
    }

    @Test(arguments: [false, true], [false, true])
    func aRangeCursorTellsDamageInItsPlace(reverse: Bool, isFlushed: Bool) throws {
        let disk = SimulatedDisk()
        let store = try disk.store(segmentBytes: 1 << 20)
        let keys = (100..<200).map { "\($0)" }
        for key in keys { try store.set(key) }
        if isFlushed { try store.flush() }
        let damaged = ["100", "110", "111", "150", "199"]
        let ends = try damaged.map { try store.place($0).range.upperBound - 1 }
        try store.close()
        disk.damage("00000001.seg") { bytes in for end in ends { bytes[end] ^= 1 } }
        let again = try disk.store(segmentBytes: 1 << 20)
        let expected = (reverse ? keys.reversed() : keys).map {
            damaged.contains($0) ? "!" + $0 : $0
        }
        var cursor = try again.rangeCursor("c", LogStore.Find(reverse: reverse))
        #expect(Self.steps(&cursor) == expected)
        #expect(try cursor.next() == nil)
        cursor.seek(to: Array("110".utf8))
        #expect(Self.steps(&cursor) == Array(expected[(expected.firstIndex(of: "!110") ?? 0)...]))
        // A damaged record is none of those that are given.
        var few = try again.rangeCursor("c", LogStore.Find(reverse: reverse, limit: 20))
        let found = Self.steps(&few)
        #expect(found.filter { !$0.hasPrefix("!") }.count == 20)
        #expect(found == Array(expected.prefix(found.count)))
        var keysOnly = try again.rangeCursor("c", LogStore.Find(reverse: reverse, keysOnly: true))
        #expect(Self.steps(&keysOnly) == (reverse ? keys.reversed() : keys))
    }
}
