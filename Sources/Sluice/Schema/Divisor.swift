import SluiceJSON

/// A decimal number that others are multiples of, or not: exactly, whatever their size.
struct Divisor {
    let number: JSONNumber
    private let decimal: Decimal

    /// Nil for numbers that are not above 0 or have more than 18 digits.
    init?(_ number: JSONNumber) {
        let decimal = Decimal(number)
        guard !decimal.isNegative, !decimal.digits.isEmpty, decimal.digits.count <= 18 else {
            return nil
        }
        self.number = number
        self.decimal = decimal
    }

    /// Whether `value` is some whole number of times the divisor.
    func divides(_ value: JSONNumber) -> Bool {
        let value = Decimal(value)
        guard !value.digits.isEmpty else { return true }
        // No power of ten in the digits of the value is left that could make up for it.
        guard value.exponent >= decimal.exponent else { return false }
        let divisor = decimal.digits.reduce(UInt64(0)) { $0 * 10 + UInt64($1) }
        var rest = value.digits.reduce(UInt64(0)) { ($0 * 10 + UInt64($1)) % divisor }
        var power = 10 % divisor
        var exponent = value.exponent - decimal.exponent
        while exponent > 0, rest != 0 {
            if exponent & 1 == 1 { rest = Self.product(rest, power, divisor) }
            power = Self.product(power, power, divisor)
            exponent >>= 1
        }
        return rest == 0
    }

    private static func product(_ left: UInt64, _ right: UInt64, _ divisor: UInt64) -> UInt64 {
        divisor.dividingFullWidth(left.multipliedFullWidth(by: right)).remainder
    }

    /// A number as digits times a power of ten; the last digit is not 0.
    private struct Decimal {
        var isNegative: Bool
        var digits: [UInt8] = []
        var exponent = 0

        /// The largest exponent that is told apart from larger ones.
        private static let limit = 1_000_000_000_000_000_000

        init(_ number: JSONNumber) {
            var text = Array(number.text.utf8)[...]
            isNegative = text.first == UInt8(ascii: "-")
            if isNegative { text.removeFirst() }
            var isFraction = false
            while let byte = text.popFirst() {
                switch byte {
                case UInt8(ascii: "."): isFraction = true
                case UInt8(ascii: "e"), UInt8(ascii: "E"):
                    exponent += Self.exponent(String(decoding: text, as: UTF8.self))
                    text = []
                default:
                    digits.append(byte & 15)
                    if isFraction { exponent -= 1 }
                }
            }
            digits = Array(digits.drop { $0 == 0 })
            while digits.last == 0 {
                digits.removeLast()
                exponent += 1
            }
        }

        private static func exponent(_ text: String) -> Int {
            let bound = text.utf8.first == UInt8(ascii: "-") ? -limit : limit
            return min(max(Int(text) ?? bound, -limit), limit)
        }
    }
}
