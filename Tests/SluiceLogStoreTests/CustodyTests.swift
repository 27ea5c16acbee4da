#if DEBUG
@testable import SluiceLogStore
import SluiceSystem
import Testing

/// What one thread at a time may use ends the process when another one uses it.
@Suite struct CustodyTests {
    @Test func theCommitterIsForWhoeverHasTheTurn() async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            try Self.withStore { $0.writer.queue.committerBeforeUse.beginGroup() }
        }
        expectBlame("the committer is changed", result)
    }

    @Test func theLogIsForWhoeverHasTheTurn() async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            try Self.withStore { try $0.writer.queue.committerBeforeUse.log.trim() }
        }
        expectBlame("the log is changed", result)
    }

    @Test func aMemtableIsReadUnderTheLock() async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            try Self.withStore { engine in
                let memtable = engine.shared.read { $0.layers.active }
                _ = [UInt8]("k".utf8).withUnsafeBytes { memtable.newest(16, $0) }
            }
        }
        expectBlame("a memtable is read", result)
    }

    @Test func aReaderMayNotChangeTheState() async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            try Self.withStore { engine in engine.shared.read { $0.expire(at: 0) } }
        }
        expectBlame("the store's state is changed", result)
    }

    @Test func whoHoldsTheLockMayUseAll() throws {
        try Self.withStore { engine in
            engine.shared.write { state in
                state.expire(at: 0)
                let memtable = state.layers.active
                _ = [UInt8]("k".utf8).withUnsafeBytes { memtable.newest(16, $0) }
            }
        }
    }

    private func expectBlame(_ text: String, _ result: ExitTest.Result?) {
        let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(output.contains(text))
    }

    /// Runs `body` with a store that has been written to.
    private static func withStore(_ body: (Engine) throws -> Void) throws {
        let folder = TemporaryFolder()
        let store = try LogStore.openAndWait(folder.path)
        try store.declare(collections: ["c"])
        try store.putAndWait("c", Array("k".utf8), [1])
        try body(store.engine)
        try store.close()
        withExtendedLifetime(folder) {}
    }
}
#endif
