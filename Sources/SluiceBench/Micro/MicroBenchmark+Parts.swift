import Glibc
import SluiceLogStore

extension MicroBenchmark {
    /// Keys in the memory index, and keys looked for.
    private static let keyCount = 100_000
    /// Keys in a run.
    private static let runKeyCount = 1_000_000

    /// Every part there is.
    static func all() throws -> [MicroBenchmark] {
        try hashes + encodings + memoryIndex + runs()
    }

    private static var hashes: [MicroBenchmark] {
        [64, 256, 1 << 10, 4 << 10, 64 << 10, 1 << 20].map { size in
            let bytes = ValuePool(byteCount: size, seed: 1).value(0)
            let rounds = max(16, (32 << 20) / size)
            return MicroBenchmark(name: "checksum \(size) B", bytes: size, operations: rounds) {
                { PartLoops.hash(bytes, rounds: rounds) }
            }
        }
    }

    private static var encodings: [MicroBenchmark] {
        [100, 1000].flatMap { size in
            [1, 1000].map { records in
                let value = ValuePool(byteCount: size, seed: 1).value(0)
                let keys = (0..<UInt64(records)).map { Keys.key($0) }
                let rounds = 200_000 / records
                return MicroBenchmark(
                    name: "encode \(size) B, \(records) in a group", bytes: size + Keys.byteCount,
                    operations: rounds * records
                ) {
                    { PartLoops.encode(keys: keys, value: value, rounds: rounds) }
                }
            }
        }
    }

    private static var memoryIndex: [MicroBenchmark] {
        let order = KeyOrder(count: UInt64(keyCount), seed: 1)
        let random = (0..<UInt64(keyCount)).map { Keys.key(order[$0]) }
        let sequential = (0..<UInt64(keyCount)).map { Keys.key($0) }
        let absent = (0..<UInt64(keyCount)).map { Keys.key(order[$0] + UInt64(keyCount)) }
        func part(
            _ name: String, filled: Bool, _ loop: @escaping (PartLoops.MemoryIndex) -> Int
        ) -> MicroBenchmark {
            MicroBenchmark(name: name, bytes: nil, operations: keyCount) {
                let index = PartLoops.MemoryIndex()
                if filled { _ = index.insert(random) }
                return { loop(index) }
            }
        }
        return [
            part("memory index: insert, random", filled: false) { $0.insert(random) },
            part("memory index: insert, in order", filled: false) { $0.insert(sequential) },
            part("memory index: replace, random", filled: true) { $0.insert(random) },
            part("memory index: find, random", filled: true) { $0.find(random) },
            part("memory index: find, absent", filled: true) { $0.find(absent) },
            part("memory index: walk", filled: true) { $0.walk() },
        ]
    }

    /// Parts that read and write runs; their files lie in the system's temporary folder.
    private static func runs() throws -> [MicroBenchmark] {
        let count = UInt64(runKeyCount)
        let path = "/tmp/sluice-bench-\(getpid()).run"
        let sorted = (0..<count).map { Keys.key($0) }
        let run = try PartLoops.SortedRun(sorted, at: path)
        // Four runs whose keys alternate, as random writes leave them.
        let quarters = try (0..<4).map { quarter in
            let keys = stride(from: quarter, to: runKeyCount, by: 4).map { sorted[$0] }
            return try PartLoops.SortedRun(keys, at: path)
        }
        let order = KeyOrder(count: count, seed: 1)
        let random = (0..<UInt64(keyCount)).map { Keys.key(order[$0]) }
        let absent = (0..<UInt64(keyCount)).map { Keys.key(order[$0] + count) }
        func part(
            _ name: String, _ operations: Int, _ loop: @escaping () throws -> Int
        ) -> MicroBenchmark {
            MicroBenchmark(name: "run: " + name, operations: operations) { loop }
        }
        return [
            part("write", runKeyCount) { try PartLoops.SortedRun(sorted, at: path).count },
            part("find, random", keyCount) { run.find(random) },
            part("find, absent", keyCount) { run.find(absent) },
            part("walk", runKeyCount) { run.walk() },
            part("merge of four", runKeyCount) {
                try PartLoops.SortedRun(merging: quarters, at: path).count
            },
        ]
    }
}
