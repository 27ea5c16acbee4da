/// The records that a round of compaction copied and that were live when the index was last written
/// down, whether they have been replaced since or not.
struct MovedRecords {
    /// Where a record lay.
    private struct OldPlace: Hashable {
        var segment: UInt32
        var offset: UInt32
    }

    private struct Record {
        var old: OldPlace
        /// Bytes where it lay, and where it lies.
        var oldLength: UInt32
        var length: UInt32
        /// The version that had replaced it when it was copied; the largest number where none had.
        var successor: UInt64
    }

    /// What counts as live of them, and what no longer does.
    struct Sums {
        var bytes = 0
        /// Their bytes where they lay: a copy may carry more.
        var oldBytes = 0
        /// The bytes of each record that was replaced.
        var replacedBytes: [Int] = []
        /// The live ones that expire.
        var expiring: [IndexEntry] = []
    }

    private var records: [Record] = []
    /// New entries of those that expire.
    private var expiring: [OldPlace: IndexEntry] = [:]

    /// Notes the new entry of a record by its old place.
    mutating func add(
        _ entry: IndexEntry, _ item: Survivors.Item, from segment: UInt32
    ) {
        let old = OldPlace(segment: segment, offset: item.offset)
        records.append(
            Record(
                old: old, oldLength: item.length, length: entry.length,
                successor: item.successor))
        if entry.expiresAt != 0 { expiring[old] = entry }
    }

    /// What was live at a sequence number: not replaced up to there before the round looked, nor
    /// among the old places that were replaced since, nor expired up to `taken`.
    func live(at sequence: UInt64, without replaced: [IndexEntry], taken: Int64) -> Sums {
        let gone = Set(replaced.map { OldPlace(segment: $0.segment, offset: $0.offset) })
        var sums = Sums()
        for record in records {
            if record.successor <= sequence && record.successor != .max
                || !gone.isEmpty && gone.contains(record.old)
            {
                sums.replacedBytes.append(Int(record.length))
                continue
            }
            if let entry = expiring.isEmpty ? nil : expiring[record.old] {
                if entry.expiresAt <= taken { continue }
                sums.expiring.append(entry)
            }
            sums.bytes += Int(record.length)
            sums.oldBytes += Int(record.oldLength)
        }
        return sums
    }
}
