import Sluice
import SluiceJSON
import SluiceSystem
import Testing

struct ExactNumberTests {
    @Test(arguments: [
        // An integer is what is spelt with digits only; any other number is a double.
        Row("$ + 1", "9007199254740993", "9007199254740994"),
        Row("9007199254740993 + 0.5", "9.007199254740994e15"),
        Row("9007199254740993 - 0.5", "9007199254740992"),
        Row("9007199254740993 / 7", "1286742750677284.8"),
        Row("9007199254740993 * 0.5", "4503599627370496"),
        Row("9007199254740993 * 1.5", "1.351079888211149e16"),
        Row("9007199254740993 % 0.75", "0"),
        Row("9223372036854775807 % 1e19", "9223372036854775807"),
        Row("1e19 % 7", "3"),
        Row("9223372036854775807 / 10", "9.223372036854776e17"),
        Row("9223372036854775807 / 9223372036854775806", "1"),
        Row("-9007199254740993 / 2", "-4503599627370496"),
        Row("1 / 3", "0.3333333333333333"),
        Row("1e19 + 1", "1e19"),
        Row("1e300 * 2", "2e300"),
        Row("1e18 + 1", "1000000000000000001"),
        Row("9223372036854775807 + 1.0", "9.223372036854776e18"),
        Row("0.1 + 0.2", "0.30000000000000004"),
        Row("10.0 + 1", "11"),
        Row("5e-324 / 9007199254740993", "0"),
        Row("sqrt(9223372030926249001)", "3037000499"),
        Row("sqrt(9007199254740993)", "94906265.62425156"),
        Row("sum(0.1, 0.2, 0.3)", "0.6"),
        Row("sum(1e16, 1, -1e16)", "1"),
        Row("sum(1e308, 1e308, -1e308)", "1e308"),
        Row("sum(9007199254740993, 0.5)", "9.007199254740994e15"),
        Row("avg(9007199254740993, 9007199254740994)", "9.007199254740994e15"),
        Row("avg(9007199254740991, 9007199254740990)", "9007199254740990"),
        Row("avg(0.1, 0.2)", "0.15000000000000002"),
        Row("avg(5e-324, 0, 5e-324)", "5e-324"),
    ])
    func resultsAreExactOrTheNearestDouble(_ row: Row) throws {
        let outcome = Mapping.outcome(row.expression, row.message)
        #expect(outcome == row.result)
    }

    @Test(arguments: [
        "$.id + 1", "1 + $.id", "$.id % 10", "$.id * 1.0", "-$.id", "$.id / 2", "0.5 - $.id",
        "sum($.id, 1)", "sum([$.id])", "avg($.id)", "abs($.id)", "ceil($.id)", "floor($.id)",
        "round($.id)", "round($.id, 2)", "sqrt($.id)", "pow($.id, 2)", "pow(2, $.id)",
        "$.id + 0", "number(string($.id)) + 1",
    ])
    func integersBeyond64BitsAreNotComputedWith(_ expression: String) throws {
        for id in ["12345678901234567890123", "-9223372036854775809", "9223372036854775808"] {
            let outcome = Mapping.outcome(expression, #"{"id": \#(id)}"#)
            #expect(outcome.contains("\(id) is an integer beyond 64 bits"), "\(outcome)")
        }
    }

    @Test(arguments: [
        Row("$", "12345678901234567890123", "12345678901234567890123"),
        Row("[$]", "12345678901234567890123", "[12345678901234567890123]"),
        Row("string($)", "12345678901234567890123", #""12345678901234567890123""#),
        Row("number('12345678901234567890123')", "null", "12345678901234567890123"),
        Row("$ == 12345678901234567890123", "12345678901234567890123", "true"),
        Row("$ > 12345678901234567890122", "12345678901234567890123", "true"),
        Row("$ == 12345678901234567890123.0", "12345678901234567890123", "true"),
        Row(
            "max($)", "[12345678901234567890122, 12345678901234567890123]",
            "12345678901234567890123"),
        Row("sort($)", "[12345678901234567890123, 1]", "[1,12345678901234567890123]"),
        Row(
            "unique($)", "[12345678901234567890123, 12345678901234567890124]",
            "[12345678901234567890123,12345678901234567890124]"),
        Row("contains($, 12345678901234567890123)", "[12345678901234567890123]", "true"),
    ])
    func integersBeyond64BitsPassAndCompare(_ row: Row) throws {
        #expect(Mapping.outcome(row.expression, row.message) == row.result)
    }

    @Test func integersThatOverflowAreErrors() {
        for expression in [
            "9223372036854775807 + 1", "-9223372036854775808 - 1",
            "9223372036854775807 * 2", "sum(9223372036854775807, 1)",
            "round(9223372036854775807, -1)", "pow(10, 19)",
        ] {
            #expect(Mapping.outcome(expression, "null").contains("overflows"), "\(expression)")
        }
    }

    @Test(arguments: [
        Row("round(2.675, 2)", "2.68"), Row("round(1.005, 2)", "1.01"), Row("round(-2.5, 0)", "-3"),
        Row("round(1234.5678, 2)", "1234.57"), Row("round(1234.5678, -2)", "1200"),
        Row("round(1250, -2)", "1300"), Row("round(-1250, -2)", "-1300"), Row("round(5, 3)", "5"),
        Row("round(9.999, 2)", "10"), Row("round(0.05, 1)", "0.1"), Row("round(0.04, 1)", "0"),
        Row("round(1e-7, 3)", "0"), Row("round(1.5e300, 2)", "1.5e300"), Row("round(7, -1)", "10"),
        Row("round(4, -1)", "0"), Row("round(0.5, -400)", "0"), Row("round(0.1, 400)", "0.1"),
        Row("round(9223372036854775807, -30)", "0"), Row("round(99.5, -2)", "100"),
        Row("round(-0.4)", "0"), Row("round(0.125, 2)", "0.13"),
        Row("round(1.7976931348623157e308, 5)", "1.7976931348623157e308"),
    ])
    func roundingToDigitsIsThatOfTheDecimal(_ row: Row) {
        #expect(Mapping.outcome(row.expression, row.message) == row.result)
    }

    /// Sums, products and quotients of integers and doubles, compared as fractions.
    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func noDoubleIsNearerThanTheResult(_ seed: UInt64) throws {
        var generator = SplitMix(seed: seed)
        for _ in 0..<300 {
            let left = Int.random(in: -(1 << 62)...(1 << 62), using: &generator)
            let right = Int.random(in: 1...(1 << 20), using: &generator)
            let outcome = Mapping.outcome("\(left) / \(right)", "null")
            let double = try #require(Double(outcome))
            // |left - double × right| in exact arithmetic, against the neighbours of the double.
            func distance(_ double: Double) -> (Int128, UInt64) {
                // A double is significand × 2^exponent with at most 53 bits.
                var (whole, exponent) = (double.magnitude, 0)
                while whole != whole.rounded() {
                    whole *= 2
                    exponent += 1
                }
                let product = Int128(whole) * Int128(right)
                let exact = Int128(left.magnitude) << Int128(exponent)
                return (product > exact ? product - exact : exact - product, UInt64(exponent))
            }
            guard left.magnitude < 1 << 60, double.magnitude > 1 else { continue }
            let (own, scale) = distance(double)
            for neighbour in [double.nextUp, double.nextDown] {
                let (other, otherScale) = distance(neighbour)
                let common = max(scale, otherScale)
                #expect(
                    own << Int128(common - scale) <= other << Int128(common - otherScale),
                    "seed \(seed): \(left) / \(right) gave \(outcome)")
            }
        }
    }
}
