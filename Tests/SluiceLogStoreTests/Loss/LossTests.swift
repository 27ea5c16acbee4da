import SluiceStoreTesting
import Testing

@testable import SluiceLogStore

/// Records that are known to have been written and are gone are never passed over in silence.
@Suite struct LossTests {
    /// A store whose keys were written in rounds; a value tells the round.
    struct Written {
        var disk: SimulatedDisk
        /// The newest round of each key.
        var newest: [String: UInt8] = [:]
        /// Where the newest record of each key begins and ends.
        var places: [String: (segment: UInt32, range: Range<Int>)] = [:]

        static func value(_ round: UInt8) -> [UInt8] { [UInt8](repeating: round, count: 40) }

        /// `flushes` says after which of the rounds the index is written down.
        init(
            keys keyCount: Int = 500, rounds: UInt8 = 4, segmentBytes: Int,
            flushes: Set<UInt8> = [],
            isClosed: Bool = true
        ) throws {
            disk = SimulatedDisk()
            let store = try disk.store(segmentBytes: segmentBytes)
            for round in 1...rounds {
                for number in 0..<keyCount {
                    try store.set("key \(number)", round, count: 40)
                    newest["key \(number)"] = round
                }
                if flushes.contains(round) { try store.flush() }
            }
            for key in newest.keys { places[key] = try store.place(key) }
            if isClosed { try store.close() }
            disk = disk.afterKill
        }

        /// Keys whose newest record a cut leaves whole.
        func isLeft(_ key: String, by name: String, cutTo count: Int) -> Bool {
            guard let place = places[key] else { return false }
            return SegmentHead.fileName(place.segment) != name || place.range.upperBound <= count
        }

        /// No value that was never written; `corrupt` and absent keys are no invention.
        func checkNothingIsInvented(_ store: LogStore, _ comment: Comment) throws {
            for key in newest.keys {
                switch store.reading(key) {
                case .value(nil), .corrupt: break
                case .value(let value?):
                    let round = value.first ?? 0
                    #expect(value == Self.value(round), comment)
                    #expect(1...(newest[key] ?? 0) ~= round, comment)
                case .other(let text): Issue.record("\(text), \(comment)")
                }
            }
        }

        func expectOwnersKeptOut(_ disk: SimulatedDisk, naming name: String?) throws {
            let before = disk.allContent
            for attempt in 1...3 {
                let file = try disk.fileThatKeepsOwnersOut()
                #expect(file != nil, "attempt \(attempt) opened")
                if let name { #expect(file == name) }
            }
            #expect(disk.allContent == before)
        }
    }

    /// Lengths that a file may be cut to.
    static func cuts(_ count: Int) -> [Int] {
        [0, 100, 2100, 4096, 4100, count / 4, count / 2, count * 3 / 4, count - 1]
            .filter { $0 < count }
    }

    @Test func aCutOfTheOnlySegmentWithoutRunsIsToldAgainAndAgain() throws {
        let written = try Written(segmentBytes: 1 << 20)
        #expect(written.disk.segmentNames == ["00000001.seg"])
        #expect(!written.disk.fileNames.contains { $0.hasSuffix(".run") })
        let bytes = written.disk.content("00000001.seg")
        for count in Self.cuts(bytes.count) {
            let disk = written.disk.afterKill
            disk.setContent("00000001.seg", Array(bytes[..<count]))
            try written.expectOwnersKeptOut(disk, naming: "00000001.seg")
            #expect(throws: LogStoreError.self, "cut to \(count)") { try disk.reader() }
            let reader = try disk.reader(readsAsFound: true)
            #expect(!reader.recoveryReport.damages.isEmpty)
            try written.checkNothingIsInvented(reader, "cut to \(count)")
        }
    }

    /// With an index that knows all, a reader is told which keys are lost and which are not.
    @Test(arguments: [1 << 20, 16 << 10])
    func aCutThatRunsCoverLosesTheKeysBehindItAlone(segmentBytes: Int) throws {
        let written = try Written(segmentBytes: segmentBytes, flushes: [4])
        for name in written.disk.segmentNames {
            let bytes = written.disk.content(name)
            // Of several segments a few cuts each.
            let cuts = Self.cuts(bytes.count)
            for count in segmentBytes < 1 << 20 ? [cuts[0], cuts[cuts.count / 2]] : cuts {
                let disk = written.disk.afterKill
                disk.setContent(name, Array(bytes[..<count]))
                try written.expectOwnersKeptOut(disk, naming: name)
                let reader = try disk.reader()
                #expect(reader.recoveryReport.damages.contains { $0.file == name })
                try checkLost(written, reader, name, count)
            }
        }
    }

    private func checkLost(
        _ written: Written, _ reader: LogStore, _ name: String, _ count: Int
    ) throws {
        var lost: Set<[UInt8]> = []
        for (key, round) in written.newest {
            if written.isLeft(key, by: name, cutTo: count) {
                #expect(reader.reading(key) == .value(Written.value(round)))
            } else {
                #expect(reader.reading(key) == .corrupt, "\(key), \(name) cut to \(count)")
                lost.insert(Array(key.utf8))
            }
        }
        let page = try reader.find("c", LogStore.Find())
        #expect(Set(page.damaged) == lost)
        #expect(page.records.count + lost.count == written.newest.count)
    }

    /// The log behind the runs is lost too, so nobody knows what was in it.
    @Test func aCutBeforeWhatTheRunsCoverIsUnknownWhereTheLogWentOn() throws {
        let written = try Written(segmentBytes: 1 << 20, flushes: [3])
        let bytes = written.disk.content("00000001.seg")
        for count in Self.cuts(bytes.count) {
            let disk = written.disk.afterKill
            disk.setContent("00000001.seg", Array(bytes[..<count]))
            try written.expectOwnersKeptOut(disk, naming: "00000001.seg")
            #expect(throws: LogStoreError.self, "cut to \(count)") { try disk.reader() }
            let reader = try disk.reader(readsAsFound: true)
            try written.checkNothingIsInvented(reader, "cut to \(count)")
        }
    }

    enum Act: CaseIterable {
        case cut, emptied, zeroed, replaced

        func perform(on bytes: [UInt8]) -> [UInt8] {
            switch self {
            case .cut: Array(bytes[..<4100])
            case .emptied: []
            case .zeroed: [UInt8](repeating: 0, count: bytes.count)
            case .replaced: Array(bytes[..<100]) + [UInt8](repeating: 7, count: bytes.count)
            }
        }
    }

    /// After a kill the log may have gone on behind the runs, also where the manifest was written at
    /// a close before.
    @Test(arguments: Act.allCases, [true, false])
    func damageToTheSegmentWhereTheRunsEndIsUnknownAfterAKill(
        act: Act, wasClosed: Bool
    ) throws {
        let written = try Written(
            keys: 100, segmentBytes: 1 << 20, flushes: [4], isClosed: wasClosed)
        let disk = written.disk
        if wasClosed {
            let store = try disk.store(segmentBytes: 1 << 20)
            try store.set("key 5", 9, count: 40)
        }
        let left = disk.afterKill
        left.setContent("00000001.seg", act.perform(on: left.content("00000001.seg")))
        try written.expectOwnersKeptOut(left, naming: "00000001.seg")
        #expect(throws: LogStoreError.self) { try left.reader() }
    }

    /// The segment before it tells that there was one.
    @Test(arguments: [nil, .emptied, .zeroed, .replaced] as [Act?], [true, false])
    func theNewestSegmentIsMissedBeforeAManifestNamesIt(act: Act?, losesPower: Bool) throws {
        let disk = SimulatedDisk()
        let store = try disk.store(segmentBytes: 16 << 10)
        let manifest = disk.content(Manifest.fileName)
        for number in 0..<600 {
            try store.set("key \(number)")
            guard number % 40 == 0, disk.segmentNames.count > 1 else { continue }
            let left = losesPower ? disk.afterPowerLoss : disk.afterKill
            left.setContent(Manifest.fileName, manifest)
            let name = try #require(left.segmentNames.last)
            left.setContent(name, act?.perform(on: left.content(name)))
            #expect(try left.fileThatKeepsOwnersOut() == name, "after \(number) puts")
            #expect(throws: LogStoreError.self) { try left.reader() }
        }
        #expect(disk.segmentNames.count > 3)
    }

    @Test(arguments: [Set<UInt8>(), [4]])
    func theOnlySegmentRemovedIsNoNewStore(flushes: Set<UInt8>) throws {
        for isClosed in [true, false] {
            let written = try Written(
                keys: 50, segmentBytes: 1 << 20, flushes: flushes, isClosed: isClosed)
            #expect(written.disk.segmentNames.count == 1)
            let disk = written.disk
            disk.setContent(disk.segmentNames[0], nil)
            try written.expectOwnersKeptOut(disk, naming: nil)
            #expect(throws: LogStoreError.self) { try disk.reader() }
            #expect(throws: LogStoreError.self) { try disk.reader(readsAsFound: true) }
        }
    }

    /// Each of several segments of a store without runs, removed or emptied after a clean close.
    @Test(arguments: [nil, []] as [[UInt8]?])
    func anyOfSeveralSegmentsGoneAfterACloseIsTold(content: [UInt8]?) throws {
        let written = try Written(rounds: 1, segmentBytes: 16 << 10)
        let names = written.disk.segmentNames
        #expect(names.count > 3)
        #expect(!written.disk.fileNames.contains { $0.hasSuffix(".run") })
        for name in names {
            let disk = written.disk.afterKill
            disk.setContent(name, content)
            let before = disk.allContent
            for _ in 0..<2 {
                #expect(try disk.fileThatKeepsOwnersOut() == name, "\(name) gone")
            }
            #expect(disk.allContent == before)
            #expect(throws: LogStoreError.self, "\(name) gone") { try disk.reader() }
            let reader = try disk.reader(readsAsFound: true)
            try written.checkNothingIsInvented(reader, "\(name) gone")
        }
    }

    /// Nothing of the log has to be replayed, and the segment in which it would go on is gone.
    @Test(arguments: [Set<UInt8>([4]), [2, 4]], [true, false])
    func whatIsLeftIsReadWhereTheLogsEndIsMissing(
        flushes: Set<UInt8>, isCompacted: Bool
    ) throws {
        let written = try Written(keys: 100, segmentBytes: 16 << 10, flushes: flushes)
        if isCompacted {
            let store = try written.disk.store(segmentBytes: 16 << 10)
            try store.compact()
            try store.close()
        }
        #expect(written.disk.segmentNames.count > (isCompacted ? 1 : 2))
        for count in 1..<written.disk.segmentNames.count {
            let disk = written.disk.afterKill
            let names = disk.segmentNames.suffix(count)
            for name in names { disk.setContent(name, nil) }
            let place: Comment = "without \(names)"
            try written.expectOwnersKeptOut(disk, naming: nil)
            do {
                // Where only what compaction wrote is gone, the index knows all that is lost.
                _ = try disk.reader()
                #expect(isCompacted, place)
            } catch LogStoreError.corrupt(let file, _, let message, _, _) {
                #expect(names.contains(file) && message.contains("the segment is missing"), place)
            }
            let reader = try disk.reader(readsAsFound: true)
            #expect(reader.recoveryReport.damages.contains { names.contains($0.file) }, place)
            try written.checkNothingIsInvented(reader, place)
            let page = try reader.find("c", LogStore.Find())
            #expect(page.records.count + page.damaged.count == 100, place)
            try reader.close()
        }
    }

    /// After a kill as well, but for the newest: its making may have been cut short.
    @Test(arguments: [nil, []] as [[UInt8]?])
    func anyButTheLastSegmentGoneAfterAKillIsTold(content: [UInt8]?) throws {
        let written = try Written(rounds: 1, segmentBytes: 16 << 10, isClosed: false)
        for name in written.disk.segmentNames.dropLast() {
            let disk = written.disk.afterKill
            disk.setContent(name, content)
            try written.expectOwnersKeptOut(disk, naming: name)
            #expect(throws: LogStoreError.self, "\(name) gone") { try disk.reader() }
        }
    }

    @Test func theOnlySegmentEmptiedAfterAKillIsTold() throws {
        let written = try Written(keys: 20, rounds: 1, segmentBytes: 1 << 20, isClosed: false)
        let disk = written.disk
        disk.setContent("00000001.seg", [])
        try written.expectOwnersKeptOut(disk, naming: "00000001.seg")
        #expect(throws: LogStoreError.self) { try disk.reader() }
    }
}
