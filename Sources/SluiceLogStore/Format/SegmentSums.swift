/// What the records of a segment come to.
struct SegmentSums: Hashable, Sendable {
    /// Where the records end.
    var end = SegmentHead.byteCount
    /// The smallest and largest sequence numbers, 0 while it is empty.
    var firstSequence: UInt64 = 0
    var lastSequence: UInt64 = 0
    var records = 0
    /// Bytes of the records that are the newest of their keys and live.
    var liveBytes = 0
    /// Deletes, whether newer records of their keys have come since or not.
    var tombstones = 0
    /// Records with an expiry, whether it has come or not.
    var expiring = 0
    var tombstoneBytes = 0
    /// Bytes of the frames that begin groups.
    var frameBytes = 0
    /// Bytes that were live and for which history is kept, by when they were replaced.
    var replaced = ReplacedBytes()

    /// Counts one more record.
    mutating func note(_ frame: RecordFrame) {
        if records == 0 || frame.sequence < firstSequence { firstSequence = frame.sequence }
        lastSequence = max(lastSequence, frame.sequence)
        records += 1
        if frame.kind == RecordKind.delete.rawValue {
            tombstones += 1
            tombstoneBytes += frame.length
        } else if frame.expiresAt != 0 {
            expiring += 1
        }
    }

    /// Counts one record less; the caller knows what the sequence numbers are then.
    mutating func forget(_ frame: RecordFrame) {
        records -= 1
        if frame.kind == RecordKind.delete.rawValue {
            tombstones -= 1
            tombstoneBytes -= frame.length
        } else if frame.expiresAt != 0 {
            expiring -= 1
        }
    }

    /// Bytes of records that have to be kept while history reaches back to `horizon`.
    func keptBytes(horizon: UInt64) -> Int {
        liveBytes + replaced.bytes(after: horizon)
    }
}
