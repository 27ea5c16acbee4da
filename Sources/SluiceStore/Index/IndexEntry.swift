/// Where the newest version of a key lies, and what has to be known without reading it.
struct IndexEntry: Equatable {
    /// The sequence number of the record; in system collections, the number that orders versions.
    var version: UInt64
    /// Expiry in the low 48 bits, flags above.
    private var expiryAndFlags: UInt64
    var segment: UInt32
    var offset: UInt32
    /// Bytes of the whole record.
    var length: UInt32

    private static let deadBit: UInt64 = 1 << 63
    private static let timeBit: UInt64 = 1 << 62
    private static let expiryMask: UInt64 = 1 << 48 - 1

    init(
        version: UInt64, segment: UInt32, offset: Int, length: Int, expiresAt: Int64, isDead: Bool,
        hasTime: Bool
    ) {
        self.version = version
        self.segment = segment
        self.offset = UInt32(truncatingIfNeeded: offset)
        self.length = UInt32(truncatingIfNeeded: length)
        expiryAndFlags =
            UInt64(truncatingIfNeeded: expiresAt) & Self.expiryMask
            | (isDead ? Self.deadBit : 0) | (hasTime ? Self.timeBit : 0)
    }

    /// What the record counts against the cap: 32 + key + value.
    var charge: Int {
        let head =
            RecordFrame.byteCount
            + (expiryAndFlags & Self.timeBit != 0 ? RecordFrame.timeByteCount : 0)
        return 32 + Int(length) - head
    }

    /// Milliseconds since 1970, 0 for none.
    var expiresAt: Int64 {
        Int64(expiryAndFlags & Self.expiryMask)
    }

    /// Whether the record is a tombstone: deleted, or found expired.
    var isDead: Bool {
        get { expiryAndFlags & Self.deadBit != 0 }
        set { expiryAndFlags = expiryAndFlags & ~Self.deadBit | (newValue ? Self.deadBit : 0) }
    }

    /// Whether a reader at time `now` sees the record.
    ///
    /// A search may read at an earlier time than that at which the record was found expired, so the
    /// instant decides where there is one.
    @inline(__always)
    func isLive(at now: Int64) -> Bool {
        let expiresAt = expiresAt
        return expiresAt == 0 ? !isDead : expiresAt > now
    }

    /// Whether both say that the record lies in the same place.
    func isSamePlace(_ other: IndexEntry) -> Bool {
        segment == other.segment && offset == other.offset
    }
}
