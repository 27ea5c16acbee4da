import SluiceSystem

/// How a segment came to be; the raw values are on disk.
enum SegmentKind: UInt8 {
    /// Groups in order of their commits.
    case log = 1
    /// Survivors that compaction copied, in order of their keys.
    case compacted = 2
}

/// The first 4 KiB of a segment; two copies, so that one damaged sector loses nothing.
struct SegmentHead: Hashable, Sendable {
    static let byteCount = 4096
    static let copyOffset = 2048
    static let copyByteCount = 128
    static let magic: [UInt8] = Array("SLUICESG".utf8)
    static let version: UInt32 = 1

    var store: StoreIdentity
    var id: UInt32
    var kind: SegmentKind
    /// One more than the last sequence number given when the segment was created.
    ///
    /// Whatever the segment holds was the newest version of its key among all with smaller numbers.
    var bornSequence: UInt64
    /// The log segment before this one, 0 for the first.
    var previous: UInt32 = 0
    /// Where the log segment before this one ends.
    var previousEnd: Int = 0
    /// The last sequence number in the log before this segment.
    var previousLast: UInt64 = 0
    /// Everything before this place in the log was on the device before the segment was created.
    var synced: LogPosition = .start
    /// The store's time when the segment was created, in milliseconds since 1970.
    var created: Int64 = 0

    /// The name of a segment's file: its id, eight hexadecimal digits.
    static func fileName(_ id: UInt32) -> String { Hexadecimal.text(id, digits: 8) + ".seg" }

    /// The id that a file name stands for, or nil if it is no segment's.
    static func id(fileName: String) -> UInt32? {
        guard fileName.hasSuffix(".seg"),
            let id = Hexadecimal.number(fileName.dropLast(4), digits: 8), id != 0
        else { return nil }
        return UInt32(id)
    }

    /// The 4 KiB as they lie on disk.
    func encoded() -> [UInt8] {
        var copy: [UInt8] = []
        copy.reserveCapacity(Self.copyByteCount)
        copy += Self.magic
        copy.append(number: Self.version)
        copy.append(number: UInt32(Self.byteCount))
        copy.append(number: UInt64(0))  // the hash, below
        copy.append(number: UInt64(0))  // compatible features
        copy.append(number: UInt64(0))  // incompatible features
        copy += store.bytes
        copy.append(number: id)
        copy.append(number: UInt32(kind.rawValue))
        copy.append(number: bornSequence)
        copy.append(number: previous)
        copy.append(number: UInt32(truncatingIfNeeded: previousEnd))
        copy.append(number: previousLast)
        copy.append(number: synced.rawValue)
        copy.append(number: created)
        copy += [UInt8](repeating: 0, count: Self.copyByteCount - copy.count)
        let hash = Self.hash(copy)
        copy.withUnsafeMutableBytes { $0.baseAddress?.setField(16, hash) }
        var bytes = copy
        bytes += [UInt8](repeating: 0, count: Self.copyOffset - bytes.count)
        bytes += copy
        bytes += [UInt8](repeating: 0, count: Self.byteCount - bytes.count)
        return bytes
    }

    /// What the bytes of a head turned out to be.
    enum Decoded {
        case head(SegmentHead, isWhole: Bool)
        case unsupported(version: Int)
        case damaged
    }

    static func decode(_ bytes: [UInt8]) -> Decoded {
        guard bytes.count >= byteCount else { return .damaged }
        let first = decodeCopy(Array(bytes[0..<copyByteCount]))
        let second = decodeCopy(Array(bytes[copyOffset..<copyOffset + copyByteCount]))
        switch (first, second) {
        case (.head(let head, _), .head(let other, _)):
            return .head(head, isWhole: head == other)
        case (.head(let head, _), _), (_, .head(let head, _)):
            return .head(head, isWhole: false)
        case (.unsupported(let version), _), (_, .unsupported(let version)):
            return .unsupported(version: version)
        case (.damaged, .damaged):
            return .damaged
        }
    }

    /// The head of a segment's file; nil where there is none, or it does not verify.
    static func read(
        _ path: String, _ fileSystem: Disk
    ) throws(LogStoreError) -> SegmentHead? {
        do throws(LogStoreError) {
            var bytes = [UInt8](repeating: 0, count: byteCount)
            let file = try fileSystem.open(path, creating: false)
            guard try file.read(into: &bytes, at: 0) == byteCount,
                case .head(let head, _) = decode(bytes)
            else { return nil }
            return head
        } catch {
            guard error.isNoSuchFile else { throw error }
            return nil
        }
    }

    /// Whether a head is zero where its copies are not.
    static func isBlankBesideCopies(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= byteCount else { return false }
        return bytes[copyByteCount..<copyOffset].allSatisfy { $0 == 0 }
            && bytes[(copyOffset + copyByteCount)..<byteCount].allSatisfy { $0 == 0 }
    }

    private static func decodeCopy(_ copy: [UInt8]) -> Decoded {
        copy.withUnsafeBytes { bytes in
            guard bytes.starts(with: magic), bytes.field(16, as: UInt64.self) == hash(copy) else {
                return .damaged
            }
            // Magic, version and hash keep their places in every version of the format.
            let version: UInt32 = bytes.field(8)
            let incompatible: UInt64 = bytes.field(32)
            guard version == Self.version, incompatible == 0 else {
                return .unsupported(version: Int(version) + (incompatible == 0 ? 0 : 1))
            }
            guard let kind = SegmentKind(rawValue: bytes[60]) else { return .damaged }
            var head = SegmentHead(
                store: StoreIdentity(bytes: Array(bytes[40..<56])),
                id: bytes.field(56), kind: kind, bornSequence: bytes.field(64))
            head.previous = bytes.field(72)
            head.previousEnd = Int(bytes.field(76, as: UInt32.self))
            head.previousLast = bytes.field(80)
            head.synced = LogPosition(rawValue: bytes.field(88))
            head.created = bytes.field(96)
            // Links lead back only, so that following them ends.
            guard head.previous < head.id, head.bornSequence <= RecordFrame.maximumSequence + 1,
                head.previousLast <= RecordFrame.maximumSequence,
                (0...RecordFrame.maximumTime).contains(head.created)
            else { return .damaged }
            return .head(head, isWhole: true)
        }
    }

    /// The hash of a copy, with the hash's own place taken as zero.
    private static func hash(_ copy: [UInt8]) -> UInt64 {
        var copy = copy
        copy.replaceSubrange(16..<24, with: [UInt8](repeating: 0, count: 8))
        return ContentHash.hash(copy, seed: 0)
    }
}
