import SluiceStoreTesting
import SluiceSystem
import Testing

@testable import SluiceLogStore

/// Runs against a sorted array.
@Suite struct RunTests {
    private static let seeds: [UInt64] = [1, 2]

    @Test(arguments: seeds, [false, true])
    func everyVersionIsFoundAndNoOther(seed: UInt64, isMapped: Bool) throws {
        var random = SplitMix(seed: seed)
        let model = RunModel.random(2000, &random)
        let run = try model.run(isMapped: isMapped)
        #expect(run.entryCount == model.lines.count)
        var byName: [KeyName: [IndexEntry]] = [:]
        for line in model.lines {
            let name = KeyName(collection: line.collection, key: line.key)
            byName[name, default: []].append(line.entry)
        }
        #expect(run.keyCount == byName.count)
        for (name, versions) in byName {
            #expect(try run.newest(name.collection, name.key) == versions.first, "seed \(seed)")
            #expect(try run.versions(name.collection, name.key) == versions, "seed \(seed)")
            for entry in versions.prefix(20) {
                for bound in [entry.version - 1, entry.version, entry.version + 1] {
                    let expected = versions.first { $0.version <= bound }
                    let found = try run.newest(name.collection, name.key, atMost: bound)
                    #expect(found == expected, "seed \(seed), at most \(bound)")
                }
            }
        }
        for _ in 0..<2000 {
            let name = KeyName(
                collection: UInt16.random(in: 0...4, using: &random), key: RunModel.key(&random))
            let found = try run.newest(name.collection, name.key)
            #expect(found == byName[name]?.first, "seed \(seed), \(name)")
        }
    }

    @Test(arguments: seeds, [false, true])
    func walksGoFromEveryBoundInBothDirections(seed: UInt64, isMapped: Bool) throws {
        var random = SplitMix(seed: seed)
        let model = RunModel.random(900, &random)
        let run = try model.run(isMapped: isMapped)
        for round in 0..<60 {
            let line = model.lines[Int.random(in: 0..<model.lines.count, using: &random)]
            let collection = random.one(in: 10) ? 5 : line.collection
            let key = random.one(in: 2) ? line.key : RunModel.key(&random)
            let bounds: [KeyBound] =
                round == 0 ? [.unbounded] : [.inclusive(key), .exclusive(key)]
            for bound in bounds {
                for reverse in [false, true] {
                    let expected = model.walk(collection, bound, reverse: reverse)
                    let found = try run.walk(collection, bound, reverse: reverse)
                    #expect(
                        found == expected,
                        "seed \(seed), \(collection) from \(bound), reverse \(reverse)")
                }
            }
        }
        #expect(try RunModel.lines(run.cursorOverAll()) == model.lines)
    }

    @Test(arguments: [false, true])
    func anEmptyRunHoldsNothing(isMapped: Bool) throws {
        let run = try RunModel().run(isMapped: isMapped)
        #expect(run.entryCount == 0)
        #expect(try run.newest(2, [1]) == nil)
        #expect(try run.versions(2, [1]) == [])
        #expect(try RunModel.lines(run.cursorOverAll()) == [])
        for reverse in [false, true] {
            #expect(try run.walk(2, .unbounded, reverse: reverse) == [])
            #expect(try run.walk(2, .inclusive([1]), reverse: reverse) == [])
            #expect(try run.walk(.max, .unbounded, reverse: reverse) == [])
        }
    }

    @Test func theHugestKeysStandInTheTreeToo() throws {
        var random = SplitMix(seed: 5)
        var lines: [RunModel.Line] = []
        for last in 0..<UInt8(40) {
            let key = [UInt8](repeating: 120, count: 32_767) + [last]
            lines.append(
                RunModel.Line(collection: 2, key: key, entry: RunModel.entry(9, &random)))
        }
        for last in 0..<UInt8(40) {
            let key = [200 + last] + [UInt8](repeating: last, count: 32_767)
            lines.append(
                RunModel.Line(collection: 2, key: key, entry: RunModel.entry(9, &random)))
        }
        let model = RunModel(lines: lines)
        let run = try model.run(isMapped: true)
        for line in lines { #expect(try run.newest(2, line.key) == line.entry) }
        for reverse in [false, true] {
            #expect(
                try run.walk(2, .unbounded, reverse: reverse)
                    == model.walk(2, .unbounded, reverse: reverse))
        }
    }

    @Test func anOrderThatIsWrongIsRefused() throws {
        func append(_ keys: [([UInt8], UInt64)]) throws {
            let writer = RunWriter(
                file: MemoryFile(isMapped: false), id: 1, identity: RunModel.identity,
                expectedEntries: 2)
            var random = SplitMix(seed: 1)
            for (key, version) in keys {
                try key.withUnsafeBytes {
                    try writer.append(2, $0, RunModel.entry(version, &random))
                }
            }
        }
        try append([([1], 5), ([1], 4), ([1, 0], 9)])
        #expect(throws: LogStoreError.self) { try append([([1], 5), ([1], 5)]) }
        #expect(throws: LogStoreError.self) { try append([([1], 5), ([1], 6)]) }
        #expect(throws: LogStoreError.self) { try append([([2], 5), ([1], 4)]) }
        #expect(throws: LogStoreError.self) { try append([([2, 0], 5), ([2], 4)]) }
        #expect(throws: LogStoreError.self) {
            try append([([UInt8](repeating: 1, count: 32_769), 5)])
        }
    }

    @Test func filesHaveTheNamesOfTheirIds() {
        #expect(Run.fileName(7) == "00000007.run")
        #expect(Run.id(fileName: "0000002a.run") == 42)
        #expect(Run.fileName(.max) == "ffffffff.run")
        for name in ["7.run", "0000002A.run", "0000002a.seg", "+000002a.run", "0000002a.run.tmp"] {
            #expect(Run.id(fileName: name) == nil, "\(name)")
        }
    }

    @Test func aRealFileIsMapped() throws {
        let folder = TemporaryFolder()
        let system = PosixFileSystem()
        var random = SplitMix(seed: 11)
        let model = RunModel.random(5000, &random)
        let path = folder.path + "/" + Run.fileName(7)
        try model.write(system.open(path, creating: true))
        let file = try system.open(path, creating: false)
        #expect(file.map(count: 4096)?.count == 4096)
        #expect(try file.map(count: file.size() + 1) == nil)
        let run = try Run.open(file: file, id: 7, identity: RunModel.identity)
        #expect(run.mapped != nil)
        #expect(try run.byteCount == file.size())
        #expect(try RunModel.lines(run.cursorOverAll()) == model.lines)
    }
}
