import Testing

@testable import SluiceStore

@Suite struct CursorTests {
    @Test func allButTheStoresOwnAreListed() async throws {
        let folder = TemporaryFolder()
        let store = try LogStore.open(folder.path)
        #expect(store.cursors == [])
        for (name, revision) in [("mailer", 7), ("a$", 1), ("mailer", 9)] {
            try await store.setCursor(name, Int64(revision))
        }
        await #expect(throws: LogStoreError.self) { try await store.setCursor("$own", 3) }
        try await store.engine.setCursor("$own", 3)
        #expect(store.cursors.map(\.name) == ["a$", "mailer"])
        #expect(store.cursor("$own") == 3)
        try store.close()
        let again = try LogStore.open(folder.path, options: LogStore.Options(isReadOnly: true))
        #expect(again.cursors.map(\.revision) == [1, 9])
    }
}
