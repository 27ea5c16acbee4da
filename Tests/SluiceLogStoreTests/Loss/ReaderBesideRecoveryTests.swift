import Glibc
import SluiceStoreTesting
import SluiceSystem
import Testing

@testable import SluiceLogStore

/// An owner that opens a store after a kill moves the end of the log to a new segment.
///
/// Whoever reads meanwhile, at whatever step, sees every write that was acknowledged before.
@Suite struct ReaderBesideRecoveryTests {
    /// What happens while a reader goes through its steps.
    enum Act: CaseIterable {
        /// The owner opens, and stays.
        case opens
        /// The owner opens, writes and closes.
        case opensAndCloses
        /// The owner opens and is killed; another one opens.
        case opensTwice
        /// The owner opens and compacts.
        case compacts
    }

    private static let count = 12

    /// A store whose process was killed: the last writes lie behind the last promise.
    private static func killed(flushes: Bool, segmentBytes: Int = 8192) throws -> SimulatedDisk {
        let disk = SimulatedDisk()
        let store = try disk.store(segmentBytes: segmentBytes)
        for number in 0..<count { try store.set("key \(number)", 1) }
        if flushes { try store.flush() }
        for number in 0..<count { try store.set("key \(number)", 2) }
        try store.set("last", 3)
        return disk.afterKill
    }

    private static func perform(_ act: Act, on disk: SimulatedDisk) throws -> LogStore? {
        let owner = try disk.store()
        switch act {
        case .opens:
            return owner
        case .opensAndCloses:
            try owner.set("later", 4)
            try owner.close()
            return nil
        case .opensTwice:
            try owner.set("later", 4)
            // Nothing that it does for closing gets to the disk.
            disk.expect(SimulatedDisk.Plan(operation: 0, fault: .error(EIO), isPermanent: true))
            try? owner.close()
            disk.expect(nil)
            return try disk.store()
        case .compacts:
            try owner.set("later", 4)
            try owner.compact()
            return owner
        }
    }

    private func check(_ store: LogStore, _ comment: Comment) throws {
        #expect(store.recoveryReport.damages == [], comment)
        #expect(store.revision >= Int64(2 * Self.count + 1), comment)
        try check(store, "last", 3, comment)
        for number in [0, Self.count - 1] { try check(store, "key \(number)", 2, comment) }
    }

    /// An owner may cut the end of the log off behind a reader that is open already: then what lay
    /// there is an error, and never absent or another value.
    private func check(
        _ store: LogStore, _ key: String, _ byte: UInt8, _ comment: Comment
    ) throws {
        do {
            #expect(try store.byte(key) == byte, comment)
        } catch LogStoreError.corrupt(_, _, let message, _, _) {
            #expect(message == "the file ends inside the record", comment)
        }
    }

    /// Runs `look` with a file system that lets `act` happen before step `number` of it; gives
    /// whether it did.
    private func at(
        _ number: Int, _ files: some FileSystem, _ act: @escaping @Sendable () throws -> LogStore?,
        _ look: (any FileSystem) throws -> Void
    ) throws -> Bool {
        let steps = Monitor(0)
        let owner = Monitor<LogStore?>(nil)
        let stepping = SteppingFiles(base: files) {
            let step = steps.withLock { steps in
                steps += 1
                return steps - 1
            }
            guard step == number else { return }
            do {
                let store = try act()
                owner.withLock { $0 = store }
            } catch {
                Issue.record("the owner failed with \(error)")
            }
        }
        try look(stepping)
        owner.withLock { $0 = nil }
        return steps.withLock { $0 } > number
    }

    private static let readOnly = LogStore.Options(
        isInline: true, clock: { ManualClock().now }, isReadOnly: true)

    private func openAndCheck(_ files: any FileSystem, _ comment: Comment) throws {
        let store = LogStore(
            engine: try Engine.open(
                "/db", options: Self.readOnly, environment: Environment(fileSystem: files)))
        try check(store, comment)
    }

    @Test(arguments: Act.allCases, [true, false])
    func aReaderSeesTheLastWriteWhateverAnOwnerDoesBetweenItsSteps(
        act: Act, flushes: Bool
    ) throws {
        let disk = try Self.killed(flushes: flushes)
        var number = 0
        var isMet = true
        while isMet {
            let copy = disk.afterKill
            isMet = try at(number, copy, { try Self.perform(act, on: copy) }) {
                try openAndCheck($0, "before step \(number)")
            }
            number += 1
        }
        #expect(number > 10)
    }

    /// The owner dies at each of its operations, between two steps of the reader.
    @Test(arguments: [true, false])
    func aReaderSeesTheLastWriteWhereTheOwnerDiesBetweenItsSteps(flushes: Bool) throws {
        let disk = try Self.killed(flushes: flushes)
        for operation in 0..<25 {
            var isMet = true
            // Every third step, another one for each operation.
            for number in stride(from: operation % 3, to: 90, by: 3) where isMet {
                let copy = disk.afterKill
                copy.expect(SimulatedDisk.Plan(operation: operation, fault: .crash))
                isMet = try at(
                    number, copy,
                    {
                        _ = try? copy.store()
                        return nil
                    }
                ) {
                    try openAndCheck($0, "before step \(number), dies at \(operation)")
                }
            }
        }
    }

    /// The reader does all of its steps between two operations of the owner.
    @Test(arguments: Act.allCases, [true, false])
    func aReaderBetweenTwoOperationsOfAnOwnerSeesTheLastWrite(act: Act, flushes: Bool) throws {
        let disk = try Self.killed(flushes: flushes)
        let looks = Monitor(0)
        disk.observe {
            looks.change { $0 += 1 }
            do {
                try openAndCheck(disk, "inside \(act)")
            } catch {
                Issue.record("reading failed with \(error) inside \(act)")
            }
        }
        let owner = try Self.perform(act, on: disk)
        disk.observe(nil)
        #expect(looks.withLock { $0 } > 5)
        try owner?.close()
    }

    @Test(arguments: Act.allCases, [true, false])
    func aBackupHasTheLastWriteWhateverAnOwnerDoesBetweenItsSteps(
        act: Act, flushes: Bool
    ) throws {
        let disk = try Self.killed(flushes: flushes)
        var number = 0
        var isMet = true
        while isMet {
            let (copy, target) = (disk.afterKill, SimulatedDisk())
            isMet = try at(
                number, TwoDisks(store: copy, other: target),
                { try Self.perform(act, on: copy) }
            ) {
                let report = try LogStore.backup(
                    "/db", to: "/other", Environment(fileSystem: $0))
                #expect(report.revision >= Int64(2 * Self.count + 1))
            }
            let restored = SimulatedDisk()
            _ = try LogStore.restore(
                "/other", to: "/db", TwoDisks(store: restored, other: target).environment)
            try check(try restored.store(), "backup, before step \(number)")
            number += 1
        }
        #expect(number > 15)
    }
}
