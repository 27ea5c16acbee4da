import SluiceSystem

extension Reader {
    /// Where to read for a call, found in one hold of the lock.
    private struct Stretch {
        /// The segment; nil where it is lost.
        var segment: Segment?
        var fileName: String
        var start: Int
        var end: Int
    }

    /// Bytes of records after which a call returns with what it has.
    private static let changeBytes = 16 << 20

    func changes(
        after revision: Int64, limit: Int
    ) throws(LogStoreError) -> LogStoreChangePage {
        let start = UInt64(max(0, revision))
        let (stretches, names, newest) = try shared.read {
            state throws(LogStoreError) -> ([Stretch], [UInt16: Name], UInt64) in
            guard !state.isClosed else { throw .closed }
            return (try find(start, in: state), state.names, state.revision)
        }
        var page = ChangeReading(after: start, limit: limit, bytesLeft: Self.changeBytes, names)
        for stretch in stretches where !page.isFull {
            if let segment = stretch.segment {
                try read(segment, stretch, &page)
            } else {
                page.miss("the segment is missing", in: stretch.fileName, at: 0)
            }
        }
        return page.finished(newest: newest)
    }

    private func read(
        _ segment: Segment, _ stretch: Stretch, _ page: inout ChangeReading
    ) throws(LogStoreError) {
        let reader = SegmentReader(
            id: segment.id, file: segment.file, identity: place.identity, limit: stretch.end)
        var scan = SegmentScan(reader, from: stretch.start, to: stretch.end)
        var last: UInt64?
        var marks: [Segment.Mark] = []
        // The next call goes on from here, and not from the segment's beginning.
        defer { note(marks, in: segment) }
        while !page.isFull, let item = try scan.next() {
            // Whoever began behind a gap would not meet it.
            if case .gap = item { last = nil }
            if case .group(let group, let offset) = item {
                let isFar =
                    offset - (marks.last?.offset ?? stretch.start) >= Segment.markDistance
                if isFar, let last { marks.append(Segment.Mark(sequence: last, offset: offset)) }
                last = group.lastSequence
            }
            try page.take(item, reader, in: stretch.fileName)
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
        var stretches: [Stretch] = []
        // The last sequence number that the next segment, from the end on, may hold.
        var last = state.revision
        for link in state.logChain.reversed() {
            if holds(link, through: last, after: revision) {
                stretches.append(
                    Stretch(
                        segment: link.segment, fileName: SegmentHead.fileName(link.id),
                        start: link.segment?.start(after: revision) ?? 0,
                        end: link.segment?.end ?? 0))
            }
            if link.firstSequence > 0 { last = link.firstSequence - 1 }
        }
        return stretches.reversed()
    }

    /// Whether a segment holds changes after a revision, or may have held some.
    private func holds(_ link: LogLink, through last: UInt64, after revision: UInt64) -> Bool {
        guard let segment = link.segment, !segment.isDamaged else { return last > revision }
        return segment.sums.records > 0 && segment.sums.lastSequence > revision
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
    private var page: LogStoreChangePage
    /// The time of the group read last.
    private var time: Int64 = 0
    /// The largest sequence number met.
    private var reached: UInt64 = 0
    /// Places without a record that verifies, which may lie before the start: the next record tells.
    private var missed: [LogStoreRecoveryReport.Damage] = []

    init(after start: UInt64, limit: Int, bytesLeft: Int, _ names: [UInt16: Name]) {
        self.start = start
        self.limit = limit
        self.bytesLeft = bytesLeft
        self.names = names
        page = LogStoreChangePage(through: Int64(clamping: start))
    }

    var isFull: Bool { page.changes.count >= limit || bytesLeft <= 0 }

    func finished(newest: UInt64) -> LogStoreChangePage {
        var page = page
        page.damages += missed
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
            guard isWanted(frame, reader, file, offset) else { return }
            let isDelete = frame.kind == RecordKind.delete.rawValue
            add(frame, reader, value: isDelete ? nil : try reader.value(at: offset, frame))
        case .damagedValue(let frame, let offset):
            guard isWanted(frame, reader, file, offset) else { return }
            let damage = damage(
                "the value of a record does not verify", frame, reader, file, offset)
            add(frame, reader, value: nil, damage: damage)
        case .gap(let offset, let count):
            miss("\(count) bytes hold no record that verifies", in: file, at: offset)
        case .seal:
            break
        }
    }

    /// Notes a place where changes may be missing.
    mutating func miss(_ message: String, in file: String, at offset: Int) {
        let damage = LogStoreRecoveryReport.Damage(file: file, offset: offset, message: message)
        if reached < start { missed.append(damage) } else { page.damages.append(damage) }
    }

    private func damage(
        _ message: String, _ frame: RecordFrame, _ reader: SegmentReader, _ file: String,
        _ offset: Int
    ) -> LogStoreRecoveryReport.Damage {
        LogStoreRecoveryReport.Damage(
            file: file, offset: offset, key: Array(reader.key),
            revision: Int64(clamping: frame.sequence), message: message)
    }

    /// Whether a record is a change of a user's key behind the start.
    private mutating func isWanted(
        _ frame: RecordFrame, _ reader: SegmentReader, _ file: String, _ offset: Int
    ) -> Bool {
        guard frame.isContent else { return false }
        let isChange = frame.collection >= SystemCollection.firstUser
        // Those of the store's own have the number that was given last.
        let isFirst = isChange && frame.sequence == start + 1
        if frame.sequence > start, !isFirst { page.damages += missed }
        missed = []
        reached = max(reached, frame.sequence)
        guard isChange, frame.sequence > start else { return false }
        if names[frame.collection] != nil { return true }
        page.damages.append(
            damage("the name of the record's collection is lost", frame, reader, file, offset))
        return false
    }

    private mutating func add(
        _ frame: RecordFrame, _ reader: SegmentReader, value: [UInt8]?,
        damage: LogStoreRecoveryReport.Damage? = nil
    ) {
        guard let collection = names[frame.collection] else { return }
        page.through = Int64(clamping: frame.sequence)
        page.changes.append(
            LogStoreChange(
                collection: collection.text, key: Array(reader.key),
                isDelete: frame.kind == RecordKind.delete.rawValue, value: value, damage: damage,
                revision: page.through, updatedAt: reader.time ?? time,
                expiresAt: frame.expiresAt == 0 ? nil : frame.expiresAt))
        bytesLeft -= frame.length
    }
}
