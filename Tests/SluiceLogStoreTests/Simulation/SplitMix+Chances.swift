import SluiceSystem

extension SplitMix {
    init(_ seed: UInt64) { self.init(seed: seed) }

    /// Whether something with a chance of one in `count` happens.
    mutating func one(in count: Int) -> Bool {
        Int.random(in: 0..<count, using: &self) == 0
    }
}
