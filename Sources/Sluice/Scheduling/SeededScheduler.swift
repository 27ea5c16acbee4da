import SluiceSystem

/// One thread and virtual time: the same seed gives the same order of everything.
///
/// All tasks of a run go through one queue; which of the waiting ones runs next is drawn from the
/// seed. Time stands still until ``advance(milliseconds:)``, so a test never waits.
public final class SeededScheduler: Scheduler, TaskExecutor {
    private struct Sleeper {
        var due: Int64
        var order: Int
        var continuation: UnsafeContinuation<Void, Never>
    }

    private struct State {
        var jobs: [UnownedJob] = []
        var now: Int64
        var sleepers: [Int: Sleeper] = [:]
        var nextSleeper = 0
    }

    private let state: Lock<State>
    private let generator: SharedSplitMix
    /// The time at which every virtual run begins: 2026-01-01T00:00:00Z.
    public static let epoch: Int64 = 1_767_225_600_000

    /// Creates a scheduler.
    public init(seed: UInt64) {
        state = Lock(State(now: SeededScheduler.epoch))
        generator = SharedSplitMix(seed: seed)
    }

    /// The virtual time, in milliseconds since 1970.
    public var now: Int64 { state.withLock(\.now) }

    /// The virtual time since 1970, in nanoseconds.
    public var uptimeNanoseconds: UInt64 { UInt64(now) &* 1_000_000 }

    /// Time passes only when a test says so.
    public var isVirtual: Bool { true }

    /// The next number of the seed's sequence.
    public func random() -> UInt64 { generator.next() }

    /// Queues a job; called by the concurrency runtime.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.jobs.append(job) }
    }

    /// Starts a task on this thread's queue.
    @discardableResult
    public func spawn(_ work: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        Task(executorPreference: self, operation: work)
    }

    /// Runs the work at once: there is only this thread.
    public func blocking<T: Sendable>(_ work: @escaping @Sendable () -> T) async -> T { work() }

    /// Waits until the virtual time has come.
    public func sleep(milliseconds: Int64) async throws(CancellationError) {
        let id = state.withLock { state in
            state.nextSleeper += 1
            return state.nextSleeper
        }
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                state.withLock { state in
                    let due = SeededScheduler.time(milliseconds, after: state.now)
                    state.sleepers[id] = Sleeper(due: due, order: id, continuation: continuation)
                }
                if Task.isCancelled { wake(id) }
            }
        } onCancel: {
            wake(id)
        }
        if Task.isCancelled { throw CancellationError() }
    }

    private func wake(_ id: Int) {
        state.withLock { $0.sleepers.removeValue(forKey: id) }?.continuation.resume()
    }

    /// Runs tasks until none can go on without time passing.
    public func settle() {
        while let job = nextJob() {
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }

    private func nextJob() -> UnownedJob? {
        state.withLock { state in
            guard !state.jobs.isEmpty else { return nil }
            let index = Int(generator.next() % UInt64(state.jobs.count))
            return state.jobs.remove(at: index)
        }
    }

    /// Lets time pass: whoever sleeps wakes in the order in which they are due, and everything
    /// settles in between.
    public func advance(milliseconds: Int64) {
        settle()
        let end = SeededScheduler.time(milliseconds, after: now)
        while let sleeper = nextSleeper(until: end) {
            sleeper.resume()
            settle()
        }
        state.withLock { $0.now = end }
    }

    /// The instant some time later, or the last that there is.
    private static func time(_ milliseconds: Int64, after now: Int64) -> Int64 {
        let (time, overflow) = now.addingReportingOverflow(max(0, milliseconds))
        return overflow ? .max : time
    }

    /// The time until the next sleeper wakes; nil where nobody sleeps.
    public var nextWake: Int64? {
        state.withLock { state in state.sleepers.values.map(\.due).min().map { $0 - state.now } }
    }

    private func nextSleeper(until end: Int64) -> UnsafeContinuation<Void, Never>? {
        state.withLock { state in
            let next = state.sleepers.min { ($0.value.due, $0.key) < ($1.value.due, $1.key) }
            guard let next, next.value.due <= end else { return nil }
            state.sleepers[next.key] = nil
            state.now = max(state.now, next.value.due)
            return next.value.continuation
        }
    }

    /// Runs an asynchronous function to its end on this thread; nil when it cannot go on.
    public func run<T: Sendable>(_ work: @escaping @Sendable () async -> T) -> T? {
        let result = Lock<T?>(nil)
        spawn {
            let value = await work()
            result.withLock { $0 = value }
        }
        settle()
        return result.withLock { $0 }
    }
}
