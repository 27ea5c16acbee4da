import SluiceStoreTesting
import Testing

@testable import SluiceLogStore

/// Losses that the store can make good, can name, or cannot know of.
@Suite struct LossLimitTests {
    typealias Written = LossTests.Written

    @Test(arguments: [1 << 20, 16 << 10])
    func aMissingRunIsMadeAnewAndNothingIsLost(segmentBytes: Int) throws {
        let written = try Written(segmentBytes: segmentBytes, flushes: [2, 3])
        let runs = written.disk.fileNames.filter { $0.hasSuffix(".run") }
        #expect(!runs.isEmpty)
        for name in runs {
            for content in [nil, [], [UInt8](repeating: 1, count: 9000)] as [[UInt8]?] {
                let disk = written.disk.afterKill
                disk.setContent(name, content)
                try checkWhole(written, try disk.reader())
                let owner = try disk.store(segmentBytes: segmentBytes)
                try checkWhole(written, owner)
                try owner.set("another", 9)
                try owner.close()
                let again = try disk.store(segmentBytes: segmentBytes)
                #expect(again.recoveryReport.damages.isEmpty)
                try checkWhole(written, again, later: 1)
                #expect(try again.byte("another") == 9)
            }
        }
    }

    private func checkWhole(_ written: Written, _ store: LogStore, later: Int = 0) throws {
        #expect(store.revision == Int64(written.newest.count * 4 + later))
        for (key, round) in written.newest {
            #expect(store.reading(key) == .value(Written.value(round)))
        }
    }

    /// The documented limit: manifest and a segment lost together may go unnoticed, but nothing
    /// is made up and no revision that is still to be seen is given again.
    @Test(arguments: [Set<UInt8>(), [4]])
    func withoutTheManifestALostSegmentInventsNothing(flushes: Set<UInt8>) throws {
        let written = try Written(
            keys: 200, segmentBytes: 16 << 10, flushes: flushes)
        for name in written.disk.segmentNames {
            let count = written.disk.content(name).count
            let contents: [[UInt8]?] = [
                nil, [], Array(written.disk.content(name)[..<(count / 2)]),
            ]
            for content in contents {
                let disk = written.disk.afterKill
                disk.setContent(Manifest.fileName, nil)
                disk.setContent(name, content)
                guard let store = try opened(disk) else { continue }
                try written.checkNothingIsInvented(store, "\(name) and the manifest")
                let seen = try newestRevision(store)
                #expect(store.revision >= seen)
                if store.collections.isEmpty { try store.declare(collections: ["c"]) }
                try store.set("later", 7)
                #expect(try #require(try store.get("c", Array("later".utf8))).revision > seen)
            }
        }
    }

    /// The store, or nil where it says that it is damaged.
    private func opened(_ disk: SimulatedDisk) throws -> LogStore? {
        do {
            return try disk.store(segmentBytes: 16 << 10)
        } catch LogStoreError.corrupt {
            return nil
        }
    }

    private func newestRevision(_ store: LogStore) throws -> Int64 {
        guard store.collections.contains("c") else { return 0 }
        return try store.find("c", LogStore.Find()).records.map(\.revision).max() ?? 0
    }

    /// A repaired store goes on behind every revision that the manifest knows of.
    @Test func aRepairedStoreGivesNoRevisionAgain() throws {
        let written = try Written(keys: 200, rounds: 1, segmentBytes: 16 << 10, flushes: [1])
        for name in written.disk.segmentNames {
            let disk = written.disk.afterKill
            disk.setContent(name, Array(disk.content(name)[..<4500]))
            let target = SimulatedDisk()
            _ = try LogStore.repair(
                "/db", to: "/other", TwoDisks(store: disk, other: target).environment)
            let store = try target.store(segmentBytes: 16 << 10)
            #expect(store.revision >= 200, "\(name) cut")
            try store.set("later", 7)
            #expect(try #require(try store.get("c", Array("later".utf8))).revision > 200)
            try written.checkNothingIsInvented(store, "\(name) cut and repaired")
        }
    }

    /// The store opens, one key is an error, every other one is exact and a search names it.
    @Test(arguments: [Set<UInt8>(), [2]], [true, false])
    func aDamagedValueOfAKnownKeyIsThatKeysErrorAlone(
        flushes: Set<UInt8>, isClosed: Bool
    ) throws {
        let written = try Written(
            keys: 60, rounds: 2, segmentBytes: 1 << 20, flushes: flushes, isClosed: isClosed)
        // The last group after a kill may be a torn write.
        for number in stride(from: 0, to: 59, by: 7) {
            let key = "key \(number)"
            let place = try #require(written.places[key])
            let disk = written.disk.afterKill
            disk.damage(SegmentHead.fileName(place.segment)) {
                $0[place.range.upperBound - 3] ^= 0x10
            }
            try checkOneIsLost(written, key, try disk.reader())
            let owner = try disk.store(segmentBytes: 1 << 20)
            try checkOneIsLost(written, key, owner)
            try? owner.compact()
            try checkOneIsLost(written, key, owner)
            try owner.close()
            let again = try disk.store(segmentBytes: 1 << 20)
            try checkOneIsLost(written, key, again)
            // A new value mends the key.
            try again.set(key, 9)
            #expect(try again.byte(key) == 9)
        }
    }

    private func checkOneIsLost(_ written: Written, _ lost: String, _ store: LogStore) throws {
        for (key, round) in written.newest {
            #expect(store.reading(key) == (key == lost ? .corrupt : .value(Written.value(round))))
        }
        let page = try store.find("c", LogStore.Find())
        #expect(page.damaged == [Array(lost.utf8)])
        #expect(page.records.count == written.newest.count - 1)
    }
}
