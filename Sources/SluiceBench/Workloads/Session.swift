import SluiceSystem

/// One workload, run once against one store.
final class Session {
    let arguments: BenchArguments
    let pool: ValuePool
    let store: MeasuredStore
    /// When opening began.
    let start: UInt64

    var histogram = Histogram()
    var seconds = 0.0
    var operations: UInt64 = 0
    /// The most bytes on disk seen between passes.
    var peakBytes = 0

    init(_ arguments: BenchArguments) throws {
        self.arguments = arguments
        pool = ValuePool(byteCount: arguments.valueBytes, seed: arguments.seed)
        start = SystemClock.monotonicNanoseconds()
        store = try MeasuredStore(arguments)
    }

    /// Does the work, closes the store and gives the result line.
    func run() throws -> String {
        switch arguments.workload {
        case .putSync, .putNoSync, .bigPut: try put()
        case .overwrite: try overwrite()
        case .load: try load()
        case .crashLoad:
            try load()
            crash()
        case .getRandom, .bigGet: try getRandom()
        case .scanPrefix: try scanPrefix()
        case .open, .openCrash: try firstRead()
        }
        let anonymousKilobytes = ProcessUsage.anonymousKilobytes
        let closing = SystemClock.monotonicNanoseconds()
        try store.close()
        let closeSeconds = Double(SystemClock.monotonicNanoseconds() - closing) / 1e9
        return resultLine(anonymousKilobytes: anonymousKilobytes, closeSeconds: closeSeconds)
    }

    /// Runs `total` operations, shared among as many callers as asked for.
    ///
    /// One caller is timed inside its operations, several from the first start to the last end.
    func drive(_ total: UInt64, seedOffset: UInt64 = 0, _ operation: @escaping Worker.Operation)
        throws
    {
        let workers = (0..<UInt64(arguments.threads)).map { number in
            let state = SplitMix.mix(arguments.seed &+ seedOffset &+ number)
            return Worker(random: SplitMix(seed: state))
        }
        let step = UInt64(workers.count)
        if workers.count == 1 {
            let sum = workers[0].run(operation, from: 0, by: 1, below: total)
            seconds += Double(sum) / 1e9
        } else {
            let begin = SystemClock.monotonicNanoseconds()
            let threads = try workers.enumerated().map { first, worker in
                try BenchThread {
                    _ = worker.run(operation, from: UInt64(first), by: step, below: total)
                }
            }
            for thread in threads { thread.join() }
            seconds += Double(SystemClock.monotonicNanoseconds() - begin) / 1e9
        }
        for worker in workers {
            if let failure = worker.failure { throw failure }
            histogram.merge(worker.histogram)
        }
        operations += total
    }
}
