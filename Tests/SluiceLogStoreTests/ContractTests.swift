import SluiceLogStore
import SluiceStore
import SluiceStoreTesting
import SluiceSystem
import Testing

/// The log store behind the contract of all stores.
@Suite struct ContractTests {
    /// Keeps the folder of a store as long as the store.
    private struct Held: Sendable {
        let folder = TemporaryFolder()

        func open(
            _ operators: MergeOperators = MergeOperators(), isInline: Bool = false
        ) throws -> StoreOverLog {
            StoreOverLog(
                try LogStore.openAndWait(
                    folder.path,
                    options: LogStore.Options(
                        sync: .never, isInline: isInline, memoryBytes: 1 << 20,
                        keepRevisions: 100_000, segmentBytes: 1 << 20, operators: operators)))
        }
    }

    private static let folders = Lock<[Held]>([])

    private static let suite = StoreConformance { operators in
        let held = Held()
        folders.withLock { $0.append(held) }
        return try held.open(operators)
    }

    private static let inlineSuite = StoreConformance { operators in
        let held = Held()
        folders.withLock { $0.append(held) }
        return try held.open(operators, isInline: true)
    }

    @Test(arguments: suite.checks)
    func keepsTheContractOfStores(check: StoreConformance.Check) async {
        for finding in await Self.suite.findings(of: check) { Issue.record("\(finding)") }
    }

    @Test(arguments: inlineSuite.checks)
    func keepsTheContractWithoutThreads(check: StoreConformance.Check) async {
        for finding in await Self.inlineSuite.findings(of: check) { Issue.record("\(finding)") }
    }

    @Test func aCursorInABatchIsThereAfterOpeningAndCompaction() async throws {
        let held = Held()
        let store = try held.open()
        try await store.declare(["a"])
        for round in 1...50 as ClosedRange<Int64> {
            let key = RecordKey("a", [UInt8(round % 5)])
            _ = try await store.write(
                Batch([
                    .cursor("first", position: round), .put(key, value: [UInt8(round)]),
                    .cursor("last", position: round * 2),
                ]))
        }
        try await store.compact()
        #expect(try store.cursor("first") == 50)
        try await store.close()
        let report = try LogStore.verify(held.folder.path)
        #expect(report.damages.isEmpty, "\(report.damages)")
        let again = try held.open()
        #expect(try again.cursor("first") == 50)
        #expect(try again.cursor("last") == 100)
        #expect(again.revision == 50)
        #expect(try again.changes(after: 0, limit: 0).changes.count == 50)
        try await again.close()
    }

    @Test func ofTwoPositionsUnderOneNameInABatchTheLaterCounts() async throws {
        let held = Held()
        let store = try held.open()
        let results = await store.write([
            Batch([.cursor("c", position: 1), .cursor("c", position: 2)]),
            Batch([.cursor("c", position: 3)]), Batch([.cursor("d", position: 4)]),
        ])
        #expect(results.allSatisfy { (try? $0.get()) != nil })
        #expect(try store.cursor("c") == 3)
        try await store.close()
        let again = try held.open()
        #expect(try again.cursor("c") == 3)
        #expect(try again.cursor("d") == 4)
        try await again.close()
    }

    @Test func aMergeAddsNoRecordThatTheBatchHas() async throws {
        let held = Held()
        let store = try held.open(StoreConformance.operators)
        try await store.declare(["a", "b"])
        let copy = SluiceStore.Operation.merge(
            RecordKey("a", [1]), operator: "copy", operand: [9])
        let put = SluiceStore.Operation.put(RecordKey("b", [1]), value: [1])
        for batch in [Batch([copy, put]), Batch([put, copy])] {
            await #expect(throws: StoreError.self) { _ = try await store.write(batch) }
        }
        #expect(store.revision == 0)
        _ = try await store.write(copy)
        #expect(
            try store.get([RecordKey("a", [1]), RecordKey("b", [1])]).map { $0?.value } == [
                [9], [9],
            ])
        try await store.close()
        let again = try held.open()
        #expect(try again.changes(after: 0, limit: 0).changes.map(\.revision) == [1, 2])
        try await again.close()
    }

    @Test func anOperatorThatWritesItselfIsRefused() async throws {
        let held = Held()
        let open = Lock<StoreOverLog?>(nil)
        let store = try held.open(
            MergeOperators([
                MergeOperator("writes") { input throws(StoreError) in
                    let log = open.withLock { $0 }?.log
                    do throws(LogStoreError) {
                        try log?.putAndWait("a", input.operand, [])
                    } catch {
                        throw StoreError(error)
                    }
                    return MergeOperator.Result(.keep)
                }
            ]))
        open.withLock { $0 = store }
        defer { open.withLock { $0 = nil } }
        try await store.declare(["a"])
        await #expect(throws: StoreError.self) {
            try await store.write(.merge(RecordKey("a", [1]), operator: "writes", operand: [2]))
        }
        #expect(try store.get([RecordKey("a", [2])]) == [nil])
        try await store.close()
    }
}
