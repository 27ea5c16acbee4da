import Glibc
import SluiceStoreTesting
import Testing

@testable import SluiceLogStore

/// A device without space while the store is open.
@Suite struct FullDiskTests {
    /// Whether a segment ends with its records, as the next one's head says.
    private func isUnsealed(_ number: UInt32, on disk: SimulatedDisk) -> Bool {
        guard
            case .head(let next, _) = SegmentHead.decode(
                Array(disk.content(SegmentHead.fileName(number + 1)).prefix(SegmentHead.byteCount)))
        else { return false }
        return next.previousEnd == disk.content(SegmentHead.fileName(number)).count
    }

    /// A seal promises nothing: the next segment's head and the manifest say where the segment ends.
    @Test(arguments: [.error(ENOSPC), .shortWrite(ENOSPC)] as [SimulatedDisk.Plan.Fault])
    func aSegmentWhoseSealFindsNoSpaceIsSound(fault: SimulatedDisk.Plan.Fault) throws {
        var unsealed = 0
        for operation in 0... {
            let disk = SimulatedDisk()
            let store = try disk.store()
            disk.expect(SimulatedDisk.Plan(operation: operation, fault: fault))
            var expected: [String: UInt8] = [:]
            for number in 0..<28 {
                let key = "key \(number)"
                if code({ try store.set(key) }) == "done" { expected[key] = 1 }
            }
            guard disk.operations > operation else { break }
            disk.expect(nil)
            guard disk.segmentNames.count > 1, isUnsealed(1, on: disk) else { continue }
            unsealed += 1
            for isFlushed in [false, true] {
                if isFlushed { try store.flush() }
                let left = disk.afterKill
                let disks = TwoDisks(store: left, other: SimulatedDisk())
                let comment: Comment = "operation \(operation), flushed \(isFlushed)"
                #expect(try LogStore.verify("/db", disks.environment).damages == [], comment)
                let report = try LogStore.backup("/db", to: "/other", disks.environment)
                #expect(report.revision == store.revision, comment)
                let again = try left.store()
                #expect(again.recoveryReport.damages == [], comment)
                #expect(try again.all() == expected, comment)
            }
        }
        #expect(unsealed > 0)
    }

    /// A fifth of each segment is dead: compaction has to copy nearly whole ones to give that back.
    @Test(arguments: [LogStore.Sync.always, .never])
    func aPutAfterDeletesWaitsForTheSpaceThatTheyGave(sync: LogStore.Sync) throws {
        let disk = SimulatedDisk()
        disk.setCapacity(4 << 20)
        let store = try disk.store(
            sync: sync, segmentBytes: 256 << 10, cap: 8 << 20, isInline: false)
        var count = 0
        while code({ try store.set("key \(count)", count: 20_000) }) == "done" { count += 1 }
        #expect(count > 100)
        for number in stride(from: 0, to: count, by: 5) { try store.remove("key \(number)") }
        try store.set("after", 2, count: 20_000)
        #expect(try store.byte("after") == 2)
        try store.close()
        #expect(try LogStore.verify("/db", Environment(fileSystem: disk.afterKill)).damages == [])
    }
}
