import Glibc
import SluiceSystem
import Testing

@testable import SluiceLogStore

/// A backup is the store at one moment, whatever happens meanwhile; a restored store is the backup.
@Suite struct BackupTests {
    /// What a store holds of collection `c`, with revisions and times, and its revision.
    struct Content: Equatable {
        var records: [LogStore.Record]
        var revision: Int64

        init(_ store: LogStore) throws {
            records = try store.find("c", LogStore.Find()).records
            revision = store.revision
        }
    }

    private func key(_ number: Int) -> [UInt8] { Array("key \(number)".utf8) }

    private func open(_ path: String, isReadOnly: Bool = false) throws -> LogStore {
        let store = try LogStore.openAndWait(
            path,
            options: LogStore.Options(
                sync: .never, memoryBytes: 1 << 20, isReadOnly: isReadOnly, segmentBytes: 64 << 10))
        if !isReadOnly { try store.declare(collections: ["c"]) }
        return store
    }

    private func fill(_ store: LogStore, _ numbers: Range<Int>, byte: UInt8 = 1) throws {
        for number in numbers {
            try store.putAndWait("c", key(number), [UInt8](repeating: byte, count: 300))
        }
    }

    @Test func aRestoredStoreIsTheBackedUpOne() throws {
        let (folder, backup, restored) = (TemporaryFolder(), TemporaryFolder(), TemporaryFolder())
        let store = try open(folder.path)
        try fill(store, 0..<1000)
        try store.flush()
        try fill(store, 500..<700, byte: 2)
        try store.deleteAndWait("c", key(3))
        let report = try store.backup(to: backup.path)
        let content = try Content(store)
        #expect(report.revision == store.revision)
        #expect(report.filesKept == 0)
        #expect(report.filesCopied > 3)
        try fill(store, 0..<10, byte: 3)
        let again = try LogStore.restore(backup.path, to: restored.path)
        #expect(again.revision == report.revision)
        #expect(again.filesCopied == report.filesCopied)
        #expect(try LogStore.verify(restored.path).damages == [])
        let copy = try open(restored.path)
        #expect(copy.recoveryReport.damages == [])
        #expect(copy.recoveryReport.wasClosedCleanly)
        #expect(try Content(copy) == content)
        try fill(copy, 0..<10, byte: 4)
        #expect(copy.revision == content.revision + 10)
        // Neither store nor backup know of what the copy does.
        #expect(try store.get("c", key(1))?.value.first == 3)
        try copy.compact()
        try copy.close()
        let third = TemporaryFolder()
        _ = try LogStore.restore(backup.path, to: third.path)
        #expect(try Content(try open(third.path)) == content)
    }

    @Test func theSecondBackupCopiesOnlyWhatIsNew() throws {
        let (folder, backup) = (TemporaryFolder(), TemporaryFolder())
        let store = try open(folder.path)
        try fill(store, 0..<1000)
        try store.flush()
        let first = try store.backup(to: backup.path)
        let same = try store.backup(to: backup.path)
        #expect(same.filesCopied == 0)
        #expect(same.bytesCopied == 0)
        #expect(same.filesKept == first.filesCopied)
        try fill(store, 1000..<1010)
        let third = try store.backup(to: backup.path)
        // The end of the log and the manifest that says where it is.
        #expect(third.filesCopied == 2)
        #expect(third.filesKept == first.filesCopied - 2)
        try fill(store, 0..<900, byte: 2)
        try store.compact()
        let fourth = try store.backup(to: backup.path)
        #expect(fourth.filesKept < third.filesKept)
        // Nothing of what went before is left.
        #expect(backup.names.count == fourth.filesCopied + fourth.filesKept + 1)
        let restored = TemporaryFolder()
        _ = try LogStore.restore(backup.path, to: restored.path)
        #expect(try Content(try open(restored.path)) == Content(store))
    }

    @Test func aStoreThatTookAnotherWayIsToldApart() throws {
        let (folder, backup, other) = (TemporaryFolder(), TemporaryFolder(), TemporaryFolder())
        let store = try open(folder.path)
        try fill(store, 0..<100)
        _ = try store.backup(to: backup.path)
        _ = try LogStore.restore(backup.path, to: other.path)
        let copy = try open(other.path)
        // Both now have segments and runs of the same names and sizes with other bytes.
        try fill(store, 100..<900, byte: 5)
        try fill(copy, 100..<900, byte: 6)
        try store.flush()
        try copy.flush()
        _ = try store.backup(to: backup.path)
        _ = try copy.backup(to: backup.path)
        let restored = TemporaryFolder()
        _ = try LogStore.restore(backup.path, to: restored.path)
        #expect(try Content(try open(restored.path)) == Content(copy))
    }

    @Test func aBackupWhileAWriterWritesIsAStateOfThePast() throws {
        let (folder, backup) = (TemporaryFolder(), TemporaryFolder())
        let store = try open(folder.path)
        try fill(store, 0..<10)
        // Two keys a batch: a backup has both or none.
        @Sendable func write(_ number: Int) {
            let value = Array("\(number)".utf8) + [UInt8](repeating: 7, count: 100)
            _ = store.writeAndWait([
                LogStore.Write([
                    .put(collection: "c", key: Array("one".utf8), value: value),
                    .put(collection: "c", key: Array("two".utf8), value: value),
                    .put(collection: "c", key: Array("k\(number % 50)".utf8), value: value),
                ])
            ])
        }
        let thread = SystemThread { for number in 0..<30_000 { write(number) } }
        let writer = try #require(thread)
        var newest: Int64 = 0
        for turn in 0..<8 {
            // Something is new each time, also when the thread has written all that it writes.
            write(30_000 + turn)
            let before = store.revision
            let report = try LogStore.backup(folder.path, to: backup.path)
            #expect(report.revision >= before)
            #expect(report.revision > newest)
            newest = report.revision
            let restored = TemporaryFolder()
            _ = try LogStore.restore(backup.path, to: restored.path)
            #expect(try LogStore.verify(restored.path).damages == [])
            let copy = try open(restored.path)
            #expect(copy.revision == report.revision)
            #expect(
                try copy.get("c", Array("one".utf8))?.value
                    == copy.get("c", Array("two".utf8))?.value)
            #expect(try LogStore.verify(folder.path).damages == [])
        }
        writer.join()
    }

    @Test func damagedBackupsAreRefused() throws {
        let (folder, backup) = (TemporaryFolder(), TemporaryFolder())
        let store = try open(folder.path)
        try fill(store, 0..<300)
        try store.flush()
        try fill(store, 0..<20)
        _ = try store.backup(to: backup.path)
        try store.close()
        let system = PosixFileSystem()
        for name in backup.names {
            let path = backup.path + "/" + name
            let bytes = try #require(try system.contents(path))
            for place in stride(
                from: 0, to: bytes.count,
                by: max(1, bytes.count / Thoroughness.pick(80, ordinarily: 20)))
            {
                var damaged = bytes
                damaged[place] ^= 0x10
                try Self.write(damaged, path)
                try expectRefusal(backup.path, "\(name), byte \(place)")
            }
            try Self.write(Array(bytes.dropLast()), path)
            try expectRefusal(backup.path, "\(name) cut")
            try system.remove(path)
            try expectRefusal(backup.path, "\(name) missing")
            try Self.write(bytes, path)
        }
        let restored = TemporaryFolder()
        _ = try LogStore.restore(backup.path, to: restored.path)
        #expect(try Content(try open(restored.path)).records.count == 300)
    }

    private func expectRefusal(_ backup: String, _ comment: Comment) throws {
        let target = TemporaryFolder()
        do throws(LogStoreError) {
            _ = try LogStore.restore(backup, to: target.path)
            Issue.record("the backup was restored, \(comment)")
        } catch {
            guard case .corrupt = error else {
                guard case .unsupportedFormat = error else {
                    Issue.record("unexpected \(error), \(comment)")
                    return
                }
                return
            }
        }
        #expect(target.names == [], comment)
    }

    /// Other bytes under a name, in a file of its own: the store may have the same file.
    static func write(_ bytes: [UInt8], _ path: String) throws {
        let system = PosixFileSystem()
        let file = try system.open(path + ".tmp", creating: true)
        try file.write(bytes, at: 0)
        try system.rename(path + ".tmp", to: path)
    }

    @Test func nothingIsWrittenOverWhatLiesThere() throws {
        let (folder, backup, other) = (TemporaryFolder(), TemporaryFolder(), TemporaryFolder())
        let store = try open(folder.path)
        try fill(store, 0..<10)
        #expect(throws: LogStoreError.self) { try store.backup(to: folder.path) }
        #expect(throws: LogStoreError.self) { try store.backup(to: folder.path + "/.") }
        let second = try open(other.path)
        // Another store, with files of the names that backups have.
        #expect(throws: LogStoreError.self) { try store.backup(to: other.path) }
        try fill(second, 0..<10)
        _ = try store.backup(to: backup.path)
        #expect(throws: LogStoreError.self) { try second.backup(to: backup.path) }
        #expect(throws: LogStoreError.self) {
            try LogStore.restore(backup.path, to: other.path)
        }
        // A backup is no store.
        #expect(throws: LogStoreError.self) { try open(backup.path) }
        #expect(throws: LogStoreError.self) { try LogStore.verify(backup.path) }
        #expect(throws: LogStoreError.self) { try LogStore.backup(backup.path, to: other.path) }
        #expect(throws: LogStoreError.self) { try LogStore.restore(folder.path, to: other.path) }
        #expect(throws: LogStoreError.self) {
            try LogStore.backup(folder.path + "/none", to: backup.path)
        }
    }

    @Test func theCallerMayEndTheWork() throws {
        let (folder, backup, restored) = (TemporaryFolder(), TemporaryFolder(), TemporaryFolder())
        let store = try open(folder.path)
        try fill(store, 0..<100)
        func isCancelled(_ body: () throws -> Void) -> Bool {
            do { try body() } catch {
                return (error as? LogStoreError)?.code == "cancelled"
            }
            return false
        }
        #expect(isCancelled { _ = try store.backup(to: backup.path) { _ in false } })
        #expect(throws: LogStoreError.self) {
            try LogStore.restore(backup.path, to: restored.path)
        }
        #expect(throws: LogStoreError.self) { try open(backup.path) }
        var last = LogStore.Progress(done: 0, total: 0, unit: .bytes)
        _ = try store.backup(to: backup.path) {
            #expect($0.done >= last.done && $0.done <= $0.total)
            last = $0
            return true
        }
        #expect(last.done == last.total)
        #expect(isCancelled { _ = try LogStore.verify(folder.path) { _ in false } })
        #expect(
            isCancelled {
                _ = try LogStore.restore(backup.path, to: restored.path) { $0.done < $0.total }
            })
        _ = try? open(restored.path)
        let again = TemporaryFolder()
        _ = try LogStore.restore(backup.path, to: again.path)
        #expect(try Content(try open(again.path)) == Content(store))
    }
}
