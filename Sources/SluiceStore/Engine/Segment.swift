/// One segment file with what is known of its content.
///
/// `@unchecked Sendable`: the constants are free to use; everything that changes is guarded by the
/// store's reader-writer lock.
final class Segment: @unchecked Sendable {
    let id: UInt32
    let kind: SegmentKind
    let bornSequence: UInt64
    /// The log segment before this one.
    let previous: UInt32
    let file: any File

    /// The end of its acknowledged records.
    var end = SegmentHead.byteCount
    var isSealed = false
    /// Whether a record in it did not verify; such a segment is never removed.
    var isDamaged = false
    /// The smallest and largest sequence numbers, 0 while it is empty.
    var firstSequence: UInt64 = 0
    var lastSequence: UInt64 = 0
    var records = 0
    /// Bytes of the records that the index refers to: live ones, and tombstones.
    var liveBytes = 0
    var tombstoneBytes = 0
    /// Bytes of the frames that begin groups.
    var frameBytes = 0
    /// Beginnings of some groups, to start reading changes near a revision.
    var marks: [Mark] = []

    struct Mark {
        /// The last sequence number before the group.
        var sequence: UInt64
        var offset: Int
    }

    private static let markDistance = 64 << 10

    init(head: SegmentHead, file: any File) {
        id = head.id
        kind = head.kind
        bornSequence = head.bornSequence
        previous = head.previous
        self.file = file
    }

    var fileName: String { SegmentHead.fileName(id) }

    /// Notes a group that begins at `offset` behind sequence number `sequence`.
    func mark(_ offset: Int, after sequence: UInt64) {
        if let last = marks.last, offset - last.offset < Self.markDistance { return }
        marks.append(Mark(sequence: sequence, offset: offset))
    }

    /// Where to start reading to find all changes after a revision.
    func start(after revision: UInt64) -> Int {
        marks.last { $0.sequence <= revision }?.offset ?? SegmentHead.byteCount
    }

    /// Counts one more record.
    func note(_ sequence: UInt64) {
        if records == 0 || sequence < firstSequence { firstSequence = sequence }
        lastSequence = max(lastSequence, sequence)
        records += 1
    }
}
