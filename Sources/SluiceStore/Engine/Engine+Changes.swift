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
    ) throws(LogStoreError) -> LogStore.ChangePage {
        let start = UInt64(max(0, revision))
        let (stretches, names, newest) = try shared.read {
            state throws(LogStoreError) -> ([Stretch], [UInt16: Name], UInt64) in
            guard !state.isClosed else { throw .closed }
            return (try find(start, in: state), state.names, state.revision)
        }
        var page = ChangeReading(after: start, limit: limit, bytesLeft: Self.changeBytes, names)
        for stretch in stretches where !page.isFull { try read(stretch, &page) }
        return page.finished(newest: newest)
    }

    private func read(_ stretch: Stretch, _ page: inout ChangeReading) throws(LogStoreError) {
        let reader = SegmentReader(
            id: stretch.segment.id, file: stretch.segment.file, identity: place.identity,
            limit: stretch.end)
        var scan = SegmentScan(reader, from: stretch.start, to: stretch.end)
        var last: UInt64?
        var marks: [Segment.Mark] = []
        // The next call goes on from here, and not from the segment's beginning.
        defer { note(marks, in: stretch.segment) }
        while !page.isFull, let item = try scan.next() {
            if case .group(let group, let offset) = item {
                let isFar =
                    offset - (marks.last?.offset ?? stretch.start) >= Segment.markDistance
                if isFar, let last { marks.append(Segment.Mark(sequence: last, offset: offset)) }
                last = group.lastSequence
            }
            try page.take(item, reader, in: stretch.segment.fileName)
        }
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

    func waitForChange(after revision: Int64) async {
        await feed.wait(after: UInt64(max(0, revision)))
    }
}

/// A page of changes while it is being read.
private struct ChangeReading {
    private let start: UInt64
    private let limit: Int
    private var bytesLeft: Int
    private let names: [UInt16: Name]
    private var page: LogStore.ChangePage
    /// The time of the group read last.
    private var time: Int64 = 0
    /// The largest sequence number met.
    private var reached: UInt64 = 0

    init(after start: UInt64, limit: Int, bytesLeft: Int, _ names: [UInt16: Name]) {
        self.start = start
        self.limit = limit
        self.bytesLeft = bytesLeft
        self.names = names
        page = LogStore.ChangePage(through: Int64(clamping: start))
    }

    var isFull: Bool { page.changes.count >= limit || bytesLeft <= 0 }

    func finished(newest: UInt64) -> LogStore.ChangePage {
        var page = page
        if !isFull { page.through = max(page.through, Int64(clamping: newest)) }
        return page
    }

    mutating func take(
        _ item: SegmentScan.Item, _ reader: SegmentReader, in file: String
    ) throws(LogStoreError) {
        switch item {
        case .group(let group, _):
            time = group.time
        case .record(let frame, let offset):
            guard isWanted(frame) else { return }
            let isDelete = frame.kind == RecordKind.delete.rawValue
            add(frame, reader, value: isDelete ? nil : try reader.value(at: offset, frame))
        case .damagedValue(let frame, let offset):
            guard isWanted(frame) else { return }
            add(
                frame, reader, value: nil,
                damage: LogStore.RecoveryReport.Damage(
                    file: file, offset: offset, key: Array(reader.key),
                    revision: Int64(clamping: frame.sequence),
                    message: "the value of a record does not verify"))
        case .gap(let offset, let count):
            guard reached >= start else { return }
            page.damages.append(
                LogStore.RecoveryReport.Damage(
                    file: file, offset: offset,
                    message: "\(count) bytes hold no record that verifies"))
        case .seal:
            break
        }
    }

    /// Whether a record is a change of a user's key behind the start.
    private mutating func isWanted(_ frame: RecordFrame) -> Bool {
        reached = max(reached, frame.sequence)
        return frame.isContent && frame.sequence > start && names[frame.collection] != nil
    }

    private mutating func add(
        _ frame: RecordFrame, _ reader: SegmentReader, value: [UInt8]?,
        damage: LogStore.RecoveryReport.Damage? = nil
    ) {
        guard let collection = names[frame.collection] else { return }
        page.through = Int64(clamping: frame.sequence)
        page.changes.append(
            LogStore.Change(
                collection: collection.text, key: Array(reader.key),
                isDelete: frame.kind == RecordKind.delete.rawValue, value: value, damage: damage,
                revision: page.through, updatedAt: reader.time ?? time,
                expiresAt: frame.expiresAt == 0 ? nil : frame.expiresAt))
        bytesLeft -= frame.length
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
