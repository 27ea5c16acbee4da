import Glibc
import SluiceStoreTesting
import Testing

@testable import SluiceLogStore

/// What is left of a store that is made and comes to nothing.
@Suite struct NewStoreTests {
    /// Opens the store on a disk that fails once at each of the operations; gives whether it failed.
    private func failure(at operation: Int, of disk: SimulatedDisk, _ number: Int32) -> Bool {
        disk.expect(SimulatedDisk.Plan(operation: operation, fault: .error(number)))
        defer { disk.expect(nil) }
        do {
            _ = try Engine.open(
                "/db", options: LogStore.Options(isInline: true),
                environment: Environment(fileSystem: disk))
            return false
        } catch {
            return true
        }
    }

    @Test(arguments: [EIO, EMFILE, ENOSPC])
    func anOpeningThatFailsLeavesNoPartOfANewStore(number: Int32) throws {
        var failures = 0
        for operation in 0..<20 {
            let disk = SimulatedDisk()
            guard failure(at: operation, of: disk, number) else { continue }
            failures += 1
            #expect(disk.fileNames == [], "operation \(operation)")
            let store = try disk.store()
            try store.set("key")
            try store.close()
        }
        #expect(failures > 0)
    }

    /// Another process may have made it since somebody looked whether there is one.
    @Test func anOpeningThatFailsTakesNothingOfAStoreThatIsThere() throws {
        let full = SimulatedDisk()
        let store = try full.store()
        try store.set("key")
        let killed = full.afterKill
        try store.close()
        var failures = 0
        for disk in [full, killed] {
            for operation in 0..<20 {
                let copy = disk.afterKill
                guard failure(at: operation, of: copy, EIO) else { continue }
                failures += 1
                let store = try copy.afterKill.store()
                #expect(try store.byte("key") == 1, "operation \(operation)")
            }
        }
        #expect(failures > 4)
    }

    @Test func aStoreWithoutRecordsThatThisOpeningMadeIsDiscarded() throws {
        let disk = SimulatedDisk()
        let store = try disk.store()
        #expect(store.discard())
        #expect(disk.fileNames == [])
    }

    @Test func aStoreWithARecordIsNotDiscarded() throws {
        let disk = SimulatedDisk()
        let store = try disk.store()
        try store.set("key")
        #expect(!store.discard())
        try store.close()
        #expect(try disk.store().byte("key") == 1)
    }

    @Test func aStoreThatAnEarlierOpeningMadeIsNotDiscarded() throws {
        let disk = SimulatedDisk()
        try disk.store().close()
        let store = try disk.store()
        #expect(!store.discard())
        try store.close()
        #expect(disk.fileNames.contains(Manifest.fileName))
    }

    /// Somebody may have put another store into its place.
    @Test func aFolderThatIsNoLongerTheStoresKeepsItsFiles() throws {
        let folder = TemporaryFolder()
        let store = try LogStore.openAndWait(folder.path)
        let moved = TemporaryFolder()
        rename(folder.path, moved.path)
        let other = try LogStore.openAndWait(folder.path)
        try other.declare(collections: ["c"])
        try other.set("key")
        #expect(!store.discard())
        #expect(try other.byte("key") == 1)
        try other.close()
        let again = try LogStore.openAndWait(folder.path)
        #expect(try again.byte("key") == 1)
        try again.close()
        try? store.close()
    }
}
