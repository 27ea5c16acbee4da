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

extension Recovery {
    /// Takes note of the log segments that were named as lost, so that the log goes on before them.
    func noteLostLogs() {
        for damage in report.damages where damage.isLoss {
            guard let id = SegmentHead.id(fileName: damage.file), state.segments[id] == nil
            else { continue }
            if let entry = manifest?.segments.first(where: { $0.id == id }) {
                guard entry.kind == .log else { continue }
                state.lostLogs[id] = LogLink(
                    id: id, previous: entry.previous, firstSequence: entry.bornSequence)
            } else if logs.contains(where: { $0.head.previous == id }) {
                // It came after the manifest, with others before it, perhaps.
                let before = logs.last { $0.head.id < id }?.head.id ?? covered.segment
                state.lostLogs[id] = LogLink(
                    id: id, previous: before, firstSequence: (manifest?.lastSequence ?? 0) + 1)
            }
        }
    }
}
