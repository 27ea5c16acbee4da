/// The record that ends a full segment: what it holds.
struct SealRecord: Hashable, Sendable {
    static let valueByteCount = 32
    static let byteCount = RecordFrame.byteCount + valueByteCount

    /// Where the seal begins, which is where the records end.
    var end: Int
    var firstSequence: UInt64
    var lastSequence: UInt64
    /// Records, groups not counted.
    var records: Int

    func encoded(seed: UInt64) -> [UInt8] {
        var value: [UInt8] = []
        value.append(number: UInt64(end))
        value.append(number: firstSequence)
        value.append(number: lastSequence)
        value.append(number: UInt64(records))
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
        guard value.count == Self.valueByteCount else { return nil }
        end = Int(clamping: value.field(0, as: UInt64.self))
        firstSequence = value.field(8)
        lastSequence = value.field(16)
        records = Int(clamping: value.field(24, as: UInt64.self))
    }

    init(end: Int, firstSequence: UInt64, lastSequence: UInt64, records: Int) {
        self.end = end
        self.firstSequence = firstSequence
        self.lastSequence = lastSequence
        self.records = records
    }
}
