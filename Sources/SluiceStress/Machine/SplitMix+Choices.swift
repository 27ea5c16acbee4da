import SluiceSystem

// What a whole life is drawn from, so that its seed tells all of it.
extension SplitMix {
    /// A number from 0 to one below the bound, which is at least 1.
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(1, bound))) }

    /// A number of the range.
    mutating func number(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + below(range.count)
    }

    /// Whether something happens that happens so many times in a hundred.
    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

    /// One of the choices, each as likely; the list is never empty.
    mutating func pick<T>(_ choices: [T]) -> T { choices[below(choices.count)] }

    /// A number below the bound, small ones far more often than large ones.
    mutating func skewed(_ bound: Int) -> Int {
        let part = Double(next() >> 11) / Double(1 << 53)
        return min(bound - 1, Int(part * part * part * Double(bound)))
    }

    /// A generator of its own that this one decides.
    mutating func split() -> SplitMix { SplitMix(seed: next()) }
}
