import SluiceStoreTesting
import Testing

@testable import SluiceLogStore

@Suite struct WriteTests {
    private let run = SimulatedStore()
    private let disk = SimulatedDisk()
    private let store: LogStore

    init() throws {
        store = try run.open(disk)
        try store.declare(collections: ["c"])
    }

    private func put(
        _ key: String, _ value: String, ifRevision: Int64? = nil, ttl: Int64? = nil
    ) -> LogStore.Write.Operation {
        .put(
            collection: "c", key: Array(key.utf8), value: Array(value.utf8), ifRevision: ifRevision,
            timeToLiveSeconds: ttl)
    }

    private func delete(_ key: String, ifRevision: Int64? = nil) -> LogStore.Write.Operation {
        .delete(collection: "c", key: Array(key.utf8), ifRevision: ifRevision)
    }

    private func one(_ operations: LogStore.Write.Operation...) -> Result<
        LogStore.Outcome, LogStoreError
    > {
        store.writeAndWait([LogStore.Write(operations)])[0]
    }

    private func code(_ result: Result<LogStore.Outcome, LogStoreError>) -> String? {
        if case .failure(let error) = result { return error.code }
        return nil
    }

    private func value(_ key: String) throws -> String? {
        try store.get("c", Array(key.utf8)).map { String(decoding: $0.value, as: UTF8.self) }
    }

    @Test func revisionsGrowByOneAndNothingElseTakesOne() async throws {
        let first = try one(put("a", "1")).get()
        #expect(first.items == [LogStore.Outcome.Item(revision: 1, existed: false)])
        #expect(try one(delete("absent")).get().items == [LogStore.Outcome.Item(existed: false)])
        try await store.setCursor("reader", 1)
        try store.declare(collections: ["d"])
        let second = try one(put("a", "2"), put("b", "2"), delete("z")).get()
        #expect(second.items.map(\.revision) == [2, 3, nil])
        #expect(second.items.map(\.existed) == [true, false, false])
        #expect(store.revision == 3)
    }

    @Test func conditionsLookAtTheStateBeforeTheBatch() throws {
        #expect(code(one(put("a", "1", ifRevision: 1))) == "conflict")
        #expect(code(one(put("a", "1", ifRevision: 0))) == nil)
        #expect(code(one(put("a", "2", ifRevision: 0))) == "conflict")
        #expect(code(one(put("a", "2", ifRevision: 1), put("b", "x", ifRevision: 7))) == "conflict")
        #expect(try value("a") == "1")
        #expect(code(one(delete("a", ifRevision: 5))) == "conflict")
        #expect(code(one(delete("a", ifRevision: 1))) == nil)
        #expect(code(one(delete("a", ifRevision: 0))) == nil)
        guard case .failure(.conflict(let revision, _)) = one(put("a", "", ifRevision: 9)) else {
            Issue.record("expected a conflict")
            return
        }
        #expect(revision == 0)
    }

    @Test func writesOfOneCallSeeEachOtherInOrder() throws {
        let results = store.writeAndWait([
            LogStore.Write([put("a", "1", ifRevision: 0)]),
            LogStore.Write([put("a", "2", ifRevision: 0)]),
            LogStore.Write([
                .update(collection: "c", key: Array("a".utf8)) { ($0?.value ?? []) + [33] }
            ]),
            LogStore.Write([delete("a", ifRevision: 2)]),
            LogStore.Write([put("a", "3", ifRevision: 0)]),
        ])
        #expect(results.map(code) == [nil, "conflict", nil, nil, nil])
        #expect(try results[2].get().items[0].value == Array("1!".utf8))
        #expect(try value("a") == "3")
        #expect(store.statistics.groups == 2)
    }

    @Test func anUpdateThatThrowsCancelsItsBatch() throws {
        struct Refused: Error {}
        let failing = LogStore.Write.Operation.update(collection: "c", key: [1]) { _ in
            throw Refused()
        }
        #expect(code(one(put("a", "1"), failing)) == "cancelled")
        #expect(try value("a") == nil)
        #expect(store.revision == 0)
        let own = LogStore.Write.Operation.update(collection: "c", key: [1]) { _ in
            throw LogStoreError.invalid("no")
        }
        #expect(code(one(own)) == "invalid_message")
    }

    @Test func limitsAreErrorsWithTheirCodes() throws {
        let long = [UInt8](repeating: 1, count: LogStore.maximumKeyBytes + 1)
        #expect(code(one(.put(collection: "c", key: [], value: []))) == "key_empty")
        #expect(code(one(.put(collection: "c", key: long, value: []))) == "key_too_large")
        #expect(code(one(.put(collection: "x", key: [1], value: []))) == "missing_collection")
        #expect(code(one(.delete(collection: "x", key: [1]))) == "missing_collection")
        #expect(code(one(put("a", "1"), delete("a"))) == "invalid_message")
        #expect(code(one(put("a", "1", ttl: 0))) == "invalid_message")
        #expect(try one(.delete(collection: "c", key: [])).get().items[0].existed == false)
        #expect(try store.get("c", []) == nil)
        #expect(try store.get("c", long) == nil)
        #expect(throws: LogStoreError.self) { try store.get("x", [1]) }
        #expect(throws: LogStoreError.self) { try store.declare(collections: [""]) }
        let longest = [UInt8](repeating: 1, count: LogStore.maximumKeyBytes)
        #expect(code(one(.put(collection: "c", key: longest, value: [5]))) == nil)
        #expect(try store.get("c", longest)?.value == [5])
        #expect(try one().get().items.isEmpty)
    }

    @Test func largeValuesGoWholeIntoOneSegment() throws {
        let large = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        #expect(code(one(put("a", "1"), .put(collection: "c", key: [9], value: large))) == nil)
        #expect(code(one(put("b", "2"))) == nil)
        #expect(try store.get("c", [9])?.value == large)
        try store.close()
        let again = try run.open(disk)
        #expect(try again.get("c", [9])?.value == large)
        #expect(again.recoveryReport.damages == [])
        let page = try again.find("c", LogStore.Find(maximumBytes: 100))
        #expect(page.records.count == 1)
        #expect(page.next != nil)
        try again.compact()
        #expect(try again.get("c", [9])?.value == large)
    }

    @Test func everythingIsRefusedAfterClose() async throws {
        try store.close()
        try store.close()
        #expect(code(one(put("a", "1"))) == "closed")
        #expect(throws: LogStoreError.self) { try store.get("c", [1]) }
        #expect(throws: LogStoreError.self) { try store.find("c", LogStore.Find()) }
        #expect(throws: LogStoreError.self) { try store.changes(after: 0, limit: 1) }
        #expect(throws: LogStoreError.self) { try store.compact() }
        #expect(throws: LogStoreError.self) { try store.declare(collections: ["d"]) }
        await store.waitForChange(after: 0)
    }

    // MARK: Expiry

    @Test func anExpiredKeyIsAbsentForEveryVerbFromItsInstant() throws {
        let item = try one(put("a", "1", ttl: 2)).get().items[0]
        #expect(item.expiresAt == run.clock.now + 2000)
        run.clock.advance(1999)
        #expect(try store.get("c", Array("a".utf8))?.expiresAt == item.expiresAt)
        run.clock.advance(1)
        #expect(try value("a") == nil)
        #expect(try store.find("c", LogStore.Find()).records.isEmpty)
        #expect(store.statistics.liveBytes == 0)
        #expect(try one(delete("a")).get().items[0].existed == false)
        #expect(code(one(put("a", "2", ifRevision: 0))) == nil)
    }

    @Test func aPutWithoutExpiryClearsItAndAnUpdateKeepsIt() throws {
        _ = one(put("a", "1", ttl: 2))
        _ = one(.update(collection: "c", key: Array("a".utf8)) { ($0?.value ?? []) + [33] })
        #expect(try store.get("c", Array("a".utf8))?.expiresAt == run.clock.now + 2000)
        _ = one(put("a", "3"))
        #expect(try store.get("c", Array("a".utf8))?.expiresAt == nil)
        run.clock.advance(5000)
        #expect(try value("a") == "3")
    }

    @Test func nothingExpiredReturnsWhenTheClockGoesBack() throws {
        _ = one(put("a", "old"))
        _ = one(put("a", "1", ttl: 1))
        run.clock.advance(1500)
        _ = one(put("b", "1"))
        #expect(try value("a") == nil)
        run.clock.advance(-1400)
        #expect(try value("a") == nil)
        try store.compact()
        try store.close()
        let again = try run.open(disk)
        #expect(try again.get("c", Array("a".utf8)) == nil)
        #expect(try again.get("c", Array("b".utf8)) != nil)
    }

    /// The store's time does not fall behind what it saw expire.
    @Test(arguments: [true, false])
    func aFreshPutLivesItsTimeAfterTheClockWentBack(isClosed: Bool) throws {
        _ = one(put("a", "1", ttl: 1))
        try store.flush()
        _ = one(put("b", "1"))
        try store.flush()
        run.clock.advance(1500)
        #expect(try value("a") == nil)
        if isClosed {
            try store.close()
        } else {
            // A manifest says that it has expired, and nothing in the log is so new.
            #expect(try !store.engine.maintenance.compactOnce(isForced: true))
            #expect(try store.engine.maintenance.mergeOnce(isForced: true))
        }
        run.clock.advance(-1400)
        let again = try run.open(disk.afterKill)
        func has(_ key: String) throws -> Bool {
            let page = try again.find("c", LogStore.Find(prefix: Array(key.utf8)))
            #expect(try (again.get("c", Array(key.utf8)) != nil) == !page.records.isEmpty)
            return !page.records.isEmpty
        }
        #expect(try !has("a"))
        let item = try again.writeAndWait([LogStore.Write([put("d", "1", ttl: 1)])])[0].get()
            .items[0]
        let end = try #require(item.expiresAt)
        #expect(end >= run.clock.now + 1000)
        #expect(try has("d"))
        #expect(again.statistics.records == 2)
        run.clock.advance(end - 1 - run.clock.now)
        #expect(try has("d"))
        run.clock.advance(1)
        #expect(try !has("d"))
        #expect(try !has("a"))
        #expect(again.statistics.records == 1)
    }

    @Test func anExpiryBeyondTheFormatIsRefused() throws {
        let longest = (RecordFrame.maximumTime - run.clock.now) / 1000
        let item = try one(put("a", "1", ttl: longest)).get().items[0]
        #expect(item.expiresAt == run.clock.now + longest * 1000)
        for seconds in [longest + 1, .max] {
            #expect(throws: LogStoreError.self) { try one(put("a", "2", ttl: seconds)).get() }
        }
        #expect(try value("a") == "1")
    }
}
