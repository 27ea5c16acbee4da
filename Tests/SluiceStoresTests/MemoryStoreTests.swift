import SluiceStore
import SluiceStoreTesting
import SluiceStores
import Synchronization
import Testing

/// Records in memory.
@Suite struct MemoryStoreTests {
    private static let suite = StoreConformance { MemoryStore(MemoryStore.Options(operators: $0)) }

    @Test(arguments: suite.checks)
    func keepsTheContractOfStores(check: StoreConformance.Check) async {
        for finding in await Self.suite.findings(of: check) { Issue.record("\(finding)") }
    }

    @Test func recordsExpireAndGiveTheirSpaceBack() async throws {
        let time = Atomic<Int64>(1_000)
        let store = MemoryStore(
            MemoryStore.Options(
                maximumLiveBytes: 100, clock: { time.load(ordering: .relaxed) }))
        try store.declare(["a"])
        let value = [UInt8](repeating: 1, count: 60)
        try await store.write(.put(RecordKey("a", [1]), value: value, expiresAt: 2_000))
        await #expect(throws: StoreError.self) {
            try await store.write(.put(RecordKey("a", [2]), value: value))
        }
        time.store(2_000, ordering: .relaxed)
        #expect(try await store.get("a", [1]) == nil)
        let outcome = try await store.write(.put(RecordKey("a", [1]), value: value))
        #expect(outcome.existed == false)
        #expect(try store.history(RecordKey("a", [1]), limit: 0).map(\.isDelete) == [false, true])
    }

    @Test func whatIsOlderThanTheRevisionsKeptIsGone() async throws {
        let store = MemoryStore(MemoryStore.Options(keepRevisions: 3))
        try store.declare(["a"])
        for number in 0..<10 as Range<UInt8> {
            try await store.write(.put(RecordKey("a", [number % 2]), value: [number]))
        }
        #expect(store.horizon == 7)
        #expect(try store.get([RecordKey("a", [0])], asOf: 7)[0]?.value == [6])
        #expect(try store.changes(after: 7, limit: 0).changes.map(\.revision) == [8, 9, 10])
        let error = #expect(throws: StoreError.self) { try store.changes(after: 6, limit: 0) }
        #expect(error?.code == .gone)
        #expect(error?.oldestRevision == 7)
        #expect(try store.history(RecordKey("a", [0]), limit: 0).map(\.revision) == [9, 7])
    }

    @Test func aFullStoreTakesDeletesAndSmallerValues() async throws {
        let store = MemoryStore(MemoryStore.Options(maximumLiveBytes: 200))
        try store.declare(["a"])
        let value = [UInt8](repeating: 1, count: 150)
        try await store.write(.put(RecordKey("a", [1]), value: value))
        let error = await #expect(throws: StoreError.self) {
            try await store.write(.put(RecordKey("a", [2]), value: value))
        }
        #expect(error?.code == .diskFull)
        #expect(error?.kind == .full)
        try await store.write(.put(RecordKey("a", [1]), value: [2]))
        try await store.write(.put(RecordKey("a", [2]), value: [3]))
        try await store.write(.delete(RecordKey("a", [1])))
        #expect(try store.find("a", Find()).records.map(\.value) == [[3]])
    }

    @Test func aPageShowsOneInstantWhateverItsConditionWrites() async throws {
        let store = MemoryStore()
        try store.declare(["a"])
        for number in 0..<5 as Range<UInt8> {
            try await store.write(.put(RecordKey("a", [number]), value: [number]))
        }
        let page = try store.find(
            "a",
            Find { record throws(StoreError) in
                _ = store.write([Batch([.delete(RecordKey("a", [4]))])])
                return true
            })
        #expect(page.records.count == 5)
        #expect(try await store.get("a", [4]) == nil)
    }
}
