/// A walk over everything in a segment between two places: what verifies, and what does not.
///
/// Goes on behind damage at the next place where a record verifies. The reader tells the key, time
/// and created revision of the record found last.
struct SegmentScan {
    enum Item {
        /// The frame that begins a group.
        case group(GroupFrame, offset: Int)
        /// A record that verifies.
        case record(RecordFrame, offset: Int)
        /// A record whose head verifies and whose value does not.
        case damagedValue(RecordFrame, offset: Int)
        /// A seal.
        case seal(offset: Int)
        /// Bytes that hold no record that verifies.
        case gap(offset: Int, count: Int)
    }

    let reader: SegmentReader
    /// Where the next item begins.
    private(set) var place: Int
    private let end: Int

    init(_ reader: SegmentReader, from start: Int, to end: Int) {
        self.reader = reader
        place = start
        self.end = end
    }

    /// The next item, or nil at the end.
    mutating func next() throws(LogStoreError) -> Item? {
        guard place < end else { return nil }
        let offset = place
        switch try reader.record(at: offset) {
        case .record(let frame) where frame.kind == RecordKind.group.rawValue:
            place += RecordFrame.byteCount
            return .group(GroupFrame(frame), offset: offset)
        case .record(let frame):
            place += frame.length
            return frame.isContent ? .record(frame, offset: offset) : .seal(offset: offset)
        case .damagedValue(let frame) where frame.kind == RecordKind.group.rawValue:
            // Its records have hashes of their own.
            place += RecordFrame.byteCount
            return .gap(offset: offset, count: RecordFrame.byteCount)
        case .damagedValue(let frame):
            place += frame.length
            return .damagedValue(frame, offset: offset)
        case .blank, .garbage:
            place = try reader.resynchronise(from: offset + 1, to: end) ?? end
            return .gap(offset: offset, count: place - offset)
        }
    }

    /// Throws the first damage among a segment's records.
    static func verify(
        _ segment: Segment, _ identity: StoreIdentity
    ) throws(LogStoreError) {
        let reader = SegmentReader(
            id: segment.id, file: segment.file, identity: identity, limit: segment.end)
        var scan = SegmentScan(reader, from: SegmentHead.byteCount, to: segment.end)
        while let item = try scan.next() {
            switch item {
            case .gap(let offset, _), .damagedValue(_, let offset), .seal(let offset):
                throw .corrupt(
                    file: segment.fileName, offset: offset, message: "a record does not verify")
            case .group, .record:
                break
            }
        }
    }
}
