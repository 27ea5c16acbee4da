import SluiceSystem

/// Values to write: JSON texts of one length, made beforehand and shared.
struct ValuePool: Sendable {
    /// Shorter values have no room for the JSON around the text.
    static let minimumByteCount = 32

    private static let letters = Array(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .".utf8)
    private static let begin = Array(#"{"id":"0000000000","t":""#.utf8)
    private static let end = Array(#""}"#.utf8)

    private let values: [[UInt8]]

    /// As many values as take 32 MiB, but at least 16 and at most 4096.
    init(byteCount: Int, seed: UInt64) {
        let size = max(byteCount, Self.minimumByteCount)
        let count = min(max((32 << 20) / size, 16), 4096)
        values = (0..<UInt64(count)).map { Self.value($0, byteCount: size, seed: seed) }
    }

    /// The value that the `version`th write of a key has.
    func value(_ number: UInt64, version: UInt64 = 0) -> [UInt8] {
        values[Int((number &+ 7 &* version) % UInt64(values.count))]
    }

    private static func value(_ index: UInt64, byteCount: Int, seed: UInt64) -> [UInt8] {
        var generator = SplitMix(seed: SplitMix.mix(seed ^ index &* SplitMix.golden))
        return [UInt8](unsafeUninitializedCapacity: byteCount) { value, count in
            _ = value.update(fromContentsOf: begin)
            value.setDigits(at: 7, count: 10, index)
            var (word, left) = (UInt64(0), 0)
            for offset in begin.count..<byteCount - end.count {
                if left == 0 { (word, left) = (generator.next(), 10) }
                value[offset] = letters[Int(word & 63)]
                word >>= 6
                left -= 1
            }
            _ = value[(byteCount - end.count)...].update(fromContentsOf: end)
            count = byteCount
        }
    }
}
