import SluiceStoreTesting
import Testing

@testable import SluiceLogStore

/// History ends where compaction has removed what came before.
@Suite struct HistoryTests {
    @Test func aVersionThatHasExpiredIsADelete() throws {
        let clock = ManualClock()
        let options = LogStore.Options(
            maximumLiveBytes: 1 << 20, sync: .never, isInline: true, clock: { clock.now },
            keepRevisions: 10)
        let store = LogStore(
            engine: try Engine.open(
                "/db", options: options, environment: Environment(fileSystem: SimulatedDisk())))
        try store.declare(collections: ["c"])
        let key = Array("k".utf8)
        try store.putAndWait("c", key, [1], timeToLiveSeconds: 1)
        try store.putAndWait("c", key, [2], timeToLiveSeconds: 5)
        #expect(try store.history("c", key).map(\.value) == [[2], [1]])
        clock.advance(2000)
        #expect(try store.history("c", key).map(\.value) == [[2], nil])
        clock.advance(2000)
        #expect(try store.history("c", key).map(\.isDelete) == [false, true])
        clock.advance(2000)
        let versions = try store.history("c", key)
        #expect(versions.map(\.revision) == [2, 1])
        #expect(versions.allSatisfy { $0.isDelete && $0.value == nil && $0.expiresAt == nil })
    }

    @Test(arguments: [0, 3])
    func aDeleteThatCompactionRemovedIsNotRead(keepRevisions: Int) throws {
        let disk = SimulatedDisk()
        let clock = ManualClock()
        let options = LogStore.Options(
            maximumLiveBytes: 1 << 20, sync: .never, isInline: true, clock: { clock.now },
            keepRevisions: keepRevisions, segmentBytes: 8192)
        let store = LogStore(
            engine: try Engine.open(
                "/db", options: options, environment: Environment(fileSystem: disk)))
        try store.declare(collections: ["c"])
        let (gone, expired, again) = (Array("a".utf8), Array("b".utf8), Array("z".utf8))
        func writeAll(_ byte: UInt8) throws {
            for number in 0..<60 {
                let value = [UInt8](repeating: byte, count: 300)
                try store.putAndWait("c", Array("key \(number)".utf8), value)
            }
            try store.flush()
        }
        for key in [gone, again, expired] { try store.putAndWait("c", key, [1]) }
        try writeAll(1)
        // Not in the lowest run, so that the entries of what is gone stay in theirs.
        for key in [gone, again] { try store.deleteAndWait("c", key) }
        try store.putAndWait("c", expired, [2], timeToLiveSeconds: 1)
        try writeAll(2)
        clock.advance(2000)
        try store.putAndWait("c", again, [3])
        for _ in 0..<8 {
            // Without the merge that would take the entries away as well.
            _ = try store.engine.maintenance.compactOnce(isForced: true)
            #expect(try store.history("c", gone).allSatisfy(\.isDelete))
            #expect(try store.history("c", expired).allSatisfy { $0.value ?? [2] == [2] })
            #expect(try store.history("c", again).first?.value == [3])
            #expect(try store.get("c", gone) == nil)
            #expect(try LogStore.verify("/db", Environment(fileSystem: disk)).damages == [])
        }
    }
}
