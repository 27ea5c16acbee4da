import SluiceStoreTesting
import Testing

@testable import SluiceLogStore

@Suite struct ChangeTests {
    private let run = SimulatedStore()
    private let disk = SimulatedDisk()
    private let store: LogStore

    init() throws {
        store = try run.open(disk)
        try store.declare(collections: ["c", "d"])
    }

    private func put(_ key: String, _ count: Int = 1, in collection: String = "c") throws {
        try store.putAndWait(
            collection, Array(key.utf8), [UInt8](repeating: 5, count: count), timeToLiveSeconds: 60)
    }

    @Test func changesComeInOrderOfRevisionWithNothingOfTheStoresOwn() async throws {
        try put("a")
        try await store.setCursor("x", 1)
        try put("b", in: "d")
        try store.deleteAndWait("c", Array("a".utf8))
        try store.deleteAndWait("c", Array("absent".utf8))
        let changes = try store.changes(after: 0, limit: 100).changes
        #expect(changes.map(\.revision) == [1, 2, 3])
        #expect(changes.map(\.collection) == ["c", "d", "c"])
        #expect(changes.map(\.isDelete) == [false, false, true])
        #expect(changes[0].value == [5])
        #expect(changes[0].expiresAt == run.clock.now + 60_000)
        #expect(changes[2].value == nil)
        #expect(try store.changes(after: 1, limit: 1).changes.map(\.revision) == [2])
        #expect(try store.changes(after: 3, limit: 10).changes == [])
        #expect(try store.changes(after: 99, limit: 10).changes == [])
    }

    @Test func catchingUpAfterARestartReadsTheLogOnce() throws {
        let disk = SimulatedDisk()
        let store = try disk.store(sync: .never, segmentBytes: 8 << 20, cap: 1 << 26)
        for number in 0..<4000 {
            try store.putAndWait("c", Array("\(number)".utf8), [UInt8](repeating: 1, count: 1000))
        }
        try store.close()
        let later = try disk.store(sync: .never, segmentBytes: 8 << 20, cap: 1 << 26)
        disk.expect(nil)
        var revision: Int64 = 0
        while let last = try later.changes(after: revision, limit: 20).changes.last?.revision {
            revision = last
        }
        #expect(revision == 4000)
        // Each value once, and for each of 200 calls a window or two, not all that comes before.
        #expect(disk.reads < 4500)
    }

    @Test func changesSpanSegmentsAndRestarts() throws {
        for number in 0..<200 { try put("key \(number)", 100) }
        #expect(store.statistics.segments > 3)
        try store.close()
        let again = try run.open(disk)
        for start in stride(from: 0, to: 200, by: 7) {
            let changes = try again.changes(after: Int64(start), limit: 9).changes
            #expect(changes.map(\.revision) == Array(Int64(start + 1)...Int64(min(start + 9, 200))))
        }
    }

    @Test func whatWasCompactedAwayIsGoneAndSaysSo() throws {
        for number in 0..<300 { try put("key \(number % 5)", 100) }
        try store.compact()
        #expect {
            try store.changes(after: 0, limit: 10)
        } throws: { error in
            guard case .gone(let oldest)? = error as? LogStoreError else { return false }
            return oldest > 0 && (try? store.changes(after: oldest, limit: 10)) != nil
        }
        try put("after")
        #expect(try store.changes(after: 300, limit: 10).changes.map(\.revision) == [301])
        try store.close()
        let again = try run.open(disk)
        #expect(try again.changes(after: 300, limit: 10).changes.map(\.revision) == [301])
        #expect(throws: LogStoreError.self) { try again.changes(after: 0, limit: 10) }
    }

    @Test func cursorsAreKept() async throws {
        #expect(try store.cursor("reader") == nil)
        try await store.setCursor("reader", 5)
        try await store.setCursor("reader", 3)
        try await store.setCursor("other", 9)
        #expect(try store.cursor("reader") == 3)
        for number in 0..<100 {
            try put("key \(number % 3)", 200)
            if number % 10 == 0 { try await store.setCursor("reader", Int64(number)) }
        }
        try store.compact()
        try store.compact()
        #expect(try store.cursor("reader") == 90)
        try store.close()
        let again = try run.open(disk)
        #expect(try again.cursor("reader") == 90)
        #expect(try again.cursor("other") == 9)
        #expect(again.collections == ["c", "d"])
    }

    @Test func waitingEndsWithAChangeACancellationOrTheClose() async throws {
        try put("a")
        await store.waitForChange(after: 0)
        let store = store
        let waiting = Task { await store.waitForChange(after: 1) }
        let cancelled = Task { await store.waitForChange(after: 5) }
        cancelled.cancel()
        await cancelled.value
        try put("b")
        await waiting.value
        let closing = Task { await store.waitForChange(after: 50) }
        await Task.yield()
        try store.close()
        await closing.value
    }
}
