import SluiceStoreTesting
import Testing

@testable import SluiceLogStore

/// A finished store is damaged in every way, one at a time.
///
/// Opening never crashes, and every read gives what was written, or an error, or the report names
/// the damage.
@Suite struct DamageTests {
    /// A store with several segments, compacted ones among them, closed or cut off.
    struct Finished {
        var disk: SimulatedDisk
        var run: SimulatedStore
        var model: Model
        var isClosed: Bool

        init(seed: UInt64, isClosed: Bool) throws {
            self.isClosed = isClosed
            run = SimulatedStore()
            disk = SimulatedDisk()
            let store = try run.open(disk)
            try store.declare(collections: [Workload.collection])
            for step in Workload(seed: seed, count: 60).steps {
                if case .write(let writes) = step { try run.write(writes, to: store) }
                if case .compact = step { try store.compact() }
            }
            if isClosed {
                try store.close()
            } else {
                // A crash that lost nothing.
                disk = disk.survivor(.all, seed: 0)
            }
            model = run.history[run.history.count - 1]
        }

        /// Opens a copy in which one file has other bytes, and checks it.
        func check(_ name: String, _ bytes: [UInt8]?, _ comment: Comment) throws -> Outcome {
            let copy = disk.survivor(.all, seed: 0)
            copy.setContent(name, bytes)
            let store: LogStore
            do throws(LogStoreError) {
                store = try run.open(copy)
            } catch {
                guard case .corrupt = error else {
                    if case .unsupportedFormat = error { return .refused }
                    Issue.record("unexpected \(error), \(comment)")
                    return .refused
                }
                return .refused
            }
            let isNamed = !store.recoveryReport.damages.isEmpty
            guard store.collections.contains(Workload.collection) else {
                #expect(isNamed, comment)
                return .named
            }
            // After a crash, damage that reaches the end of the log looks like a torn write: the
            // limit that `Recovery.md` states. What remains is an earlier state, and cut is told.
            if !isClosed, !isNamed, store.recoveryReport.bytesCut > 0 {
                #expect(try run.match(store, run.history) != nil, comment)
                return .cut
            }
            let live = model.live(at: run.clock.now)
            var isTold = false
            for (key, document) in live {
                do throws(LogStoreError) {
                    let found = try store.get(Workload.collection, key)
                    #expect(found?.value == document.value || isNamed, comment)
                } catch {
                    #expect(error.code == "corrupt", comment)
                    isTold = true
                }
            }
            // A search gives what the model holds and names what is damaged, or fails, or the
            // report says why it differs.
            do throws(LogStoreError) {
                let page = try store.find(Workload.collection, LogStore.Find())
                let count = page.records.count + page.damaged.count
                #expect(count == live.count || isNamed, comment)
                #expect(isTold == !page.damaged.isEmpty || isNamed, comment)
            } catch {
                #expect(error.code == "corrupt", comment)
                isTold = true
            }
            return isNamed || isTold ? .named : .unnoticed
        }
    }

    enum Outcome {
        case refused, named, cut, unnoticed
    }

    @Test(arguments: [true, false])
    func everyFlippedBitIsNoticedWhereItMatters(isClosed: Bool) throws {
        let finished = try Finished(seed: 21, isClosed: isClosed)
        for name in finished.disk.fileNames {
            let bytes = finished.disk.content(name)
            for index in stride(
                from: 0, to: bytes.count, by: Thoroughness.pick(7, ordinarily: 37))
            {
                var damaged = bytes
                damaged[index] ^= 1 << UInt8(index % 8)
                _ = try finished.check(name, damaged, "\(name), byte \(index)")
            }
        }
    }

    @Test func everyLostEndIsNoticedAfterACleanClose() throws {
        let finished = try Finished(seed: 22, isClosed: true)
        for name in finished.disk.fileNames where name.hasSuffix(".seg") {
            let bytes = finished.disk.content(name)
            for count in stride(from: 0, to: bytes.count, by: 61) {
                let outcome = try finished.check(
                    name, Array(bytes[..<count]), "\(name) cut to \(count) of \(bytes.count)")
                // Only a seal may go unnoticed: the manifest and the next head tell the same.
                let seal = SealRecord.byteCount + 4 * finished.disk.fileNames.count
                #expect(outcome != .unnoticed || bytes.count - count <= seal)
            }
        }
    }

    @Test(arguments: [true, false])
    func zeroedBlocksAreNoticed(isClosed: Bool) throws {
        let finished = try Finished(seed: 23, isClosed: isClosed)
        for name in finished.disk.fileNames {
            let bytes = finished.disk.content(name)
            for start in stride(from: 0, to: bytes.count, by: 512) {
                var damaged = bytes
                for index in start..<min(start + 512, bytes.count) { damaged[index] = 0 }
                _ = try finished.check(name, damaged, "\(name), block \(start / 512)")
            }
        }
    }

    @Test func missingSegmentsAreNamedAfterACleanClose() throws {
        let finished = try Finished(seed: 24, isClosed: true)
        for name in finished.disk.fileNames where name.hasSuffix(".seg") {
            #expect(try finished.check(name, nil, "\(name) removed") != .unnoticed)
        }
    }

    @Test func aMissingOrDamagedManifestCostsNothing() throws {
        let finished = try Finished(seed: 25, isClosed: true)
        #expect(finished.disk.fileNames.contains(Manifest.fileName))
        for bytes in [nil, [], [1, 2, 3], [UInt8](repeating: 255, count: 5000)] as [[UInt8]?] {
            let copy = finished.disk.survivor(.all, seed: 0)
            copy.setContent(Manifest.fileName, bytes)
            let store = try finished.run.open(copy)
            #expect(try finished.run.match(store, [finished.model]) == 0)
        }
    }

    @Test func blocksInAnotherPlaceNeverVerify() throws {
        let finished = try Finished(seed: 26, isClosed: true)
        let segments = finished.disk.fileNames.filter { $0.hasSuffix(".seg") }
        for name in segments {
            let bytes = finished.disk.content(name)
            for start in stride(from: SegmentHead.byteCount, to: bytes.count - 1024, by: 512) {
                var damaged = bytes
                damaged.replaceSubrange(
                    start..<start + 512, with: bytes[start + 512..<start + 1024])
                _ = try finished.check(name, damaged, "\(name), block at \(start) misplaced")
            }
            for other in segments where other != name {
                let outcome = try finished.check(
                    name, finished.disk.content(other), "\(name) has the content of \(other)")
                #expect(outcome != .unnoticed)
            }
        }
    }

    @Test func aValueThatDoesNotVerifyIsAnErrorThatNamesItsPlace() throws {
        var run = SimulatedStore()
        let disk = SimulatedDisk()
        do {
            let store = try run.open(disk)
            try store.declare(collections: [Workload.collection])
            for key in ["a", "b", "c"] {
                try run.write(
                    [
                        LogStore.Write([
                            .put(
                                collection: Workload.collection, key: Array(key.utf8),
                                value: [UInt8](repeating: 7, count: 100))
                        ])
                    ], to: store)
            }
        }
        var bytes = disk.content("00000001.seg")
        let place = try #require(bytes.lastIndex { $0 == 7 })
        bytes[place] = 8
        disk.setContent("00000001.seg", bytes)
        let store = try run.open(disk)
        let damage = try #require(store.recoveryReport.damages.first)
        #expect(damage.file == "00000001.seg")
        #expect(damage.key == Array("c".utf8))
        #expect(damage.offset < place && damage.offset > place - 200)
        #expect(throws: LogStoreError.self) { try store.get(Workload.collection, Array("c".utf8)) }
        let page = try store.find(Workload.collection, LogStore.Find())
        #expect(page.records.map(\.key) == [Array("a".utf8), Array("b".utf8)])
        #expect(page.damaged == [Array("c".utf8)])
        #expect(try store.get(Workload.collection, Array("b".utf8)) != nil)
        // Compaction does not carry the damage off, and the store goes on.
        try run.write(
            [LogStore.Write([.delete(collection: Workload.collection, key: Array("a".utf8))])],
            to: store)
        try? store.compact()
        #expect(try store.get(Workload.collection, Array("b".utf8)) != nil)
        #expect(throws: LogStoreError.self) { try store.get(Workload.collection, Array("c".utf8)) }
    }
}
