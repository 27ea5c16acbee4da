import SluiceJSON
import SluiceSystem
import Testing

@Suite struct NumberTests {
    @Test(
        arguments: [
            ("0", 0), ("-0", 0), ("-0.0e5", 0), ("0e999999999999999999999999", 0), ("10.0", 10),
            ("1e1", 10),
            ("100e-1", 10), ("1.50e1", 15), ("0.001E3", 1), ("-12.0", -12),
            ("9223372036854775807", Int.max), ("-9223372036854775808", Int.min),
            ("922337203685477580.7e1", Int.max), ("-9223372036854775808000e-3", Int.min),
            ("1000000000000000000", 1_000_000_000_000_000_000), ("1e18", 1_000_000_000_000_000_000),
            ("9223372036854775808", nil), ("-9223372036854775809", nil), ("1e19", nil),
            ("1.5", nil),
            ("15e-1", nil), ("1e-1", nil), ("1e999999999999999999999999", nil),
            ("1e-999999999999999999999999", nil), ("0.1", nil), ("99999999999999999999", nil),
        ] as [(String, Int?)])
    func integersAreExact(text: String, value: Int?) throws {
        #expect(JSONNumber(text)?.int == value)
        #expect(try JSON(parsing: text).int == value)
    }

    @Test(arguments: [
        "", "-", "+1", "01", "-01", "1.", ".1", "1e", "1e+", "1.e1", "0x1", "1 ", " 1", "NaN",
        "1_0", "--1",
        "Infinity", "１",
    ])
    func whatIsNoNumberIsRefused(text: String) {
        #expect(JSONNumber(text) == nil)
    }

    /// Each row is in strictly rising order; texts within a cell are equal.
    @Test(arguments: [
        [
            ["-1e99999999999999999999", "-10e99999999999999999998"], ["-1e9999999999999999999"],
            ["-2"],
            ["-1.5", "-15e-1", "-0.00150e3"], ["-1e-99999999999999999999"],
            ["0", "-0", "0.000", "0e99999999999999999999", "-0e-99999999999999999999"],
            ["1e-99999999999999999999"], ["1e-99999999999999999998", "0.1e-99999999999999999997"],
            ["1e-400"], ["5e-324"], ["0.1", "1e-1", "10E-2"],
            ["0.10000000000000000000000000000000001"], ["1", "1.0", "1e0", "10e-1", "0.1e+1"],
            ["9007199254740992", "9007199254740992.0"], ["9007199254740993"],
            ["9007199254740993.00000001"], ["1e17", "100000000000000000", "100000000000000000.0"],
            ["1e400", "10e399", "0.01e402"], ["1.1e400"], ["1e999999999999999999"],
            ["1e1000000000000000000", "10e999999999999999999", "0.1e1000000000000000001"],
            ["1e1000000000000000001"], ["1e9999999999999999999"], ["1e10000000000000000000"],
            ["1e99999999999999999999", "1e+0099999999999999999999", "100e99999999999999999997"],
        ]
    ])
    func valuesAreComparedExactly(row: [[String]]) throws {
        let numbers = row.map { $0.map { JSONNumber($0)! } }
        for (index, cell) in numbers.enumerated() {
            for left in cell {
                for right in cell {
                    #expect(left == right)
                    #expect(left.hashValue == right.hashValue)
                    #expect(!(left < right))
                    #expect(JSON(left) == JSON(right))
                }
                for greater in numbers[(index + 1)...].joined() {
                    #expect(left < greater)
                    #expect(!(greater < left))
                    #expect(left != greater)
                }
            }
        }
    }

    @Test(arguments: [
        ("1.0", true), ("1.5", false), ("1e400", true), ("15e-1", false), ("150e-1", true),
        ("0", true),
        ("-0.0", true), ("1e-99999999999999999999", false), ("1e99999999999999999999", true),
    ])
    func wholeNumbersAreKnownHoweverWritten(text: String, isInteger: Bool) {
        #expect(JSONNumber(text)?.isInteger == isInteger)
    }

    @Test(
        arguments: [
            ("0.1", 0.1), ("-0", -0.0), ("1e308", 1e308),
            ("1.7976931348623157e308", Double.greatestFiniteMagnitude),
            ("5e-324", .leastNonzeroMagnitude), ("2e-324", 0), ("1e-400", 0),
            ("-1e-99999999999999999999", -0.0),
            ("9007199254740993", 9_007_199_254_740_992),
            ("123456789012345678901234567890", 1.2345678901234568e29),
            ("1e400", nil), ("-1e99999999999999999999", nil), ("1.8e308", nil), ("0e400", 0),
            ("0.000000000000000000000000000000000000000000001e45", 1),
        ] as [(String, Double?)])
    func doublesAreTheNearest(text: String, value: Double?) {
        let double = JSONNumber(text)?.double
        #expect(double == value)
        #expect(double?.sign == value?.sign)
    }

    @Test(arguments: [
        (1.0, "1"), (-2.5, "-2.5"), (0.1, "0.1"), (1e16, "1e16"), (1e21, "1e21"),
        (.leastNonzeroMagnitude, "5e-324"),
        (-0.0, "-0"), (123_456_789.0, "123456789"), (1.5e300, "1.5e300"), (1e-7, "1e-07"),
    ])
    func doublesAreWrittenShort(value: Double, text: String) throws {
        #expect(JSON(value)?.text == text)
        #expect(try JSON(parsing: text).double?.bitPattern == value.bitPattern)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity]) func onlyFiniteDoublesAreNumbers(
        value: Double
    ) {
        #expect(JSON(value) == nil)
        #expect(JSONNumber(value) == nil)
    }

    @Test(arguments: [UInt64](1...10)) func randomDoublesComeBack(seed: UInt64) throws {
        var random = SplitMix(seed)
        for _ in 0..<2_000 {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            let json = try #require(JSON(value))
            #expect(
                try JSON(parsing: json.text).double?.bitPattern == value.bitPattern, "seed \(seed)")
        }
    }

    @Test(arguments: [UInt64](1...10)) func randomDecimalsCompareLikeScaledIntegers(seed: UInt64)
        throws
    {
        var random = SplitMix(seed)
        func decimal() -> (number: JSONNumber, scaled: Int) {
            let digits = random.next(below: 20_001) - 10_000
            let exponent = random.next(below: 13) - 6
            let text = [
                "\(digits)e\(exponent)", "\(digits).0E\(exponent)", "\(digits)0e\(exponent - 1)",
                "\(digits)e" + (exponent < 0 ? "-00\(-exponent)" : "+00\(exponent)"),
            ][random.next(below: 4)]
            var scaled = digits
            for _ in 0..<(exponent + 6) { scaled *= 10 }
            return (JSONNumber(text)!, scaled)
        }
        for _ in 0..<1_000 {
            let (left, right) = (decimal(), decimal())
            #expect((left.number < right.number) == (left.scaled < right.scaled), "seed \(seed)")
            #expect((left.number == right.number) == (left.scaled == right.scaled), "seed \(seed)")
            #expect(left.number.isInteger == (left.scaled % 1_000_000 == 0), "seed \(seed)")
            #expect(left.number.double == JSONNumber(left.number.text).flatMap { Double($0.text) })
        }
    }

    @Test func longNumbersTakeLinearTime() throws {
        let zeros = String(repeating: "0", count: 1_000_000)
        let one = try JSON(parsing: "1" + zeros + "e-1000000")
        #expect(one == 1)
        #expect(one.int == 1)
        #expect(try JSON(parsing: "0." + zeros + "1e1000001") == 1)
        #expect(try JSON(parsing: "1e" + zeros + "1") == 10)
        let nines = String(repeating: "9", count: 1_000_000)
        #expect(try JSON(parsing: "1e" + nines) != JSON(parsing: "1e-" + nines))
        #expect(try JSON(parsing: "10e" + nines) == JSON(parsing: "1e1" + zeros))
    }
}
