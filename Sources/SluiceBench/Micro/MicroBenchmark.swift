import SluiceSystem

/// One part of the store, timed in a loop.
struct MicroBenchmark {
    var name: String
    /// Bytes that one operation handles, where a rate makes sense.
    var bytes: Int?
    /// Operations that one call of `run` does.
    var operations: Int
    /// Makes what the loop needs, outside the time taken, and gives the loop.
    var prepare: () throws -> () throws -> Int

    struct Result {
        var name: String
        var bytes: Int?
        var nanoseconds: Double
        var best: Double
    }

    private static let repetitions = 7

    /// The median and the best of some repetitions, in nanoseconds for each operation.
    func measure() throws -> Result {
        var times: [Double] = []
        for _ in 0..<Self.repetitions {
            let loop = try prepare()
            let begin = SystemClock.monotonicNanoseconds()
            Self.keep(try loop())
            times.append(Double(SystemClock.monotonicNanoseconds() - begin) / Double(operations))
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
