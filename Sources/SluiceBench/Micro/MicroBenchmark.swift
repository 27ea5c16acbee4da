import SluiceStore

/// One part of the store, timed in a loop.
struct MicroBenchmark {
    var name: String
    /// Bytes that one operation handles, where a rate makes sense.
    var bytes: Int?
    /// Operations that one call of `run` does.
    var operations: Int
    /// Makes what the loop needs, outside the time taken, and gives the loop.
    var prepare: () -> () -> Int

    struct Result {
        var name: String
        var bytes: Int?
        var nanoseconds: Double
        var best: Double
    }

    private static let repetitions = 7

    /// The median and the best of some repetitions, in nanoseconds for each operation.
    func measure() -> Result {
        var times: [Double] = []
        for _ in 0..<Self.repetitions {
            let loop = prepare()
            let begin = Clock.nanoseconds()
            Self.keep(loop())
            times.append(Double(Clock.nanoseconds() - begin) / Double(operations))
        }
        times.sort()
        return Result(
            name: name, bytes: bytes, nanoseconds: times[times.count / 2], best: times[0])
    }

    /// Uses a result, so that the optimiser cannot leave its making out.
    @inline(never)
    private static func keep(_ value: Int) {
        withExtendedLifetime(value) {}
    }
}

extension MicroBenchmark {
    private static let keyCount = 100_000

    /// Every part there is.
    static var all: [MicroBenchmark] {
        hashes + encodings + memoryIndex
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
}
