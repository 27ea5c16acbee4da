import SluiceSystem
internal import Synchronization

/// One segment file with what is known of its content.
///
/// `@unchecked Sendable`: the constants are free to use, what tells where it is mapped is atomic, and
/// all else that changes is guarded by the store's reader-writer lock from when the segment is part
/// of the store's state, or belongs to whoever is making the segment.
final class Segment: @unchecked Sendable {
    /// Who holds the lock that guards it; nil while it is made.
    @exclusivity(unchecked) var custody: Custody?
    let id: UInt32
    let kind: SegmentKind
    let bornSequence: UInt64
    /// The log segment before this one.
    let previous: UInt32
    /// The store's time when it was made.
    let created: Int64
    let file: DiskFile

    /// What its records come to.
    @exclusivity(unchecked) var sums = SegmentSums()
    var isSealed = false
    /// Whether a record in it did not verify; such a segment is never removed.
    var isDamaged = false
    /// Beginnings of some groups, to start reading changes near a revision.
    @exclusivity(unchecked) private(set) var marks: [Mark] = []

    struct Mark {
        /// The last sequence number before the group.
        var sequence: UInt64
        var offset: Int
    }

    static let markDistance = 64 << 10

    init(
        id: UInt32, kind: SegmentKind, bornSequence: UInt64, previous: UInt32, created: Int64,
        file: DiskFile
    ) {
        self.id = id
        self.kind = kind
        self.bornSequence = bornSequence
        self.previous = previous
        self.created = created
        self.file = file
    }

    convenience init(head: SegmentHead, file: DiskFile) {
        self.init(
            id: head.id, kind: head.kind, bornSequence: head.bornSequence, previous: head.previous,
            created: head.created, file: file)
    }

    var fileName: String { SegmentHead.fileName(id) }

    /// How the manifest names it.
    var manifestEntry: Manifest.Segment {
        custody?.checkShared("a segment")
        return Manifest.Segment(
            id: id, kind: kind, isSealed: isSealed, isDamaged: isDamaged,
            bornSequence: bornSequence, previous: previous, created: created, sums: sums)
    }

    // MARK: Mapping

    func mapIfWanted(_ options: LogStore.Options) {
        if options.mapsFiles { map(count: end) }
    }

    /// Address and length of the file in memory, 0 while it is not mapped.
    private let mappedAddress = Atomic<UInt>(0)
    private let mappedCount = Atomic<Int>(0)

    /// Lets reads go through memory: the file has so many bytes, and will not shrink below what of
    /// them are records.
    ///
    /// Called again, it takes in what has come since, or leaves out what was given back.
    func map(count: Int) {
        if count > mappedCount.load(ordering: .relaxed) {
            guard let bytes = file.map(count: count), let base = bytes.baseAddress else { return }
            mappedAddress.store(UInt(bitPattern: base), ordering: .relaxed)
        }
        // Whoever sees the count sees an address with so many bytes.
        mappedCount.store(count, ordering: .releasing)
    }

    /// Bytes of the file in memory, or nil where they have to be read.
    @inline(__always)
    func bytes(at offset: Int, count: Int) -> UnsafeRawBufferPointer? {
        guard offset >= 0, count >= 0,
            offset + count <= mappedCount.load(ordering: .acquiring)
        else { return nil }
        let address = mappedAddress.load(ordering: .relaxed)
        return UnsafeRawBufferPointer(
            start: UnsafeRawPointer(bitPattern: address + UInt(offset)), count: count)
    }

    /// The end of its acknowledged records.
    var end: Int {
        get { sums.end }
        set {
            custody?.checkAlone("a segment")
            sums.end = newValue
        }
    }

    /// Notes a group that begins at `offset` behind sequence number `sequence`.
    func mark(_ offset: Int, after sequence: UInt64) {
        custody?.checkAlone("a segment")
        if let last = marks.last, offset - last.offset < Self.markDistance { return }
        marks.append(Mark(sequence: sequence, offset: offset))
    }

    /// Where to start reading to find all changes after a revision.
    func start(after revision: UInt64) -> Int {
        custody?.checkShared("a segment")
        return marks.last { $0.sequence <= revision }?.offset ?? SegmentHead.byteCount
    }
}

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

/// Bytes of replaced records by the revision that replaced them, joined when there are many.
struct ReplacedBytes: Hashable, Sendable {
    struct Part: Hashable, Sendable {
        /// The last revision that replaced some of them.
        var through: UInt64
        var bytes: Int
    }

    static let maximumParts = 32

    private(set) var parts: [Part] = []

    init(parts: [Part] = []) {
        self.parts = parts
    }

    /// Adds bytes replaced by a revision newer than all before.
    mutating func add(_ bytes: Int, by revision: UInt64) {
        if parts.count == Self.maximumParts {
            // Pairs of neighbours count until the later of their revisions.
            parts = stride(from: 0, to: parts.count, by: 2).map {
                Part(through: parts[$0 + 1].through, bytes: parts[$0].bytes + parts[$0 + 1].bytes)
            }
        }
        if let last = parts.last, last.through == revision {
            parts[parts.count - 1].bytes += bytes
        } else {
            parts.append(Part(through: revision, bytes: bytes))
        }
    }

    /// Bytes replaced after a revision, rounded up.
    func bytes(after revision: UInt64) -> Int {
        parts.reduce(0) { $0 + ($1.through > revision ? $1.bytes : 0) }
    }
}
