/// An integer that counts decimal places, of any size.
///
/// Up to 18 digits lie in `small`; beyond, `large` has the decimal digits of the magnitude, the first
/// not 0, and `small` is 1 or -1 for the sign.
struct DecimalScale: Hashable, Comparable {
    private var small: Int
    private var large: [UInt8] = []

    /// The first magnitude that is written as digits.
    private static let limit = 1_000_000_000_000_000_000

    /// A count that is known to be below 10^18, such as a number of bytes.
    init(_ value: Int) { small = value }

    /// The exponent of a number's text (what follows the `e`, maybe nothing) plus a small shift.
    init(exponent text: Slice<UnsafeBufferPointer<UInt8>>, shift: Int) {
        var digits = text
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative || digits.first == UInt8(ascii: "+") { digits = digits.dropFirst() }
        digits = digits.drop { $0 == UInt8(ascii: "0") }
        guard digits.count > 18 else {
            let magnitude = digits.reduce(0) { $0 * 10 + Int($1 & 15) }
            let value = (isNegative ? -magnitude : magnitude) + shift
            small = value
            if value >= Self.limit || value <= -Self.limit {
                small = value.signum()
                large = String(value.magnitude).utf8.map { $0 & 15 }
            }
            return
        }
        var sum = digits.map { $0 & 15 }
        Self.add(isNegative ? -shift : shift, to: &sum)
        sum = Array(sum.drop { $0 == 0 })
        small = isNegative ? -1 : 1
        if sum.count > 18 {
            large = sum
        } else {
            small *= sum.reduce(0) { $0 * 10 + Int($1) }
        }
    }

    /// Adds a shift, smaller in magnitude than the number, to decimal digits.
    private static func add(_ shift: Int, to digits: inout [UInt8]) {
        var carry = shift
        for index in digits.indices.reversed() where carry != 0 {
            let sum = Int(digits[index]) + carry
            let digit = ((sum % 10) + 10) % 10
            digits[index] = UInt8(truncatingIfNeeded: digit)
            carry = (sum - digit) / 10
        }
        if carry > 0 { digits.insert(UInt8(truncatingIfNeeded: carry), at: 0) }
    }

    var isNegative: Bool { small < 0 }

    /// The count where it is below 10^18.
    var int: Int? { large.isEmpty ? small : nil }

    static func < (left: Self, right: Self) -> Bool {
        if left.large.isEmpty, right.large.isEmpty { return left.small < right.small }
        if left.isNegative != right.isNegative { return left.isNegative }
        let (smaller, greater) = left.isNegative ? (right, left) : (left, right)
        if smaller.large.count != greater.large.count {
            return smaller.large.count < greater.large.count
        }
        return smaller.large.lexicographicallyPrecedes(greater.large)
    }
}
