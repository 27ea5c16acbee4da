/// The exact value of a number's text: ± 0.d₁d₂…dₙ × 10^scale, with d₁ and dₙ not 0.
///
/// Valid as long as the bytes are. Everything takes time linear in the text.
struct NumberText {
    private let bytes: UnsafeBufferPointer<UInt8>
    /// Whether there is a minus sign; zero counts as not negative.
    let isNegative: Bool
    /// The first and the last digit that is not 0; the decimal point may lie between them.
    private let first: Int
    private let last: Int
    private let digitCount: Int
    let scale: DecimalScale

    var isZero: Bool { digitCount == 0 }

    /// Takes apart a text that follows the grammar of JSON numbers.
    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        let hasSign = bytes.first == UInt8(ascii: "-")
        var index = hasSign ? 1 : 0
        var first = -1
        var last = -1
        var point = -1
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: ".") {
                point = index
            } else if byte | 0x20 == UInt8(ascii: "e") {
                break
            } else if byte != UInt8(ascii: "0") {
                if first < 0 { first = index }
                last = index
            }
            index += 1
        }
        if point < 0 { point = index }
        isNegative = hasSign && first >= 0
        self.first = first
        self.last = last
        guard first >= 0 else {
            digitCount = 0
            scale = DecimalScale(0)
            return
        }
        digitCount = last - first + (first < point && point < last ? 0 : 1)
        let shift = first < point ? point - first : point + 1 - first
        scale = DecimalScale(exponent: bytes[min(index + 1, bytes.count)...], shift: shift)
    }

    /// Whether the value has no fraction.
    var isInteger: Bool { isZero || scale >= DecimalScale(digitCount) }

    /// The value where it is an integer in the range of `Int`.
    var int: Int? {
        if isZero { return 0 }
        guard isInteger, let places = scale.int, places <= 19 else { return nil }
        var value = 0
        var left = places
        for index in first...last where bytes[index] != UInt8(ascii: ".") {
            guard add(Int(bytes[index] & 15), to: &value) else { return nil }
            left -= 1
        }
        while left > 0 {
            guard add(0, to: &value) else { return nil }
            left -= 1
        }
        return value
    }

    /// Appends a digit, with the sign of the number so that the smallest `Int` fits.
    private func add(_ digit: Int, to value: inout Int) -> Bool {
        let (product, overflows) = value.multipliedReportingOverflow(by: 10)
        let (sum, alsoOverflows) = product.addingReportingOverflow(isNegative ? -digit : digit)
        value = sum
        return !overflows && !alsoOverflows
    }

    /// The nearest double; nil where that is not finite.
    var double: Double? {
        if isZero { return bytes.first == UInt8(ascii: "-") ? -0.0 : 0 }
        if let value = exactDouble { return value }
        // Beyond these scales the answer is clear; exponents of any length stop here.
        guard let places = scale.int, places <= 310 else { return scale.isNegative ? zero : nil }
        if places < -330 { return zero }
        guard let value = Double(String(decoding: bytes, as: UTF8.self)), value.isFinite else {
            return nil
        }
        return value
    }

    private var zero: Double { isNegative ? -0.0 : 0 }

    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
        1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]

    /// The value where digits and power of ten are both exact as doubles, so that one rounding is all.
    private var exactDouble: Double? {
        guard digitCount <= 15, let places = scale.int else { return nil }
        let exponent = places - digitCount
        guard exponent >= -22, exponent <= 22 else { return nil }
        var digits = 0
        for index in first...last where bytes[index] != UInt8(ascii: ".") {
            digits = digits * 10 + Int(bytes[index] & 15)
        }
        let value = Double(isNegative ? -digits : digits)
        return exponent < 0
            ? value / Self.powersOfTen[-exponent] : value * Self.powersOfTen[exponent]
    }

    /// Compares two values exactly: negative, 0 or positive.
    func order(_ other: NumberText) -> Int {
        if isNegative != other.isNegative { return isNegative ? -1 : 1 }
        if isZero || other.isZero {
            return isZero == other.isZero ? 0 : isZero != isNegative ? -1 : 1
        }
        let magnitude = scale == other.scale ? digitOrder(other) : scale < other.scale ? -1 : 1
        return isNegative ? -magnitude : magnitude
    }

    private func digitOrder(_ other: NumberText) -> Int {
        var left = first
        var right = other.first
        while left <= last, right <= other.last {
            if bytes[left] == UInt8(ascii: ".") { left += 1 }
            if other.bytes[right] == UInt8(ascii: ".") { right += 1 }
            let (a, b) = (bytes[left], other.bytes[right])
            if a != b { return a < b ? -1 : 1 }
            left += 1
            right += 1
        }
        return left <= last ? 1 : right <= other.last ? -1 : 0
    }

    /// Feeds what `order` compares to a hasher.
    func hash(into hasher: inout Hasher) {
        hasher.combine(isNegative)
        hasher.combine(digitCount)
        guard !isZero else { return }
        hasher.combine(scale)
        for index in first...last where bytes[index] != UInt8(ascii: ".") {
            hasher.combine(bytes[index])
        }
    }
}
