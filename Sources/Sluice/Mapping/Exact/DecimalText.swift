internal import SluiceJSON

/// The decimal digits that a double prints as: ± 0.d₁d₂… × 10^scale.
struct DecimalText {
    private let isNegative: Bool
    private let digits: [UInt8]
    private let scale: Int
    private let double: Double

    /// The digits of a finite double.
    init(_ double: Double) {
        self.double = double
        isNegative = double < 0
        let text = Value.text(of: double.magnitude)
        let parts = text.utf8.split(separator: UInt8(ascii: "e"))
        let mantissa = parts.first.map { Array($0) } ?? []
        let point = mantissa.firstIndex(of: UInt8(ascii: ".")) ?? mantissa.count
        let all = mantissa.filter { $0 != UInt8(ascii: ".") }
        digits = Array(all.drop { $0 == UInt8(ascii: "0") })
        let exponent = parts.count > 1 ? Int(Text.string(parts[1])) ?? 0 : 0
        scale = point - (all.count - digits.count) + exponent
    }

    /// The nearest double to the number rounded to so many digits behind the point, or, below 0, to
    /// tens, hundreds and so on; halves away from zero.
    func rounded(to places: Int) -> Double {
        // Beyond these bounds nothing, or everything, is cut off.
        let kept = scale + max(-400, min(places, 400))
        guard kept < digits.count else { return double }
        guard kept >= 0 else { return 0 }
        var result = Array(digits[..<kept])
        var isCarried = digits[kept] >= UInt8(ascii: "5")
        for index in result.indices.reversed() where isCarried {
            isCarried = result[index] == UInt8(ascii: "9")
            result[index] = isCarried ? UInt8(ascii: "0") : result[index] + 1
        }
        if isCarried { result.insert(UInt8(ascii: "1"), at: 0) }
        guard !result.isEmpty else { return 0 }
        let magnitude = Double("\(Text.string(result))e\(scale - kept)") ?? double
        return isNegative ? -magnitude : magnitude
    }
}
