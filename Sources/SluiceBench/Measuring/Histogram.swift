/// Counts of durations: 64 steps for each power of two, so that a quantile is off by 1.6 % at most.
struct Histogram {
    private static let steps = 64

    private var counts = [UInt64](repeating: 0, count: 64 * steps)
    private var total: UInt64 = 0

    mutating func add(_ nanoseconds: UInt64) {
        counts[Self.index(nanoseconds)] += 1
        total += 1
    }

    mutating func merge(_ other: Histogram) {
        for index in counts.indices { counts[index] += other.counts[index] }
        total += other.total
    }

    /// The duration, in microseconds, that the given part of all durations does not exceed.
    func microseconds(_ quantile: Double) -> Double {
        guard total > 0 else { return 0 }
        let wanted = UInt64(quantile * Double(total - 1))
        var seen: UInt64 = 0
        for (index, count) in counts.enumerated() {
            seen += count
            if seen > wanted { return Double(Self.start(index)) / 1000 }
        }
        return 0
    }

    private static func index(_ nanoseconds: UInt64) -> Int {
        guard nanoseconds >= UInt64(steps) else { return Int(nanoseconds) }
        let exponent = 63 - nanoseconds.leadingZeroBitCount
        return (exponent - 5) * steps + Int((nanoseconds >> UInt64(exponent - 6)) & 63)
    }

    /// The smallest duration that is counted at an index.
    private static func start(_ index: Int) -> UInt64 {
        guard index >= steps else { return UInt64(index) }
        let exponent = index / steps + 5
        return UInt64(1) << UInt64(exponent) + UInt64(index % steps) << UInt64(exponent - 6)
    }
}
