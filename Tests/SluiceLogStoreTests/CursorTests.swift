import SluiceStoreTesting
import Testing

@testable import SluiceLogStore

@Suite struct CursorTests {
    @Test func allButTheStoresOwnAreListed() async throws {
        let folder = TemporaryFolder()
        let store = try LogStore.openAndWait(folder.path)
        #expect(store.cursors == [])
        for (name, revision) in [("mailer", 7), ("a$", 1), ("mailer", 9)] {
            try await store.setCursor(name, Int64(revision))
        }
        await #expect(throws: LogStoreError.self) { try await store.setCursor("$own", 3) }
        try await store.engine.setCursor("$own", 3)
        #expect(store.cursors.map(\.name) == ["a$", "mailer"])
        #expect(try store.cursor("$own") == 3)
        try store.close()
        let again = try LogStore.openAndWait(
            folder.path, options: LogStore.Options(isReadOnly: true))
        #expect(again.cursors.map(\.revision) == [1, 9])
    }

    // MARK: Damage

    /// Flips a bit of the value that is kept under a cursor's name.
    private func damage(_ name: String, on disk: SimulatedDisk) throws {
        let reader = try disk.afterKill.reader()
        let place = try reader.place(name, in: SystemCollection.cursors)
        disk.damage(SegmentHead.fileName(place.segment)) { $0[place.range.upperBound - 8] ^= 1 }
    }

    @Test(arguments: [true, false]) func aDamagedCursorIsNoneThatWasNeverSet(
        isFlushed: Bool
    ) async throws {
        let disk = SimulatedDisk()
        let store = try disk.store(keepRevisions: nil)
        try await store.setCursor("mailer", 3)
        try await store.setCursor("other", 4)
        try store.set("k")
        if isFlushed { try store.flush() }
        try store.close()
        try damage("mailer", on: disk)
        // It stays so, whatever else is done.
        for step in 0..<3 {
            let again = try disk.store(keepRevisions: nil)
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
        let again = try disk.store(keepRevisions: nil)
        try await again.setCursor("mailer", 1)
        #expect(try again.cursor("mailer") == 1 && again.damagedCursors == [])
        try again.close()
        #expect(try disk.store(keepRevisions: nil).cursor("mailer") == 1)
    }

    @Test(arguments: ["$keepRevisions", "$keepHours"])
    func aStoreThatCannotTellWhatItKeepsKeepsEverything(name: String) throws {
        let disk = SimulatedDisk()
        let first = try disk.store(keepRevisions: 10)
        for round in 1...9 { try first.set("k", UInt8(round)) }
        try first.close()
        try damage(name, on: disk)
        let again = try disk.store(keepRevisions: nil)
        for round in 10...200 { try again.set("k", UInt8(round)) }
        try again.flush()
        try again.compact()
        #expect(try again.history("c", Array("k".utf8)).count == 200)
        #expect(again.damagedCursors == [])
        try again.close()
        // Until it is told anew.
        let told = try disk.store(keepRevisions: 20)
        try told.compact()
        try told.close()
        let last = try disk.store(keepRevisions: nil)
        #expect(try last.history("c", Array("k".utf8)).count < 40)
        #expect(try last.cursor("$keepRevisions") == 20)
        #expect(try last.cursor("$keepHours") == 0)
    }
}
