import SluiceSystem

/// A permutation of the numbers below `count`: a Feistel network of four rounds, walked until it
/// comes back into the range.
struct KeyOrder {
    private let count: UInt64
    private let seed: UInt64
    private let halfBits: UInt64
    private let mask: UInt64

    init(count: UInt64, seed: UInt64) {
        self.count = count
        self.seed = seed
        var bits: UInt64 = 2
        while bits < 64, (UInt64(1) << bits) < count { bits += 2 }
        halfBits = bits / 2
        mask = UInt64(1) << halfBits - 1
    }

    /// The number at a place in the order; `position` is below `count`.
    subscript(position: UInt64) -> UInt64 {
        var number = position
        repeat {
            var (left, right) = (number >> halfBits, number & mask)
            for round in 0..<UInt64(4) {
                let mixed = SplitMix.mix(right &+ seed &+ round &* SplitMix.golden)
                (left, right) = (right, left ^ (mixed & mask))
            }
            number = left << halfBits | right
        } while number >= count
        return number
    }
}
