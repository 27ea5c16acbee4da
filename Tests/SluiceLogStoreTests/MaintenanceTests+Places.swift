import Glibc
import SluiceSystem
import Testing

@testable import SluiceLogStore

/// A copy is never made into what it is made of, nor into another store or backup.
@Suite struct PlacesTests {
    /// A folder with a store `st`, a backup of it `bk`, and links to both.
    private final class Places {
        let path = "/tmp/sluice-places-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"

        init() throws {
            mkdir(path, 0o700)
            let store = try LogStore.openAndWait("\(path)/st")
            try store.declare(collections: ["c"])
            try store.putAndWait("c", [1], [2])
            try store.close()
            _ = try LogStore.backup("\(path)/st", to: "\(path)/bk")
            symlink("st", "\(path)/link")
            symlink("st/new", "\(path)/dangling")
        }

        deinit {
            for folder in ["st", "bk"] {
                for name in names(folder) { Glibc.remove("\(path)/\(folder)/\(name)") }
            }
            for name in names("") { Glibc.remove("\(path)/\(name)") }
            rmdir(path)
        }

        func names(_ folder: String) -> [String] {
            (try? PosixFileSystem().list("\(path)/\(folder)").sorted()) ?? []
        }
    }

    @Test(arguments: [
        "st", "st/", "st/.", "./st/../st", "link", "link/.", "st/sub", "st/sub/deeper", "link/sub",
        "st/sub/../../st/sub", "dangling", "bk/../st/sub", "bk/sub", ".",
    ]) func theFoldersOfACopyAreApart(target: String) throws {
        let places = try Places()
        let (store, backup) = ("\(places.path)/st", "\(places.path)/bk")
        let path = "\(places.path)/\(target)"
        let before = (places.names("st"), places.names("bk"), places.names(""))
        func isRefused(_ body: () throws -> Void) {
            #expect {
                try body()
            } throws: { error in
                if case LogStoreError.invalid = error { true } else { false }
            }
        }
        isRefused { _ = try LogStore.backup(store, to: path) }
        isRefused { _ = try LogStore.repair(store, to: path) }
        isRefused { _ = try LogStore.restore(backup, to: path) }
        isRefused { _ = try LogStore.backup("\(places.path)/link", to: path) }
        let open = try LogStore.openAndWait(store)
        isRefused { _ = try open.backup(to: path) }
        try open.close()
        #expect((places.names("st"), places.names("bk"), places.names("")) == before)
    }

    @Test func whatIsLeftOfAStoreIsNoBackup() throws {
        let places = try Places()
        let left = TemporaryFolder()
        _ = try LogStore.restore("\(places.path)/bk", to: left.path)
        unlink("\(left.path)/MANIFEST")
        #expect(left.names == ["00000001.seg", "LOCK"])
        #expect {
            _ = try LogStore.backup("\(places.path)/st", to: left.path)
        } throws: { error in
            if case LogStoreError.invalid = error { true } else { false }
        }
        #expect(left.names == ["00000001.seg", "LOCK"])
        let store = try LogStore.openAndWait(left.path)
        #expect(try store.get("c", [1])?.value == [2])
    }

    /// One of them would take what the other has made for what an earlier attempt left.
    @Test(arguments: ["restore", "repair"])
    func aFolderInWhichAStoreIsBeingMadeIsTakenByNoOther(name: String) throws {
        let (source, backup, target) = (TemporaryFolder(), TemporaryFolder(), TemporaryFolder())
        let store = try LogStore.openAndWait(source.path)
        try store.declare(collections: ["c"])
        for number in 0..<4 { try store.set("key \(number)", 1, count: 1 << 20) }
        try store.close()
        _ = try LogStore.backup(source.path, to: backup.path)
        var refusals: [String] = []
        func others(_ progress: LogStore.Progress) -> Bool {
            guard refusals.isEmpty, target.names.contains(NewFolder.marker) else { return true }
            refusals.append(code { _ = try LogStore.restore(backup.path, to: target.path) })
            refusals.append(code { _ = try LogStore.repair(source.path, to: target.path) })
            return true
        }
        if name == "restore" {
            _ = try LogStore.restore(backup.path, to: target.path, progress: others)
        } else {
            _ = try LogStore.repair(source.path, to: target.path, progress: others)
        }
        #expect(refusals == ["locked", "locked"])
        #expect(try LogStore.verify(target.path).damages == [])
        let made = try LogStore.openAndWait(target.path)
        #expect(try made.all().count == 4)
        try made.close()
    }

    @Test func aStoreInUseIsNoFolderToMakeOneIn() throws {
        let places = try Places()
        let target = TemporaryFolder()
        let owner = try LogStore.openAndWait(target.path)
        let names = target.names
        #expect(
            code { _ = try LogStore.restore("\(places.path)/bk", to: target.path) } == "locked")
        #expect(code { _ = try LogStore.repair("\(places.path)/st", to: target.path) } == "locked")
        #expect(target.names == names)
        try owner.close()
    }

    @Test(arguments: ["st/sub", "link/sub/deeper", "bk/sub"])
    func noStoreIsMadeInAnother(path: String) throws {
        let places = try Places()
        let before = (places.names("st"), places.names("bk"))
        #expect(
            code { _ = try LogStore.openAndWait("\(places.path)/\(path)") } == "invalid_message")
        #expect((places.names("st"), places.names("bk")) == before)
    }

    @Test func aFolderBesideIsTaken() throws {
        let places = try Places()
        let target = TemporaryFolder()
        symlink(target.path, "\(places.path)/beside")
        _ = try LogStore.restore("\(places.path)/bk", to: "\(places.path)/st/../beside")
        #expect(target.names.contains("MANIFEST"))
    }
}
