/// Where one version of a key lies, and what has to be known without reading it.
struct IndexEntry: Equatable {
    /// The sequence number of the record; in system collections, the number that orders versions.
    var version: UInt64
    /// The version that created the key: the first put since the key was absent.
    var created: UInt64
    /// Expiry in the low 48 bits, flags in the highest 8.
    private(set) var expiryAndFlags: UInt64
    var segment: UInt32
    var offset: UInt32
    /// Bytes of the whole record.
    var length: UInt32

    private static let deadBit: UInt64 = 1 << 63
    private static let timeBit: UInt64 = 1 << 62
    private static let createdBit: UInt64 = 1 << 61
    private static let expiryMask: UInt64 = 1 << 48 - 1

    /// An entry for a record whose frame has these flags.
    init(
        version: UInt64, created: UInt64, segment: UInt32, offset: Int, length: Int,
        expiresAt: Int64, isDead: Bool, recordFlags: UInt8
    ) {
        self.version = version
        self.created = created
        self.segment = segment
        self.offset = UInt32(truncatingIfNeeded: offset)
        self.length = UInt32(truncatingIfNeeded: length)
        expiryAndFlags =
            UInt64(truncatingIfNeeded: expiresAt) & Self.expiryMask
            | (isDead ? Self.deadBit : 0)
            | (recordFlags & RecordFlags.time != 0 ? Self.timeBit : 0)
            | (recordFlags & RecordFlags.created != 0 ? Self.createdBit : 0)
    }

    /// An entry as it is kept in a run; `expiryAndFlags` as another entry gave it.
    init(
        version: UInt64, created: UInt64, expiryAndFlags: UInt64, segment: UInt32, offset: UInt32,
        length: UInt32
    ) {
        self.version = version
        self.created = created
        self.expiryAndFlags = expiryAndFlags
        self.segment = segment
        self.offset = offset
        self.length = length
    }

    /// Whether the record carries its own time.
    var hasTime: Bool {
        expiryAndFlags & Self.timeBit != 0
    }

    /// Bytes of the record before its key.
    var headLength: Int {
        RecordFrame.byteCount
            + (expiryAndFlags & Self.timeBit != 0 ? RecordFrame.timeByteCount : 0)
            + (expiryAndFlags & Self.createdBit != 0 ? RecordFrame.createdByteCount : 0)
    }

    /// What the record counts against the cap: 32 + key + value.
    var charge: Int {
        32 + Int(length) - headLength
    }

    /// Milliseconds since 1970, 0 for none.
    var expiresAt: Int64 {
        Int64(expiryAndFlags & Self.expiryMask)
    }

    /// Whether the record is a tombstone.
    var isDead: Bool {
        expiryAndFlags & Self.deadBit != 0
    }

    /// Whether a reader at time `now` sees the record.
    @inline(__always)
    func isLive(at now: Int64) -> Bool {
        let expiresAt = expiresAt
        return !isDead && (expiresAt == 0 || expiresAt > now)
    }

    /// Whether both say that the record lies in the same place.
    func isSamePlace(_ other: IndexEntry) -> Bool {
        segment == other.segment && offset == other.offset
    }
}

extension IndexEntry {
    /// The entry of a record at its place.
    init(_ frame: RecordFrame, created: UInt64, segment: UInt32, offset: Int) {
        // Records of the store's own take no sequence number; theirs orders versions instead.
        let isUser = frame.collection >= SystemCollection.firstUser
        self.init(
            version: isUser ? frame.sequence : frame.previous, created: created, segment: segment,
            offset: offset, length: frame.length, expiresAt: frame.expiresAt,
            isDead: frame.kind == RecordKind.delete.rawValue, recordFlags: frame.flags)
    }
}
