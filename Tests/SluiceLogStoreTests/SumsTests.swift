import SluiceStoreTesting
import SluiceSystem
import Testing

@testable import SluiceLogStore

/// The sums that a store keeps are those of its records, after every step and every end.
@Suite struct SumsTests {
    /// Puts with and without expiry, deletes, and re-puts of expired keys.
    private static func write(_ random: inout SplitMix) -> LogStore.Write {
        var operations: [LogStore.Write.Operation] = []
        var used: Set<Int> = []
        for _ in 0..<(random.one(in: 4) ? Int.random(in: 2...4, using: &random) : 1) {
            let number = Int.random(in: 0..<Workload.keyCount, using: &random)
            guard used.insert(number).inserted else { continue }
            let key = Workload.key(number)
            if random.one(in: 4) {
                operations.append(.delete(collection: Workload.collection, key: key))
                continue
            }
            operations.append(
                .put(
                    collection: Workload.collection, key: key,
                    value: [UInt8](
                        repeating: 7, count: Int.random(in: 0...200, using: &random)),
                    timeToLiveSeconds: [nil, 1, 2].randomElement(using: &random) ?? nil))
        }
        return LogStore.Write(operations)
    }

    @Test(arguments: UInt64(1)...3, [0, 3])
    func sumsAreThoseOfTheRecordsAfterEachStep(seed: UInt64, keepRevisions: Int) throws {
        var random = SplitMix(seed: seed)
        var run = SimulatedStore(
            sync: seed % 2 == 0 ? .never : .always, segmentBytes: 5120,
            keepRevisions: keepRevisions, isSmall: true)
        var disk = SimulatedDisk()
        var store = try run.open(disk)
        try store.declare(collections: [Workload.collection])
        for step in 0..<250 {
            switch Int.random(in: 0..<40, using: &random) {
            case 0: try store.compact()
            case 1: try store.flush()
            case 2...6: run.clock.advance(Int64.random(in: 1...1200, using: &random))
            case 7, 8:
                let isClosed = random.one(in: 2)
                if isClosed { try store.close() }
                disk = disk.afterKill
                // The system's clock was set back; the store's never goes back.
                if random.one(in: 2) {
                    run.clock.advance(-Int64.random(in: 1...3000, using: &random))
                }
                run.changeLimits(&random)
                store = try run.open(disk)
            default:
                _ = try store.writeAndWait([Self.write(&random)])[0].get()
            }
            let found = try run.contents(store)
            let statistics = store.statistics
            #expect(statistics.records == found.count, "step \(step)")
            #expect(statistics.liveBytes == Model.charge(found), "step \(step)")
            try run.checkSums(store)
            #expect(store.engine.shared.read { $0.recounts } == 0, "step \(step)")
        }
        let files = Environment(fileSystem: disk.afterKill)
        #expect(try LogStore.verify("/db", files).damages == [])
    }

    /// The sums of a manifest are those of the moment of the freeze, so the run has what was live then.
    @Test(arguments: [true, false])
    func whatExpiresBetweenFreezeAndFlushIsInIndexAndSums(hasRun: Bool) throws {
        var run = SimulatedStore()
        run.betweenSteps = { [clock = run.clock] in clock.advance(2000) }
        let disk = SimulatedDisk()
        let store = try run.open(disk)
        try store.declare(collections: [Workload.collection])
        func put(_ number: Int, seconds: Int64?) throws {
            _ = try store.writeAndWait([
                LogStore.Write([
                    .put(
                        collection: Workload.collection, key: Workload.key(number), value: [1],
                        timeToLiveSeconds: seconds)
                ])
            ])[0].get()
        }
        try put(1, seconds: nil)
        if hasRun { try store.flush() }
        for number in 2..<10 { try put(number, seconds: 1) }
        try store.flush()
        #expect(store.statistics.records == 1)
        for isClosed in [false, true] {
            if isClosed { try store.close() }
            let files = Environment(fileSystem: disk.afterKill)
            #expect(try LogStore.verify("/db", files).damages == [], "closed \(isClosed)")
        }
    }

    enum Wrong: CaseIterable {
        case tooFew, none, farTooFew, tooMany, totals
    }

    private static func spoil(_ store: LogStore, _ wrong: Wrong) {
        store.engine.shared.write { state in
            for segment in state.segments.values {
                switch wrong {
                case .tooFew: segment.sums.liveBytes -= 100
                case .none: segment.sums.liveBytes = 0
                case .farTooFew: segment.sums.liveBytes -= 1 << 20
                case .tooMany: segment.sums.liveBytes += 10
                case .totals:
                    segment.sums.liveBytes -= 100
                    state.totals.liveBytes -= 1000
                    state.totals.records -= 3
                }
            }
        }
    }

    /// Sums that were wrong, whatever made them so, lose no record, and are right afterwards.
    @Test(arguments: Wrong.allCases, [0, 3])
    func compactionKeepsEveryRecordThoughSumsAreWrong(wrong: Wrong, keepRevisions: Int) throws {
        for isReopened in [false, true] {
            var random = SplitMix(seed: 7)
            var run = SimulatedStore(
                segmentBytes: 5120, keepRevisions: keepRevisions, isSmall: true)
            run.limits?.memtableBytes = 1 << 20
            var disk = SimulatedDisk()
            var store = try run.open(disk)
            try store.declare(collections: [Workload.collection])
            func writeSome() throws {
                for _ in 0..<60 {
                    _ = try store.writeAndWait([Self.write(&random)])[0].get()
                }
            }
            try writeSome()
            try store.flush()
            Self.spoil(store, wrong)
            // More writes, and a manifest that has the wrong sums.
            try writeSome()
            try store.flush()
            var recounts = 0
            if isReopened {
                recounts = store.engine.shared.read { $0.recounts }
                try store.close()
                disk = disk.afterKill
                store = try run.open(disk)
            }
            let before = try run.contents(store)
            #expect(!before.isEmpty)
            for _ in 0..<3 {
                try store.compact()
                let difference = Model.difference(try run.contents(store), before)
                #expect(difference == "", "\(wrong), reopened \(isReopened)")
            }
            try run.checkSums(store)
            #expect(recounts + store.engine.shared.read { $0.recounts } > 0)
            #expect(store.statistics.records == before.count)
            #expect(store.statistics.liveBytes == Model.charge(before))
            // They are written down too: whoever opens it next finds them right.
            for isClosed in [false, true] {
                if isClosed { try store.close() }
                let copy = disk.afterKill
                #expect(try LogStore.verify("/db", Environment(fileSystem: copy)).damages == [])
                let again = try run.open(copy)
                try run.checkSums(again)
                #expect(Model.difference(try run.contents(again), before) == "")
            }
        }
    }

    /// The store goes on while its sums are wrong, through background compaction.
    @Test(arguments: Wrong.allCases)
    func aStoreWithWrongSumsGoesOnAndMendsThem(wrong: Wrong) throws {
        var random = SplitMix(seed: 9)
        var run = SimulatedStore(segmentBytes: 5120, isSmall: true)
        run.limits?.flushLogBytes = 16 << 10
        let disk = SimulatedDisk()
        let store = try run.open(disk)
        try store.declare(collections: [Workload.collection])
        for step in 0..<600 {
            if step == 100 { Self.spoil(store, wrong) }
            try run.write([Self.write(&random)], to: store)
            let live = run.model.live(at: run.clock.now)
            if step % 20 == 0 {
                #expect(Model.difference(try run.contents(store), live) == "", "step \(step)")
            }
        }
        try store.compact()
        #expect(store.engine.shared.read { $0.recounts } > 0)
        try run.checkSums(store)
    }
}
