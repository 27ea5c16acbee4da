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
    var manifestEntry: Manifest.SegmentFile {
        custody?.checkShared("a segment")
        return Manifest.SegmentFile(
            id: id, kind: kind, isSealed: isSealed, isDamaged: isDamaged,
            bornSequence: bornSequence, previous: previous, created: created, sums: sums)
    }

    // MARK: Mapping

    func mapIfWanted(_ options: LogStoreOptions) {
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
