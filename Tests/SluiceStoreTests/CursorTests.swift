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
        #expect(try store.cursor("$own") == 3)
        try store.close()
        let again = try LogStore.open(folder.path, options: LogStore.Options(isReadOnly: true))
        #expect(again.cursors.map(\.revision) == [1, 9])
    }

    // MARK: Damage

    /// Opens the store on a disk as its owner, who leaves to it what is kept of history.
    private func owner(_ disk: SimulatedDisk, keepRevisions: Int? = nil) throws -> LogStore {
        let clock = ManualClock()
        return LogStore(
            engine: try Engine.open(
                "/db",
                options: LogStore.Options(
                    isInline: true, clock: { clock.now }, keepRevisions: keepRevisions,
                    segmentBytes: 8192),
                environment: Environment(fileSystem: disk)))
    }

    /// Flips a bit of the value that is kept under a cursor's name.
    private func damage(_ name: String, on disk: SimulatedDisk) throws {
        let reader = try disk.afterKill.reader()
        let place = try reader.engine.shared.read { state in
            let entry = try Array(name.utf8).withUnsafeBytes {
                try state.newest(SystemCollection.cursors, $0)
            }
            return entry.map { entry in
                (SegmentHead.fileName(entry.segment), Int(entry.offset) + Int(entry.length) - 8)
            }
        }
        let (file, offset) = try #require(place)
        disk.damage(file) { $0[offset] ^= 1 }
    }

    @Test(arguments: [true, false]) func aDamagedCursorIsNoneThatWasNeverSet(
        isFlushed: Bool
    ) async throws {
        let disk = SimulatedDisk()
        let store = try owner(disk)
        try store.declare(collections: ["c"])
        try await store.setCursor("mailer", 3)
        try await store.setCursor("other", 4)
        try store.set("k")
        if isFlushed { try store.flush() }
        try store.close()
        try damage("mailer", on: disk)
        // It stays so, whatever else is done.
        for step in 0..<3 {
            let again = try owner(disk)
            #expect {
                _ = try again.cursor("mailer")
            } throws: { error in
                guard case .corrupt(_, _, _, let key, _)? = error as? LogStoreError else {
                    return false
                }
                return key == Array("mailer".utf8)
            }
            #expect(try again.cursor("other") == 4)
            #expect(try again.cursor("none") == nil)
            #expect(again.cursors.map(\.name) == ["other"])
            #expect(again.damagedCursors == ["mailer"])
            try again.set("k", UInt8(step))
            if step == 1 { try again.compact() }
            try again.close()
        }
        let reader = try disk.reader()
        #expect(throws: LogStoreError.self) { try reader.cursor("mailer") }
        let again = try owner(disk)
        try await again.setCursor("mailer", 1)
        #expect(try again.cursor("mailer") == 1 && again.damagedCursors == [])
        try again.close()
        #expect(try owner(disk).cursor("mailer") == 1)
    }

    @Test(arguments: ["$keepRevisions", "$keepHours"])
    func aStoreThatCannotTellWhatItKeepsKeepsEverything(name: String) throws {
        let disk = SimulatedDisk()
        let first = try owner(disk, keepRevisions: 10)
        try first.declare(collections: ["c"])
        for round in 1...9 { try first.set("k", UInt8(round)) }
        try first.close()
        try damage(name, on: disk)
        let again = try owner(disk)
        for round in 10...200 { try again.set("k", UInt8(round)) }
        try again.flush()
        try again.compact()
        #expect(try again.history("c", Array("k".utf8)).count == 200)
        #expect(again.damagedCursors == [])
        try again.close()
        // Until it is told anew.
        let told = try owner(disk, keepRevisions: 20)
        try told.compact()
        try told.close()
        let last = try owner(disk)
        #expect(try last.history("c", Array("k".utf8)).count < 40)
        #expect(try last.cursor("$keepRevisions") == 20)
        #expect(try last.cursor("$keepHours") == 0)
    }
}
