/// A place in the log: segments in order of their ids, bytes in order inside a segment.
struct LogPosition: Comparable, Hashable, Sendable {
    var segment: UInt32
    var offset: Int

    static let start = LogPosition(segment: 0, offset: 0)

    init(segment: UInt32, offset: Int) {
        self.segment = segment
        self.offset = offset
    }

    init(rawValue: UInt64) {
        segment = UInt32(truncatingIfNeeded: rawValue >> 32)
        offset = Int(rawValue & 0xFFFF_FFFF)
    }

    var rawValue: UInt64 {
        UInt64(segment) << 32 | UInt64(truncatingIfNeeded: offset) & 0xFFFF_FFFF
    }

    static func < (left: LogPosition, right: LogPosition) -> Bool {
        (left.segment, left.offset) < (right.segment, right.offset)
    }
}
