import SluiceSystem

extension SplitMix {
    init(_ seed: UInt64) { self.init(seed: seed) }

    /// A number from 0 to below a bound of at least 1.
    mutating func next(below bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
