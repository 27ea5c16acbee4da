import SluiceSystem
import Testing

/// Numbers as hexadecimal digits.
@Suite struct HexadecimalTests {
    @Test(
        arguments: [
            (0, 8, "00000000"), (0x1F, 8, "0000001f"), (UInt64.max, 16, "ffffffffffffffff"),
            (0xABC, 1, "abc"),
        ] as [(UInt64, Int, String)])
    func numbersGetAsManyDigitsAsAreAskedFor(number: UInt64, count: Int, text: String) {
        #expect(Hexadecimal.text(number, digits: count) == text)
        #expect(Hexadecimal.number(text, digits: text.utf8.count) == number)
    }

    @Test(arguments: ["", "1", "001", "+1", "-1", " 1", "0x", "g0", "1\u{301}", "０1"])
    func otherTextsAreNoNumbers(text: String) {
        #expect(Hexadecimal.number(text, digits: 2) == nil)
    }

    @Test func upperCaseCountsWhereItIsAllowed() {
        #expect(Hexadecimal.number("aF", digits: 2) == nil)
        #expect(Hexadecimal.number("aF", digits: 2, anyCase: true) == 0xAF)
    }
}
