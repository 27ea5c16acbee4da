import Glibc
import SluiceStoreTesting
import Testing

@testable import SluiceLogStore

/// What only a real file system does: it is full, read-only, or limits a process.
@Suite struct RealDiskTests {
    /// A small file system in memory, mounted for one test; nil where mounting is not allowed.
    final class SmallDisk: Sendable {
        let path: String

        init?(megabytes: Int) {
            path = "/tmp/sluice-disk-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
            guard mkdir(path, 0o700) == 0,
                mount("tmpfs", path, "tmpfs", 0, "size=\(megabytes)m") == 0
            else {
                rmdir(path)
                return nil
            }
        }

        deinit {
            while umount2(path, Int32(MNT_DETACH)) == 0 {}
            rmdir(path)
        }

        /// Mounts it over itself, read-only: that needs no wait for a process of another test that
        /// may have been handed a file of this one until it starts.
        func makeReadOnly() -> Bool {
            mount(path, path, nil, UInt(MS_BIND), nil) == 0
                && mount(nil, path, nil, UInt(MS_REMOUNT | MS_BIND | MS_RDONLY), nil) == 0
        }

        static let isAllowed = SmallDisk(megabytes: 1) != nil
    }

    private static func key(_ number: Int) -> [UInt8] { Array("key \(number)".utf8) }

    /// Puts until there is no space; gives how many there were.
    private func fill(_ store: LogStore, from start: Int, _ value: [UInt8]) throws -> Int {
        var number = start
        while true {
            do throws(LogStoreError) {
                try store.putAndWait("c", Self.key(number), value)
                number += 1
            } catch {
                guard case .diskFull = error else { throw error }
                return number - start
            }
        }
    }

    @Test(
        .enabled(if: SmallDisk.isAllowed, "this process may not mount a file system"),
        arguments: [LogStore.Sync.always, .never])
    func aFullDeviceTakesDeletesAndThenPutsAgain(sync: LogStore.Sync) throws {
        let disk = try #require(SmallDisk(megabytes: 16))
        let folder = disk.path + "/db"
        let options = LogStore.Options(sync: sync)
        let store = try LogStore.openAndWait(folder, options: options)
        try store.declare(collections: ["c"])
        let value = [UInt8](repeating: 7, count: 1000)
        let count = try fill(store, from: 0, value)
        #expect(count > 8000)
        for number in 0..<count where number % 10 != 0 {
            try store.deleteAndWait("c", Self.key(number))
        }
        #expect(try store.get("c", Self.key(10))?.value == value)
        try store.compact()
        let again = try fill(store, from: count, value)
        #expect(again > count / 2)
        try store.close()
        let later = try LogStore.openAndWait(folder, options: options)
        #expect(later.recoveryReport.damages == [])
        #expect(later.statistics.records == (count + 9) / 10 + again)
        try later.close()
    }

    /// A fifth of each segment is dead: compaction has to copy nearly whole ones to give that back.
    @Test(
        .enabled(if: SmallDisk.isAllowed, "this process may not mount a file system"),
        arguments: [LogStore.Sync.always, .never])
    func aPutAfterDeletesOnAFullDeviceWaitsForTheSpace(sync: LogStore.Sync) throws {
        let disk = try #require(SmallDisk(megabytes: 32))
        let store = try LogStore.openAndWait(
            disk.path + "/db", options: LogStore.Options(sync: sync))
        try store.declare(collections: ["c"])
        let value = [UInt8](repeating: 7, count: 50_000)
        let count = try fill(store, from: 0, value)
        #expect(count > 300)
        for number in stride(from: 0, to: count, by: count / 20) {
            try store.deleteAndWait("c", Self.key(number))
        }
        try store.putAndWait("c", Array("after".utf8), value)
        #expect(try store.get("c", Array("after".utf8))?.value == value)
        try store.close()
    }

    @Test(.enabled(if: SmallDisk.isAllowed, "this process may not mount a file system"))
    func aReadOnlyDeviceIsReadAndNotWritten() throws {
        let disk = try #require(SmallDisk(megabytes: 16))
        let folder = disk.path + "/db"
        do {
            let store = try LogStore.openAndWait(folder)
            try store.declare(collections: ["c"])
            try store.putAndWait("c", [1], [2])
            try store.close()
        }
        try #require(disk.makeReadOnly())
        #expect(throws: LogStoreError.self) { try LogStore.openAndWait(folder) }
        let reader = try LogStore.openAndWait(folder, options: LogStore.Options(isReadOnly: true))
        #expect(try reader.get("c", [1])?.value == [2])
        try reader.close()
    }

    /// Each segment is an open file; where there may be no more, writes fail until there may.
    @Test(arguments: [true, false])
    func aLimitOnOpenFilesIsNotTheEndOfTheStore(isSynced: Bool) async throws {
        let folder = TemporaryFolder()
        await #expect(processExitsWith: .exitCode(9)) {
            [path = folder.path as String, isSynced = isSynced as Bool] in
            let store = try LogStore.openAndWait(
                path,
                options: LogStore.Options(sync: isSynced ? .always : .never, segmentBytes: 8192))
            try store.declare(collections: ["c"])
            func allow(_ files: rlim_t) {
                var limit = rlimit()
                getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
                limit.rlim_cur = min(files, limit.rlim_max)
                setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            }
            allow(40)
            var stored = 0
            var failure: LogStoreError?
            while failure == nil {
                do throws(LogStoreError) {
                    try store.putAndWait(
                        "c", Self.key(stored), [UInt8](repeating: 7, count: 1000))
                    stored += 1
                } catch {
                    failure = error
                }
            }
            guard case .io("open", _, EMFILE)? = failure,
                try store.get("c", Self.key(0)) != nil
            else { return }
            allow(400)
            for number in stored..<stored + 100 {
                try store.putAndWait("c", Self.key(number), [UInt8](repeating: 7, count: 1000))
            }
            try store.close()
            let later = try LogStore.openAndWait(path)
            guard later.statistics.records == stored + 100, later.recoveryReport.damages.isEmpty
            else { return }
            exit(9)
        }
    }

    /// The process's limit on the size of files is no end either: segments get smaller.
    @Test(arguments: [true, false])
    func aLimitOnTheSizeOfFilesMakesSegmentsSmaller(isSynced: Bool) async throws {
        let folder = TemporaryFolder()
        await #expect(processExitsWith: .exitCode(9)) {
            [path = folder.path as String, isSynced = isSynced as Bool] in
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 300_000, rlim_max: 300_000)
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            let store = try LogStore.openAndWait(
                path, options: LogStore.Options(sync: isSynced ? .always : .never))
            try store.declare(collections: ["c"])
            let value = [UInt8](repeating: 7, count: 1000)
            for number in 0..<1000 { try store.putAndWait("c", Self.key(number), value) }
            for number in 0..<500 { try store.deleteAndWait("c", Self.key(number)) }
            try store.close()
            let later = try LogStore.openAndWait(path)
            guard later.statistics.records == 500, later.recoveryReport.damages.isEmpty else {
                return
            }
            exit(9)
        }
    }
}
