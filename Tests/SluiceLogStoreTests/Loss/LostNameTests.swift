import SluiceStoreTesting
import SluiceSystem
import Testing

@testable import SluiceLogStore

/// The record that names a collection is damaged in every byte: either the name is known from
/// elsewhere, or it is `corrupt`, and never a store without that collection.
@Suite struct LostNameTests {
    struct Kind: CustomTestStringConvertible {
        var isFlushed = false
        var isCompacted = false
        var isClosed = true
        var hasManifest = true

        var testDescription: String {
            (isFlushed ? "flushed " : "") + (isCompacted ? "compacted " : "")
                + (isClosed ? "closed " : "killed ") + (hasManifest ? "" : "no manifest")
        }
    }

    static let kinds: [Kind] = [true, false].flatMap { isClosed in
        [true, false].flatMap { hasManifest in
            [
                Kind(isClosed: isClosed, hasManifest: hasManifest),
                Kind(isFlushed: true, isClosed: isClosed, hasManifest: hasManifest),
                Kind(
                    isFlushed: true, isCompacted: true, isClosed: isClosed,
                    hasManifest: hasManifest),
            ]
        }
    }

    private static let names = ["c", "another"]
    private static let keyCount = 8

    private func make(_ kind: Kind) throws -> SimulatedDisk {
        let disk = SimulatedDisk()
        let store = try disk.store()
        try store.declare(collections: ["another"])
        for round in UInt8(1)...(kind.isCompacted ? 5 : 1) {
            for number in 0..<Self.keyCount {
                for name in Self.names {
                    try store.putAndWait(name, Array("k\(number)".utf8), [round, 7, 7])
                }
            }
        }
        if kind.isFlushed { try store.flush() }
        if kind.isCompacted {
            try store.compact()
            // What follows convicts the end of the log before it.
            for _ in 0..<2 {
                for name in Self.names {
                    try store.putAndWait(name, Array("k0".utf8), [5, 7, 7])
                }
            }
        }
        if kind.isClosed { try store.close() }
        let copy = disk.afterKill
        if !kind.hasManifest { copy.setContent(Manifest.fileName, nil) }
        return copy
    }

    /// Where the records of the catalog lie that count.
    private func places(_ disk: SimulatedDisk) throws -> [(String, Range<Int>)] {
        let store = try disk.afterKill.reader()
        return try store.engine.shared.read { state in
            var walk = try LayerCursor(
                state.layers, SystemCollection.catalog, from: .unbounded, reverse: false,
                revision: .max, lock: nil)
            var places: [(String, Range<Int>)] = []
            while let (_, entry) = try walk.next() {
                let start = Int(entry.offset)
                places.append(
                    (SegmentHead.fileName(entry.segment), start..<start + Int(entry.length)))
            }
            return places
        }
    }

    @Test(arguments: kinds)
    func aCollectionIsNeverGoneInSilence(kind: Kind) throws {
        let disk = try make(kind)
        let last: UInt8 = kind.isCompacted ? 5 : 1
        let places = try places(disk)
        #expect(places.count == 2)
        for (name, range) in places {
            for index in range where Thoroughness.isFull || index % 8 < 4 {
                let bits: UInt8 = index % 2 == 0 ? 0x01 : 0xFF
                let copy = disk.afterKill
                copy.damage(name) { $0[index] ^= bits }
                let comment: Comment = "\(name), byte \(index - range.lowerBound), \(bits)"
                try check(copy, last: last, isThorough: index % 4 < 2, comment)
            }
        }
    }

    private func check(
        _ disk: SimulatedDisk, last: UInt8, isThorough: Bool, _ comment: Comment
    ) throws {
        for readsAsFound in [false, true] {
            do {
                let reader = try disk.reader(readsAsFound: readsAsFound)
                check(reader, last: last, isStrict: !readsAsFound, comment)
            } catch LogStoreError.corrupt {
            }
        }
        let owner: LogStore
        do {
            owner = try disk.store()
        } catch LogStoreError.corrupt {
            return
        }
        check(owner, last: last, isStrict: true, comment)
        try owner.declare(collections: Self.names)
        check(owner, last: last, isStrict: true, comment)
        #expect(owner.engine.shared.read { $0.names.count } == 2, comment)
        for name in Self.names {
            let before = owner.reading("k1", in: name)
            try owner.putAndWait(name, Array("new".utf8), Array(name.utf8))
            #expect(owner.reading("new", in: name) == .value(Array(name.utf8)), comment)
            #expect(owner.reading("k1", in: name) == before, comment)
        }
        guard isThorough else { return }
        // Whoever comes after a kill, or after a close, finds both.
        for isClosed in [false, true] {
            if isClosed { try owner.close() }
            let again = try disk.afterKill.store()
            #expect(again.collections == Self.names.sorted(), comment)
            check(again, last: last, isStrict: true, comment)
            for name in Self.names {
                #expect(again.reading("new", in: name) == .value(Array(name.utf8)), comment)
            }
        }
    }

    /// Each key has its value or is `corrupt`; with `isStrict` none is absent.
    private func check(
        _ store: LogStore, last: UInt8, isStrict: Bool, _ comment: Comment
    ) {
        if isStrict { #expect(store.collections == Self.names.sorted(), comment) }
        for name in Self.names {
            for number in [0, 1, Self.keyCount - 1] {
                let reading = store.reading("k\(number)", in: name)
                #expect(
                    reading == .value([last, 7, 7]) || reading == .corrupt, "\(name) \(comment)")
            }
            do throws(LogStoreError) {
                let page = try store.find(name, LogStore.Find(end: Array("l".utf8)))
                #expect(page.records.count + page.damaged.count == Self.keyCount, comment)
            } catch {
                #expect(error.code == "corrupt", comment)
            }
        }
    }

    /// What is left is an empty segment, which says that revisions were given before it.
    @Test func aStoreWithRevisionsAndWithoutAnyNameHasLostThem() throws {
        let disk = SimulatedDisk()
        let store = try disk.store()
        while disk.segmentNames.count == 1 { try store.set("key \(store.revision)") }
        try store.close()
        disk.setContent(Manifest.fileName, nil)
        disk.setContent(disk.segmentNames[0], nil)
        disk.damage(disk.segmentNames[0]) { $0.removeSubrange(SegmentHead.byteCount...) }
        #expect(try disk.fileThatKeepsOwnersOut() == Manifest.fileName)
        #expect(throws: LogStoreError.self) { try disk.reader() }
        #expect(try LogStore.verify("/db", Environment(fileSystem: disk)).damages != [])
    }
}
