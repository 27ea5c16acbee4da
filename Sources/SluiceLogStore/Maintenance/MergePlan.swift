/// Which neighbouring runs to merge: those of like size, as soon as there are enough of them.
///
/// Sizes then grow by steps, an entry is written once for each step, and few runs are left for a
/// read to look at. (Size-tiered compaction.)
enum MergePlan {
    /// Runs of like size that make a merge worth its writing.
    static let width = 4
    /// A run counts as of like size up to this many times the ones before it together.
    private static let ratio = 2
    /// More than this are merged even when their sizes differ.
    private static let mostRuns = 10

    /// A range of runs, which are given newest first by their numbers of entries, or nil.
    static func choose(_ entryCounts: [Int]) -> Range<Int>? {
        for start in entryCounts.indices {
            var end = start + 1
            var total = entryCounts[start]
            while end < entryCounts.count, entryCounts[end] <= max(1, total) * ratio {
                total += entryCounts[end]
                end += 1
            }
            if end - start >= width { return start..<end }
        }
        guard entryCounts.count > mostRuns else { return nil }
        // The neighbours that cost least.
        let starts = 0...(entryCounts.count - width)
        let best = starts.min {
            entryCounts[$0..<$0 + width].reduce(0, +) < entryCounts[$1..<$1 + width].reduce(0, +)
        }
        return best.map { $0..<$0 + width }
    }

    /// As many runs as have no more than `limit` bytes together, or nil where that is one at most.
    static func newest(_ byteCounts: [Int], within limit: Int) -> Range<Int>? {
        var total = 0
        let count = byteCounts.prefix { size in
            total += size
            return total <= limit
        }.count
        return count > 1 ? 0..<count : nil
    }
}
