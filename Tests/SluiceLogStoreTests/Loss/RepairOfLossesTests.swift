import SluiceStoreTesting
import SluiceSystem
import Testing

@testable import SluiceLogStore

/// What repair makes of a store that has lost records: never an older value in the place of a newer
/// one, unless that is asked for and said.
@Suite struct RepairOfLossesTests {
    typealias Written = LossTests.Written

    /// Repairs a copy of a disk; gives the report and the new store.
    private func repaired(
        _ disk: SimulatedDisk, keepsOlder: Bool = false
    ) throws -> (report: LogStore.RepairReport, store: LogStore) {
        let target = SimulatedDisk()
        let disks = TwoDisks(store: disk, other: target)
        let report = try LogStore.repair(
            "/db", to: "/other", keepsOlder: keepsOlder, disks.environment)
        #expect(try LogStore.verify("/other", disks.environment).damages == [])
        return (report, try target.store(segmentBytes: 16 << 10))
    }

    @Test func aLostEndGivesTheStoreAsOfTheLastSoundRevision() throws {
        let written = try Written(keys: 100, segmentBytes: 1 << 20)
        let name = try #require(written.disk.segmentNames.last)
        let bytes = written.disk.content(name)
        for count in stride(from: SegmentHead.byteCount, to: bytes.count - 200, by: 1777) {
            let disk = written.disk.afterKill
            disk.setContent(name, Array(bytes[..<count]))
            let (report, store) = try repaired(disk)
            let last = try #require(report.lastSoundRevision)
            #expect(report.recordsLost == 400 - Int(last))
            #expect(report.bytesLost > 0)
            #expect(report.lostKeyCount == 0)
            var expected: [String: UInt8] = [:]
            for revision in 0..<Int(last) {
                expected["key \(revision % 100)"] = UInt8(revision / 100 + 1)
            }
            let all = try store.all()
            #expect(all == expected, "cut to \(count)")
            try store.set("later", 7)
            #expect(store.revision == 401)
        }
    }

    /// An older copy of a segment is there beside what compaction made of it since, and no manifest
    /// tells which counts.
    @Test func whatLiesInTwoPlacesIsSavedOnce() throws {
        let disk = SimulatedDisk()
        let store = try disk.store(segmentBytes: 16 << 10)
        for number in 0..<300 { try store.set("key \(number % 200)", UInt8(number / 200)) }
        let names = store.engine.shared.read { state in
            state.segments.values.filter(\.isSealed).map(\.fileName).sorted()
        }
        let contents = names.map { disk.content($0) }
        // The segments of the second round name only those of the first.
        for _ in 0..<2 {
            for number in 0..<100 { try store.set("key \(number)", 7) }
            try store.compact()
        }
        try store.close()
        var count = 0
        for (name, content) in zip(names, contents) where !disk.segmentNames.contains(name) {
            let left = disk.afterKill
            left.setContent(name, content)
            left.setContent(Manifest.fileName, nil)
            let (_, store) = try repaired(left)
            #expect(try store.all().count == 200)
            count += 1
        }
        #expect(count > 0)
    }

    @Test func aStoreWithoutACleanEndGivesNoRevisionAgainEither() throws {
        let written = try Written(keys: 100, segmentBytes: 1 << 20, isClosed: false)
        let name = try #require(written.disk.segmentNames.last)
        let disk = written.disk.afterKill
        // A sound group behind the hole says that what comes before it was on the device.
        let start = try #require(written.places["key 10"]).range.lowerBound
        disk.damage(name) { for index in start..<start + 900 { $0[index] = 0 } }
        let (report, store) = try repaired(disk)
        #expect(report.lastSoundRevision == nil)
        #expect(report.lostRevisions.first?.contains(311) == true)
        try store.set("later", 7)
        #expect(store.revision > 400)
    }

    enum Hole: CaseIterable {
        case zeros, cut, removed

        func make(in name: String, of disk: SimulatedDisk, at part: Int) {
            let bytes = disk.content(name)
            let end = (bytes.lastIndex { $0 != 0 } ?? 0) + 1
            let start = SegmentHead.byteCount + (end - SegmentHead.byteCount) * part / 5
            switch self {
            case .zeros:
                disk.damage(name) { for index in start..<min(start + 700, end) { $0[index] = 0 } }
            case .cut: disk.setContent(name, Array(bytes[..<start]))
            case .removed: disk.setContent(name, nil)
            }
        }
    }

    /// Stores in one segment and in many, with an index of none, of some and of all records.
    @Test(
        arguments: [Set<UInt8>(), [2], [4]], [8 << 10, 1 << 20])
    func noOlderValueTakesThePlaceOfALostOne(flushes: Set<UInt8>, segmentBytes: Int) throws {
        let written = try Written(keys: 60, segmentBytes: segmentBytes, flushes: flushes)
        for name in written.disk.segmentNames {
            for hole in Hole.allCases {
                for part in hole == .removed ? [0] : [0, 2, 4] {
                    let disk = written.disk.afterKill
                    hole.make(in: name, of: disk, at: part)
                    if disk.segmentNames.isEmpty { continue }
                    let place: Comment = "\(name) \(hole) at \(part)"
                    for keepsOlder in [false, true] {
                        try check(written, disk, keepsOlder: keepsOlder, place)
                    }
                }
            }
        }
    }

    private func check(
        _ written: Written, _ disk: SimulatedDisk, keepsOlder: Bool, _ place: Comment
    ) throws {
        let (report, store) = try repaired(disk, keepsOlder: keepsOlder)
        let found = try store.all()
        var listed: [String: LogStore.RepairReport.LostKey] = [:]
        for key in report.lostKeys { listed[String(decoding: key.key, as: UTF8.self)] = key }
        #expect(listed.count == report.lostKeyCount, place)
        for (key, newest) in written.newest {
            guard let round = found[key] else {
                // Nobody can name a key of which nothing is left.
                let isUnknown = !report.lostRevisions.isEmpty || report.lastSoundRevision != nil
                #expect(listed[key].map { !$0.isKept } ?? isUnknown, "\(key), \(place)")
                continue
            }
            guard round != newest else { continue }
            if keepsOlder, listed[key]?.isKept == true { continue }
            if let last = report.lastSoundRevision {
                // As of that revision.
                let revision = try #require(
                    try store.get("c", Array(key.utf8))?.revision)
                #expect(revision <= last && revision + 60 > last, "\(key), \(place)")
            } else {
                Issue.record("\(key) is older, \(place)")
            }
        }
        #expect(found.count == report.records, place)
        #expect(report.recordsLost > 0 || found == written.newest, place)
        #expect(store.revision >= 240)
    }

    /// With the index nothing is left out but what is lost.
    @Test func theIndexTellsWhichKeysAreLost() throws {
        let written = try Written(keys: 150, segmentBytes: 16 << 10, flushes: [4])
        for name in written.disk.segmentNames {
            let disk = written.disk.afterKill
            disk.setContent(name, nil)
            let (report, store) = try repaired(disk)
            let lost = written.newest.keys.filter {
                SegmentHead.fileName(written.places[$0]?.segment ?? 0) == name
            }
            let listed = report.lostKeys.map { String(decoding: $0.key, as: UTF8.self) }
            if report.lastSoundRevision == nil {
                #expect(Set(listed) == Set(lost), "\(name)")
                #expect(try store.all().count == 150 - lost.count)
            }
            #expect(report.lostRevisions == [])
        }
    }

    @Test func aKeyWhoseDeleteIsLostDoesNotReturn() throws {
        let disk = SimulatedDisk()
        let store = try disk.store(segmentBytes: 1 << 20)
        for number in 0..<20 { try store.set("key \(number)") }
        for number in 0..<10 { try store.remove("key \(number)") }
        try store.set("last")
        try store.flush()
        try store.close()
        let name = try #require(disk.segmentNames.last)
        let copy = disk.afterKill
        // The deletes lie before the record that came last.
        let content = copy.content(name)
        let end = (content.lastIndex { $0 != 0 } ?? 0) + 1
        copy.damage(name) { for index in end - 700..<end - 300 { $0[index] = 0 } }
        for keepsOlder in [false, true] {
            let (report, new) = try repaired(copy, keepsOlder: keepsOlder)
            #expect(report.recordsLost > 0)
            let all = try new.all()
            for number in 0..<10 { #expect(all["key \(number)"] == nil) }
        }
    }

    @Test func aKeyWrittenAgainBehindAHoleIsNotInDoubt() throws {
        let disk = SimulatedDisk()
        let store = try disk.store(segmentBytes: 1 << 20)
        try store.set("old", 1)
        try store.set("hot", 1)
        try store.set("hot", 2)
        try store.set("hot", 3)
        try store.close()
        let name = try #require(disk.segmentNames.last)
        let copy = disk.afterKill
        let middle = try #require(
            copy.content(name).indices.first { index in
                copy.content(name)[index...].starts(with: [UInt8](repeating: 2, count: 100))
            })
        copy.damage(name) { for index in middle - 40..<middle + 50 { $0[index] = 0xEE } }
        let (report, new) = try repaired(copy)
        #expect(report.lostKeyCount == 0)
        #expect(report.recordsLost == 1)
        #expect(try new.byte("old") == 1)
        #expect(try new.byte("hot") == 3)
    }

    @Test func aFlippedBitCostsNothing() throws {
        let written = try Written(keys: 12, rounds: 2, segmentBytes: 1 << 20)
        let name = try #require(written.disk.segmentNames.last)
        let bytes = written.disk.content(name)
        let end = bytes.lastIndex { $0 != 0 } ?? 0
        for index in stride(
            from: SegmentHead.byteCount, to: end, by: Thoroughness.pick(1, ordinarily: 7))
        {
            let disk = written.disk.afterKill
            disk.damage(name) { $0[index] ^= 1 << UInt8(index % 8) }
            let (report, store) = try repaired(disk)
            let all = try store.all()
            #expect(all == written.newest, "byte \(index)")
            #expect(report.recordsLost == 0, "byte \(index)")
        }
    }

    /// A feed that follows it must not begin at now, and history must not be given up.
    @Test func aLostCursorDoesNotBeginAnew() async throws {
        let disk = SimulatedDisk()
        let store = try disk.store(segmentBytes: 1 << 20, keepRevisions: 5)
        try store.set("a", 1)
        try await store.setCursor("reader", 1)
        try store.set("a", 2)
        try store.close()
        let name = try #require(disk.segmentNames.last)
        let copy = disk.afterKill
        for key in ["reader", "$keepRevisions"] {
            let content = copy.content(name)
            let place = try #require(
                content.indices.first { content[$0...].starts(with: Array(key.utf8)) })
            copy.damage(name) { $0[place + key.utf8.count] ^= 0x77 }
        }
        let target = SimulatedDisk()
        _ = try LogStore.repair(
            "/db", to: "/other", TwoDisks(store: copy, other: target).environment)
        let reader = try target.reader()
        #expect(try reader.cursor("reader") == 0)
        #expect(try reader.cursor("$keepRevisions") == .max)
        #expect(throws: LogStoreError.self) { try reader.changes(after: 0, limit: 9) }
    }

    @Test func keysInDoubtAreLeftOutOrKeptAndSaidSo() throws {
        let disk = SimulatedDisk()
        let store = try disk.store(segmentBytes: 1 << 20)
        try store.set("a", 1)
        try store.set("b", 2)
        try store.set("a", 3)
        try store.set("c", 4)
        try store.close()
        let name = try #require(disk.segmentNames.last)
        let copy = disk.afterKill
        let content = copy.content(name)
        let place = try #require(
            content.indices.first {
                content[$0...].starts(with: [UInt8](repeating: 3, count: 100))
            })
        copy.damage(name) { for index in place - 40..<place + 50 { $0[index] = 0xEE } }
        let (report, new) = try repaired(copy)
        #expect(try new.all() == ["c": 4])
        #expect(report.lostRevisions == [3...3])
        #expect(report.lostKeys.map(\.key) == [Array("a".utf8), Array("b".utf8)])
        #expect(report.lostKeys.allSatisfy { !$0.isKept && $0.revision == nil })
        #expect(report.leftOutCount == 2)
        let (kept, older) = try repaired(copy, keepsOlder: true)
        #expect(try older.all() == ["a": 1, "b": 2, "c": 4])
        #expect(kept.lostKeys.map(\.found) == [1, 2])
        #expect(kept.lostKeys.allSatisfy { $0.isKept })
        #expect(kept.leftOutCount == 0)
    }
}
