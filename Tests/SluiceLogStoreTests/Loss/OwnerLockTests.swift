import Glibc
import SluiceSystem
import Testing

@testable import SluiceLogStore

/// On real files: whatever is done to an owner's folder, there is one owner, and who is none any
/// more notices before anything is acknowledged.
@Suite struct OwnerLockTests {
    private static func options(
        _ sync: LogStore.Sync = .always, isInline: Bool = false
    ) -> LogStore.Options {
        LogStore.Options(
            sync: sync, lockTimeoutMilliseconds: 0, isInline: isInline, memoryBytes: 1 << 20,
            segmentBytes: 32 << 10)
    }

    private static func open(
        _ path: String, _ sync: LogStore.Sync = .always, isInline: Bool = false
    ) throws -> LogStore {
        let store = try LogStore.openAndWait(path, options: options(sync, isInline: isInline))
        try store.declare(collections: ["c"])
        return store
    }

    private func isLocked(_ path: String) -> Bool {
        code { try LogStore.openAndWait(path, options: Self.options()).close() } == "locked"
    }

    @Test func removingTheLockFileLetsNobodyIn() throws {
        let folder = TemporaryFolder()
        let store = try Self.open(folder.path)
        try store.set("a", 1)
        for _ in 0..<3 {
            unlink(folder.path + "/LOCK")
            #expect(isLocked(folder.path))
        }
        // A new file of that name, as somebody else would make it.
        unlink(folder.path + "/LOCK")
        _ = try PosixFileSystem().open(folder.path + "/LOCK", creating: true)
        #expect(isLocked(folder.path))
        try store.set("b", 2)
        try store.close()
        let again = try Self.open(folder.path)
        #expect(try again.all() == ["a": 1, "b": 2])
        try again.close()
    }

    /// A file that has another link is found again, but not where the store looks for it.
    @Test func anOwnerWhoseLogHasAnotherNameDoesNotCloseWell() throws {
        let folder = TemporaryFolder()
        let store = try Self.open(folder.path)
        try store.set("a", 1)
        let last = try #require(folder.names.last { $0.hasSuffix(".seg") })
        try PosixFileSystem().rename(
            folder.path + "/" + last, to: folder.path + "/" + last + ".tmp")
        #expect(code { try store.close() } == "not_owner")
    }

    @Test(arguments: [LogStore.Sync.always, .never, .every(milliseconds: 50)], [true, false])
    func anOwnerWhoseLogIsGoneAcknowledgesNothingMore(
        sync: LogStore.Sync, isInline: Bool
    ) throws {
        let folder = TemporaryFolder()
        let store = try Self.open(folder.path, sync, isInline: isInline)
        for number in 0..<400 { try store.set("key \(number)", 3) }
        let last = try #require(folder.names.last { $0.hasSuffix(".seg") })
        #expect(last != "00000001.seg")
        unlink(folder.path + "/" + last)
        // Without a sync it is looked for once in a millisecond.
        let start = SystemClock.milliseconds()
        while SystemClock.milliseconds() == start {}
        for _ in 0..<3 {
            #expect(code { try store.set("key 1", 4) } == "not_owner")
            #expect(code { try store.remove("key 2") } == "not_owner")
            #expect(code { try store.declare(collections: ["d"]) } == "not_owner")
        }
        #expect(code { try store.compact() } == "not_owner")
        // What was acknowledged is read as before.
        for number in 0..<400 { #expect(try store.byte("key \(number)") == 3) }
        #expect(store.revision == 400)
        #expect(code { try store.close() } == "not_owner")
        #expect(code { try store.set("key 1", 4) } == "closed")
        // The loss is told to whoever opens what is left, or it is a state of the past.
        do {
            let reader = try LogStore.openAndWait(
                folder.path, options: LogStore.Options(isReadOnly: true, readsAsFound: true))
            for (_, byte) in try reader.all() { #expect(byte == 3) }
        } catch LogStoreError.corrupt {
        }
    }

    /// The end of the log is gone while nobody writes: closing is the first to notice.
    @Test func closingAnOwnerWhoseLogIsGoneIsNoSuccess() throws {
        let folder = TemporaryFolder()
        let store = try Self.open(folder.path)
        for number in 0..<400 { try store.set("key \(number)", 3) }
        let last = try #require(folder.names.last { $0.hasSuffix(".seg") })
        unlink(folder.path + "/" + last)
        #expect(code { try store.close() } == "not_owner")
    }

    @Test(arguments: [LogStore.Sync.always, .never], [true, false])
    func anOwnerWhoseFolderWasMovedNeverWritesIntoTheNewOne(
        sync: LogStore.Sync, isInline: Bool
    ) throws {
        let (folder, moved) = (TemporaryFolder(), TemporaryFolder())
        let first = try Self.open(folder.path, sync, isInline: isInline)
        for number in 0..<100 { try first.set("key \(number)", 3) }
        #expect(rename(folder.path, moved.path) == 0)
        mkdir(folder.path, 0o700)
        let second = try Self.open(folder.path)
        for number in 0..<50 { try second.set("key \(number)", 5) }
        let before = folder.names
        // The first one may go on for a while; at the latest it notices at the end of its segment.
        var codes: [String] = []
        for number in 0..<1000 where codes.last != "not_owner" {
            codes.append(code { try first.set("more \(number)", 4) })
        }
        #expect(codes.last == "not_owner")
        #expect(Set(codes).isSubset(of: ["done", "not_owner"]))
        #expect(code { try first.flush() } == "not_owner")
        #expect(code { try first.compact() } == "not_owner")
        #expect(try first.byte("key 1") == 3)
        #expect(code { try first.close() } == "not_owner")
        #expect(folder.names == before)
        for number in 0..<50 { try second.set("key \(number)", 6) }
        try second.close()
        try checkSound(folder.path, ["key 0", "key 49"], 6, count: 50)
        // What was acknowledged in the old folder is there.
        let old = try Self.open(moved.path)
        let acknowledged = codes.filter { $0 == "done" }.count
        #expect(try old.all().count == 100 + acknowledged)
        try old.close()
    }

    private func checkSound(
        _ path: String, _ keys: [String], _ byte: UInt8, count: Int
    ) throws {
        #expect(try LogStore.verify(path).damages == [])
        let store = try Self.open(path)
        #expect(store.recoveryReport.damages == [])
        for key in keys { #expect(try store.byte(key) == byte) }
        #expect(try store.all().count == count)
        try store.close()
    }

    /// Each thing that makes a file, right after the folder was replaced.
    @Test(arguments: ["flush", "compact", "close"])
    func nothingOfAnOwnerGetsIntoAnotherFolder(act: String) throws {
        let (folder, moved) = (TemporaryFolder(), TemporaryFolder())
        let first = try Self.open(folder.path, .never, isInline: true)
        for number in 0..<100 { try first.set("key \(number)", 3) }
        #expect(rename(folder.path, moved.path) == 0)
        mkdir(folder.path, 0o700)
        let second = try Self.open(folder.path)
        try second.set("key 1", 5)
        let before = folder.names
        let result = code {
            switch act {
            case "flush": try first.flush()
            case "compact": try first.compact()
            default: try first.close()
            }
        }
        #expect(result == "not_owner")
        #expect(folder.names == before)
        try second.close()
        try checkSound(folder.path, ["key 1"], 5, count: 1)
        try? first.close()
        #expect(folder.names == before)
        try checkSound(folder.path, ["key 1"], 5, count: 1)
    }

    /// A backup of the first owner's store is never one of the store that lies at its path now.
    @Test func anOwnerWhoseFolderWasMovedBacksUpNoOtherStore() throws {
        let (folder, moved, backup) = (TemporaryFolder(), TemporaryFolder(), TemporaryFolder())
        let first = try Self.open(folder.path)
        try first.set("key 1", 3)
        #expect(rename(folder.path, moved.path) == 0)
        mkdir(folder.path, 0o700)
        let second = try Self.open(folder.path)
        try second.set("key 1", 5)
        let result = code { _ = try first.backup(to: backup.path) }
        #expect(["done", "not_owner"].contains(result))
        if result == "not_owner" {
            #expect(backup.names == [])
        } else {
            let restored = TemporaryFolder()
            _ = try LogStore.restore(backup.path, to: restored.path)
            let copy = try Self.open(restored.path)
            #expect(try copy.byte("key 1") == 3)
            try copy.close()
        }
        try second.close()
        try? first.close()
    }

    /// Files with the same bytes under another folder's names are the same store.
    @Test(arguments: [true, false])
    func aCopyMadeOfLinksIsNotOpenedBesideTheOwner(withLockFile: Bool) throws {
        let (folder, copy) = (TemporaryFolder(), TemporaryFolder())
        let store = try Self.open(folder.path)
        for number in 0..<400 { try store.set("key \(number)", 3) }
        try store.flush()
        for number in 0..<10 { try store.set("key \(number)", 4) }
        for name in folder.names where withLockFile || name != "LOCK" {
            #expect(link(folder.path + "/" + name, copy.path + "/" + name) == 0)
        }
        for _ in 0..<2 { #expect(isLocked(copy.path)) }
        #expect(isLocked(folder.path))
        try store.set("key 1", 5)
        // A segment made since is not in the copy, whose end is no longer the log's.
        try store.close()
        #expect(try LogStore.verify(folder.path).damages == [])
        let again = try Self.open(folder.path)
        #expect(try again.byte("key 1") == 5)
        try again.close()
        // The owner has cut its log while it closed, so the copy may be another state or damaged.
        let result = code { try Self.open(copy.path).close() }
        #expect(["done", "corrupt"].contains(result))
    }

    @Test func afterEveryoneHasClosedAllCopiesOpen() throws {
        let (folder, copy) = (TemporaryFolder(), TemporaryFolder())
        let store = try Self.open(folder.path)
        for number in 0..<400 { try store.set("key \(number)", 3) }
        try store.close()
        for name in folder.names {
            #expect(link(folder.path + "/" + name, copy.path + "/" + name) == 0)
        }
        let first = try Self.open(folder.path)
        #expect(isLocked(copy.path))
        try first.close()
        let second = try Self.open(copy.path)
        #expect(try second.all().count == 400)
        #expect(isLocked(folder.path))
        try second.close()
        let third = try Self.open(folder.path)
        #expect(try third.all().count == 400)
        try third.close()
    }
}
