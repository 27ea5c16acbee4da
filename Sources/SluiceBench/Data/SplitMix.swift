/// The generator behind keys, values and order; the same in every engine's driver.
struct SplitMix {
    /// The odd number that the state grows by: 2^64 divided by the golden ratio.
    static let golden: UInt64 = 0x9E37_79B9_7F4A_7C15

    private var state: UInt64

    init(state: UInt64) {
        self.state = state
    }

    mutating func next() -> UInt64 {
        state &+= Self.golden
        return Self.mix(state)
    }

    /// Spreads every bit of a number over all bits.
    static func mix(_ number: UInt64) -> UInt64 {
        var number = number
        number = (number ^ (number >> 30)) &* 0xBF58_476D_1CE4_E5B9
        number = (number ^ (number >> 27)) &* 0x94D0_49BB_1331_11EB
        return number ^ (number >> 31)
    }
}
