extension Engine {
    func changes(
        after revision: Int64, limit: Int
    ) throws(LogStoreError) -> [LogStore.Change] {
        let start = UInt64(max(0, revision))
        let taken = try shared.read {
            state throws(LogStoreError) -> ([(Segment, Int, Int)], [UInt16: String]) in
            guard !state.isClosed else { throw .closed }
            guard start < state.revision, limit > 0 else { return ([], [:]) }
            guard start >= state.horizon else {
                throw .gone(oldest: Int64(clamping: state.horizon))
            }
            let segments = state.logChain.filter { $0.records > 0 && $0.lastSequence > start }
            return (segments.map { ($0, $0.start(after: start), $0.end) }, state.names)
        }
        var changes: [LogStore.Change] = []
        for (segment, offset, end) in taken.0 {
            try read(segment, from: offset, to: end, after: start, limit, taken.1, into: &changes)
            if changes.count >= limit { break }
        }
        return changes
    }

    /// Appends the changes that a stretch of a log segment holds.
    private func read(
        _ segment: Segment, from start: Int, to end: Int, after revision: UInt64, _ limit: Int,
        _ names: [UInt16: String], into changes: inout [LogStore.Change]
    ) throws(LogStoreError) {
        let reader = SegmentReader(
            id: segment.id, file: segment.file, identity: place.identity, limit: end)
        var place = start
        while place < end, changes.count < limit {
            guard case .record(let frame) = try reader.record(at: place) else {
                throw .corrupt(
                    file: segment.fileName, offset: place, message: "a change does not verify")
            }
            defer {
                place +=
                    frame.kind == RecordKind.group.rawValue
                    ? RecordFrame.byteCount : frame.length
            }
            guard frame.isContent, frame.sequence > revision,
                let collection = names[frame.collection]
            else { continue }
            let key = Array(reader.key)
            let isDelete = frame.kind == RecordKind.delete.rawValue
            changes.append(
                LogStore.Change(
                    collection: collection, key: key, isDelete: isDelete,
                    value: isDelete ? nil : try reader.value(at: place, frame),
                    revision: Int64(clamping: frame.sequence),
                    expiresAt: frame.expiresAt == 0 ? nil : frame.expiresAt))
        }
    }

    func waitForChange(after revision: Int64) async {
        await feed.wait(after: UInt64(max(0, revision)))
    }
}

extension StoreState {
    /// The log segments that follow each other without a gap, up to the newest.
    var logChain: [Segment] {
        var chain: [Segment] = []
        var next = segments.values.filter { $0.kind == .log }.max { $0.id < $1.id }
        while let segment = next {
            chain.append(segment)
            next = segment.previous == 0 ? nil : segments[segment.previous]
        }
        return chain.reversed()
    }

    /// The oldest revision that the change feed may be asked for.
    var horizon: UInt64 {
        guard let first = logChain.first, first.bornSequence > 0 else { return revision }
        return first.bornSequence - 1
    }

    /// Removes a tombstone whose record is gone, unless the key was written since.
    func forget(_ name: KeyName, version: UInt64) {
        name.key.withUnsafeBytes { key in
            guard let entry = index.entry(name.collection, key), entry.isDead,
                entry.version == version, segments[entry.segment] == nil
            else { return }
            index.remove(name.collection, key)
            tombstones -= 1
        }
    }
}
