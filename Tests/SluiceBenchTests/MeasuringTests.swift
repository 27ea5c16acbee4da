import Testing

@testable import SluiceBench

@Suite struct MeasuringTests {
    @Test(arguments: [
        (UInt64(0), 0.0), (63, 0.063), (64, 0.064), (127, 0.127), (1016, 1.016),
        (123_456, 122.88), (9_999_999, 9961.472), (1_234_567_890, 1_224_736.768),
    ])
    func aDurationIsCountedAtTheBeginningOfItsStep(nanoseconds: UInt64, microseconds: Double) {
        var histogram = Histogram()
        histogram.add(nanoseconds)
        #expect(histogram.microseconds(0.5) == microseconds)
    }

    @Test func quantilesOfMergedHistogramsAreThoseOfAllDurations() {
        var (one, two) = (Histogram(), Histogram())
        for nanoseconds in UInt64(1)...50 { one.add(nanoseconds) }
        for nanoseconds in UInt64(51)...63 { two.add(nanoseconds) }
        one.merge(two)
        #expect(one.microseconds(0.5) == 0.032)
        #expect(one.microseconds(1) == 0.063)
        #expect(Histogram().microseconds(0.5) == 0)
    }

    @Test(arguments: [
        (0.0, 3, "0.000"), (1.0005, 2, "1.00"), (12.345678, 6, "12.345678"), (0.05, 1, "0.1"),
        (-1.5, 1, "-1.5"), (7, 0, "7"), (Double.infinity, 2, "0"),
    ])
    func numbersAreWrittenWithAFixedPoint(number: Double, digits: Int, text: String) {
        #expect(number.fixed(digits) == text)
    }
}
