/// An exact binary number, ± magnitude × 2^exponent: what integers of 64 bits and doubles are.
///
/// Sum, product, quotient and remainder of two of them are exact or cut off behind enough digits to
/// be rounded once.
struct ExactNumber {
    var isNegative: Bool
    var magnitude: UInt128
    var exponent: Int
    /// Whether digits were cut off: the exact magnitude lies between this one and the next.
    var isCut = false

    /// Of integers and doubles at most 64 bits; of results more.
    private var bitCount: Int { 128 - magnitude.leadingZeroBitCount }

    init(isNegative: Bool, magnitude: UInt128, exponent: Int, isCut: Bool = false) {
        self.isNegative = isNegative
        self.magnitude = magnitude
        self.exponent = exponent
        self.isCut = isCut
    }

    init(_ int: Int) {
        self.init(isNegative: int < 0, magnitude: UInt128(int.magnitude), exponent: 0)
    }

    /// The number that a finite double is.
    init(_ double: Double) {
        let fraction = UInt128(double.significandBitPattern)
        let exponent = Int(double.exponentBitPattern)
        self.init(
            isNegative: double.sign == .minus,
            magnitude: exponent == 0 ? fraction : fraction | 1 << 52,
            exponent: max(exponent, 1) - 1_075)
    }

    init(_ operand: Operand) {
        switch operand {
        case .int(let int): self.init(int)
        case .double(let double): self.init(double)
        }
    }

    /// The number where it is an integer of 64 bits.
    var int: Int? {
        guard !isCut else { return nil }
        guard magnitude > 0 else { return 0 }
        let whole: UInt128
        if exponent >= 0 {
            guard bitCount + exponent <= 64 else { return nil }
            whole = magnitude << exponent
        } else {
            guard magnitude.trailingZeroBitCount >= -exponent else { return nil }
            whole = magnitude >> -exponent
        }
        guard whole <= 1 << 63 else { return nil }
        return Int(exactly: isNegative ? -Int128(whole) : Int128(whole))
    }

    /// The nearest double, of two the even one; infinite where none is near.
    var double: Double {
        guard magnitude > 0 else { return isNegative ? -0.0 : 0 }
        // Of small numbers a double keeps fewer digits than 53.
        let kept = max(0, min(53, exponent + bitCount + 1_074))
        let dropped = bitCount - kept
        guard dropped > 0 else { return scaled(magnitude, by: exponent) }
        var head = magnitude >> dropped
        let rest = magnitude - head << dropped
        let half = UInt128(1) << (dropped - 1)
        if rest > half || rest == half && (isCut || head % 2 == 1) { head += 1 }
        return scaled(head, by: exponent + dropped)
    }

    private func scaled(_ magnitude: UInt128, by exponent: Int) -> Double {
        Double(
            sign: isNegative ? .minus : .plus, exponent: exponent,
            significand: Double(UInt64(truncatingIfNeeded: magnitude)))
    }
}

// MARK: - Operations on integers and doubles

extension ExactNumber {
    static func + (left: Self, right: Self) -> Self {
        if left.magnitude == 0 { return right }
        if right.magnitude == 0 { return left }
        let isOrdered = left.exponent + left.bitCount >= right.exponent + right.bitCount
        var (large, small) = isOrdered ? (left, right) : (right, left)
        let shift = 126 - large.bitCount
        large.magnitude <<= shift
        large.exponent -= shift
        let distance = large.exponent - small.exponent
        // A number that is cut off here lies so far below that its sum has digits enough.
        small.isCut = distance > 0 && small.magnitude.trailingZeroBitCount < distance
        small.magnitude >>= distance
        large.isCut = small.isCut
        if large.isNegative == small.isNegative {
            large.magnitude += small.magnitude
        } else if large.magnitude >= small.magnitude {
            large.magnitude -= small.magnitude + (small.isCut ? 1 : 0)
        } else {
            large.magnitude = small.magnitude - large.magnitude
            large.isNegative.toggle()
        }
        return large
    }

    static func * (left: Self, right: Self) -> Self {
        Self(
            isNegative: left.isNegative != right.isNegative,
            magnitude: left.magnitude * right.magnitude,
            exponent: left.exponent + right.exponent)
    }

    /// The quotient by a number other than 0, with at least 64 digits.
    static func / (left: Self, right: Self) -> Self {
        let shift = left.magnitude.leadingZeroBitCount % 128
        let (quotient, rest) = (left.magnitude << shift)
            .quotientAndRemainder(dividingBy: right.magnitude)
        return Self(
            isNegative: left.isNegative != right.isNegative, magnitude: quotient,
            exponent: left.exponent - shift - right.exponent, isCut: rest > 0)
    }

    /// What is left of `left` when it is divided by a number other than 0, with the sign of `left`.
    static func % (left: Self, right: Self) -> Self {
        let distance = left.exponent - right.exponent
        var result = left
        if distance >= 0 {
            // Less than 2^64, so that products of two remainders fit.
            var (power, factor) = (UInt128(1) % right.magnitude, 2 % right.magnitude)
            var left = distance
            while left > 0 {
                if left % 2 == 1 { power = power * factor % right.magnitude }
                factor = factor * factor % right.magnitude
                left /= 2
            }
            result.magnitude = result.magnitude % right.magnitude * power % right.magnitude
            result.exponent = right.exponent
        } else if -distance < 64 {
            result.magnitude %= right.magnitude << -distance
        }
        return result
    }
}
