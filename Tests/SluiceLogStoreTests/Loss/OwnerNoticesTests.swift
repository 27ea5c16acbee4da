import Glibc
import SluiceSystem
import Testing

@testable import SluiceLogStore

/// On real files: an owner that writes notices what somebody else does to its log or folder.
@Suite struct OwnerNoticesTests {
    private func open(
        _ path: String, _ sync: LogStore.Sync, clock: ManualClock = ManualClock()
    ) throws -> LogStore {
        let store = try LogStore.openAndWait(
            path,
            options: LogStore.Options(
                sync: sync, isInline: true, clock: { clock.now }, mapsFiles: false,
                segmentBytes: 1 << 20))
        try store.declare(collections: ["c"])
        return store
    }

    @Test(arguments: [LogStore.Sync.always, .every(milliseconds: 60_000), .never])
    func anOwnerWhoseLogIsCutAcknowledgesNothingMore(sync: LogStore.Sync) throws {
        let folder = TemporaryFolder()
        let clock = ManualClock()
        let store = try open(folder.path, sync, clock: clock)
        for number in 0..<20 { try store.set("key \(number)", 3) }
        #expect(truncate(folder.path + "/00000001.seg", 5000) == 0)
        let revision = store.revision
        // Without a sync it is looked for once in a millisecond.
        clock.advance(1)
        for _ in 0..<3 {
            #expect(code { try store.set("key 1", 4) } != "done")
            #expect(code { try store.remove("key 2") } != "done")
        }
        #expect(store.revision == revision)
        #expect(code { try store.flush() } != "done")
        #expect(code { try store.close() } != "done")
        // Nothing was written behind the cut.
        let reader = try? LogStore.openAndWait(
            folder.path, options: LogStore.Options(isReadOnly: true, readsAsFound: true))
        for (_, byte) in try reader?.all() ?? [:] { #expect(byte == 3) }
    }

    /// How another file with the same bytes comes into the place of the log's end.
    enum Swap: CaseIterable {
        case renamedOver, movedAway, removed, linkedElsewhere

        func perform(_ path: String) throws {
            let bytes = try #require(try PosixFileSystem().contents(path))
            switch self {
            case .renamedOver: break
            case .movedAway: rename(path, path + ".moved")
            case .removed: unlink(path)
            case .linkedElsewhere: link(path, path + ".link")
            }
            let copy = try PosixFileSystem().open(path + ".copy", creating: true)
            try copy.write(bytes, at: 0)
            #expect(rename(path + ".copy", path) == 0)
        }
    }

    @Test(arguments: [LogStore.Sync.always, .every(milliseconds: 60_000), .never], Swap.allCases)
    func anOwnerWhoseLogIsReplacedAcknowledgesNothingMore(
        sync: LogStore.Sync, swap: Swap
    ) throws {
        let folder = TemporaryFolder()
        let clock = ManualClock()
        let store = try open(folder.path, sync, clock: clock)
        for number in 0..<20 { try store.set("key \(number)", 3) }
        try swap.perform(folder.path + "/00000001.seg")
        clock.advance(1)
        for _ in 0..<3 { #expect(code { try store.set("key 1", 4) } == "not_owner") }
        #expect(try store.byte("key 1") == 3)
        #expect(code { try store.close() } != "done")
    }

    /// The folder may have another name, as where a folder above it is moved with whoever works in it.
    @Test func anOwnerWhoseFileHasAnotherNameAndThePathLeadsToItGoesOn() throws {
        let (folder, moved) = (TemporaryFolder(), TemporaryFolder())
        let store = try open(folder.path, .always)
        try store.set("a", 3)
        #expect(rename(folder.path, moved.path) == 0)
        #expect(symlink(moved.path, folder.path) == 0)
        for number in 0..<3 { try store.set("a", UInt8(number)) }
        try store.close()
        unlink(folder.path)
    }

    @Test(arguments: [LogStore.Sync.always, .never])
    func anOwnerWhoseFolderWasReplacedNoticesSoon(sync: LogStore.Sync) throws {
        let (folder, moved) = (TemporaryFolder(), TemporaryFolder())
        let clock = ManualClock()
        let store = try open(folder.path, sync, clock: clock)
        try store.set("a", 3)
        #expect(rename(folder.path, moved.path) == 0)
        mkdir(folder.path, 0o700)
        clock.advance(100)
        for _ in 0..<2 { #expect(code { try store.set("a", 4) } == "not_owner") }
        #expect(try store.byte("a") == 3)
        #expect(folder.names == [])
    }
}
