/// The exact sum of any integers of 64 bits and finite doubles.
struct ExactSum {
    /// The sum in units of 2^-1138, in two's complement, the lowest digits first: 64 digits below the
    /// smallest double, and room above the largest for 2^64 of them.
    private var limbs = [UInt64](repeating: 0, count: 36)
    private static let lowestExponent = -1_138

    mutating func add(_ operand: Operand) {
        let number = ExactNumber(operand)
        let place = number.exponent - Self.lowestExponent
        let shifted = number.magnitude << (place % 64)
        let words = [
            UInt64(truncatingIfNeeded: shifted), UInt64(truncatingIfNeeded: shifted >> 64),
        ]
        var carry: UInt64 = 0
        for index in limbs.indices.dropFirst(place / 64) {
            let offset = index - place / 64
            let word = offset < words.count ? words[offset] : 0
            if offset >= words.count, carry == 0 { return }
            carry =
                number.isNegative ? subtract(word, carry, at: index) : add(word, carry, at: index)
        }
    }

    private mutating func add(_ word: UInt64, _ carry: UInt64, at index: Int) -> UInt64 {
        let (sum, overflows) = limbs[index].addingReportingOverflow(word)
        let (total, alsoOverflows) = sum.addingReportingOverflow(carry)
        limbs[index] = total
        return overflows || alsoOverflows ? 1 : 0
    }

    private mutating func subtract(_ word: UInt64, _ borrow: UInt64, at index: Int) -> UInt64 {
        let (rest, overflows) = limbs[index].subtractingReportingOverflow(word)
        let (total, alsoOverflows) = rest.subtractingReportingOverflow(borrow)
        limbs[index] = total
        return overflows || alsoOverflows ? 1 : 0
    }

    /// The sum divided by a number other than 0.
    func divided(by count: UInt64) -> ExactNumber {
        var limbs = self.limbs
        let isNegative = (limbs.last ?? 0) >> 63 == 1
        if isNegative {
            var carry: UInt64 = 1
            for index in limbs.indices {
                let (sum, overflows) = (~limbs[index]).addingReportingOverflow(carry)
                limbs[index] = sum
                carry = overflows ? 1 : 0
            }
        }
        var rest: UInt64 = 0
        for index in limbs.indices.reversed() {
            (limbs[index], rest) = count.dividingFullWidth((rest, limbs[index]))
        }
        // The highest limb that is not 0 and the one below it have at least 64 digits.
        let top = max(1, limbs.lastIndex { $0 > 0 } ?? 0)
        return ExactNumber(
            isNegative: isNegative, magnitude: UInt128(limbs[top]) << 64 | UInt128(limbs[top - 1]),
            exponent: Self.lowestExponent + 64 * (top - 1),
            isCut: rest > 0 || limbs[..<(top - 1)].contains { $0 > 0 })
    }
}
