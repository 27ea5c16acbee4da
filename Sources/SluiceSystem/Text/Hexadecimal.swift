/// Numbers as hexadecimal digits of a fixed count, as they stand in names of files and in escapes.
package enum Hexadecimal {
    /// The digits of a number, in lower case, with zeros before them up to `count`.
    package static func text(_ number: some UnsignedInteger, digits count: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: max(0, count - digits.utf8.count)) + digits
    }

    /// The number that exactly `count` digits say, at most 16; nil for any other text.
    ///
    /// - Parameter anyCase: Whether digits in upper case count too, so that a number has several texts.
    package static func number(
        _ text: some StringProtocol, digits count: Int, anyCase: Bool = false
    ) -> UInt64? {
        guard text.utf8.count == count, count <= 16 else { return nil }
        var number: UInt64 = 0
        for byte in text.utf8 {
            guard let digit = digit(byte, anyCase: anyCase) else { return nil }
            number = number << 4 | digit
        }
        return number
    }

    private static func digit(_ byte: UInt8, anyCase: Bool) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F") where anyCase:
            UInt64(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}
