import Glibc

/// The system's clocks.
package enum SystemClock {
    /// Milliseconds since 1970.
    package static func milliseconds() -> Int64 {
        read(CLOCK_REALTIME)
    }

    /// Milliseconds of a clock that never goes back.
    package static func monotonicMilliseconds() -> Int64 {
        read(CLOCK_MONOTONIC)
    }

    /// Nanoseconds of the same clock.
    package static func monotonicNanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(bitPattern: Int64(time.tv_sec)) &* 1_000_000_000
            &+ UInt64(bitPattern: Int64(time.tv_nsec))
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}

/// This process.
package enum SystemProcess {
    /// The process's number.
    package static var id: Int32 { getpid() }
}
