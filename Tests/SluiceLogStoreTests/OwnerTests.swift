import Glibc
import SluiceSystem
import Testing

@testable import SluiceLogStore

/// Real files, real processes.
@Suite struct OwnerTests {
    @Test func aSecondOwnerIsToldWhoHasTheStore() throws {
        let folder = TemporaryFolder()
        let options = LogStore.Options(lockTimeoutMilliseconds: 0)
        let first = try LogStore.openAndWait(folder.path, options: options)
        #expect {
            try LogStore.openAndWait(folder.path, options: options)
        } throws: { error in
            guard case .locked(let path, let process)? = error as? LogStoreError else {
                return false
            }
            return path == folder.path && process == getpid()
        }
        try first.close()
        let second = try LogStore.openAndWait(folder.path, options: options)
        try second.close()
        _ = first
    }

    @Test func aStoreThatIsLetGoWithoutCloseIsFreeAgain() throws {
        let folder = TemporaryFolder()
        do {
            let store = try LogStore.openAndWait(folder.path)
            try store.declare(collections: ["c"])
            try store.putAndWait("c", [1], [2])
        }
        let store = try LogStore.openAndWait(
            folder.path, options: LogStore.Options(lockTimeoutMilliseconds: 0))
        #expect(try store.get("c", [1])?.value == [2])
    }

    @Test func aProcessThatIsJustBeingStartedDoesNotKeepTheStoreLocked() throws {
        let folder = TemporaryFolder()
        let options = LogStore.Options(lockTimeoutMilliseconds: 0)
        let first = try LogStore.openAndWait(folder.path, options: options)
        // Such a process has the same open files, as these descriptors have.
        let copies = Self.descriptors(within: folder.path).map { dup($0) }
        defer { for copy in copies { close(copy) } }
        #expect(copies.count >= 2)
        try first.close()
        let second = try LogStore.openAndWait(folder.path, options: options)
        try second.close()
    }

    /// The descriptors of this process that lead to a folder and its files.
    private static func descriptors(within path: String) -> [Int32] {
        (0..<Int32(4_096)).filter { descriptor in
            var target = [CChar](repeating: 0, count: Int(PATH_MAX))
            let count = readlink("/proc/self/fd/\(descriptor)", &target, target.count)
            guard count > 0 else { return false }
            return String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
                .hasPrefix(path)
        }
    }

    @Test func whoWaitsForTheLockGetsItWhenItIsFree() async throws {
        let folder = TemporaryFolder()
        let first = try LogStore.openAndWait(folder.path)
        let path = folder.path
        async let second = Task.detached { try LogStore.openAndWait(path) }.value
        try first.close()
        try await second.close()
    }

    @Test func anotherProcessIsKeptOut() async throws {
        let folder = TemporaryFolder()
        let store = try LogStore.openAndWait(folder.path)
        await #expect(processExitsWith: .exitCode(7)) {
            [path = folder.path as String, owner = getpid() as Int32] in
            do {
                _ = try LogStore.openAndWait(
                    path, options: LogStore.Options(lockTimeoutMilliseconds: 0))
            } catch LogStoreError.locked(_, let process) where process == owner {
                exit(7)
            }
        }
        try store.close()
    }

    @Test(arguments: [LogStore.Sync.always, .never])
    func whatWasAcknowledgedSurvivesAKill(sync: LogStore.Sync) async throws {
        let folder = TemporaryFolder()
        let isSynced = sync == .always
        for round in 0..<3 {
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [path = folder.path as String, isSynced = isSynced as Bool, round = round as Int] in
                try await Self.writeUntilKilled(path, isSynced: isSynced, round: round)
            }
            let log = try #require(try PosixFileSystem().contents(folder.path + "/acknowledged"))
            let store = try LogStore.openAndWait(
                folder.path, options: LogStore.Options(sync: sync, lockTimeoutMilliseconds: 0))
            #expect(store.recoveryReport.damages == [])
            let lines = String(decoding: log, as: UTF8.self).split(separator: "\n")
            #expect(lines.count >= 150 * (round + 1))
            for line in lines where line.hasSuffix(";") {
                #expect(try store.get("c", Array(line.utf8)) != nil, "\(line) in round \(round)")
            }
            try store.close()
        }
    }

    /// Eight tasks write and note each acknowledged key; one of them kills the process.
    private static func writeUntilKilled(_ path: String, isSynced: Bool, round: Int) async throws {
        let store = try LogStore.openAndWait(
            path, options: LogStore.Options(sync: isSynced ? .always : .never))
        try store.declare(collections: ["c"])
        let log = Glibc.open(path + "/acknowledged", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for number in 0..<100_000 {
                        let key = "\(round) \(task) \(number);"
                        guard (try? await store.put("c", Array(key.utf8), [1, 2, 3])) != nil else {
                            return
                        }
                        _ = (key + "\n").withCString { write(log, $0, strlen($0)) }
                        if task == 3, number == 150 { kill(getpid(), SIGKILL) }
                    }
                }
            }
        }
    }

    @Test func aPathThatCannotBeAStoreIsAClearError() throws {
        let folder = TemporaryFolder()
        let file = folder.path + "/file"
        _ = try PosixFileSystem().open(file, creating: true)
        for path in [file, file + "/below", "/proc/nowhere/store", ""] {
            #expect {
                try LogStore.openAndWait(path)
            } throws: { error in
                guard case .io(_, _, let number)? = error as? LogStoreError else { return false }
                return number != 0
            }
        }
    }

    @Test func aFileOfAnotherVersionIsRefusedWithBothVersions() throws {
        let folder = TemporaryFolder()
        try LogStore.openAndWait(folder.path).close()
        let path = folder.path + "/00000001.seg"
        var bytes = try #require(try PosixFileSystem().contents(path))
        for start in [0, SegmentHead.copyOffset] {
            var copy = Array(bytes[start..<start + SegmentHead.copyByteCount])
            copy[8] = 2
            copy.replaceSubrange(16..<24, with: [UInt8](repeating: 0, count: 8))
            var hash: [UInt8] = []
            hash.append(number: ContentHash.hash(copy, seed: 0))
            copy.replaceSubrange(16..<24, with: hash)
            bytes.replaceSubrange(start..<start + copy.count, with: copy)
        }
        try PosixFileSystem().open(path, creating: true).write(bytes, at: 0)
        #expect {
            try LogStore.openAndWait(folder.path)
        } throws: { error in
            guard case .unsupportedFormat(_, let found, let supported)? = error as? LogStoreError
            else { return false }
            return found == 2 && supported == 1
        }
    }

    @Test func theLargestNumbersAreNoTrap() throws {
        let folder = TemporaryFolder()
        let options = LogStore.Options(
            maximumLiveBytes: .max, sync: .every(milliseconds: .max),
            lockTimeoutMilliseconds: .max, clock: { .max }, segmentBytes: .max)
        let store = try LogStore.openAndWait(folder.path, options: options)
        try store.declare(collections: ["c"])
        #expect(throws: LogStoreError.self) {
            try store.putAndWait("c", [1], [1], timeToLiveSeconds: .max)
        }
        try store.putAndWait("c", [1], [1])
        let find = LogStore.Find(limit: .max, maximumBytes: .max, maximumKeys: .max)
        _ = try store.find("c", find)
        #expect(try store.changes(after: 0, limit: .max).changes.count == 1)
        #expect(try store.changes(after: .max, limit: .max).changes.isEmpty)
        #expect(try store.changes(after: .min, limit: .min).changes.isEmpty)
        try store.close()
    }

    @Test func wrongOptionsAreRefused() {
        let folder = TemporaryFolder()
        for options in [
            LogStore.Options(maximumLiveBytes: 0), LogStore.Options(sync: .every(milliseconds: 0)),
        ] {
            #expect(throws: LogStoreError.self) {
                try LogStore.openAndWait(folder.path, options: options)
            }
        }
    }
}
