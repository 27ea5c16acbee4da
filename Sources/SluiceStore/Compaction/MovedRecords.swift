/// The records that a round of compaction copied and that counted as live when it looked at them.
struct MovedRecords {
    /// Where a record lay.
    private struct OldPlace: Hashable {
        var segment: UInt32
        var offset: UInt32
    }

    private struct Record {
        var old: OldPlace
        var length: UInt32
    }

    private var records: [Record] = []
    /// New entries of those that expire.
    private var expiring: [OldPlace: IndexEntry] = [:]

    /// Notes the new entry of a record by its old place.
    mutating func add(_ entry: IndexEntry, from segment: UInt32, offset: UInt32) {
        let old = OldPlace(segment: segment, offset: offset)
        records.append(Record(old: old, length: entry.length))
        if entry.expiresAt != 0 { expiring[old] = entry }
    }

    /// What is left once the records at some old places were replaced: the bytes that are live, and
    /// the entries of those that expire; and the bytes of each of those that were replaced.
    func live(
        without replaced: [IndexEntry]
    ) -> (bytes: Int, replacedBytes: [Int], expiring: [IndexEntry]) {
        let gone = Set(replaced.map { OldPlace(segment: $0.segment, offset: $0.offset) })
        var bytes = 0
        var replacedBytes: [Int] = []
        for record in records {
            if !gone.isEmpty, gone.contains(record.old) {
                replacedBytes.append(Int(record.length))
            } else {
                bytes += Int(record.length)
            }
        }
        let stillExpiring = expiring.filter { !gone.contains($0.key) }
        return (bytes, replacedBytes, Array(stillExpiring.values))
    }
}
