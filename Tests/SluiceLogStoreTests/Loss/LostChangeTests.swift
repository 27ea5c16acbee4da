import SluiceStoreTesting
import SluiceSystem
import Testing

@testable import SluiceLogStore

/// No change is passed over in silence, wherever the reading of changes begins.
@Suite struct LostChangeTests {
    /// Everything behind a revision, read in pages, with how many places were told as damaged.
    private func read(
        _ store: LogStore, after start: Int64, limit: Int
    ) throws -> (revisions: [Int64], damages: Int) {
        var (revisions, damages): ([Int64], Int) = ([], 0)
        var last = start
        repeat {
            let page = try store.changes(after: last, limit: limit)
            revisions += page.changes.map(\.revision)
            damages += page.damages.count
            guard page.through > last else { break }
            last = page.through
        } while true
        return (revisions, damages)
    }

    /// Checks what is told behind each revision, in pages of several sizes, twice: reading leaves
    /// marks to begin at.
    private func check(
        _ store: LogStore, newest: Int64, lost: [Int64], steps: Int64 = 1, _ comment: Comment = ""
    ) throws {
        for limit in [Int.max, 1, 7, 1] where limit > 1 || newest < 100 {
            for start in stride(from: 0, through: newest, by: Int64.Stride(steps)) {
                let told = try read(store, after: start, limit: limit)
                let there = (0..<newest).map { $0 + 1 }.filter { $0 > start && !lost.contains($0) }
                #expect(told.revisions == there, "\(comment), after \(start), limit \(limit)")
                let isWanted = lost.contains { $0 > start }
                #expect(
                    (told.damages > 0) == isWanted, "\(comment), after \(start), limit \(limit)")
            }
        }
    }

    struct Hole: CustomTestStringConvertible, Sendable {
        var keys: ClosedRange<Int64>
        /// Whether everything between the records is gone too.
        var isWhole = false
        /// Bytes of a value.
        var count = 40
        var testDescription: String { "\(keys)\(isWhole ? " whole" : "") of \(count) bytes" }
    }

    @Test(arguments: [
        Hole(keys: 5...6), Hole(keys: 5...6, isWhole: true), Hole(keys: 1...1),
        Hole(keys: 1...3, isWhole: true), Hole(keys: 9...10), Hole(keys: 10...10, isWhole: true),
        Hole(keys: 1...10), Hole(keys: 1...10, isWhole: true), Hole(keys: 5...6, count: 30_000),
        Hole(keys: 3...6, isWhole: true, count: 30_000), Hole(keys: 1...1, count: 80_000),
    ]) func destroyedRecordsAreToldToWhoBeginsBeforeThem(hole: Hole) throws {
        let disk = SimulatedDisk()
        let store = try disk.store(segmentBytes: 4 << 20)
        for number in 1...10 { try store.set("key \(number)", count: hole.count) }
        try store.flush()
        let first = try store.place("key \(hole.keys.lowerBound)")
        let last = try store.place("key \(hole.keys.upperBound)")
        let heads = try hole.keys.map { try store.place("key \($0)").range.lowerBound }
        try store.close()
        #expect(first.segment == last.segment)
        disk.damage(SegmentHead.fileName(first.segment)) { bytes in
            for head in heads { bytes[head + 8] ^= 1 }
            guard hole.isWhole else { return }
            for place in first.range.lowerBound..<last.range.upperBound { bytes[place] = 0xEE }
        }
        for _ in 0..<2 {
            let owner = try disk.store(segmentBytes: 4 << 20)
            try check(owner, newest: 10, lost: Array(hole.keys))
            try owner.close()
        }
    }

    /// Between records that are there a place without any is told to nobody behind it.
    @Test func damageBeforeTheBeginningIsNotTold() throws {
        let disk = SimulatedDisk()
        let store = try disk.store(segmentBytes: 4 << 20)
        for number in 1...10 { try store.set("key \(number)") }
        try store.flush()
        let frame = try store.place("key 5").range.lowerBound - RecordFrame.byteCount
        try store.close()
        disk.damage("00000001.seg") { $0[frame + 8] ^= 1 }
        let owner = try disk.store(segmentBytes: 4 << 20)
        #expect(try read(owner, after: 0, limit: .max).revisions == Array(1...10))
        #expect(try read(owner, after: 3, limit: .max).revisions == Array(4...10))
        for start in 5...10 {
            #expect(try read(owner, after: Int64(start), limit: .max).damages == 0)
        }
        try owner.close()
    }

    @Test func aRecordOfACollectionWithoutNameIsTold() throws {
        let disk = SimulatedDisk()
        let store = try disk.store()
        for number in 1...10 { try store.set("key \(number)") }
        store.engine.shared.write { $0.names = [:] }
        let page = try store.changes(after: 4, limit: .max)
        #expect(page.changes.isEmpty && page.through == 10)
        #expect(page.damages.map(\.revision) == Array(5...10))
    }

    /// A log segment that is not there, or empty, is never taken for one that compaction removed.
    @Test(arguments: [true, false], [nil, []] as [[UInt8]?])
    func aLostSegmentIsTold(isFlushed: Bool, content: [UInt8]?) throws {
        let written = try LossTests.Written(
            rounds: 1, segmentBytes: 16 << 10, flushes: isFlushed ? [1] : [])
        let names = written.disk.segmentNames
        #expect(names.count > 3)
        let step = Int64(Thoroughness.pick(7, ordinarily: 47))
        // Without its last segment nobody knows how far the log went.
        for name in names.dropLast() {
            let disk = written.disk.afterKill
            disk.setContent(name, content)
            let lost = (0..<500).filter {
                written.places["key \($0)"].map { SegmentHead.fileName($0.segment) } == name
            }.map { Int64($0 + 1) }
            #expect(!lost.isEmpty)
            let reader = try disk.reader(readsAsFound: !isFlushed)
            try check(reader, newest: 500, lost: lost, steps: step, "\(name) gone")
        }
        // Several that follow each other.
        let disk = written.disk.afterKill
        for name in names[1...2] { disk.setContent(name, content) }
        let lost = (0..<500).filter {
            let segment = written.places["key \($0)"]?.segment
            return segment.map { names[1...2].contains(SegmentHead.fileName($0)) } ?? true
        }.map { Int64($0 + 1) }
        let reader = try disk.reader(readsAsFound: !isFlushed)
        try check(reader, newest: 500, lost: lost, steps: step, "\(names[1...2]) gone")
    }

    /// What compaction removed is gone, also where a later segment is lost.
    @Test func whatWasCompactedAwayIsGoneThoughALaterSegmentIsLost() throws {
        let disk = SimulatedDisk()
        let store = try disk.store()
        for _ in 0..<4 {
            for number in 0..<50 { try store.set("key \(number)") }
        }
        try store.compact()
        for number in 50..<300 { try store.set("key \(number)") }
        try store.flush()
        let chain = store.engine.shared.read { $0.logChain.map(\.id) }
        let oldest = store.engine.shared.read { $0.changesHorizon }
        try store.close()
        #expect(chain.count > 3 && oldest > 0)
        disk.setContent(SegmentHead.fileName(chain[1]), nil)
        let reader = try disk.reader()
        #expect(throws: LogStoreError.self) { try reader.changes(after: 0, limit: 10) }
        let told = try read(reader, after: Int64(oldest), limit: 10)
        #expect(told.damages == 1 && told.revisions.first == Int64(oldest + 1))
        #expect(told.revisions.last == reader.revision)
    }

    /// A segment whose head is lost still has its records, and tells them.
    @Test(arguments: [true, false])
    func aLogWhoseFirstHeadIsLostHasItsChanges(hasManifest: Bool) throws {
        let written = try LossTests.Written(keys: 50, rounds: 1, segmentBytes: 8192)
        #expect(written.disk.segmentNames.count > 1)
        written.disk.damage("00000001.seg") { bytes in
            for place in 0..<SegmentHead.byteCount { bytes[place] = 0 }
        }
        if !hasManifest { written.disk.setContent(Manifest.fileName, nil) }
        let reader = try written.disk.reader(readsAsFound: true)
        #expect(reader.recoveryReport.damages.map(\.file) == ["00000001.seg"])
        #expect(try read(reader, after: 0, limit: 10).revisions == Array(1...50))
    }
}
