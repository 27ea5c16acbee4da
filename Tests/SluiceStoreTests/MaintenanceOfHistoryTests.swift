import Testing

@testable import SluiceStore

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
        #expect(again.cursor("reader") == 3)
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
        var step = 0
        var isDone = false
        while !isDone {
            let disk = SimulatedDisk()
            let store = try disk.store(sync: .never, segmentBytes: 5120, isInline: false)
            let writes = Monitor(Writes())
            @Sendable func set(_ key: String, _ byte: UInt8) {
                try? store.set(key, byte, count: 200)
                writes.withLock { $0.values.append((store.revision, key, byte)) }
            }
            for round in UInt8(1)...2 {
                for number in 0..<30 where round == 1 || number % 3 == 0 {
                    set("key \(number)", round)
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
                for key in 0..<6 { set("key \(key)", 9) }
                set("another", 9)
            }
            try store.compact()
            disk.observe(nil)
            isDone = operations.withLock { $0 } <= step
            let left = disk.afterKill
            let again = try left.store(keepRevisions: 100)
            let done = writes.withLock { $0 }
            for revision in again.horizon...again.revision {
                for number in 0..<30 {
                    let key = "key \(number)"
                    do throws(LogStoreError) {
                        let found = try again.get("c", Array(key.utf8), asOf: revision)
                        #expect(
                            found?.value.first == done.byte(key, at: revision),
                            "\(key) at \(revision), step \(step)")
                    } catch {
                        #expect(error.code == "gone", "\(key) at \(revision), step \(step)")
                    }
                }
            }
            try store.close()
            step += 3
        }
        #expect(step > 10)
    }
}
