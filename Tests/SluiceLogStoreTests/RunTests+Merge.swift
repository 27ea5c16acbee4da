import SluiceStoreTesting
import SluiceSystem
import Testing

@testable import SluiceLogStore

/// Merges of runs against a sorted array.
@Suite struct RunMergeTests {
    /// Runs, newest first, whose entries overlap, and all entries that count, in order.
    private func runs(_ random: inout SplitMix) throws -> (runs: [Run], model: RunModel) {
        let base = RunModel.random(700, &random)
        var parts = [RunModel](repeating: RunModel(), count: 4)
        var winners: [RunModel.Line] = []
        for line in base.lines {
            var places = Set<Int>()
            repeat {
                places.insert(Int.random(in: 0..<4, using: &random))
            } while random.one(in: 3)
            // The same version in several runs: its record has been moved, newer runs know where.
            for place in places.sorted(by: >) {
                var moved = line
                moved.entry.segment = UInt32(40 - place)
                moved.entry.offset = UInt32.random(in: 0...9999, using: &random)
                parts[place].lines.append(moved)
                if place == places.min() { winners.append(moved) }
            }
        }
        let runs = try parts.enumerated().map { try $1.run(id: UInt32(9 - $0), isMapped: true) }
        return (runs, RunModel(lines: winners))
    }

    private func merge(
        _ runs: [Run], keeps: (RunMerge.Version) -> Bool
    ) throws -> [RunModel.Line] {
        let file = MemoryFile(isMapped: true)
        let writer = RunWriter(
            file: file, id: 10, identity: RunModel.identity,
            expectedEntries: runs.reduce(0) { $0 + $1.entryCount })
        try RunMerge.write(runs, to: writer, keeps: keeps)
        try writer.finish()
        #expect(file.bytes.count == writer.byteCount)
        let run = try Run.open(file: file, id: 10, identity: RunModel.identity)
        run.verify { Issue.record("\($0)") }
        return try RunModel.lines(run.cursorOverAll())
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func theNewestRunsEntryOfAVersionWins(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let (runs, model) = try runs(&random)
        #expect(try merge(runs) { _ in true } == model.lines, "seed \(seed)")
        #expect(try merge([]) { _ in true } == [])
        #expect(try merge([runs[2]]) { _ in true } == RunModel.lines(runs[2].cursorOverAll()))
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func whatIsNotKeptGoes(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let (runs, model) = try runs(&random)
        let expected = model.lines.enumerated().filter { index, line in
            let before = index > 0 ? model.lines[index - 1] : nil
            let isNewest = before?.key != line.key || before?.collection != line.collection
            return isNewest && !line.entry.isDead
        }
        let found = try merge(runs) { $0.newer == nil && !$0.entry.isDead }
        #expect(found == expected.map(\.element), "seed \(seed)")
    }

    @Test func aMergeEndsWhereItsCheckpointThrows() throws {
        var random = SplitMix(seed: 4)
        var lines: [RunModel.Line] = []
        for number in 0..<400 {
            let key =
                [UInt8(number / 256), UInt8(number % 256)] + [UInt8](repeating: 7, count: 9000)
            lines.append(
                RunModel.Line(collection: 2, key: key, entry: RunModel.entry(1, &random)))
        }
        let run = try RunModel(lines: lines).run(isMapped: true)
        func merge(_ checkpoint: () throws(LogStoreError) -> Void) throws {
            let writer = RunWriter(
                file: MemoryFile(isMapped: false), id: 10, identity: RunModel.identity,
                expectedEntries: 400)
            try RunMerge.write([run], to: writer, checkpoint: checkpoint, keeps: { _ in true })
        }
        var count = 0
        try merge { count += 1 }
        #expect((3...5).contains(count))
        #expect(throws: LogStoreError.self) {
            try merge { () throws(LogStoreError) in throw .closed }
        }
    }

    /// The vectors of `Format.md`.
    @Test func aRunsSeedsAreThoseOfTheFormat() {
        let seed = RunSeed(RunModel.identity, run: 7)
        #expect(seed.page(0) == 0xA312_C9D4_51DF_754A)
        #expect(seed.page(3) == 0x6096_1A4D_7EFA_C651)
        let key: [UInt8] = Array("user/1".utf8)
        let hash = key.withUnsafeBytes { Run.keyHash(2, $0) }
        #expect(hash == 0xBC79_3730_7261_5C2B)
    }
}
