import SluiceStoreTesting
import SluiceSystem
import Testing

@testable import SluiceLogStore

/// Compaction and what it leaves of older versions.
@Suite struct MaintenanceOfHistoryTests {
    /// Cursors are set more often than revisions are given.
    @Test func cursorsThatAreSetOftenLeaveASoundStore() async throws {
        let disk = SimulatedDisk()
        let store = try disk.store(keepRevisions: 1)
        for number in 0..<10 { try store.set("key \(number)") }
        for position in 0..<100 { try await store.setCursor("reader", Int64(position)) }
        try store.flush()
        try store.compact()
        for number in 0..<5 { try store.set("key \(number)", 2) }
        try await store.setCursor("reader", 3)
        try store.flush()
        try store.compact()
        try store.close()
        let report = try LogStore.verify("/db", Environment(fileSystem: disk.afterKill))
        #expect(report.damages == [])
        let again = try disk.store(keepRevisions: 1)
        #expect(try again.cursor("reader") == 3)
        #expect(try again.all().count == 10)
    }

    /// A write that was done while a store without history compacted.
    private struct Writes: Sendable {
        var values: [(revision: Int64, key: String, byte: UInt8)] = []

        func byte(_ key: String, at revision: Int64) -> UInt8? {
            values.last { $0.key == key && $0.revision <= revision }?.byte
        }
    }

    @Test func whatIsReplacedDuringACompactionIsGoneForWhoeverAsksForHistoryLater() throws {
        let disk = SimulatedDisk()
        let store = try disk.store(
            sync: .never, segmentBytes: 2 << 20, cap: 64 << 20, isInline: false)
        let writes = Monitor(Writes())
        @Sendable func set(_ key: String, _ byte: UInt8) {
            try? store.set(key, byte, count: 20_000)
            writes.withLock { $0.values.append((store.revision, key, byte)) }
        }
        for round in UInt8(1)...2 {
            for number in 0..<150 where round == 1 || number % 3 == 0 {
                set("key \(number)", round)
            }
        }
        try store.flush()
        let calls = Monitor(0)
        // Hears of what was read before it is known what of it has to stay.
        let meter = ProgressMeter { _ in
            let isFirst = calls.withLock { calls in
                calls += 1
                return calls == 1
            }
            if isFirst { for number in 0..<20 { set("key \(number)", 9) } }
            return true
        }
        // One round: the next one moves the horizon for itself.
        #expect(try store.engine.maintenance.compactOnce(isForced: true, meter))
        #expect(calls.withLock { $0 } > 0)
        #expect(store.statistics.compactedSegments > 0)
        let again = try disk.afterKill.store(cap: 64 << 20, keepRevisions: 100)
        let done = writes.withLock { $0 }
        for revision in again.horizon...again.revision {
            for number in 0..<30 {
                let key = "key \(number)"
                do throws(LogStoreError) {
                    let found = try again.get("c", Array(key.utf8), asOf: revision)
                    #expect(found?.value.first == done.byte(key, at: revision), "\(key)")
                } catch {
                    #expect(error.code == "gone", "\(key) at \(revision)")
                }
            }
        }
        try store.close()
    }

    /// What is set is changed, and nothing else.
    @Test func oneSettingOfHistoryLeavesTheOther() throws {
        let folder = TemporaryFolder()
        func kept(_ revisions: Int?, _ hours: Int?) throws -> [Int64?] {
            let store = try LogStore.openAndWait(
                folder.path,
                options: LogStore.Options(
                    isInline: true, keepRevisions: revisions, keepHours: hours))
            defer { try? store.close() }
            return try [store.cursor("$keepRevisions"), store.cursor("$keepHours")]
        }
        #expect(try kept(5, 24) == [5, 24])
        #expect(try kept(7, nil) == [7, 24])
        #expect(try kept(nil, 1) == [7, 1])
        #expect(try kept(nil, nil) == [7, 1])
        #expect(try kept(0, nil) == [0, 1])
    }
}
