import SluiceSystem

extension SplitMix {
    init(_ seed: UInt64) { self.init(seed: seed) }
}
