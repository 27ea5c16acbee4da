import SluiceSystem

/// The two clocks that the tester reads, in the numbers that it reckons with.
enum Clock {
    /// Milliseconds of a clock that never goes back.
    static func milliseconds() -> Int { Int(SystemClock.monotonicMilliseconds()) }

    /// Milliseconds since 1970, as expiry is counted.
    static func wall() -> Int { Int(SystemClock.milliseconds()) }
}
