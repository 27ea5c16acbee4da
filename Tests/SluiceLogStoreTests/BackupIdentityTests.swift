import Glibc
import SluiceStoreTesting
import SluiceSystem
import Testing

@testable import SluiceLogStore

/// A backup knows files by their bytes: a store that was put back to an earlier state and went
/// another way has others of the same names and lengths.
@Suite struct BackupIdentityTests {
    /// A store that is backed up, restored and goes on, and the folders of that.
    private struct Lineage {
        var random: SplitMix
        var folder = TemporaryFolder()
        let backup = TemporaryFolder()
        var store: LogStore
        /// Older backups that may be restored.
        var older: [TemporaryFolder] = []

        init(seed: UInt64) throws {
            random = SplitMix(seed: seed)
            store = try Self.open(folder.path)
        }

        static func open(_ path: String) throws -> LogStore {
            let store = try LogStore.openAndWait(
                path,
                options: LogStore.Options(
                    sync: .never, isInline: true, clock: { 1_000_000 }, memoryBytes: 1 << 20,
                    segmentBytes: 8192))
            try store.declare(collections: ["c"])
            return store
        }

        /// Everything that can be told of a store.
        static func content(_ store: LogStore) throws -> BackupTests.Content {
            try BackupTests.Content(store)
        }

        /// Writes the same keys in the same order each time, with values of one length.
        mutating func write() throws {
            let byte = UInt8.random(in: 0...255, using: &random)
            let count = [1, 7, 40, 80].randomElement(using: &random) ?? 1
            for number in 0..<count {
                var value = [UInt8](repeating: 7, count: 300)
                // The beginning, the end or the middle differs.
                value[[0, 150, 299].randomElement(using: &random) ?? 0] = byte
                try store.putAndWait("c", Array("key \(number % 50)".utf8), value)
            }
        }

        mutating func change() throws {
            for _ in 0..<Int.random(in: 1...3, using: &random) { try write() }
            switch Int.random(in: 0..<4, using: &random) {
            case 0: try store.flush()
            case 1: try store.compact()
            case 2:
                try store.close()
                store = try Self.open(folder.path)
            default: break
            }
        }

        /// Puts an older backup in the place of the store.
        mutating func goBack() throws {
            guard let old = older.randomElement(using: &random) else { return }
            try store.close()
            let new = TemporaryFolder()
            _ = try LogStore.restore(old.path, to: new.path)
            if random.one(in: 2) {
                // Over the old files, by which the path stays the same.
                for name in folder.names { unlink(folder.path + "/" + name) }
                for name in new.names {
                    rename(new.path + "/" + name, folder.path + "/" + name)
                }
            } else {
                folder = new
            }
            store = try Self.open(folder.path)
        }

        mutating func backUp() throws {
            let report = try store.backup(to: backup.path)
            #expect(report.revision == store.revision)
            if random.one(in: 3) {
                let another = TemporaryFolder()
                _ = try store.backup(to: another.path)
                older.append(another)
            }
        }
    }

    @Test(arguments: 1...Thoroughness.pick(12, ordinarily: 3))
    func theNewestStateIsRestoredWhicheverWayTheStoreTook(seed: Int) throws {
        var lineage = try Lineage(seed: UInt64(seed))
        for round in 0..<8 {
            if round > 1, lineage.random.one(in: 2) { try lineage.goBack() }
            try lineage.change()
            try lineage.backUp()
            let expected = try Lineage.content(lineage.store)
            let restored = TemporaryFolder()
            _ = try LogStore.restore(lineage.backup.path, to: restored.path)
            #expect(
                try LogStore.verify(restored.path).damages == [], "seed \(seed), round \(round)")
            let copy = try Lineage.open(restored.path)
            let found = try Lineage.content(copy)
            #expect(found.revision == expected.revision, "seed \(seed), round \(round)")
            #expect(found == expected, "seed \(seed), round \(round)")
            try copy.close()
        }
        try lineage.store.close()
    }

    /// Both ways end with files of the same names and lengths, of which only some bytes differ.
    @Test func aStorePutBackOverItselfIsBackedUpAsItIs() throws {
        var (kept, copied) = (0, 0)
        for byte in [UInt8(1), 2, 3] {
            let (folder, first, backup) = (TemporaryFolder(), TemporaryFolder(), TemporaryFolder())
            let store = try Lineage.open(folder.path)
            func fill(_ store: LogStore, _ byte: UInt8) throws {
                for number in 0..<60 {
                    var value = [UInt8](repeating: 7, count: 300)
                    value[150] = byte
                    try store.putAndWait("c", Array("key \(number)".utf8), value)
                }
                try store.flush()
            }
            try fill(store, 0)
            _ = try store.backup(to: first.path)
            try fill(store, byte)
            _ = try store.backup(to: backup.path)
            try store.close()
            let names = folder.names
            for name in names { unlink(folder.path + "/" + name) }
            _ = try LogStore.restore(first.path, to: folder.path)
            let again = try Lineage.open(folder.path)
            try fill(again, byte + 10)
            let report = try again.backup(to: backup.path)
            (kept, copied) = (kept + report.filesKept, copied + report.filesCopied)
            let expected = try Lineage.content(again)
            try again.close()
            let restored = TemporaryFolder()
            _ = try LogStore.restore(backup.path, to: restored.path)
            let copy = try Lineage.open(restored.path)
            #expect(try Lineage.content(copy) == expected)
            #expect(try copy.get("c", Array("key 5".utf8))?.value[150] == byte + 10)
            try copy.close()
        }
        #expect(copied > 0)
        #expect(kept > 0)
    }
}
