import Glibc
import SluiceSystem

extension Session {
    func getRandom() throws {
        let (store, pool, count) = (store, pool, arguments.count)
        try drive(count, seedOffset: 1000) { worker, _ in
            let number = worker.random.next() % count
            Keys.set(&worker.key, number)
            let begin = SystemClock.monotonicNanoseconds()
            let isFound = try store.get(worker.key, into: &worker.output)
            let nanoseconds = SystemClock.monotonicNanoseconds() - begin
            guard isFound else { throw BenchFailure("missing key \(number)") }
            try Self.check(worker.output, number, version: 0, pool)
            return nanoseconds
        }
    }

    func scanPrefix() throws {
        let prefixes = arguments.count / UInt64(Keys.keysPerPrefix)
        guard prefixes > 0 else { throw BenchFailure("scan_prefix needs 100 keys") }
        let store = store
        let expectedBytes = Keys.keysPerPrefix * (Keys.byteCount + arguments.valueBytes)
        try drive(arguments.count / 50, seedOffset: 2000) { worker, _ in
            Keys.set(&worker.key, worker.random.next() % prefixes * UInt64(Keys.keysPerPrefix))
            let prefix = Array(worker.key.prefix(Keys.prefixByteCount))
            let begin = SystemClock.monotonicNanoseconds()
            let found = try store.scan(prefix, into: &worker.output)
            let nanoseconds = SystemClock.monotonicNanoseconds() - begin
            guard found == Keys.keysPerPrefix, worker.output.count == expectedBytes else {
                throw BenchFailure("scan returned \(found)")
            }
            return nanoseconds
        }
    }

    /// Times opening up to the first read.
    func firstRead() throws {
        var output: [UInt8] = []
        guard try store.get(Keys.key(0), into: &output) else { throw BenchFailure("first get") }
        let nanoseconds = SystemClock.monotonicNanoseconds() - start
        histogram.add(nanoseconds)
        seconds = Double(nanoseconds) / 1e9
        operations = 1
        try Self.check(output, 0, version: 0, pool)
        try checkSome(version: 0)
    }

    /// Reads a thousand keys at random and compares them.
    func checkSome(version: UInt64) throws {
        var random = SplitMix(seed: arguments.seed)
        var output: [UInt8] = []
        for _ in 0..<1000 {
            let number = random.next() % arguments.count
            guard try store.get(Keys.key(number), into: &output) else {
                throw BenchFailure("lost key \(number)")
            }
            try Self.check(output, number, version: version, pool)
        }
    }

    /// Compares the length, the first and the last 64 bytes.
    private static func check(
        _ found: [UInt8], _ number: UInt64, version: UInt64, _ pool: ValuePool
    ) throws {
        let isEqual = pool.value(number, version: version).withUnsafeBytes { wanted in
            found.withUnsafeBytes { found in
                guard found.count == wanted.count, let left = found.baseAddress,
                    let right = wanted.baseAddress
                else { return false }
                let count = min(found.count, 64)
                let tail = found.count - count
                return memcmp(left, right, count) == 0
                    && memcmp(left + tail, right + tail, count) == 0
            }
        }
        guard isEqual else { throw BenchFailure("wrong value for \(number)") }
    }
}
