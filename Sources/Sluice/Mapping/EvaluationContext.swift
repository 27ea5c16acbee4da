internal import Glibc
internal import Synchronization

/// What the functions `now`, `uuid`, `id` and `lineage` need from outside.
///
/// The closures may be called from any thread.
public struct EvaluationContext: Sendable {
    /// The time in milliseconds since 1970-01-01 UTC.
    public var now: @Sendable () -> Int64
    /// 64 random bits, fresh at each call.
    public var random: @Sendable () -> UInt64
    /// The id of the lineage that the message belongs to; empty outside of a run.
    public var lineage: String

    /// Creates a context; the defaults are the system's clock and random numbers.
    public init(
        now: @escaping @Sendable () -> Int64 = { Self.systemMilliseconds() },
        random: @escaping @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) },
        lineage: String = ""
    ) {
        self.now = now
        self.random = random
        self.lineage = lineage
    }

    /// The system's clock and random numbers, and no lineage.
    public static let system = EvaluationContext()

    /// A context that gives the same ids in the same order for the same `seed`.
    ///
    /// The random numbers are those of SplitMix64. The order of calls decides who gets which, so a
    /// run is repeatable where its messages are handled in one order.
    public static func seeded(
        _ seed: UInt64, now: @escaping @Sendable () -> Int64, lineage: String = ""
    ) -> EvaluationContext {
        let generator = SplitMix(seed: seed)
        return EvaluationContext(now: now, random: { generator.next() }, lineage: lineage)
    }

    /// The system's real-time clock in milliseconds since 1970-01-01 UTC.
    public static func systemMilliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) &* 1_000 &+ Int64(time.tv_nsec) / 1_000_000
    }
}

/// The SplitMix64 generator behind a lock-free counter.
private final class SplitMix: Sendable {
    private let state: Atomic<UInt64>

    init(seed: UInt64) { state = Atomic(seed) }

    func next() -> UInt64 {
        let step: UInt64 = 0x9E37_79B9_7F4A_7C15
        var bits = state.wrappingAdd(step, ordering: .relaxed).newValue
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}
