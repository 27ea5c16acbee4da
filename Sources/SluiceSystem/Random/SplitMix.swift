import Synchronization

/// The SplitMix64 generator (Steele, Lea and Flood 2014): the same numbers for the same seed.
package struct SplitMix: RandomNumberGenerator, Sendable {
    /// The odd number that the state grows by: 2^64 divided by the golden ratio.
    package static let golden: UInt64 = 0x9E37_79B9_7F4A_7C15

    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= Self.golden
        return Self.mix(state)
    }

    /// Whether something with a chance of one in `count` happens.
    package mutating func one(in count: Int) -> Bool {
        Int.random(in: 0..<count, using: &self) == 0
    }

    /// Spreads every bit of a number over all bits.
    package static func mix(_ number: UInt64) -> UInt64 {
        var number = number
        number = (number ^ (number >> 30)) &* 0xBF58_476D_1CE4_E5B9
        number = (number ^ (number >> 27)) &* 0x94D0_49BB_1331_11EB
        return number ^ (number >> 31)
    }
}

/// The same generator for any number of threads at once.
package final class SharedSplitMix: Sendable {
    private let state: Atomic<UInt64>

    package init(seed: UInt64) { state = Atomic(seed) }

    package func next() -> UInt64 {
        SplitMix.mix(state.wrappingAdd(SplitMix.golden, ordering: .relaxed).newValue)
    }
}
