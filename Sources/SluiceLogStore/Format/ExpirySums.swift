/// What expires when, as sums: so the cap and compaction learn of expired records although nobody
/// looks at each of them.
///
/// Instants are exact until there are many; then neighbours are joined, and a sum counts as expired
/// when the last of its instants has come. Memory is bounded by `maximumSums`.
struct ExpirySums: Hashable, Sendable {
    /// Records that expire together.
    struct Sum: Hashable, Sendable {
        var records = 0
        /// Bytes on disk.
        var bytes = 0
        /// Bytes that count against the cap.
        var charge = 0
    }

    static let maximumSums = 4096
    private static let maximumShift: UInt8 = 47

    /// Sums by instant, in units of `1 << shift` milliseconds, and segment.
    private var sums: [Int64: [UInt32: Sum]] = [:]
    private(set) var shift: UInt8 = 0
    /// Everything that expires up to here has been taken out.
    private(set) var taken: Int64 = 0
    private var count = 0
    /// The smallest unit that may be there.
    private var first = Int64.max

    init() {}

    /// A sum with its place, as the manifest keeps it.
    struct Entry: Hashable, Sendable {
        var unit: Int64
        var segment: UInt32
        var sum: Sum
    }

    /// Sums as they were kept.
    init(_ entries: [Entry], shift: UInt8, taken: Int64) {
        self.shift = min(shift, Self.maximumShift)
        self.taken = min(max(taken, 0), RecordFrame.maximumTime)
        let units = 0...RecordFrame.maximumTime >> Int64(self.shift)
        for entry in entries where units.contains(entry.unit) {
            sums[entry.unit, default: [:]][entry.segment] = entry.sum
        }
        count = sums.values.reduce(0) { $0 + $1.count }
        first = sums.keys.min() ?? .max
    }

    /// All sums with their places, in order.
    var entries: [Entry] {
        sums.flatMap { unit, segments in
            segments.map { Entry(unit: unit, segment: $0.key, sum: $0.value) }
        }.sorted { ($0.unit, $0.segment) < ($1.unit, $1.segment) }
    }

    /// Whether a record with this expiry counts as expired.
    func hasTaken(_ expiresAt: Int64) -> Bool {
        expiresAt != 0 && expiresAt <= taken
    }

    /// Adds a record, or takes it away again.
    mutating func count(_ entry: IndexEntry, by sign: Int, in segment: UInt32) {
        add(
            Sum(
                records: sign, bytes: segment == 0 ? 0 : sign * Int(entry.length),
                charge: sign * entry.charge),
            at: entry.expiresAt, segment: segment)
    }

    private mutating func add(_ sum: Sum, at expiresAt: Int64, segment: UInt32) {
        let unit = expiresAt >> Int64(shift)
        let old = sums[unit]?[segment]
        if old == nil { count += 1 }
        var new = old ?? Sum()
        new.records += sum.records
        new.bytes += sum.bytes
        new.charge += sum.charge
        if new == Sum() {
            sums[unit]?[segment] = nil
            if sums[unit]?.isEmpty == true { sums[unit] = nil }
            count -= 1
        } else {
            sums[unit, default: [:]][segment] = new
            first = min(first, unit)
        }
        while count > Self.maximumSums, shift < Self.maximumShift { coarsen() }
    }

    private mutating func coarsen() {
        let old = sums
        sums = [:]
        count = 0
        first = .max
        shift += 1
        for (unit, segments) in old {
            for (segment, sum) in segments {
                let present = sums[unit >> 1]?[segment]
                if present == nil { count += 1 }
                var joined = present ?? Sum()
                joined.records += sum.records
                joined.bytes += sum.bytes
                joined.charge += sum.charge
                sums[unit >> 1, default: [:]][segment] = joined
            }
            first = min(first, unit >> 1)
        }
    }

    /// Whether `take` would find something.
    func isDue(at now: Int64) -> Bool {
        first != .max && lastInstant(of: first) <= now
    }

    /// Takes out everything whose instants have all come.
    mutating func take(at now: Int64) -> [(segment: UInt32, sum: Sum)] {
        let due = sums.keys.filter { lastInstant(of: $0) <= now }
        var result: [(segment: UInt32, sum: Sum)] = []
        for unit in due {
            guard let segments = sums.removeValue(forKey: unit) else { continue }
            count -= segments.count
            result += segments.map { ($0.key, $0.value) }
        }
        first = sums.keys.min() ?? .max
        // Up to the end of the last unit that is over.
        taken = max(taken, (((now + 1) >> Int64(shift)) << Int64(shift)) - 1)
        return result
    }

    private func lastInstant(of unit: Int64) -> Int64 {
        ((unit + 1) << Int64(shift)) - 1
    }

    /// Lets the sums of some segments count for the one that took their place.
    ///
    /// `moved` are the entries that went along, at their old places. All else of theirs is gone, or
    /// with `keepsRest` counts for no segment any more: it was live when the sums were written
    /// down, and has been replaced since.
    mutating func move(
        _ moved: [IndexEntry], from old: Set<UInt32>, to segment: UInt32, keepsRest: Bool = false
    ) {
        let shift = Int64(shift)
        var rest: [Int64: Sum] = [:]
        for (unit, segments) in sums {
            for (id, sum) in segments where old.contains(id) {
                rest[unit << shift, default: Sum()].records += sum.records
                rest[unit << shift, default: Sum()].charge += sum.charge
                sums[unit]?[id] = nil
                count -= 1
            }
            if sums[unit]?.isEmpty == true { sums[unit] = nil }
        }
        for entry in moved where entry.expiresAt != 0 && !hasTaken(entry.expiresAt) {
            add(
                Sum(records: 1, bytes: Int(entry.length), charge: entry.charge),
                at: entry.expiresAt, segment: segment)
            let instant = (entry.expiresAt >> shift) << shift
            rest[instant, default: Sum()].records -= 1
            rest[instant, default: Sum()].charge -= entry.charge
        }
        guard keepsRest else { return }
        for (instant, sum) in rest where sum != Sum() { add(sum, at: instant, segment: 0) }
    }
}
