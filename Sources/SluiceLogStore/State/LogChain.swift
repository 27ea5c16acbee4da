/// A segment of the log, there or lost.
struct LogLink {
    var id: UInt32
    /// The log segment before it; 0 for none.
    var previous: UInt32
    /// The first sequence number that could be given to its records; 0 where that is not known.
    var firstSequence: UInt64
    /// The segment; nil where it is lost.
    var segment: Segment?
}

extension LogLink {
    init(_ segment: Segment) {
        id = segment.id
        previous = segment.previous
        // Without its head a segment does not tell, but its records do.
        firstSequence =
            segment.bornSequence > 0 ? segment.bornSequence : segment.sums.firstSequence
        self.segment = segment
    }
}

extension StoreState {
    /// The log segments that follow each other up to the newest, those that are lost among them.
    ///
    /// It begins behind what compaction removed.
    var logChain: [LogLink] {
        var chain: [LogLink] = []
        let newest = segments.values.filter { $0.kind == .log }.map(\.id) + lostLogs.keys
        var next = newest.max().flatMap(link)
        while let link = next {
            chain.append(link)
            // The numbers of files only grow, whatever damaged bytes say.
            next = link.previous < link.id ? self.link(link.previous) : nil
        }
        return chain.reversed()
    }

    private func link(_ id: UInt32) -> LogLink? {
        segments[id].map(LogLink.init) ?? lostLogs[id]
    }

    /// The oldest revision that the change feed may be asked for.
    var changesHorizon: UInt64 {
        guard let first = logChain.first else { return revision }
        // One that is lost as far as not to tell where it began may have been the first.
        return max(first.firstSequence, 1) - 1
    }
}
