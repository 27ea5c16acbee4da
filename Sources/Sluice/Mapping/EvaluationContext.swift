import SluiceSystem

/// What the functions `now`, `uuid`, `id` and `lineage` need from outside.
///
/// The closures may be called from any thread. A context is one reference and a number, so that handing
/// it on for each message costs little.
public struct EvaluationContext: Sendable {
    private final class Outside: Sendable {
        let now: @Sendable () -> Int64
        let random: @Sendable () -> UInt64
        let ids: IDSequence
        let lineage: String

        init(
            now: @escaping @Sendable () -> Int64, random: @escaping @Sendable () -> UInt64,
            ids: IDSequence, lineage: String
        ) {
            self.now = now
            self.random = random
            self.ids = ids
            self.lineage = lineage
        }
    }

    private let outside: Outside
    /// The number of a run's lineage; 0 where the context names its lineage by a text.
    private var lineageNumber: UInt64 = 0

    /// The time in milliseconds since 1970-01-01 UTC.
    public var now: @Sendable () -> Int64 { outside.now }
    /// 64 random bits, fresh at each call.
    public var random: @Sendable () -> UInt64 { outside.random }
    /// Where ids come from.
    public var ids: IDSequence { outside.ids }
    /// The id of the lineage that the message belongs to; empty outside of a run.
    public var lineage: String {
        lineageNumber == 0 ? outside.lineage : String(lineageNumber)
    }

    /// Creates a context; the defaults are the system's clock and random numbers, and ids that grow
    /// within the process.
    public init(
        now: @escaping @Sendable () -> Int64 = { Self.systemMilliseconds() },
        random: @escaping @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) },
        ids: IDSequence = .process, lineage: String = ""
    ) {
        outside = Outside(now: now, random: random, ids: ids, lineage: lineage)
    }

    /// The same context for one node: threads of several do not count the references of one object.
    func forNode() -> EvaluationContext {
        EvaluationContext(
            now: outside.now, random: outside.random, ids: outside.ids, lineage: outside.lineage)
    }

    /// The same context for a message of another lineage of the run.
    func of(lineage number: UInt64) -> EvaluationContext {
        var context = self
        context.lineageNumber = number
        return context
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
        let generator = SharedSplitMix(seed: seed)
        return EvaluationContext(
            now: now, random: { generator.next() }, ids: IDSequence(), lineage: lineage)
    }

    /// The system's real-time clock in milliseconds since 1970-01-01 UTC.
    public static func systemMilliseconds() -> Int64 { SystemClock.milliseconds() }
}
