import Glibc
import SluiceStoreTesting
import SluiceSystem
import Testing

@testable import SluiceLogStore

/// What the index, iterators and reads must not do.
///
/// Each test is the class of a fault that other stores have had; the public reports of it are named
/// as `project#number`.
@Suite struct ReadingTests {
    /// redb 4.3: an iterator gave one error and then went on without the damaged part.
    @Test func aSearchNeverLeavesOutInSilenceWhatItCannotRead() throws {
        let disk = SimulatedDisk()
        do {
            let store = try disk.store()
            for number in 0..<9 { try store.set("key \(number)", 0xA0 + UInt8(number)) }
        }
        disk.damage("00000001.seg") { bytes in
            if let place = Self.place(of: 0xA4, count: 100, in: bytes) { bytes[place] = 0 }
        }
        let store = try disk.store()
        for reverse in [false, true] {
            let find = LogStore.Find(reverse: reverse)
            for _ in 0..<2 {
                let page = try store.find("c", find)
                #expect(page.records.count == 8)
                #expect(page.damaged == [Array("key 4".utf8)])
            }
            var seen = 0
            #expect(throws: LogStoreError.self) {
                try store.scan("c", find) { _, _ in
                    seen += 1
                    return true
                }
            }
            #expect(seen <= 4)
            // Page by page the damaged one is named where it lies, every time.
            var page = LogStore.Find(reverse: reverse, limit: 1)
            for _ in 0..<4 { page.after = try store.find("c", page).next }
            for _ in 0..<2 {
                let found = try store.find("c", page)
                #expect(found.damaged == [Array("key 4".utf8)])
                #expect(found.records.count == 1 && found.next != nil)
            }
        }
    }

    /// SQLite 3.7.0 to 3.51.2: a reader saw half of a commit while the log began anew.
    @Test func readersSeeWholeBatchesWhileTheLogRollsAndIsCompacted() async throws {
        let folder = TemporaryFolder()
        let options = LogStore.Options(
            maximumLiveBytes: 1 << 20, sync: .never, memoryBytes: 1 << 20, segmentBytes: 8192)
        let store = try LogStore.openAndWait(folder.path, options: options)
        try store.declare(collections: ["c"])
        func batch(_ round: UInt8) -> LogStore.Write {
            LogStore.Write(
                (0..<8).map { number in
                    .put(
                        collection: "c", key: [UInt8(number)],
                        value: [UInt8](repeating: round, count: 300))
                })
        }
        _ = try store.writeAndWait([batch(0)])[0].get()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for round in 1...250 {
                    _ = try store.writeAndWait([batch(UInt8(round))])[0].get()
                    if round % 50 == 0 { try store.compact() }
                }
            }
            for _ in 0..<2 {
                group.addTask {
                    var last: UInt8 = 0
                    while last < 250 {
                        let records = try store.find("c", LogStore.Find()).records
                        #expect(records.count == 8)
                        let round = records.first?.value.first ?? 0
                        #expect(round >= last)
                        let expected = [UInt8](repeating: round, count: 300)
                        #expect(records.allSatisfy { $0.value == expected })
                        last = round
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// rocksdb 8.6, TigerBeetle: a whole block in the wrong place has a checksum that matches.
    @Test func bytesVerifyOnlyWhereTheyWereWritten() throws {
        let disk = SimulatedDisk()
        do {
            let store = try disk.store()
            for number in 0..<40 { try store.set("key \(number + 10)", UInt8(number)) }
        }
        let name = "00000001.seg"
        let bytes = disk.content(name)
        let one = try #require(Self.place(of: 5, count: 100, in: bytes))
        let two = try #require(Self.place(of: 6, count: 100, in: bytes))
        // Group, record and value of one write in the place of the next.
        let length = two - one
        let misplaced = disk.afterKill
        misplaced.damage(name) { bytes in
            let record = bytes[(one + 100 - length)..<(one + 100)]
            bytes.replaceSubrange((two + 100 - length)..<(two + 100), with: record)
        }
        #expect(throws: LogStoreError.self) { try misplaced.store() }
        let store = LogStore(
            engine: try Engine.open(
                "/db",
                options: LogStore.Options(isInline: true, isReadOnly: true, readsAsFound: true),
                environment: Environment(fileSystem: misplaced)))
        #expect(!store.recoveryReport.damages.isEmpty)
        #expect(try store.byte("key 15") == 5)
        #expect((try? store.byte("key 16")) ?? nil == nil)
        #expect(try store.byte("key 17") == 7)
        // The second segment under the name of the first.
        let swapped = disk.afterKill
        swapped.setContent(name, disk.content("00000002.seg"))
        #expect((try? swapped.store().tells()) ?? true)
    }

    /// redb 4.2, lmdb-go#40, badger#1801, #1682, #1199: a damaged length led to an allocation or a
    /// cycle without end, a file cut short to a signal.
    @Test func absurdLengthsAndFilesCutShortEndInAnError() throws {
        let folder = TemporaryFolder()
        let options = LogStore.Options(sync: .never, segmentBytes: 16 << 10)
        do {
            let store = try LogStore.openAndWait(folder.path, options: options)
            try store.declare(collections: ["c"])
            for number in 0..<120 { try store.set("key \(number % 50)", UInt8(number), count: 700) }
            try store.flush()
            try store.set("last", 0xF1)
            try store.close()
        }
        let files = PosixFileSystem()
        for name in folder.names where name != "LOCK" {
            let path = folder.path + "/" + name
            let bytes = try #require(try files.contents(path))
            var variants = [
                Array(bytes.prefix(bytes.count / 2)), Array(bytes.prefix(4096 + 50)),
                Array(bytes.prefix(5)),
            ]
            // All ones over each field of four bytes where records begin, and all over the rest.
            let step = name.hasSuffix(".seg") ? 132 : 148
            for start in stride(from: 0, to: min(bytes.count - 8, 6000), by: step) {
                var copy = bytes
                copy.replaceSubrange(start..<start + 4, with: [255, 255, 255, 127])
                variants.append(copy)
            }
            for variant in variants {
                let copy = TemporaryFolder()
                for other in folder.names where other != "LOCK" {
                    let content =
                        other == name
                        ? variant : try #require(try files.contents(folder.path + "/" + other))
                    try files.open(copy.path + "/" + other, creating: true).write(content, at: 0)
                }
                guard let store = try? LogStore.openAndWait(copy.path, options: options) else {
                    continue
                }
                for number in 0..<50 {
                    guard let byte = try? store.byte("key \(number)") else { continue }
                    #expect(Int(byte) % 50 == number)
                }
                _ = try? store.all()
            }
        }
    }

    /// Where so many bytes of one kind begin.
    private static func place(of byte: UInt8, count: Int, in bytes: [UInt8]) -> Int? {
        var length = 0
        for (index, other) in bytes.enumerated() {
            length = other == byte ? length + 1 : 0
            if length == count { return index + 1 - count }
        }
        return nil
    }
}
