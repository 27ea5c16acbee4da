import SluiceStoreTesting
import SluiceSystem
import Testing

@testable import SluiceLogStore

/// Runs whose bytes are not those that were written: the right answer or an error, never a trap.
@Suite struct RunDamageTests {
    private static func model() -> RunModel {
        var random = SplitMix(seed: 3)
        var lines: [RunModel.Line] = []
        for number in 0..<60 {
            let key = Array("user/\(number / 6)/msg/\(number)".utf8)
            for version in 0..<UInt64(number % 10 == 0 ? 3 : 1) {
                let entry = RunModel.entry(900 - version, &random)
                lines.append(RunModel.Line(collection: 2, key: key, entry: entry))
            }
        }
        let huge = [UInt8](repeating: 200, count: 5000)
        lines.append(
            RunModel.Line(collection: 3, key: huge, entry: RunModel.entry(5, &random)))
        return RunModel(lines: lines.sorted())
    }

    /// Asks everything of a run that may be damaged; all answers have to be right.
    private func ask(
        _ bytes: [UInt8], _ model: RunModel, _ place: Int, isMapped: Bool
    ) throws -> Bool {
        var hasFailed = false
        func attempt<R: Equatable>(_ expected: R, _ body: () throws -> R) {
            do {
                let found = try body()
                #expect(found == expected, "byte \(place), mapped \(isMapped)")
            } catch let error as LogStoreError {
                hasFailed = true
                switch error {
                case .corrupt, .unsupportedFormat: break
                default: Issue.record("byte \(place): \(error)")
                }
            } catch {
                Issue.record("byte \(place): \(error)")
            }
        }
        let run: Run
        do {
            run = try Run.open(
                file: MemoryFile(bytes, isMapped: isMapped), id: 7, identity: RunModel.identity)
        } catch {
            return true
        }
        for line in model.lines where line.entry.offset % 8 == UInt32(place % 8) {
            attempt(true) { try run.versions(line.collection, line.key).contains(line.entry) }
        }
        attempt(nil) { try run.newest(2, Array("user/3/msg/".utf8)) }
        attempt(model.lines) { try RunModel.lines(run.cursorOverAll()) }
        if place % 7 == 0 {
            attempt(model.walk(2, .unbounded, reverse: true)) {
                try run.walk(2, .unbounded, reverse: true)
            }
        }
        var damages = 0
        run.verify { _ in damages += 1 }
        #expect(damages > 0, "byte \(place) is damaged and verify says nothing")
        return hasFailed
    }

    @Test(arguments: [false, true])
    func aFlippedBitGivesAnErrorOrTheRightAnswer(isMapped: Bool) throws {
        let model = Self.model()
        let file = MemoryFile(isMapped: false)
        try model.write(file)
        let bytes = file.bytes
        var failures = 0
        var count = 0
        for place in Self.places(bytes.count, every: 97) {
            var other = bytes
            other[place] ^= 1 << UInt8(place % 8)
            count += 1
            if try ask(other, model, place, isMapped: isMapped) { failures += 1 }
        }
        #expect(failures > count / 3)
    }

    /// Every byte of the pages' heads and some of the others.
    private static func places(_ count: Int, every step: Int) -> [Int] {
        (0..<count).filter { $0 % 4096 < 96 || $0 % step == 0 }
    }

    @Test func aFlippedBitIsNoticedWhenOpeningOrVerifying() throws {
        let file = MemoryFile(isMapped: false)
        try Self.model().write(file)
        var bytes = file.bytes
        for place in Self.places(bytes.count, every: 13) {
            bytes[place] ^= 1 << UInt8(place % 8)
            defer { bytes[place] ^= 1 << UInt8(place % 8) }
            var isNoticed = false
            do {
                let run = try Run.open(
                    file: MemoryFile(bytes, isMapped: true), id: 7, identity: RunModel.identity)
                run.verify { _ in isNoticed = true }
            } catch {
                isNoticed = true
            }
            #expect(isNoticed, "byte \(place)")
        }
    }

    @Test func aRunCutOffAnywhereIsRefused() throws {
        let file = MemoryFile(isMapped: false)
        try Self.model().write(file)
        let bytes = file.bytes
        for count in bytes.indices {
            #expect(throws: LogStoreError.self, "\(count) bytes") {
                try Run.open(
                    file: MemoryFile(Array(bytes[..<count]), isMapped: true), id: 7,
                    identity: RunModel.identity)
            }
        }
    }

    @Test func pagesOutOfPlaceAreNoticed() throws {
        let model = Self.model()
        let file = MemoryFile(isMapped: false)
        try model.write(file)
        let pages = file.bytes.count / 4096
        for a in 0..<pages {
            for b in 0..<a {
                var bytes = file.bytes
                let (first, second) = (a * 4096..<(a + 1) * 4096, b * 4096..<(b + 1) * 4096)
                bytes.replaceSubrange(first, with: file.bytes[second])
                bytes.replaceSubrange(second, with: file.bytes[first])
                _ = try ask(bytes, model, a * 4096, isMapped: true)
            }
        }
    }

    @Test func aRunOfAnotherStoreOrIdIsRefused() throws {
        let file = MemoryFile(isMapped: true)
        try Self.model().write(file, id: 7)
        let other = StoreIdentity(bytes: Array(2...17))
        #expect(throws: LogStoreError.self) {
            try Run.open(file: file, id: 8, identity: RunModel.identity)
        }
        #expect(throws: LogStoreError.self) { try Run.open(file: file, id: 7, identity: other) }
        // Even where its footer claims to be of this store, its pages are not.
        var footer = try Run.open(file: file, id: 7, identity: RunModel.identity).footer
        footer.id = 8
        try file.write(footer.encoded(RunModel.identity), at: footer.page * 4096)
        let run = try Run.open(file: file, id: 8, identity: RunModel.identity)
        #expect(throws: LogStoreError.self) { try run.newest(2, Array("user/1/msg/8".utf8)) }
        #expect(throws: LogStoreError.self) { try run.cursorOverAll().next() }
    }

    /// Bytes that no writer made but whose hashes match.
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func blocksWithoutSenseNeverTrap(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let model = Self.model()
        let file = MemoryFile(isMapped: false)
        try model.write(file)
        let footer = try Run.open(file: file, id: 7, identity: RunModel.identity).footer
        for _ in 0..<150 {
            var bytes = file.bytes
            let page = Int.random(in: 0..<footer.page, using: &random)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let limit = random.one(in: 2) ? 100 : 4096
                let place = page * 4096 + Int.random(in: 8..<limit, using: &random)
                bytes[place] = UInt8.random(in: 0...255, using: &random)
            }
            Self.rehash(&bytes, page: page)
            for isMapped in [false, true] {
                let run = try Run.open(
                    file: MemoryFile(bytes, isMapped: isMapped), id: 7,
                    identity: RunModel.identity)
                for line in model.lines where random.one(in: 20) {
                    _ = try? run.newest(line.collection, line.key)
                }
                _ = try? run.walk(2, .unbounded, reverse: true)
                _ = try? RunModel.lines(run.cursorOverAll())
                run.verify { _ in }
            }
        }
    }

    /// Walks downward, and cursors over several layers, go by what entries say of their keys.
    @Test func anEntryThatSaysWronglyWhetherItsKeyGoesOnIsNoticed() throws {
        var bytes = try Self.users(1000..<1040)
        let place = bytes.withUnsafeBytes { raw in
            raw.baseAddress.map { RunBlock($0).keys(1) - $0 } ?? 0
        }
        bytes[place] ^= 1
        Self.rehash(&bytes, page: 0)
        #expect(try Self.damages(bytes) == 1)
    }

    /// A separator that is a little too small leads past the last entry of the leaf before it.
    @Test func aTreeThatLeadsPastAnEntryIsNoticed() throws {
        var bytes = try Self.users(1000..<1400)
        let footer = try Self.opened(bytes).footer
        try #require(footer.leafPageCount > 1 && footer.nodePageCount == 1)
        let page = footer.leafPageCount * 4096..<(footer.leafPageCount + 1) * 4096
        // The last byte of the block is that of its last key.
        bytes[try #require(bytes[page].lastIndex { $0 != 0 })] -= 1
        Self.rehash(&bytes, page: footer.leafPageCount)
        #expect(try Self.damages(bytes) > 0)
    }

    /// The bytes of a run with an entry for each of some numbered users.
    private static func users(_ numbers: Range<Int>) throws -> [UInt8] {
        var random = SplitMix(seed: 5)
        let lines = numbers.map { number in
            RunModel.Line(
                collection: 2, key: Array("user/\(number)".utf8),
                entry: RunModel.entry(UInt64(number), &random))
        }
        let file = MemoryFile(isMapped: false)
        try RunModel(lines: lines).write(file)
        return file.bytes
    }

    /// Makes a page's hash right again.
    private static func rehash(_ bytes: inout [UInt8], page: Int) {
        let start = page * 4096
        let seed = RunSeed(RunModel.identity, run: 7).page(page)
        let hash = ContentHash.hash(Array(bytes[start + 8..<start + 4096]), seed: seed)
        withUnsafeBytes(of: hash.littleEndian) {
            bytes.replaceSubrange(start..<start + 8, with: $0)
        }
    }

    private static func opened(_ bytes: [UInt8]) throws -> Run {
        try Run.open(file: MemoryFile(bytes, isMapped: true), id: 7, identity: RunModel.identity)
    }

    /// How many damages `verify` finds.
    private static func damages(_ bytes: [UInt8]) throws -> Int {
        var count = 0
        try opened(bytes).verify { _ in count += 1 }
        return count
    }

    @Test(arguments: [1, 2] as [UInt64], [false, true])
    func aSoundRunVerifies(seed: UInt64, isMapped: Bool) throws {
        var random = SplitMix(seed: seed)
        let run = try RunModel.random(800, &random).run(isMapped: isMapped)
        run.verify { Issue.record("\($0)") }
    }
}
