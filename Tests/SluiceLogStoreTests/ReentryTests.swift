import SluiceSystem
import Testing

@testable import SluiceLogStore

/// What a program does with a store where it must not, or does twice.
@Suite struct ReentryTests {
    private let folder = TemporaryFolder()

    private func open(_ options: LogStore.Options = LogStore.Options(sync: .never)) throws
        -> LogStore
    {
        let store = try LogStore.openAndWait(folder.path, options: options)
        try store.declare(collections: ["c"])
        return store
    }

    /// What is called inside of an update's closure.
    enum Call: String, CaseIterable, Sendable {
        case put, write, delete, update, declare, flush, compact, close

        func run(on store: LogStore) throws {
            switch self {
            case .put: try store.putAndWait("c", [2], [2])
            case .write:
                let put = LogStore.Write([.put(collection: "c", key: [2], value: [2])])
                _ = try store.writeAndWait([put])[0].get()
            case .delete: try store.deleteAndWait("c", [1])
            case .update:
                let update = LogStore.Write([.update(collection: "c", key: [2]) { _ in [2] }])
                _ = try store.writeAndWait([update])[0].get()
            case .declare: try store.declare(collections: ["d"])
            case .flush: try store.flush()
            case .compact: try store.compact()
            case .close: try store.close()
            }
        }
    }

    @Test(arguments: Call.allCases, [false, true])
    func whatWaitsForTheStoreIsRefusedInsideAnUpdate(call: Call, isInline: Bool) throws {
        let store = try open(LogStore.Options(sync: .never, isInline: isInline))
        let update = LogStore.Write([
            .update(collection: "c", key: [1]) { _ in
                let error = #expect(throws: LogStoreError.self) { try call.run(on: store) }
                #expect(error?.code == "invalid_message")
                #expect(error?.description.contains("closure of an update") == true)
                return [7]
            }
        ])
        _ = try store.writeAndWait([update])[0].get()
        // The store goes on.
        #expect(try store.get("c", [1])?.value == [7])
        try call.run(on: store)
        try store.close()
    }

    @Test func anAsynchronousUpdateRefusesItToo() async throws {
        let store = try open(LogStore.Options(sync: .always))
        let update = LogStore.Write([
            .update(collection: "c", key: [1]) { _ in
                #expect(throws: LogStoreError.self) { try store.close() }
                #expect(throws: LogStoreError.self) { try store.putAndWait("c", [2], [2]) }
                #expect(throws: Never.self) { try store.get("c", [2]) }
                return [7]
            }
        ])
        _ = try await store.write([update])[0].get()
        #expect(try store.get("c", [1])?.value == [7])
        try store.close()
    }

    @Test func aThreadBesideAnUpdateIsNotRefused() throws {
        let store = try open()
        let update = LogStore.Write([
            .update(collection: "c", key: [1]) { _ in
                let revision = Monitor<Int64?>(nil)
                let reader = SystemThread {
                    let found = store.revision
                    revision.change { $0 = found }
                }
                #expect(reader != nil)
                return [UInt8(revision.wait(until: { $0 != nil }) { $0 ?? 9 })]
            }
        ])
        _ = try store.writeAndWait([update])[0].get()
        #expect(try store.get("c", [1])?.value == [0])
    }

    @Test func closingInsideAClosureOfAReadIsAllowed() throws {
        let store = try open()
        try store.putAndWait("c", [1], [7])
        let value = try store.withValue("c", [1]) { value in
            try store.close()
            return Array(value)
        }
        #expect(value == [7])
        #expect(throws: LogStoreError.self) { try store.get("c", [1]) }
    }

    @Test func aStoreThatIsOpenInThisProcessSaysSo() throws {
        let store = try open()
        let error = #expect(throws: LogStoreError.self) {
            try LogStore.openAndWait(
                folder.path, options: LogStore.Options(lockTimeoutMilliseconds: 0))
        }
        #expect(error?.code == "locked" && error?.isOpenHere == true)
        #expect(
            error?.description
                == "\(folder.path) is already open in this process; use that store, or close it first"
        )
        try store.close()
        try open().close()
    }

    @Test func openingWaitsForTheLockWithoutHoldingTheCaller() async throws {
        let owner = try open()
        let waiting = Task {
            try await LogStore.open(
                folder.path, options: LogStore.Options(lockTimeoutMilliseconds: 60_000))
        }
        // The caller goes on, and so the owner can let the store go.
        try owner.close()
        let store = try await waiting.value
        #expect(store.collections == ["c"])
        try store.close()
    }

    @Test func aTaskThatIsCancelledWaitsForNoLock() async throws {
        let owner = try open()
        let waiting = Task {
            try await LogStore.open(
                folder.path, options: LogStore.Options(lockTimeoutMilliseconds: 600_000))
        }
        waiting.cancel()
        let error = await #expect(throws: LogStoreError.self) { try await waiting.value }
        #expect(error?.code == "cancelled")
        try owner.close()
    }

    @Test func declaringWhatIsThereChangesNothingOnAStoreThatIsOnlyRead() throws {
        try open().close()
        let reader = try LogStore.openAndWait(
            folder.path, options: LogStore.Options(isReadOnly: true))
        try reader.declare(collections: ["c"])
        try reader.declare(collections: [])
        let error = #expect(throws: LogStoreError.self) {
            try reader.declare(collections: ["c", "d"])
        }
        #expect(error?.code == "read_only")
        try reader.close()
        #expect(throws: LogStoreError.self) { try reader.declare(collections: ["c"]) }
    }

    @Test func aPathWithANULIsRefused() throws {
        try open().close()
        let path = "\(folder.path)\u{0}x"
        let calls: [() throws -> Void] = [
            { _ = try LogStore.openAndWait(path) },
            { _ = try LogStore.verify(path) },
            { _ = try LogStore.backup(path, to: "/nowhere") },
            { _ = try LogStore.backup(folder.path, to: path) },
            { _ = try LogStore.restore(folder.path, to: path) },
            { _ = try LogStore.repair(folder.path, to: path) },
        ]
        for call in calls {
            let error = #expect(throws: LogStoreError.self) { try call() }
            #expect(error?.description == "a path has a NUL character in it")
        }
    }
}
