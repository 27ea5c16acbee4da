/// The record that ends a full segment: what it holds.
struct SealRecord: Hashable, Sendable {
    private static let fixedByteCount = 32
    /// Bytes of the seal of a log segment, at most.
    static let byteCount = RecordFrame.byteCount + fixedByteCount + 4

    /// Where the seal begins, which is where the records end.
    var end: Int
    var firstSequence: UInt64
    var lastSequence: UInt64
    /// Records, groups not counted.
    var records: Int
    /// The segments whose place a compacted one takes; where it is whole, they count no more.
    ///
    /// In the log the one that follows, where that is on the device.
    var segments: [UInt32] = []

    func encoded(seed: UInt64) -> [UInt8] {
        var value: [UInt8] = []
        value.append(number: UInt64(end))
        value.append(number: firstSequence)
        value.append(number: lastSequence)
        value.append(number: UInt64(records))
        for id in segments { value.append(number: id) }
        var frame = RecordFrame()
        frame.kind = RecordKind.seal.rawValue
        frame.valueLength = value.count
        frame.sequence = lastSequence
        var head = [UInt8](repeating: 0, count: RecordFrame.byteCount)
        head.withUnsafeMutableBytes { head in
            if let base = head.baseAddress { frame.store(base) }
            value.withUnsafeBytes { RecordFrame.seal(head: head, value: $0, seed: seed) }
        }
        return head + value
    }

    /// Reads the value of a seal that verified.
    init?(value: UnsafeRawBufferPointer) {
        guard value.count >= Self.fixedByteCount, value.count % 4 == 0 else { return nil }
        end = Int(clamping: value.field(0, as: UInt64.self))
        firstSequence = value.field(8)
        lastSequence = value.field(16)
        records = Int(clamping: value.field(24, as: UInt64.self))
        segments = stride(from: Self.fixedByteCount, to: value.count, by: 4).map {
            value.field($0, as: UInt32.self)
        }
    }

    /// The seal of a segment whose records come to these sums.
    init(_ sums: SegmentSums, end: Int, naming segments: [UInt32] = []) {
        self.end = end
        firstSequence = sums.firstSequence
        lastSequence = sums.lastSequence
        records = sums.records
        self.segments = segments
    }
}
