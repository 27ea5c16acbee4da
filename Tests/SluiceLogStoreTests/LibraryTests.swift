import SluiceSystem
import Testing

@testable import SluiceLogStore

/// What a program that uses the store as a library sees.
@Suite struct LibraryTests {
    private static let folder = #filePath.split(separator: "/").dropLast(3).reduce("") {
        "\($0)/\($1)"
    }

    private static func text(of path: String) throws -> String {
        let bytes = try PosixFileSystem().contents("\(folder)/\(path)")
        return String(decoding: try #require(bytes), as: UTF8.self)
    }

    private static func number(_ value: Int) -> [UInt8] {
        [UInt8(value >> 8 & 255), UInt8(value & 255)]
    }

    // MARK: Example

    @Test func theExampleDoesWhatItSays() async throws {
        let (folder, backup) = (TemporaryFolder(), TemporaryFolder())
        #expect(
            try await keepTurns(in: folder.path, backup: backup.path) == [
                "batch of 2", "batch: conflict",
                "found chat-1/0001: hello", "found chat-1/0002: how are you",
                "cursor chat-1/0002: how are you", "cursor chat-1/0001: hello",
                "change of chat-1/0003", "backup at revision 5",
            ])
    }

    @Test func theArticleShowsTheExample() throws {
        let article = try Self.text(
            of: "Sources/SluiceLogStore/SluiceLogStore.docc/GettingStarted.md")
        let example = try Self.text(of: "Tests/SluiceLogStoreTests/LibraryTests+Example.swift")
        #expect(article.contains("```swift\n\(example)```\n"))
    }

    // MARK: Short ways

    @Test func keysMayBeTextAndSingleBatchesThrow() async throws {
        let folder = TemporaryFolder()
        let store = try LogStore.openAndWait(
            folder.path, options: LogStore.Options(sync: .never))
        try store.declare(collections: ["a"])
        try await store.put("a", "é", [1])
        try await store.update("a", "é") { ($0?.value ?? []) + [2] }
        try store.updateAndWait("a", Array("é".utf8)) { ($0?.value ?? []) + [3] }
        #expect(try store.get("a", "é")?.value == [1, 2, 3])
        #expect(try store.get("a", "e\u{301}") == nil)
        #expect(try store.find("a").records.map(\.key) == [Array("é".utf8)])
        #expect(try store.snapshot().find("a").records.count == 1)
        let put = LogStore.Write.Operation.put(
            collection: "a", key: [1], value: [], ifRevision: 7)
        await #expect(throws: LogStoreError.self) { try await store.write(LogStore.Write([put])) }
        let written = try store.writeAndWait(
            LogStore.Write([.put(collection: "a", key: [1], value: [1])]))
        #expect(written.items.map(\.revision) == [4])
        try store.setCursorAndWait("c", 3)
        #expect(throws: LogStoreError.self) { try store.setCursorAndWait("$c", 3) }
        #expect(try store.cursor("c") == 3)
        #expect(try await store.delete("a", "é").existed)
        try store.close()
    }

    // MARK: Values

    private static let sizes = [0, 1, 95, 96, 97, 4000, 65_000, 66_000, 96_000, 1_000_000]

    private static func value(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ count) }
    }

    @Test(arguments: [true, false])
    func everyWayToReadAValueGivesTheSame(mapsFiles: Bool) throws {
        let folder = TemporaryFolder()
        let options = LogStore.Options(sync: .never, mapsFiles: mapsFiles)
        for isReopened in [false, true] {
            let store = try LogStore.openAndWait(folder.path, options: options)
            try store.declare(collections: ["a"])
            var buffer = [UInt8](repeating: 1, count: 66_000)
            for size in Self.sizes {
                let (key, value) = (Self.number(size % 4099), Self.value(size))
                if !isReopened { try store.putAndWait("a", key, value) }
                #expect(try store.get("a", key)?.value == value, "\(size)")
                #expect(try store.read("a", key, into: &buffer))
                #expect(buffer == value, "\(size)")
                #expect(try store.withValue("a", key) { Array($0) } == value, "\(size)")
            }
            #expect(try !store.read("a", Self.number(65_535), into: &buffer))
            #expect(buffer == Self.value(1_000_000))
            #expect(try store.withValue("a", Self.number(65_535)) { Array($0) } == nil)
            try store.close()
        }
    }

    @Test(arguments: [true, false])
    func aDamagedValueIsAnErrorForEveryWayToReadIt(mapsFiles: Bool) throws {
        for size in [1, 4000, 66_000, 1_000_000] {
            let folder = TemporaryFolder()
            let store = try LogStore.openAndWait(
                folder.path, options: LogStore.Options(sync: .never, mapsFiles: mapsFiles))
            try store.declare(collections: ["a"])
            try store.putAndWait("a", [1], Self.value(size))
            let file = try PosixFileSystem().open(folder.path + "/00000001.seg", creating: false)
            let last = store.statistics.totalBytes - 1
            var byte: [UInt8] = [0]
            #expect(try file.read(into: &byte, at: last) == 1)
            try file.write([byte[0] ^ 1], at: last)
            var buffer: [UInt8] = []
            #expect(throws: LogStoreError.self) { try store.get("a", [1]) }
            #expect(throws: LogStoreError.self) { try store.read("a", [1], into: &buffer) }
            #expect(throws: LogStoreError.self) { try store.withValue("a", [1]) { $0.count } }
            #expect(try store.find("a", LogStore.Find()).damaged == [[1]])
            try file.write(byte, at: last)
            #expect(try store.get("a", [1])?.value == Self.value(size))
            try store.close()
        }
    }

    // MARK: Changes

    private static func store(
        _ folder: TemporaryFolder, keys: Int, in collections: [String] = ["a"]
    ) throws -> LogStore {
        let store = try LogStore.openAndWait(
            folder.path, options: LogStore.Options(sync: .never, isInline: true))
        try store.declare(collections: collections)
        for key in 0..<keys {
            try store.putAndWait(collections[key % collections.count], number(key), [1])
        }
        return store
    }

    @Test func changesOfOneCollectionComeInOrderOverManyBatches() async throws {
        let folder = TemporaryFolder()
        let store = try Self.store(folder, keys: 5000, in: ["a", "b"])
        var revisions: [Int64] = []
        for try await change in store.changes(after: 10, collections: ["b"]) {
            revisions.append(change.revision)
            if revisions.count == 2495 { break }
        }
        #expect(revisions == Array(stride(from: 12, through: 5000, by: 2)))
        try store.close()
    }

    @Test func changesGoOnWithWhatIsWrittenLaterUntilTheStoreCloses() async throws {
        let folder = TemporaryFolder()
        let store = try Self.store(folder, keys: 3, in: ["a", "b"])
        let (given, told) = AsyncStream.makeStream(of: Int64.self)
        let changes = store.changes(after: 0, collections: ["a"])
        let reader = Task {
            for try await change in changes { told.yield(change.revision) }
            told.finish()
        }
        var revisions = given.makeAsyncIterator()
        #expect(await revisions.next() == 1)
        #expect(await revisions.next() == 3)
        // Nothing of interest comes first.
        try await store.put("b", [1], [1])
        try await store.put("a", [1], [1])
        #expect(await revisions.next() == 5)
        try store.close()
        #expect(await revisions.next() == nil)
        try await reader.value
        var late = changes.makeAsyncIterator()
        #expect(try await late.next() == nil)
    }

    @Test func changesEndWithTheirTaskAndKeepNoStoreOpen() async throws {
        let folder = TemporaryFolder()
        var store: LogStore? = try Self.store(folder, keys: 0)
        let changes = try #require(store).changes(after: 0)
        let cancelled = Task { for try await _ in changes {} }
        cancelled.cancel()
        try await cancelled.value
        let waiting = Task { for try await _ in changes {} }
        store = nil
        try await waiting.value
        // The folder was let go.
        try LogStore.openAndWait(folder.path, options: LogStore.Options(lockTimeoutMilliseconds: 0))
            .close()
    }

    @Test func changesThatAreCompactedAwayAreAnError() async throws {
        let folder = TemporaryFolder()
        let store = try LogStore.openAndWait(
            folder.path,
            options: LogStore.Options(sync: .never, isInline: true, segmentBytes: 8 << 10))
        try store.declare(collections: ["a"])
        let value = [UInt8](repeating: 7, count: 1000)
        for key in 0..<100 { try store.putAndWait("a", Self.number(key % 5), value) }
        try store.compact()
        var changes = store.changes(after: 0).makeAsyncIterator()
        let error = await #expect(throws: LogStoreError.self) { try await changes.next() }
        guard case .gone(let oldest) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try await changes.next() == nil)
        if oldest < store.revision {
            var rest = store.changes(after: oldest).makeAsyncIterator()
            #expect(try await rest.next()?.revision == oldest + 1)
        }
        try store.close()
    }

    // MARK: Cursors

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func aCursorGivesWhatTheRangeHolds(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let folder = TemporaryFolder()
        let store = try Self.store(folder, keys: 600)
        let reverse = Bool.random(using: &random)
        let low = Int.random(in: 0..<300, using: &random)
        let high = Int.random(in: 300...600, using: &random)
        let after = Int.random(in: low..<high, using: &random)
        let range = LogStore.Find(
            start: Self.number(low), end: Self.number(high), after: Self.number(after),
            reverse: reverse)
        let keys = reverse ? Array((low..<after).reversed()) : Array(after + 1..<high)
        var cursor = try store.rangeCursor("a", range)
        try store.deleteAndWait("a", Self.number(keys.last ?? 0))
        var place = 0
        for step in 0..<2000 {
            if Int.random(in: 0..<100, using: &random) == 0 {
                let target = Int.random(in: 0..<600, using: &random)
                cursor.seek(to: Self.number(target))
                place = keys.firstIndex { reverse ? $0 <= target : $0 >= target } ?? keys.count
            }
            let expected = place < keys.count ? Self.number(keys[place]) : nil
            place += 1
            #expect(try cursor.next()?.key == expected, "seed \(seed), step \(step)")
        }
        try store.close()
    }

    @Test func aCursorGivesNoMoreThanItsLimit() throws {
        let folder = TemporaryFolder()
        let store = try Self.store(folder, keys: 100)
        var cursor = try store.rangeCursor("a", LogStore.Find(limit: 30))
        for _ in 0..<20 { _ = try cursor.next() }
        cursor.seek(to: Self.number(95))
        var copy = cursor
        var keys: [[UInt8]] = []
        while let record = try cursor.next() { keys.append(record.key) }
        #expect(keys == (95..<100).map(Self.number))
        #expect(try copy.next()?.key == Self.number(95))
        var missing = try store.rangeCursor("none")
        #expect(throws: LogStoreError.self) { try missing.next() }
        try store.close()
    }
}
