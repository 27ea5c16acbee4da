import Synchronization

/// The SplitMix64 generator (Steele, Lea and Flood 2014) behind an atomic counter.
final class SplitMix: Sendable {
    private let state: Atomic<UInt64>

    init(seed: UInt64) { state = Atomic(seed) }

    func next() -> UInt64 {
        let step: UInt64 = 0x9E37_79B9_7F4A_7C15
        var bits = state.wrappingAdd(step, ordering: .relaxed).newValue
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}
