import SluiceStoreTesting
import SluiceSystem
import Testing

@testable import SluiceLogStore

@Suite struct FormatTests {
    // MARK: Hash

    /// The vectors of `Format.md`: the hash of the bytes 0, 1, 2, … of a length, under a seed.
    static let vectors: [(count: Int, seed: UInt64, hash: UInt64)] = [
        (0, 0, 0xE9B6_EA21_832F_9EEE),
        (1, 0, 0xD031_5536_5B9A_6EB8),
        (7, 1, 0x7544_763E_97A0_AA20),
        (8, 0, 0x950E_08C4_9592_8EAA),
        (16, 0, 0x97ED_1CD5_6281_511F),
        (95, 2, 0x6230_44C1_E923_EE13),
        (96, 0, 0x2006_4728_B240_C2A3),
        (200, 0x0123_4567_89AB_CDEF, 0xE1CB_41FC_64E5_66DA),
        (1000, 1, 0xCFD8_BCC8_417C_BDE8),
    ]

    @Test(arguments: vectors)
    func theHashIsTheOneOfTheFormat(count: Int, seed: UInt64, hash: UInt64) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        #expect(
            ContentHash.hash(bytes, seed: seed) == hash, "\(ContentHash.hash(bytes, seed: seed))")
    }

    @Test func theSeedOfAPlaceIsTheOneOfTheFormat() {
        let identity = StoreIdentity(bytes: Array(1...16))
        #expect(identity.seed(segment: 1, offset: 4096) == 0xD404_3ADB_0088_E17B)
    }

    @Test func theHashOfPiecesIsTheHashOfTheWhole() {
        let bytes = (0..<2000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        for pieces in [1, 2, 5, 20] {
            var stream = ContentHash.Stream(seed: 9, byteCount: bytes.count)
            let hash = bytes.withUnsafeBytes { bytes in
                let cut = pieces * ContentHash.blockBytes
                stream.update(UnsafeRawBufferPointer(rebasing: bytes[..<cut]))
                return stream.finish(UnsafeRawBufferPointer(rebasing: bytes[cut...]))
            }
            #expect(hash == ContentHash.hash(bytes, seed: 9))
        }
    }

    @Test func everyBitOfTheInputAndTheSeedCounts() {
        for count in [1, 7, 8, 15, 16, 17, 48, 95, 96, 97, 150, 200] {
            let bytes = [UInt8](repeating: 0, count: count)
            var seen: Set<UInt64> = [ContentHash.hash(bytes, seed: 0)]
            for bit in 0..<count * 8 {
                var other = bytes
                other[bit / 8] ^= 1 << UInt8(bit % 8)
                seen.insert(ContentHash.hash(other, seed: 0))
            }
            for bit in 0..<64 { seen.insert(ContentHash.hash(bytes, seed: 1 << UInt64(bit))) }
            #expect(seen.count == 1 + count * 8 + 64)
        }
    }

    @Test func aPlaceHasASeedOfItsOwn() {
        let one = StoreIdentity(bytes: Array(1...16))
        let two = StoreIdentity(bytes: Array(2...17))
        var seeds: Set<UInt64> = []
        for segment in 1...UInt32(20) {
            for offset in 0..<100 {
                seeds.insert(one.seed(segment: segment, offset: offset))
                seeds.insert(two.seed(segment: segment, offset: offset))
            }
        }
        #expect(seeds.count == 4000)
    }

    // MARK: The kept store

    /// What the kept store holds.
    private func check(_ store: LogStore) throws {
        #expect(store.recoveryReport.damages == [])
        #expect(store.recoveryReport.wasClosedCleanly)
        #expect(store.collections == ["notes", "turns"])
        #expect(store.revision == 47)
        #expect(try store.cursor("reader") == 12)
        let turns = try store.find("turns", LogStore.Find())
        #expect(turns.records.count == 20)
        for (index, record) in turns.records.enumerated() {
            #expect(record.key == Fixture.key(index))
            #expect(record.value == Fixture.value(index, round: 1))
        }
        let note = try #require(try store.get("notes", Array("kept".utf8)))
        #expect(note.value == Array("a note".utf8))
        #expect(note.expiresAt == 4_600_000)
        #expect(try store.get("notes", Array("removed".utf8)) == nil)
        #expect(try store.changes(after: 46, limit: 5).changes.map(\.isDelete) == [true])
    }

    @Test func aStoreKeptFromFormatVersion1OpensForEver() throws {
        let disk = SimulatedDisk()
        for file in Fixture.version1 { disk.setContent(file.name, file.bytes) }
        try check(Fixture.open(disk))
    }

    @Test func theBytesWrittenTodayAreThoseOfTheKeptStore() throws {
        let disk = SimulatedDisk()
        try Fixture.write(to: disk)
        #expect(disk.fileNames == Fixture.version1.map(\.name))
        for file in Fixture.version1 where file.name != Manifest.fileName {
            #expect(disk.content(file.name) == file.bytes, "\(file.name) has changed")
        }
        try check(Fixture.open(disk))
    }

    /// Manifests have the names of collections since, and what else they have is as it was.
    @Test func aManifestOfTodaySaysWhatTheKeptOneDoesAndTheNames() throws {
        let disk = SimulatedDisk()
        try Fixture.write(to: disk)
        let kept = try #require(Fixture.version1.first { $0.name == Manifest.fileName })
        guard case .manifest(let old) = Manifest.decode(kept.bytes),
            case .manifest(var new) = Manifest.decode(disk.content(Manifest.fileName))
        else {
            Issue.record("a manifest does not verify")
            return
        }
        #expect(old.names.isEmpty)
        #expect(Set(new.names.values) == [Name("notes"), Name("turns")])
        new.names = [:]
        new.largestID = 0
        new.endSequence = 0
        #expect(new == old)
    }
}
