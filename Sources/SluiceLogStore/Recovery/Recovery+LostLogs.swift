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
