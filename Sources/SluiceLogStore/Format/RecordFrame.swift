/// What a record in a segment is; the raw values are on disk.
enum RecordKind: UInt8 {
    case put = 1
    case delete = 2
    /// Begins every group commit and says how many bytes it has.
    case group = 3
    /// Ends a full segment.
    case seal = 4
    /// Gives a collection its number: key is the name, value the number, in collection 0.
    case collection = 5
    /// Reserved: removes a collection with all its records.
    case dropCollection = 6
    /// Reserved: removes a range of keys.
    case deleteRange = 7
    /// Keeps a position: key is the name, value the revision, in collection 1.
    case cursor = 8
}

/// Bits of a record's `flags`; the raw values are on disk.
enum RecordFlags {
    /// The next record belongs to the same batch.
    static let more: UInt8 = 1
    /// Eight bytes with the time of the write follow the header; copies made by compaction have it.
    static let time: UInt8 = 2
    /// Eight bytes with the revision that created the key follow; without it the record created it.
    static let created: UInt8 = 4
    /// Every bit that this version knows.
    static let known: UInt8 = more | time | created
}

/// Numbers of collections that the store keeps for itself.
enum SystemCollection {
    static let catalog: UInt16 = 0
    static let cursors: UInt16 = 1
    /// The first number given to a user's collection.
    static let firstUser: UInt16 = 2
}

/// The 44 bytes before a record's key and value.
///
/// `Format.md` has the table.
struct RecordFrame {
    static let byteCount = 44
    static let timeByteCount = 8
    static let createdByteCount = 8
    /// The largest time or expiry, 48 bits of milliseconds.
    static let maximumTime: Int64 = 1 << 48 - 1

    /// The largest sequence number, so that it is a revision too.
    static let maximumSequence = UInt64(Int64.max) - 1

    var hash: UInt64 = 0
    var headHash: UInt32 = 0
    var valueLength: Int = 0
    var sequence: UInt64 = 0
    var previous: UInt64 = 0
    var expiresAt: Int64 = 0
    var collection: UInt16 = 0
    var keyLength: Int = 0
    var kind: UInt8 = 0
    var flags: UInt8 = 0

    /// Bytes between the frame and the key.
    var extensionLength: Int {
        (flags & RecordFlags.time != 0 ? Self.timeByteCount : 0)
            + (flags & RecordFlags.created != 0 ? Self.createdByteCount : 0)
    }

    /// Bytes before the value.
    var headLength: Int {
        Self.byteCount + extensionLength + keyLength
    }

    /// Bytes of the whole record.
    var length: Int {
        headLength + valueLength
    }

    init() {}

    /// Reads a frame from a buffer of at least `byteCount` bytes.
    @inline(__always)
    init(_ bytes: UnsafeRawBufferPointer) {
        hash = bytes.field(0)
        headHash = bytes.field(8)
        valueLength = Int(bytes.field(12, as: UInt32.self))
        sequence = bytes.field(16)
        previous = bytes.field(24)
        expiresAt = Int64(bytes.field48(32))
        collection = bytes.field(38)
        keyLength = Int(bytes.field(40, as: UInt16.self))
        kind = bytes[42]
        flags = bytes[43]
    }

    /// Writes everything but the two hashes.
    @inline(__always)
    func store(_ target: UnsafeMutableRawPointer) {
        target.setField(12, UInt32(truncatingIfNeeded: valueLength))
        target.setField(16, sequence)
        target.setField(24, previous)
        target.setField48(32, UInt64(truncatingIfNeeded: expiresAt))
        target.setField(38, collection)
        target.setField(40, UInt16(truncatingIfNeeded: keyLength))
        target.storeBytes(of: kind, toByteOffset: 42, as: UInt8.self)
        target.storeBytes(of: flags, toByteOffset: 43, as: UInt8.self)
    }

    /// The hash of a record's head: the frame behind its hashes, the extension and the key.
    @inline(__always)
    static func headHash(_ head: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
        ContentHash.hash(UnsafeRawBufferPointer(rebasing: head[12...]), seed: seed)
    }

    /// Stores both hashes of a record whose head and value are complete.
    @inline(__always)
    static func seal(
        head: UnsafeMutableRawBufferPointer, value: UnsafeRawBufferPointer, seed: UInt64
    ) {
        guard let base = head.baseAddress else { return }
        let headHash = headHash(UnsafeRawBufferPointer(head), seed: seed)
        base.setField(8, UInt32(truncatingIfNeeded: headHash))
        base.setField(0, ContentHash.hash(value, seed: headHash))
    }

    /// Whether a whole record is what was written at the place that `seed` stands for.
    static func verify(_ record: UnsafeRawBufferPointer, headLength: Int, seed: UInt64) -> Bool {
        let head = UnsafeRawBufferPointer(rebasing: record[..<headLength])
        let headHash = headHash(head, seed: seed)
        let value = UnsafeRawBufferPointer(rebasing: record[headLength...])
        return UInt32(truncatingIfNeeded: headHash) == record.field(8, as: UInt32.self)
            && ContentHash.hash(value, seed: headHash) == record.field(0, as: UInt64.self)
    }

    /// Verifies a whole record and copies its value to `target` on the way, which has its size.
    static func verify(
        _ record: UnsafeRawBufferPointer, headLength: Int, seed: UInt64,
        copyingTo target: UnsafeMutableRawBufferPointer
    ) -> Bool {
        let head = UnsafeRawBufferPointer(rebasing: record[..<headLength])
        let value = UnsafeRawBufferPointer(rebasing: record[headLength...])
        guard let target = target.baseAddress else {
            return verify(record, headLength: headLength, seed: seed)
        }
        let headHash = headHash(head, seed: seed)
        let hash = ContentHash.hash(value, seed: headHash, copyingTo: target)
        return UInt32(truncatingIfNeeded: headHash) == record.field(8, as: UInt32.self)
            && hash == record.field(0, as: UInt64.self)
    }
}

/// The record that begins every group commit; its fields lie in a record frame's places.
struct GroupFrame {
    /// Bytes of the records that follow.
    var byteCount: Int
    /// The last sequence number given when the group was written.
    var lastSequence: UInt64
    /// Everything before this place in the log was on the device before the group was written.
    var synced: LogPosition
    /// The store's time at the commit, in milliseconds since 1970.
    var time: Int64

    init(byteCount: Int, lastSequence: UInt64, synced: LogPosition, time: Int64) {
        self.byteCount = byteCount
        self.lastSequence = lastSequence
        self.synced = synced
        self.time = time
    }

    init(_ frame: RecordFrame) {
        byteCount = frame.valueLength
        lastSequence = frame.sequence
        synced = LogPosition(rawValue: frame.previous)
        time = frame.expiresAt
    }

    /// Writes the whole record.
    func store(_ target: UnsafeMutableRawBufferPointer, seed: UInt64) {
        guard let base = target.baseAddress else { return }
        var frame = RecordFrame()
        frame.kind = RecordKind.group.rawValue
        frame.valueLength = byteCount
        frame.sequence = lastSequence
        frame.previous = synced.rawValue
        frame.expiresAt = time
        frame.store(base)
        // The group's records carry their own hashes; here only the frame counts.
        let empty = UnsafeRawBufferPointer(start: nil, count: 0)
        RecordFrame.seal(head: target, value: empty, seed: seed)
    }
}
