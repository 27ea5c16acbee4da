import SluiceSystem

// What a component uses in place of the machine's clock and generator, so that a test decides.
extension StartContext {
    /// The clock of the run; virtual in tests.
    public var clock: RunClock { RunClock(scheduler: run.scheduler) }

    /// A new stream of random numbers; under a seed each node gets the same ones again.
    public var randomness: RandomStream { RandomStream(seed: run.scheduler.random()) }

    /// What the node remembers under keys, the same at each call.
    public var state: NodeState { run.state(of: node) }
}

/// The clock of a run.
public struct RunClock: Sendable {
    let scheduler: any Scheduler

    /// Milliseconds since 1970.
    public var now: Int64 { scheduler.now }
    /// Monotonic nanoseconds, for durations.
    public var uptimeNanoseconds: UInt64 { scheduler.uptimeNanoseconds }
}

/// A stream of random numbers, which copies share; may be used by several tasks at once.
public struct RandomStream: RandomNumberGenerator, Sendable {
    private let generator: SharedSplitMix

    init(seed: UInt64) { generator = SharedSplitMix(seed: seed) }

    /// The next number of the stream.
    public func next() -> UInt64 { generator.next() }
}
