import Glibc
import SluiceStoreTesting
import SluiceSystem
import Synchronization
import Testing

@testable import SluiceLogStore

/// A flush fails at any of its steps.
@Suite struct FailedFlushTests {
    private func written(sync: LogStore.Sync) throws -> (LogStore, SimulatedDisk) {
        let disk = SimulatedDisk()
        let store = try disk.store(sync: sync)
        for round in UInt8(1)...2 {
            for number in 0..<60 { try store.set("key \(number)", round) }
            if round == 1 { try store.flush() }
        }
        return (store, disk)
    }

    /// Performs a flush for each of its operations, which fails; gives how many there are.
    private func forEachOperation(
        _ fault: SimulatedDisk.Plan.Fault, sync: LogStore.Sync,
        _ check: (LogStore, SimulatedDisk, Int) throws -> Void
    ) throws -> Int {
        var number = 0
        while true {
            let (store, disk) = try written(sync: sync)
            disk.expect(SimulatedDisk.Plan(operation: number, fault: fault))
            let hasFailed = (try? store.flush()) == nil
            guard disk.operations > number else { return number }
            disk.expect(nil)
            if hasFailed { try check(store, disk, number) }
            number += 1
        }
    }

    /// Nobody knows which of two manifests a crash would leave then, and each names other files.
    @Test(arguments: [LogStore.Sync.always, .never])
    func afterAFailureOfTheFolderNothingMoreIsWrittenOrRemoved(sync: LogStore.Sync) throws {
        var refusals = 0
        let count = try forEachOperation(.error(EIO), sync: sync) { store, disk, number in
            guard (try? store.set("later", 3)) == nil else { return }
            refusals += 1
            let before = disk.allContent
            try? store.remove("key 1")
            try? store.flush()
            try? store.compact()
            try? store.close()
            let after = disk.allContent
            #expect(after.keys.sorted() == before.keys.sorted(), "operation \(number)")
            let changed = before.filter { after[$0.key] != $0.value }.keys.sorted()
            #expect(changed == [], "operation \(number)")
            let left = try disk.afterPowerLoss.store()
            #expect(left.recoveryReport.damages == [], "operation \(number)")
            if sync == .always { #expect(try left.all().count == 60) }
        }
        #expect(count > 8 && refusals >= 2)
    }

    @Test func noRunStaysThatNoManifestNames() throws {
        let (store, disk) = try written(sync: .always)
        disk.setContent(Reserve.fileName, nil)
        let runs = disk.fileNames.filter { $0.contains(".run") }
        let used = disk.usedBytes
        var failuresAtManifest = 0
        for room in stride(from: 11 << 10, to: 32 << 10, by: 64) {
            disk.setCapacity(used + room)
            do throws(LogStoreError) {
                try store.flush()
                break
            } catch {
                guard case .io(_, let path, _) = error else { throw error }
                if path.hasSuffix(Manifest.temporaryName) { failuresAtManifest += 1 }
            }
            #expect(disk.fileNames.filter { $0.contains(".run") } == runs, "\(room) bytes")
        }
        #expect(failuresAtManifest > 0)
        #expect(disk.fileNames.filter { $0.contains(".run") }.count == runs.count + 1)
        #expect(try store.all().count == 60)
    }

    /// A file whose first sync fails after another one has begun, which succeeds, or while the
    /// thread that wants it waits for its turn.
    private final class FailingOnce: File {
        private let calls = Atomic(0)
        private let hasBegun = Monitor(false)
        /// A file in which the system tells the state of the second thread, once that goes on to its
        /// sync.
        private let second = Monitor<Int32?>(nil)

        deinit {
            if let state = second.withLock({ $0 }) { close(state) }
        }

        /// Lets the second thread go on once the first one is in its sync.
        func passGate() {
            hasBegun.wait(until: { $0 }) { _ in }
            let state = open("/proc/thread-self/stat", O_RDONLY)
            second.change { $0 = state }
        }

        /// Whether the thread with this state waits, or has ended.
        private func isWaiting(_ state: Int32) -> Bool {
            var bytes = [UInt8](repeating: 0, count: 256)
            let count = pread(state, &bytes, bytes.count, 0)
            guard count > 0 else { return true }
            let text = String(decoding: bytes[..<count], as: UTF8.self)
            return text.split(separator: ")").last?.hasPrefix(" S") == true
        }

        func size() throws(FileError) -> Int { 0 }

        func read(
            into buffer: UnsafeMutableRawBufferPointer, at offset: Int
        ) throws(FileError) -> Int { 0 }

        func write(_ buffer: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {}

        func truncate(to size: Int) throws(FileError) {}

        func sync() throws(FileError) {
            guard calls.wrappingAdd(1, ordering: .relaxed).oldValue == 0 else { return }
            hasBegun.change { $0 = true }
            let state = second.wait(until: { $0 != nil }) { $0 } ?? -1
            // Where syncs take turns no other begins.
            while calls.load(ordering: .relaxed) < 2, !isWaiting(state) { sched_yield() }
            throw FileError(operation: "fdatasync", path: "", errno: EIO)
        }
    }

    @Test func aSyncBesideOneThatFailsPromisesNothing() throws {
        let file = FailingOnce()
        let segment = Segment(
            head: SegmentHead(
                store: StoreIdentity(bytes: [UInt8](repeating: 1, count: 16)), id: 1, kind: .log,
                bornSequence: 1),
            file: file)
        let durability = Durability(fileSystem: Disk(SimulatedDisk()), directory: "/db")
        let start = LogPosition(segment: 1, offset: 4096)
        let end = LogPosition(segment: 1, offset: 5000)
        durability.resumed([segment], end: end, synced: start)
        let failures = Atomic(0)
        let ended = Monitor(0)
        @Sendable func sync() {
            if (try? durability.sync()) == nil { failures.wrappingAdd(1, ordering: .relaxed) }
            ended.change { $0 += 1 }
        }
        let first = try #require(SystemThread { sync() })
        let second = try #require(
            SystemThread {
                file.passGate()
                sync()
            })
        ended.wait(until: { $0 == 2 }) { _ in }
        withExtendedLifetime((first, second)) {}
        #expect(failures.load(ordering: .relaxed) == 2)
        #expect(durability.synced == start)
    }
}
