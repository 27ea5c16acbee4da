import Glibc
import SluiceLogStore
import Testing

@testable import SluiceBench

/// The loops that micro-benchmarks time do what their names say.
@Suite struct PartLoopTests {
    private static let keys = (0..<UInt64(1000)).map { Keys.key($0) }
    private static let others = (1000..<UInt64(2000)).map { Keys.key($0) }
    private static var path: String {
        "/tmp/sluice-bench-\(getpid())-\(UInt64.random(in: 0...UInt64.max)).run"
    }

    @Test func theMemoryIndexHoldsWhatWasInserted() {
        let index = PartLoops.MemoryIndex()
        #expect(index.insert(Self.keys) == 1000)
        #expect(index.insert(Self.keys) == 0)
        #expect(index.find(Self.keys) == 1000)
        #expect(index.find(Self.others) == 0)
        #expect(index.walk() == 1000)
    }

    @Test func aRunHoldsWhatWasWritten() throws {
        let path = Self.path
        let run = try PartLoops.SortedRun(Self.keys, at: path)
        #expect(access(path, F_OK) != 0, "the file has no name any more")
        #expect(run.count == 1000)
        #expect(run.byteCount > 0)
        #expect(run.find(Self.keys) == 1000)
        #expect(run.find(Self.others) == 0)
        #expect(run.walk() == 1000)
    }

    @Test func aMergedRunHoldsTheKeysOfAll() throws {
        let runs = try [Self.keys, Self.others].map {
            try PartLoops.SortedRun($0, at: Self.path)
        }
        let merged = try PartLoops.SortedRun(merging: runs, at: Self.path)
        #expect(merged.count == 2000)
        #expect(merged.find(Self.keys + Self.others) == 2000)
    }

    @Test func encodingAndHashingDependOnTheBytes() {
        let (one, two) = (ValuePool(byteCount: 100, seed: 1), ValuePool(byteCount: 100, seed: 2))
        #expect(
            PartLoops.hash(one.value(0), rounds: 3) != PartLoops.hash(two.value(0), rounds: 3))
        let bytes = PartLoops.encode(keys: Self.keys, value: one.value(0), rounds: 2)
        #expect(bytes > 2 * 1000 * (Keys.byteCount + 100))
    }
}
