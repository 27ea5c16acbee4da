import Testing

@testable import SluiceLogStore

/// Names are their bytes: two spellings that look the same are two names.
@Suite struct NameTests {
    private static let composed = "\u{E9}"
    private static let decomposed = "e\u{301}"
    private static let both = [decomposed, composed]

    @Test(arguments: [true, false])
    func collectionsThatLookTheSameAreTwo(isReopened: Bool) throws {
        let folder = TemporaryFolder()
        var store = try LogStore.openAndWait(folder.path)
        try store.declare(collections: Self.both)
        try store.putAndWait(Self.composed, [1], [10])
        try store.putAndWait(Self.decomposed, [1], [20])
        if isReopened {
            try store.close()
            store = try LogStore.openAndWait(folder.path)
        }
        #expect(store.collections.map { Array($0.utf8) } == Self.both.map { Array($0.utf8) })
        #expect(try store.get(Self.composed, [1])?.value == [10])
        #expect(try store.get(Self.decomposed, [1])?.value == [20])
        try store.close()
    }

    @Test func aCollectionIsNotFoundByAnotherSpelling() throws {
        let folder = TemporaryFolder()
        let store = try LogStore.openAndWait(folder.path)
        try store.declare(collections: [Self.composed])
        #expect(throws: LogStoreError.self) { try store.get(Self.decomposed, [1]) }
        #expect(throws: LogStoreError.self) { try store.putAndWait(Self.decomposed, [1], [1]) }
        try store.close()
    }

    @Test func oneBatchMayHaveOneKeyInBoth() throws {
        let folder = TemporaryFolder()
        let store = try LogStore.openAndWait(folder.path)
        try store.declare(collections: Self.both)
        let write = LogStore.Write(
            Self.both.map { .put(collection: $0, key: [1], value: Array($0.utf8)) })
        _ = try store.writeAndWait([write])[0].get()
        for name in Self.both {
            #expect(try store.get(name, [1])?.value == Array(name.utf8))
        }
        try store.close()
    }

    @Test func cursorsThatLookTheSameAreTwo() async throws {
        let folder = TemporaryFolder()
        let store = try LogStore.openAndWait(folder.path)
        try await store.setCursor(Self.composed, 1)
        try await store.setCursor(Self.decomposed, 2)
        #expect(try store.cursor(Self.composed) == 1)
        #expect(try store.cursor(Self.decomposed) == 2)
        try store.close()
    }

    @Test(arguments: both)
    func changesAreThoseOfTheCollectionAskedFor(name: String) async throws {
        let folder = TemporaryFolder()
        let store = try LogStore.openAndWait(folder.path)
        try store.declare(collections: Self.both)
        for name in Self.both { try store.putAndWait(name, Array(name.utf8), [1]) }
        var changes = store.changes(after: 0, collections: [name]).makeAsyncIterator()
        let first = try await changes.next()
        #expect(first?.key == Array(name.utf8))
        try store.close()
        #expect(try await changes.next() == nil)
    }
}
