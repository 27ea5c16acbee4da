/// Reads the records of one segment front to back through a window, verifying each.
///
/// Pointers to keys stay valid until the next read.
final class SegmentReader {
    /// What lies at a place in a segment.
    enum Found {
        /// A record that verifies.
        case record(RecordFrame)
        /// A record whose head verifies and whose value does not.
        case damagedValue(RecordFrame)
        /// Zeros, or the end.
        case blank
        /// Neither.
        case garbage
    }

    /// What lies at a place where a group should begin.
    enum GroupFound {
        /// A whole group; `batch` holds its records.
        case group(GroupFrame, end: Int)
        case seal(SealRecord)
        case blank
        /// No whole group; the place is that of the first record that is missing or damaged.
        case broken(at: Int)
    }

    /// Records read together, with their keys.
    struct Batch {
        private(set) var records: [Item] = []
        private var keys: [UInt8] = []

        struct Item {
            var frame: RecordFrame
            var offset: Int
            /// The revision that created the key.
            var created: UInt64
            fileprivate var keyStart: Int
        }

        mutating func removeAll() {
            records.removeAll(keepingCapacity: true)
            keys.removeAll(keepingCapacity: true)
        }

        mutating func append(
            _ frame: RecordFrame, at offset: Int, created: UInt64, key: UnsafeRawBufferPointer
        ) {
            records.append(
                Item(frame: frame, offset: offset, created: created, keyStart: keys.count))
            keys.append(contentsOf: key)
        }

        /// The key of one of the records.
        func key(_ index: Int) -> [UInt8] {
            let item = records[index]
            return Array(keys[item.keyStart..<item.keyStart + item.frame.keyLength])
        }

        func forEach(
            _ body: (Item, UnsafeRawBufferPointer) throws(LogStoreError) -> Void
        ) throws(LogStoreError) {
            try keys.withBytes { bytes throws(LogStoreError) in
                for item in records {
                    let key = bytes[item.keyStart..<item.keyStart + item.frame.keyLength]
                    try body(item, UnsafeRawBufferPointer(rebasing: key))
                }
            }
        }
    }

    private static let windowBytes = 256 << 10
    /// A piece of a large value; whole blocks of the hash.
    private static let pieceBytes = ContentHash.blockBytes * 2048

    let id: UInt32
    private let file: DiskFile
    private let identity: StoreIdentity
    /// Bytes behind this are not looked at.
    let limit: Int
    private let window: UnsafeMutableRawBufferPointer
    private var windowStart = 0
    private var windowCount = 0
    /// The key of the record found last.
    private(set) var key = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The time that the record found last carries itself.
    private(set) var time: Int64?
    /// The revision that created the key of the record found last.
    private(set) var created: UInt64 = 0
    /// The records of the group found last.
    private(set) var batch = Batch()

    init(id: UInt32, file: DiskFile, identity: StoreIdentity, limit: Int) {
        self.id = id
        self.file = file
        self.identity = identity
        self.limit = limit
        window = .allocate(byteCount: min(Self.windowBytes, max(limit, 4096)), alignment: 16)
    }

    deinit {
        window.deallocate()
    }

    /// The record at a place, its value verified too unless that is not asked for.
    func record(
        at offset: Int, verifiesValue: Bool = true
    ) throws(LogStoreError) -> Found {
        let remaining = limit - offset
        guard remaining >= RecordFrame.byteCount else {
            return try isBlank(offset, max(0, remaining)) ? .blank : .garbage
        }
        guard let bytes = try bytes(at: offset, count: RecordFrame.byteCount) else {
            return .garbage
        }
        let frame = RecordFrame(bytes)
        guard let kind = RecordKind(rawValue: frame.kind) else {
            return try isBlank(offset, RecordFrame.byteCount) ? .blank : .garbage
        }
        let valueLength = kind == .group ? 0 : frame.valueLength
        guard frame.flags & ~RecordFlags.known == 0,
            frame.keyLength <= LogStoreLimits.keyBytes,
            frame.sequence <= RecordFrame.maximumSequence,
            frame.headLength + valueLength <= remaining,
            let head = try self.bytes(at: offset, count: frame.headLength)
        else { return .garbage }
        let seed = identity.seed(segment: id, offset: offset)
        let headHash = RecordFrame.headHash(head, seed: seed)
        guard UInt32(truncatingIfNeeded: headHash) == frame.headHash else { return .garbage }
        var isWhole = true
        if verifiesValue {
            let hash = try valueHash(
                at: offset + frame.headLength, count: valueLength, seed: headHash)
            isWhole = hash == frame.hash
        }
        // The value may have moved the window.
        guard let again = try self.bytes(at: offset, count: frame.headLength) else {
            return .garbage
        }
        key = UnsafeRawBufferPointer(rebasing: again[(frame.headLength - frame.keyLength)...])
        time = frame.flags & RecordFlags.time != 0 ? again.field(RecordFrame.byteCount) : nil
        created =
            frame.flags & RecordFlags.created != 0
            ? again.field(frame.headLength - frame.keyLength - RecordFrame.createdByteCount)
            : frame.sequence
        return isWhole ? .record(frame) : .damagedValue(frame)
    }

    /// The group that begins at a place; its records are in `batch`.
    func group(at offset: Int) throws(LogStoreError) -> GroupFound {
        batch.removeAll()
        guard case .record(let frame) = try record(at: offset) else {
            if case .blank = try record(at: offset) { return .blank }
            return .broken(at: offset)
        }
        if frame.kind == RecordKind.seal.rawValue {
            guard let value = try value(at: offset, frame),
                let seal = value.withUnsafeBytes({ SealRecord(value: $0) })
            else { return .broken(at: offset) }
            return .seal(seal)
        }
        guard frame.kind == RecordKind.group.rawValue else { return .broken(at: offset) }
        let group = GroupFrame(frame)
        var place = offset + RecordFrame.byteCount
        let end = place + group.byteCount
        guard end <= limit else { return .broken(at: offset) }
        while place < end {
            guard case .record(let frame) = try record(at: place), frame.isContent,
                place + frame.length <= end
            else { return .broken(at: place) }
            batch.append(frame, at: place, created: created, key: key)
            place += frame.length
        }
        if let last = batch.records.last, last.frame.flags & RecordFlags.more != 0 {
            return .broken(at: last.offset)
        }
        return .group(group, end: end)
    }

    /// The value of a record that verified, or nil when the file ends before it does.
    func value(at offset: Int, _ frame: RecordFrame) throws(LogStoreError) -> [UInt8]? {
        var value = [UInt8](repeating: 0, count: frame.valueLength)
        let count = try file.read(into: &value, at: offset + frame.headLength)
        return count == value.count ? value : nil
    }

    /// The first place from `offset` on where a record or group verifies.
    func resynchronise(from offset: Int, to end: Int) throws(LogStoreError) -> Int? {
        var place = offset
        while place + RecordFrame.byteCount <= end {
            guard let bytes = try bytes(at: place, count: RecordFrame.byteCount) else { return nil }
            if RecordKind(rawValue: bytes[42]) != nil {
                switch try record(at: place) {
                case .record, .damagedValue: return place
                case .blank, .garbage: break
                }
            }
            place += 1
        }
        return nil
    }

    /// The furthest promise that any group from `offset` on makes, or nil.
    func promise(from offset: Int) throws(LogStoreError) -> LogPosition? {
        var furthest: LogPosition?
        var place = offset
        while place + RecordFrame.byteCount <= limit {
            guard let bytes = try bytes(at: place, count: RecordFrame.byteCount) else { break }
            if bytes[42] == RecordKind.group.rawValue,
                case .record(let frame) = try record(at: place)
            {
                furthest = max(furthest ?? .start, GroupFrame(frame).synced)
            }
            place += 1
        }
        return furthest
    }

    /// The end of the last byte that is not zero, from `offset` on.
    func endOfContent(from offset: Int) throws(LogStoreError) -> Int {
        var end = offset
        var place = offset
        while place < limit {
            let count = min(window.count, limit - place)
            guard let bytes = try bytes(at: place, count: count) else { break }
            if let last = bytes.lastIndex(where: { $0 != 0 }) { end = place + last + 1 }
            place += count
        }
        return end
    }

    private func isBlank(_ offset: Int, _ count: Int) throws(LogStoreError) -> Bool {
        guard count > 0, let bytes = try bytes(at: offset, count: count) else { return true }
        return bytes.allSatisfy { $0 == 0 }
    }

    private func valueHash(
        at offset: Int, count: Int, seed: UInt64
    ) throws(LogStoreError) -> UInt64? {
        var stream = ContentHash.Stream(seed: seed, byteCount: count)
        var place = offset
        var remaining = count
        while remaining > Self.pieceBytes {
            guard let piece = try bytes(at: place, count: Self.pieceBytes) else { return nil }
            stream.update(piece)
            place += Self.pieceBytes
            remaining -= Self.pieceBytes
        }
        guard let piece = try bytes(at: place, count: remaining) else { return nil }
        return stream.finish(piece)
    }

    /// Reads what comes next from the file again, which may have grown.
    func forgetBytes() {
        windowCount = 0
    }

    /// Bytes of the segment, or nil where it is shorter; `count` is at most the window.
    private func bytes(
        at offset: Int, count: Int
    ) throws(LogStoreError) -> UnsafeRawBufferPointer? {
        if offset < windowStart || offset + count > windowStart + windowCount {
            guard count <= window.count, offset + count <= limit else { return nil }
            let wanted = min(window.count, limit - offset)
            let target = UnsafeMutableRawBufferPointer(rebasing: window[..<wanted])
            windowStart = offset
            windowCount = 0
            windowCount = try file.read(into: target, at: offset)
            guard count <= windowCount else { return nil }
        }
        let start = offset - windowStart
        return UnsafeRawBufferPointer(rebasing: window[start..<start + count])
    }
}

extension RecordFrame {
    /// Whether the record belongs to a group, rather than being one or ending the segment.
    var isContent: Bool {
        kind != RecordKind.group.rawValue && kind != RecordKind.seal.rawValue
    }
}
