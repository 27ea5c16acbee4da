import Glibc
import SluiceLogStore
import SluiceSystem

extension Session {
    private static let batchCount: UInt64 = 1000

    func put() throws {
        let order = KeyOrder(count: arguments.count, seed: arguments.seed)
        try putAll(in: order, version: 0)
    }

    /// Ten passes, each in an order of its own, and a look at what is there afterwards.
    func overwrite() throws {
        for pass in UInt64(0)..<10 {
            let order = KeyOrder(count: arguments.count, seed: arguments.seed &+ pass)
            try putAll(in: order, version: pass)
            peakBytes = max(peakBytes, ProcessUsage.bytesOnDisk(arguments.folder))
        }
        try checkSome(version: 9)
    }

    private func putAll(in order: KeyOrder, version: UInt64) throws {
        let (store, pool) = (store, pool)
        try drive(arguments.count) { worker, position in
            let number = order[position]
            Keys.set(&worker.key, number)
            let value = pool.value(number, version: version)
            let begin = SystemClock.monotonicNanoseconds()
            try store.put(worker.key, value)
            return SystemClock.monotonicNanoseconds() - begin
        }
    }

    /// Writes all keys in batches; the making of the keys counts, as it does for the others.
    func load() throws {
        let order = KeyOrder(count: arguments.count, seed: arguments.seed)
        let isSequential = arguments.order == .sequential
        var batch = LogStore.Write()
        let begin = SystemClock.monotonicNanoseconds()
        var batchBegin = begin
        for position in 0..<arguments.count {
            if position % Self.batchCount == 0 { batchBegin = SystemClock.monotonicNanoseconds() }
            let number = isSequential ? position : order[position]
            store.add(Keys.key(number), pool.value(number), to: &batch)
            guard (position + 1) % Self.batchCount == 0 || position + 1 == arguments.count else {
                continue
            }
            try store.commit(&batch)
            histogram.add(SystemClock.monotonicNanoseconds() - batchBegin)
        }
        seconds = Double(SystemClock.monotonicNanoseconds() - begin) / 1e9
        operations = arguments.count
    }

    /// Ends the process as a power switch would, but for what the system already has.
    func crash() {
        kill(getpid(), SIGKILL)
    }
}
