/// A compacted segment that repair writes.
final class SavedSegment {
    /// A record as it was written.
    struct Record {
        var frame: RecordFrame
        /// The time of the write, where the record tells it itself.
        var time: Int64?
        /// The revision that created the key.
        var created: UInt64
        var key: [UInt8]
        var value: [UInt8] = []
    }

    private static let flushBytes = 1 << 20

    private let place: Place
    private let segment: Segment
    private var buffer = GroupBuffer()

    init(
        _ place: Place, id: UInt32, bornSequence: UInt64, created: Int64
    ) throws(LogStoreError) {
        self.place = place
        var head = SegmentHead(
            store: place.identity, id: id, kind: .compacted, bornSequence: bornSequence)
        head.created = created
        let file = try place.fileSystem.open(
            place.path(SegmentHead.fileName(id)), creating: true)
        try file.write(head.encoded(), at: 0)
        segment = Segment(head: head, file: file)
    }

    func free() {
        buffer.free()
    }

    /// Writes a record, with the time of its group unless it has its own.
    func append(_ record: Record, time: Int64) throws(LogStoreError) {
        var frame = record.frame
        frame.valueLength = record.value.count
        frame.flags = frame.flags & RecordFlags.created | RecordFlags.time
        let offset = segment.end + buffer.byteCount
        buffer.append(
            frame, time: record.time ?? time, created: record.created, key: record.key,
            value: record.value, seed: place.identity.seed(segment: segment.id, offset: offset))
        segment.sums.note(frame)
        if buffer.byteCount >= Self.flushBytes { try flush() }
    }

    private func flush() throws(LogStoreError) {
        buffer.finish()
        for piece in buffer.pieces.indices {
            segment.end += try buffer.write(piece, to: segment.file, at: segment.end)
        }
        buffer.reset()
    }

    /// Seals the segment, durably.
    func finish() throws(LogStoreError) {
        try flush()
        let seal = SealRecord(segment.sums, end: segment.end)
        let seed = place.identity.seed(segment: segment.id, offset: segment.end)
        try segment.file.write(seal.encoded(seed: seed), at: segment.end)
        try segment.file.sync()
    }
}
