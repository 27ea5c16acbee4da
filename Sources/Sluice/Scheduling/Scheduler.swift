import Dispatch

/// Where a run's tasks execute and how time passes: real, or one seeded thread with virtual time.
public protocol Scheduler: Sendable {
    /// Milliseconds since 1970.
    var now: Int64 { get }
    /// Monotonic nanoseconds, for durations.
    var uptimeNanoseconds: UInt64 { get }
    /// Whether time passes only when a test says so.
    var isVirtual: Bool { get }
    /// A source of randomness, steady under a seed.
    func random() -> UInt64
    /// Waits.
    func sleep(milliseconds: Int64) async throws(CancellationError)
    /// Starts a task.
    @discardableResult
    func spawn(_ work: @escaping @Sendable () async -> Void) -> Task<Void, Never>
    /// Runs work that blocks its thread where it holds up nothing else.
    func blocking<T: Sendable>(_ work: @escaping @Sendable () -> T) async -> T
}

extension Scheduler {
    /// Waits in steps, so that others have their turns in between where the process hardly runs; false
    /// where the task was cancelled.
    func sleepInSteps(milliseconds: Int64) async -> Bool {
        let step: Int64 = 10
        for _ in 0..<milliseconds / step {
            do { try await sleep(milliseconds: step) } catch { return false }
        }
        return true
    }
}

/// Real tasks on the shared thread pool, and the machine's clock.
public struct RealScheduler: Scheduler {
    private let queue = DispatchQueue(label: "sluice.blocking", attributes: .concurrent)

    /// Creates a scheduler.
    public init() {}

    /// The machine's wall clock.
    public var now: Int64 { EvaluationContext.systemMilliseconds() }

    /// The machine's monotonic clock.
    public var uptimeNanoseconds: UInt64 { DispatchTime.now().uptimeNanoseconds }

    /// Time passes by itself.
    public var isVirtual: Bool { false }

    /// From the system's generator.
    public func random() -> UInt64 {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }

    /// Waits.
    public func sleep(milliseconds: Int64) async throws(CancellationError) {
        do {
            try await Task.sleep(for: .milliseconds(milliseconds))
        } catch {
            throw CancellationError()
        }
    }

    /// Starts a task.
    @discardableResult
    public func spawn(_ work: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        Task { await work() }
    }

    /// Runs work on a thread of its own, outside of the pool that handlers share.
    public func blocking<T: Sendable>(_ work: @escaping @Sendable () -> T) async -> T {
        await withUnsafeContinuation { continuation in
            queue.async { continuation.resume(returning: work()) }
        }
    }
}
