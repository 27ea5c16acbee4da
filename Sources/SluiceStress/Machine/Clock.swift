import Glibc

/// The two clocks that the tester reads.
enum Clock {
    /// Milliseconds of a clock that never goes back.
    static func milliseconds() -> Int { read(CLOCK_MONOTONIC) }

    /// Milliseconds since 1970, as expiry is counted.
    static func wall() -> Int { read(CLOCK_REALTIME) }

    private static func read(_ clock: clockid_t) -> Int {
        var time = timespec()
        clock_gettime(clock, &time)
        return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }
}
