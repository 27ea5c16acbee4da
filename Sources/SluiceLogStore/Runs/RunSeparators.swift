/// What tells neighbouring blocks apart, in the order of the blocks: for each the smallest key
/// and version that may be inside, and its page.
struct RunSeparators {
    private(set) var bytes: [UInt8] = []
    private(set) var count = 0

    private static let headByteCount = 14

    mutating func append(_ key: UnsafeRawBufferPointer, version: UInt64, page: Int) {
        bytes.append(number: UInt32(truncatingIfNeeded: page))
        bytes.append(number: version)
        bytes.append(number: UInt16(truncatingIfNeeded: key.count))
        bytes.append(contentsOf: key)
        count += 1
    }

    /// A walk over the bytes of separators.
    struct Walk {
        private var rest: UnsafeRawBufferPointer
        private(set) var key: UnsafeRawBufferPointer
        private(set) var version: UInt64 = 0
        private(set) var page = 0
        /// Bytes that the key shares with the one before.
        private(set) var common = 0

        init(_ bytes: UnsafeRawBufferPointer) {
            rest = bytes
            key = UnsafeRawBufferPointer(rebasing: bytes[..<0])
        }

        mutating func next() -> Bool {
            guard rest.count >= headByteCount, let start = rest.baseAddress else { return false }
            page = Int(start.number(0, as: UInt32.self))
            version = start.number(4)
            let before = key
            let end = headByteCount + Int(start.number(12, as: UInt16.self))
            key = UnsafeRawBufferPointer(rebasing: rest[headByteCount..<end])
            rest = UnsafeRawBufferPointer(rebasing: rest[end...])
            common = 0
            if let a = before.baseAddress, let b = key.baseAddress {
                common = RunBlock.commonCount(a, b, min(before.count, key.count))
            }
            return true
        }
    }
}
