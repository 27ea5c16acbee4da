/// What the store knew at a quiet moment: which segments there are and where the log ended.
///
/// A cache. A store without it, or with a damaged one, is rebuilt from its segments; with it, a
/// missing segment and a log cut short after a clean close are noticed.
struct Manifest: Hashable, Sendable {
    static let fileName = "MANIFEST"
    static let temporaryName = "MANIFEST.tmp"
    static let magic: [UInt8] = Array("SLUICEMF".utf8)
    static let version: UInt32 = 1
    private static let preludeByteCount = 32

    struct Segment: Hashable, Sendable {
        var id: UInt32
        var kind: SegmentKind
        var isSealed: Bool
        var end: Int
        var bornSequence: UInt64
        var lastSequence: UInt64
        var liveBytes: Int
    }

    var store: StoreIdentity
    /// Whether the store was closed properly at this state.
    var isClean: Bool
    var nextSequence: UInt64
    /// The oldest revision that the change feed may be asked for.
    var horizon: UInt64
    /// The end of the log: all before it is on the device.
    var end: LogPosition
    var time: Int64
    var segments: [Segment]

    func encoded() -> [UInt8] {
        var body: [UInt8] = []
        body += store.bytes
        body.append(number: UInt64(isClean ? 1 : 0))
        body.append(number: nextSequence)
        body.append(number: horizon)
        body.append(number: end.rawValue)
        body.append(number: time)
        body.append(number: UInt32(truncatingIfNeeded: segments.count))
        body.append(number: UInt32(0))  // runs of the index
        for segment in segments {
            body.append(number: segment.id)
            body.append(number: UInt16(segment.kind.rawValue))
            body.append(number: UInt16(segment.isSealed ? 1 : 0))
            body.append(number: UInt64(segment.end))
            body.append(number: segment.bornSequence)
            body.append(number: segment.lastSequence)
            body.append(number: UInt64(segment.liveBytes))
        }
        var bytes = Self.magic
        bytes.append(number: Self.version)
        bytes.append(number: UInt32(truncatingIfNeeded: body.count))
        bytes.append(number: UInt64(0))  // features: 32 compatible, 32 incompatible bits
        bytes.append(number: ContentHash.hash(bytes + body, seed: 0))
        return bytes + body
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
            return body.withUnsafeBytes { decodeBody($0) }.map { .manifest($0) } ?? .damaged
        }
    }

    private static func decodeBody(_ body: UnsafeRawBufferPointer) -> Manifest? {
        let fixed = 64
        let entry = 40
        guard body.count >= fixed else { return nil }
        let count = Int(body.field(56, as: UInt32.self))
        guard count <= (body.count - fixed) / entry else { return nil }
        var segments: [Segment] = []
        for index in 0..<count {
            let base = fixed + index * entry
            guard let kind = SegmentKind(rawValue: body[base + 4]) else { return nil }
            segments.append(
                Segment(
                    id: body.field(base), kind: kind, isSealed: body[base + 6] != 0,
                    end: Int(clamping: body.field(base + 8, as: UInt64.self)),
                    bornSequence: body.field(base + 16), lastSequence: body.field(base + 24),
                    liveBytes: Int(clamping: body.field(base + 32, as: UInt64.self))))
        }
        let time: Int64 = body.field(48)
        guard body.field(24, as: UInt64.self) <= RecordFrame.maximumSequence,
            (0...RecordFrame.maximumTime).contains(time)
        else { return nil }
        return Manifest(
            store: StoreIdentity(bytes: Array(body[0..<16])), isClean: body[16] != 0,
            nextSequence: body.field(24), horizon: body.field(32),
            end: LogPosition(rawValue: body.field(40)), time: time, segments: segments)
    }
}
