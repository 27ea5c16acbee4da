import SluiceSystem

/// What the store knew at a quiet moment: the segments with their sums, the runs of the index, and
/// up to where in the log these hold.
///
/// A cache. A store without it, or with a damaged one, is rebuilt from its segments; with it, opening
/// reads only what comes behind `covered`, and a missing segment or a log cut short after a clean
/// close are noticed.
struct Manifest: Hashable, Sendable {
    static let fileName = "MANIFEST"
    static let temporaryName = "MANIFEST.tmp"
    static let magic: [UInt8] = Array("SLUICEMF".utf8)
    static let version: UInt32 = 1
    private static let preludeByteCount = 32
    /// The compatible feature that the last sequence number, the largest file number and the names
    /// of collections follow.
    private static let hasNames: UInt32 = 1
    /// Far more than a store holds, and far less than would overflow.
    private static let maximumTotal = 1 << 56

    /// One segment, its sums as of `covered`.
    struct SegmentFile: Hashable, Sendable {
        var id: UInt32
        var kind: SegmentKind
        var isSealed: Bool
        var isDamaged: Bool
        var bornSequence: UInt64
        /// The log segment before this one.
        var previous: UInt32
        var created: Int64
        var sums: SegmentSums
    }

    /// One run of the index.
    struct RunFile: Hashable, Sendable {
        var id: UInt32
        var byteCount: Int
        var entryCount: Int
    }

    var store: StoreIdentity
    /// Whether the store was closed properly at this state.
    var isClean = false
    /// The runs hold the index of all before this place, and the sums are those of this place.
    var covered = LogPosition.start
    /// The end of the log when the manifest was written: all before it is on the device.
    var end = LogPosition.start
    /// The last sequence number given before `covered`.
    var lastSequence: UInt64 = 0
    /// The last one given before `end`, where the store was closed properly; otherwise 0.
    var endSequence: UInt64 = 0
    /// The oldest revision that can be read.
    var horizon: UInt64 = 0
    var time: Int64 = 0
    var totals = StoreTotals()
    var expiry = ExpirySums()
    var segments: [SegmentFile] = []
    /// Newest first.
    var runs: [RunFile] = []
    /// The names of collections by their numbers, those of the log behind `covered` too.
    var names: [UInt16: Name] = [:]
    /// A number that no new file may have, nor any smaller one.
    var largestID: UInt32 = 0

    func encoded() -> [UInt8] {
        var body: [UInt8] = []
        body += store.bytes
        body.append(number: UInt64(isClean ? 1 : 0))
        body.append(number: covered.rawValue)
        body.append(number: end.rawValue)
        body.append(number: lastSequence)
        body.append(number: horizon)
        body.append(number: time)
        body.append(number: Int64(totals.liveBytes))
        body.append(number: Int64(totals.records))
        body.append(number: expiry.taken)
        body.append(number: UInt32(expiry.shift))
        body.append(number: UInt32(truncatingIfNeeded: expiry.entries.count))
        body.append(number: UInt32(truncatingIfNeeded: segments.count))
        body.append(number: UInt32(truncatingIfNeeded: runs.count))
        for segment in segments { Self.append(segment, to: &body) }
        for run in runs {
            body.append(number: run.id)
            body.append(number: UInt32(0))
            body.append(number: UInt64(run.byteCount))
            body.append(number: UInt64(run.entryCount))
        }
        for entry in expiry.entries {
            body.append(number: entry.unit)
            body.append(number: entry.segment)
            body.append(number: UInt32(truncatingIfNeeded: entry.sum.records))
            body.append(number: Int64(entry.sum.bytes))
            body.append(number: Int64(entry.sum.charge))
        }
        body.append(number: endSequence)
        body.append(number: largestID)
        body.append(number: UInt32(names.count))
        for (number, name) in names.sorted(by: { $0.key < $1.key }) {
            body.append(number: number)
            body.append(number: UInt16(truncatingIfNeeded: name.text.utf8.count))
            body += name.text.utf8
        }
        var bytes = Self.magic
        bytes.append(number: Self.version)
        bytes.append(number: UInt32(truncatingIfNeeded: body.count))
        bytes.append(number: Self.hasNames)
        bytes.append(number: UInt32(0))  // incompatible features
        bytes.append(number: ContentHash.hash(bytes + body, seed: 0))
        return bytes + body
    }

    private static func append(_ segment: SegmentFile, to body: inout [UInt8]) {
        let sums = segment.sums
        body.append(number: segment.id)
        body.append(number: segment.previous)
        body.append(number: UInt16(segment.kind.rawValue))
        body.append(number: UInt16((segment.isSealed ? 1 : 0) | (segment.isDamaged ? 2 : 0)))
        body.append(number: UInt32(sums.replaced.parts.count))
        body.append(number: segment.bornSequence)
        body.append(number: segment.created)
        for number in [
            UInt64(sums.end), sums.firstSequence, sums.lastSequence, UInt64(sums.records),
            UInt64(max(0, sums.liveBytes)), UInt64(sums.tombstones), UInt64(sums.tombstoneBytes),
            UInt64(sums.frameBytes), UInt64(sums.expiring),
        ] {
            body.append(number: number)
        }
        for part in sums.replaced.parts {
            body.append(number: part.through)
            body.append(number: UInt64(part.bytes))
        }
    }

    /// What the bytes of a manifest turned out to be.
    enum Decoded {
        case manifest(Manifest)
        case unsupported(version: Int)
        case damaged
    }

    static func decode(_ bytes: [UInt8]) -> Decoded {
        guard bytes.count >= preludeByteCount, bytes.starts(with: magic) else { return .damaged }
        let body = Array(bytes[preludeByteCount...])
        return bytes.withUnsafeBytes { raw in
            let hash = ContentHash.hash(Array(bytes[..<24]) + body, seed: 0)
            guard raw.field(24, as: UInt64.self) == hash,
                Int(raw.field(12, as: UInt32.self)) == body.count
            else { return .damaged }
            let found: UInt32 = raw.field(8)
            let incompatible: UInt32 = raw.field(20)
            guard found == version, incompatible == 0 else {
                return .unsupported(version: Int(found) + (incompatible == 0 ? 0 : 1))
            }
            let compatible: UInt32 = raw.field(16)
            return body.withUnsafeBytes { decodeBody($0, hasNames: compatible & hasNames != 0) }
                .map { .manifest($0) } ?? .damaged
        }
    }

    private static func decodeBody(
        _ body: UnsafeRawBufferPointer, hasNames: Bool
    ) -> Manifest? {
        var fields = FieldReader(body)
        guard let store = fields.bytes(StoreIdentity.byteCount) else { return nil }
        var manifest = Manifest(store: StoreIdentity(bytes: store))
        manifest.isClean = fields.next(UInt64.self) != 0
        manifest.covered = LogPosition(rawValue: fields.next())
        manifest.end = LogPosition(rawValue: fields.next())
        manifest.lastSequence = fields.sequence()
        manifest.horizon = fields.sequence()
        manifest.time = fields.next()
        manifest.totals.liveBytes = fields.sum(in: -maximumTotal...maximumTotal)
        manifest.totals.records = fields.sum(in: -maximumTotal...maximumTotal)
        let taken: Int64 = fields.next()
        let shift = UInt8(truncatingIfNeeded: fields.next(UInt32.self))
        let (sums, segments, runs): (UInt32, UInt32, UInt32) =
            (fields.next(), fields.next(), fields.next())
        for _ in 0..<segments {
            guard let segment = segment(&fields) else { return nil }
            manifest.segments.append(segment)
        }
        for _ in 0..<runs {
            guard fields.isWhole else { return nil }
            let (id, _): (UInt32, UInt32) = (fields.next(), fields.next())
            manifest.runs.append(
                RunFile(
                    id: id, byteCount: fields.sum(in: 0...maximumTotal),
                    entryCount: fields.sum(in: 0...maximumTotal)))
        }
        var entries: [ExpirySums.Entry] = []
        for _ in 0..<sums {
            guard fields.isWhole else { return nil }
            let (unit, segment, records): (Int64, UInt32, UInt32) =
                (fields.next(), fields.next(), fields.next())
            entries.append(
                ExpirySums.Entry(
                    unit: unit, segment: segment,
                    sum: ExpirySums.Sum(
                        records: Int(Int32(bitPattern: records)),
                        bytes: fields.change(), charge: fields.change())))
        }
        manifest.expiry = ExpirySums(entries, shift: shift, taken: taken)
        if hasNames {
            manifest.endSequence = fields.sequence()
            manifest.largestID = fields.next()
            let count: UInt32 = fields.next()
            for _ in 0..<count {
                guard fields.isWhole else { return nil }
                let (number, length): (UInt16, UInt16) = (fields.next(), fields.next())
                guard let bytes = fields.bytes(Int(length)),
                    let name = String(validating: bytes, as: UTF8.self)
                else { return nil }
                manifest.names[number] = Name(name)
            }
        }
        guard fields.isWhole, (0...RecordFrame.maximumTime).contains(manifest.time) else {
            return nil
        }
        return manifest
    }

    private static func segment(_ fields: inout FieldReader) -> SegmentFile? {
        let (id, previous): (UInt32, UInt32) = (fields.next(), fields.next())
        let (kind, flags): (UInt16, UInt16) = (fields.next(), fields.next())
        let parts: UInt32 = fields.next()
        guard fields.isWhole, let kind = SegmentKind(rawValue: UInt8(truncatingIfNeeded: kind))
        else { return nil }
        var segment = SegmentFile(
            id: id, kind: kind, isSealed: flags & 1 != 0, isDamaged: flags & 2 != 0,
            bornSequence: fields.sequence(upTo: RecordFrame.maximumSequence + 1),
            previous: previous, created: fields.next(),
            sums: SegmentSums())
        segment.sums.end = fields.length()
        segment.sums.firstSequence = fields.sequence()
        segment.sums.lastSequence = fields.sequence()
        segment.sums.records = fields.length()
        segment.sums.liveBytes = fields.length()
        segment.sums.tombstones = fields.length()
        segment.sums.tombstoneBytes = fields.length()
        segment.sums.frameBytes = fields.length()
        segment.sums.expiring = fields.length()
        var replaced: [ReplacedBytes.Part] = []
        guard parts <= ReplacedBytes.maximumParts, previous < id else { return nil }
        for _ in 0..<parts {
            replaced.append(
                ReplacedBytes.Part(through: fields.next(), bytes: fields.length()))
        }
        segment.sums.replaced = ReplacedBytes(parts: replaced)
        guard fields.isWhole, (0...RecordFrame.maximumTime).contains(segment.created) else {
            return nil
        }
        return segment
    }
}

extension Manifest {
    /// Records whose instant has come count as live no more.
    mutating func expire(at now: Int64) {
        guard expiry.isDue(at: now) else { return }
        for (id, sum) in expiry.take(at: now) {
            totals.liveBytes -= sum.charge
            totals.records -= sum.records
            if let index = segments.firstIndex(where: { $0.id == id }) {
                segments[index].sums.liveBytes -= sum.bytes
            }
        }
    }
}
