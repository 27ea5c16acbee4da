import SluiceStoreTesting
import SluiceSystem
import Testing

@testable import SluiceLogStore

/// Repair keeps every record that is not damaged, and never lets an older one take the place of a
/// newer one.
@Suite struct RepairTests {
    /// A damaged store of a long seeded run, and what it held.
    private struct Source {
        var run = SimulatedStore()
        var disk = SimulatedDisk()
        var live: [[UInt8]: Model.Document] = [:]
        var revision: Int64 = 0

        init(seed: UInt64, closes: Bool = true) throws {
            let store = try run.open(disk)
            try store.declare(collections: [Workload.collection])
            for (number, step) in Workload(seed: seed, count: 80).steps.enumerated() {
                if case .write(let writes) = step { try run.write(writes, to: store) }
                if case .compact = step { try store.compact() }
                if number % 23 == 22 { try store.flush() }
            }
            if closes { try store.close() } else { disk = disk.survivor(.all, seed: 0) }
            live = run.model.live(at: run.clock.now)
            revision = run.model.revision
        }

        /// Repairs a copy with other bytes in one file, and opens the new store.
        func repair(
            _ changes: [String: [UInt8]?]
        ) throws -> (store: LogStore, report: LogStore.RepairReport, damages: Int) {
            let copy = disk.survivor(.all, seed: 0)
            for (name, bytes) in changes { copy.setContent(name, bytes) }
            let disks = TwoDisks(store: copy, other: SimulatedDisk())
            let verified = try LogStore.verify("/db", disks.environment)
            let before = copy.fileNames.map { copy.content($0) }
            let report = try LogStore.repair(
                "/db", to: "/other", disks.environment, clock: { [run] in run.clock.now })
            #expect(copy.fileNames.map { copy.content($0) } == before)
            let store = try run.open(disks.other)
            #expect(store.recoveryReport.damages == [])
            #expect(try LogStore.verify("/other", disks.environment).damages == [])
            return (store, report, verified.damages.count)
        }
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>, [true, false])
    func aSoundStoreIsRepairedWhole(seed: UInt64, closes: Bool) throws {
        let source = try Source(seed: seed, closes: closes)
        let (store, report, _) = try source.repair([:])
        #expect(report.damages == [])
        #expect(report.bytesLost == 0)
        #expect(report.records == source.live.count)
        #expect(report.collections == 1)
        #expect(store.revision == source.revision)
        #expect(try source.run.match(store, [source.run.model]) == 0)
        var run = source.run
        try run.checkSums(store)
        for step in Workload(seed: seed + 100, count: 60).steps { try run.perform(step, store) }
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func everyLostFileOfTheIndexCostsNothing(seed: UInt64) throws {
        let source = try Source(seed: seed)
        for name in source.disk.fileNames where !name.hasSuffix(".seg") {
            for bytes in [nil, [1, 2, 3]] as [[UInt8]?] {
                let (store, report, _) = try source.repair([name: bytes])
                #expect(report.bytesLost == 0)
                #expect(try source.run.match(store, [source.run.model]) == 0, "\(name)")
            }
        }
        let bare = source.disk.fileNames.filter { !$0.hasSuffix(".seg") }
        let (store, _, _) = try source.repair(
            Dictionary(uniqueKeysWithValues: bare.map { ($0, nil) }))
        #expect(try source.run.match(store, [source.run.model]) == 0)
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func swappedSegmentsArePutBack(seed: UInt64) throws {
        let source = try Source(seed: seed)
        let names = source.disk.fileNames.filter { $0.hasSuffix(".seg") }
        for (one, two) in zip(names, names.dropFirst()) {
            let (store, report, damages) = try source.repair([
                one: source.disk.content(two), two: source.disk.content(one),
            ])
            #expect(damages > 0)
            #expect(!report.damages.isEmpty)
            #expect(report.bytesLost == 0)
            #expect(try source.run.match(store, [source.run.model]) == 0)
        }
    }

    @Test(arguments: [31, 32] as [UInt64])
    func everyDamageIsNamedAndCostsNoMoreThanItself(seed: UInt64) throws {
        let source = try Source(seed: seed)
        for name in source.disk.fileNames where name.hasSuffix(".seg") {
            let bytes = source.disk.content(name)
            let written = bytes.lastIndex { $0 != 0 } ?? 0
            for place in stride(
                from: 0, through: written, by: Thoroughness.pick(41, ordinarily: 191))
            {
                var damaged = bytes
                damaged[place] ^= 0x20
                let where_: Comment = "seed \(seed), \(name), byte \(place)"
                let (store, report, damages) = try source.repair([name: damaged])
                #expect(damages > 0, where_)
                #expect(store.revision == source.revision, where_)
                try check(store, source, report, where_)
            }
        }
    }

    /// At most the keys of one record differ; one whose key is known is gone, not old.
    private func check(
        _ store: LogStore, _ source: Source, _ report: LogStore.RepairReport, _ place: Comment
    ) throws {
        let collection =
            store.collections.contains(Workload.collection)
            ? Workload.collection : try #require(store.collections.first)
        var found: [[UInt8]: LogStore.Record] = [:]
        for record in try store.find(collection, LogStore.Find()).records {
            found[record.key] = record
        }
        let named = Set(report.damages.compactMap(\.key))
        let lost = source.live.filter {
            found[$0.key]?.revision != $0.value.revision || found[$0.key]?.value != $0.value.value
        }
        #expect(lost.count <= 1, place)
        for key in lost.keys where named.contains(key) { #expect(found[key] == nil, place) }
        #expect(found.keys.filter { source.live[$0] == nil }.count <= 1, place)
        #expect(lost.isEmpty || report.bytesLost > 0, place)
    }

    @Test func missingSegmentsAreNamed() throws {
        let source = try Source(seed: 5)
        for name in source.disk.fileNames where name.hasSuffix(".seg") {
            let (_, report, damages) = try source.repair([name: nil])
            #expect(damages > 0)
            #expect(report.damages.contains { $0.file == name })
        }
    }

    /// Whatever is done to segments and runs: a version that was replaced or deleted comes back only
    /// where the report says so, or says that the store is as of an earlier revision.
    @Test(arguments: 61...61 + Thoroughness.pick(23, ordinarily: 5))
    func noReplacedVersionComesBackUnsaid(seed: Int) throws {
        let source = try Source(seed: UInt64(seed))
        var random = SplitMix(seed: UInt64(seed))
        let names = source.disk.fileNames.filter { $0.hasSuffix(".seg") || $0.hasSuffix(".run") }
        for round in 0..<25 {
            var changes: [String: [UInt8]?] = [:]
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let name = names[Int.random(in: 0..<names.count, using: &random)]
                changes[name] = .some(damaged(source.disk.content(name), &random))
            }
            if !names.contains(where: { changes[$0] != .some(nil) && $0.hasSuffix(".seg") }) {
                continue
            }
            let (store, report, _) = try source.repair(changes)
            let place: Comment = "seed \(seed), round \(round), \(report)"
            #expect(store.revision >= source.revision, place)
            guard let collection = store.collections.first else { continue }
            for record in try store.find(collection, LogStore.Find()).records {
                let live = source.live[record.key]
                if live?.revision == record.revision { continue }
                let isKept = report.lostKeys.contains { $0.key == record.key && $0.isKept }
                let last = report.lastSoundRevision ?? 0
                let isPast = record.revision <= last && live?.revision ?? .max > last
                #expect(isKept || isPast, place)
            }
        }
    }

    private func damaged(_ bytes: [UInt8], _ random: inout SplitMix) -> [UInt8]? {
        var bytes = bytes
        let end = (bytes.lastIndex { $0 != 0 } ?? 0) + 1
        let start = Int.random(in: 0..<end, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return nil
        case 1: return Array(bytes[..<start])
        case 2: bytes.replaceSubrange(start..<end, with: repeatElement(0, count: end - start))
        default:
            for index in start..<min(start + 200, end) { bytes[index] = 0xEE }
        }
        return bytes
    }

    @Test func everythingAboutARecordIsKept() throws {
        let (folder, target) = (TemporaryFolder(), TemporaryFolder())
        var before: [LogStore.Record] = []
        var cursor: Int64?
        do {
            let store = try LogStore.openAndWait(
                folder.path, options: LogStore.Options(sync: .never, segmentBytes: 32 << 10))
            try store.declare(collections: ["a", "b"])
            for number in 0..<500 {
                try store.putAndWait(
                    "a", Array("k\(number % 200)".utf8), [UInt8](repeating: 3, count: number),
                    timeToLiveSeconds: number % 3 == 0 ? 1000 : nil)
            }
            try store.putAndWait("b", [1], [UInt8](repeating: 9, count: 400_000))
            try store.deleteAndWait("a", Array("k1".utf8))
            let failure = store.writeAndWait([LogStore.Write()])
            #expect(failure.count == 1)
            before =
                try store.find("a", LogStore.Find()).records
                + store.find("b", LogStore.Find()).records
            try store.close()
            cursor = try store.cursor("reader")
        }
        let report = try LogStore.repair(folder.path, to: target.path)
        #expect(report.damages == [])
        #expect(report.records == before.count)
        let store = try LogStore.openAndWait(target.path)
        let after =
            try store.find("a", LogStore.Find()).records + store.find("b", LogStore.Find()).records
        #expect(after == before)
        #expect(try store.cursor("reader") == cursor)
        #expect(throws: LogStoreError.self) { try LogStore.repair(folder.path, to: target.path) }
    }
}
