extension Engine {
    /// Where to read for a call, found in one hold of the lock.
    private struct Stretch {
        var segment: Segment
        var start: Int
        var end: Int
    }

    /// Bytes of records after which a call returns with what it has.
    private static let changeBytes = 16 << 20

    func changes(
        after revision: Int64, limit: Int
    ) throws(LogStoreError) -> [LogStore.Change] {
        let start = UInt64(max(0, revision))
        let (stretches, names) = try shared.read {
            state throws(LogStoreError) -> ([Stretch], [UInt16: Name]) in
            guard !state.isClosed else { throw .closed }
            return (try find(start, in: state), state.names)
        }
        var changes: [LogStore.Change] = []
        var bytesLeft = Self.changeBytes
        for stretch in stretches where changes.count < limit && bytesLeft > 0 {
            let reader = SegmentReader(
                id: stretch.segment.id, file: stretch.segment.file, identity: place.identity,
                limit: stretch.end)
            var offset = stretch.start
            var time: Int64 = 0
            var last: UInt64?
            var marks: [Segment.Mark] = []
            // The next call goes on from here, and not from the segment's beginning.
            defer { note(marks, in: stretch.segment) }
            while offset < stretch.end, changes.count < limit, bytesLeft > 0 {
                guard case .record(let frame) = try reader.record(at: offset) else {
                    throw .corrupt(
                        file: stretch.segment.fileName, offset: offset,
                        message: "a change does not verify")
                }
                if frame.kind == RecordKind.group.rawValue {
                    let isFar =
                        offset - (marks.last?.offset ?? stretch.start) >= Segment.markDistance
                    if isFar, let last {
                        marks.append(Segment.Mark(sequence: last, offset: offset))
                    }
                    last = GroupFrame(frame).lastSequence
                    time = GroupFrame(frame).time
                }
                if let change = try change(frame, reader, offset, time, after: start, names) {
                    changes.append(change)
                    bytesLeft -= frame.length
                }
                offset += frame.isContent ? frame.length : RecordFrame.byteCount
            }
        }
        return changes
    }

    private func note(_ marks: [Segment.Mark], in segment: Segment) {
        guard !marks.isEmpty else { return }
        shared.write { _ in
            for mark in marks { segment.mark(mark.offset, after: mark.sequence) }
        }
    }

    /// The parts of the log that hold what comes after a revision.
    private func find(
        _ revision: UInt64, in state: StoreState
    ) throws(LogStoreError) -> [Stretch] {
        guard revision < state.revision else { return [] }
        guard revision >= state.changesHorizon else {
            throw .gone(oldest: Int64(clamping: state.changesHorizon))
        }
        return state.logChain.filter {
            $0.sums.records > 0 && $0.sums.lastSequence > revision
        }.map {
            Stretch(segment: $0, start: $0.start(after: revision), end: $0.end)
        }
    }

    /// What a record says of a user's key, or nil.
    private func change(
        _ frame: RecordFrame, _ reader: SegmentReader, _ offset: Int, _ time: Int64,
        after revision: UInt64,
        _ names: [UInt16: Name]
    ) throws(LogStoreError) -> LogStore.Change? {
        guard frame.isContent, frame.sequence > revision, let collection = names[frame.collection]
        else { return nil }
        let key = Array(reader.key)
        let isDelete = frame.kind == RecordKind.delete.rawValue
        return LogStore.Change(
            collection: collection.text, key: key, isDelete: isDelete,
            value: isDelete ? nil : try reader.value(at: offset, frame),
            revision: Int64(clamping: frame.sequence), updatedAt: time,
            expiresAt: frame.expiresAt == 0 ? nil : frame.expiresAt)
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
    var changesHorizon: UInt64 {
        guard let first = logChain.first, first.bornSequence > 0 else { return revision }
        return first.bornSequence - 1
    }
}
