/// Finds the record that was written where one bit of it is another now.
///
/// The hash of a record tells: of all records that differ in one bit, only the one that was written
/// verifies.
struct BitMender {
    /// Bits of larger values are not tried, which takes time that grows with the square.
    private static let maximumValueBytes = 4096

    let file: DiskFile
    let identity: StoreIdentity
    let segment: UInt32

    /// The record or group at a place where no head verifies, which ends at `end` at most.
    func record(at offset: Int, to end: Int) throws(LogStoreError) -> SavedSegment.Record? {
        let most =
            RecordFrame.byteCount + RecordFrame.timeByteCount
            + RecordFrame.createdByteCount + LogStoreLimits.keyBytes
        var head = [UInt8](repeating: 0, count: min(most, end - offset))
        guard head.count >= RecordFrame.byteCount,
            try file.read(into: &head, at: offset) == head.count
        else { return nil }
        let seed = identity.seed(segment: segment, offset: offset)
        let bits = min(head.count, head.withUnsafeBytes { RecordFrame($0).headLength }) * 8
        for bit in 0..<max(bits, RecordFrame.byteCount * 8) {
            head[bit / 8] ^= 1 << UInt8(bit % 8)
            if let hash = Self.headHash(head, seed: seed, most: end - offset),
                let found = try record(head, hash, at: offset)
            {
                return found
            }
            head[bit / 8] ^= 1 << UInt8(bit % 8)
        }
        return nil
    }

    /// The hash of a head that verifies.
    private static func headHash(_ head: [UInt8], seed: UInt64, most: Int) -> UInt64? {
        head.withUnsafeBytes { bytes in
            let frame = RecordFrame(bytes)
            guard let kind = RecordKind(rawValue: frame.kind), kind != .seal,
                frame.flags & ~RecordFlags.known == 0,
                frame.keyLength <= LogStoreLimits.keyBytes,
                frame.sequence <= RecordFrame.maximumSequence,
                frame.headLength <= bytes.count,
                frame.headLength + (kind == .group ? 0 : frame.valueLength) <= most
            else { return nil }
            let head = UnsafeRawBufferPointer(rebasing: bytes[..<frame.headLength])
            let hash = RecordFrame.headHash(head, seed: seed)
            return UInt32(truncatingIfNeeded: hash) == frame.headHash ? hash : nil
        }
    }

    private func record(
        _ head: [UInt8], _ headHash: UInt64, at offset: Int
    ) throws(LogStoreError) -> SavedSegment.Record? {
        let frame = head.withUnsafeBytes { RecordFrame($0) }
        let isGroup = frame.kind == RecordKind.group.rawValue
        var value = [UInt8](repeating: 0, count: isGroup ? 0 : frame.valueLength)
        guard try file.read(into: &value, at: offset + frame.headLength) == value.count,
            ContentHash.hash(value, seed: headHash) == frame.hash
        else { return nil }
        return head.withUnsafeBytes { bytes in
            let keyStart = frame.headLength - frame.keyLength
            return SavedSegment.Record(
                frame: frame,
                time: frame.flags & RecordFlags.time != 0
                    ? bytes.field(RecordFrame.byteCount) : nil,
                created: frame.flags & RecordFlags.created != 0
                    ? bytes.field(keyStart - RecordFrame.createdByteCount) : frame.sequence,
                key: Array(bytes[keyStart..<frame.headLength]), value: value)
        }
    }

    /// The value of a record whose head verifies.
    func value(of frame: RecordFrame, at offset: Int) throws(LogStoreError) -> [UInt8]? {
        var head = [UInt8](repeating: 0, count: frame.headLength)
        var value = [UInt8](repeating: 0, count: frame.valueLength)
        guard try file.read(into: &head, at: offset) == head.count,
            try file.read(into: &value, at: offset + head.count) == value.count
        else { return nil }
        let seed = identity.seed(segment: segment, offset: offset)
        let headHash = head.withUnsafeBytes { RecordFrame.headHash($0, seed: seed) }
        if (ContentHash.hash(value, seed: headHash) ^ frame.hash).nonzeroBitCount == 1 {
            return value
        }
        guard value.count <= Self.maximumValueBytes else { return nil }
        for bit in 0..<value.count * 8 {
            value[bit / 8] ^= 1 << UInt8(bit % 8)
            if ContentHash.hash(value, seed: headHash) == frame.hash { return value }
            value[bit / 8] ^= 1 << UInt8(bit % 8)
        }
        return nil
    }
}
