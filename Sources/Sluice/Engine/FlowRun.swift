import SluiceJSON
import Synchronization

/// A run of a flow: starts its nodes, carries messages, and ends when nothing can happen any more.
///
/// A run is used once: ``openFeed()`` for what enters from outside, ``start()``, then ``wait()``.
/// All functions may be called from any task.
public final class FlowRun: Sendable {
    /// How often a message may go round a cycle.
    static let maximumRounds: UInt32 = 10_000

    struct State {
        var nodes: [NodeRuntime] = []
        var isFirstLane: [Bool] = []
        var groups: [EndGroup] = []
        /// The lanes that nothing a following source emits can reach.
        var unfollowed: [NodeRuntime] = []
        var nodeTasks: [Task<Void, Never>] = []
        var sourceTasks: [(kind: Ports.SourceKind, task: Task<Void, Never>)] = []
        /// Timers and handlers that run in tasks of their own.
        var looseTasks: [UInt64: Task<Void, Never>] = [:]
        /// Inputs and finite sources that have not ended.
        var openInputs = 0
        /// Those of them that are sources: what they still read is work that the flow has.
        var finiteSources = 0
        var hadInputs = false
        var idleWaiters: [UnsafeContinuation<Void, Never>] = []
        var shared: [ObjectIdentifier: any AnyObject & Sendable] = [:]
        var result = RunResult()
        var isStarted = false
    }

    let plan: Plan
    let options: RunOptions
    let evaluation: EvaluationContext
    let activity: Activity
    let state = Lock(State())
    private let stopping = Atomic<Bool>(false)
    private let aborted = Atomic<Bool>(false)
    private let lineages = Atomic<UInt64>(0)
    private let tickets = Atomic<UInt64>(0)

    /// Prepares a run.
    public init(_ plan: Plan, options: RunOptions) {
        self.plan = plan.withSinks(options.output)
        self.options = options
        let scheduler = options.scheduler
        evaluation = EvaluationContext(
            now: { scheduler.now }, random: { scheduler.random() },
            ids: scheduler.isVirtual ? IDSequence() : .process, lineage: "")
        let quiet = QuietSignal(scheduler: scheduler)
        activity = Activity(whenQuiet: quiet.raise)
        quiet.run.withLock { $0 = self }
        build()
    }

    var scheduler: any Scheduler { options.scheduler }

    /// Whether no new input is taken any more.
    public var isStopping: Bool { stopping.load(ordering: .relaxed) }
    var isAborted: Bool { aborted.load(ordering: .relaxed) }

    // MARK: Life

    /// Starts every node, then lets messages flow.
    ///
    /// - Throws: ``Failure`` of the first node that could not start; those already started are
    ///   stopped again.
    public func start() async throws(Failure) {
        let nodes = state.withLock(\.nodes)
        let starting = firstLanes
        for (index, node) in starting.enumerated() {
            do {
                try await node.start()
            } catch {
                for started in starting[...index].reversed() {
                    for failure in await started.stop() { options.console.log(failure.text) }
                }
                tearDown()
                var failure = Failure.wrapping(error)
                failure.text = "node `\(node.plan.name)` could not start: \(failure.text)"
                throw failure
            }
        }
        for node in starting {
            for source in node.plan.ports.sources { startSource(source, node) }
        }
        for node in nodes {
            activity.endWaiting()
            let task = scheduler.spawn { [activity] in
                await node.work()
                activity.beginWaiting()
            }
            state.withLock { $0.nodeTasks.append(task) }
        }
        state.withLock { $0.isStarted = true }
        for group in state.withLock(\.groups) { group.release() }
        noteProgress()
    }

    private func startSource(_ source: Ports.SourceBody, _ node: NodeRuntime) {
        let isFinite = source.kind == .finite
        if isFinite {
            state.withLock { $0.finiteSources += 1 }
            openInput()
        }
        activity.endWaiting()
        let task = scheduler.spawn { [self] in
            await node.emit(from: source)
            if isFinite {
                state.withLock { $0.finiteSources -= 1 }
                closeInput()
            }
            activity.beginWaiting()
        }
        state.withLock { $0.sourceTasks.append((source.kind, task)) }
        if isStopping { task.cancel() }
    }

    /// Waits for the end and says how it went.
    public func wait() async -> RunResult {
        for task in state.withLock(\.nodeTasks) { await task.value }
        for (_, task) in state.withLock(\.sourceTasks) { await task.value }
        for task in state.withLock({ $0.looseTasks.values }) { task.cancel() }
        for node in firstLanes {
            let failures = await node.stop()
            state.withLock { $0.result.stopFailures += failures }
        }
        for node in state.withLock(\.nodes) {
            for (edge, count) in zip(node.inEdges, node.inbox.dropped) {
                lose(count, on: edge.index)
            }
        }
        var result = state.withLock(\.result)
        result.nodes = statistics
        tearDown()
        return result
    }

    /// Nodes refer to their run: lets go of them.
    private func tearDown() {
        state.withLock { state in
            state.nodes = []
            state.groups = []
            state.unfollowed = []
            state.shared = [:]
            state.looseTasks = [:]
        }
    }

    /// Takes no new input: sources end, what is in flight is finished, nodes finish and stop.
    public func stop() {
        guard stopping.exchange(true, ordering: .relaxed) == false else { return }
        for (_, task) in state.withLock(\.sourceTasks) { task.cancel() }
        noteProgress()
    }

    /// Gives up what is in flight and ends at once; what was lost is listed in the result.
    public func abort() {
        stop()
        guard aborted.exchange(true, ordering: .relaxed) == false else { return }
        let (nodes, tasks) = state.withLock { state in
            (state.nodes, state.nodeTasks + state.looseTasks.values)
        }
        let left = backlog()
        state.withLock { $0.result.lost = left }
        for node in nodes { node.inbox.abort() }
        for task in tasks { task.cancel() }
        wakeIdleWaiters()
    }

    /// What an aborted run has given up so far.
    public var lost: [RunResult.Backlog] { state.withLock(\.result.lost) }

    // MARK: What nodes need

    func startLineage(whenDone: (@Sendable (Bool) -> Void)?) -> Lineage {
        let whenDone = whenDone.map { done in
            // What an aborted run drops is not done.
            { @Sendable [self] (isFine: Bool) in done(isFine && !isAborted) }
        }
        return Lineage(
            id: lineages.wrappingAdd(1, ordering: .relaxed).newValue, whenDone: whenDone)
    }

    func nextTicket() -> UInt64 { tickets.wrappingAdd(1, ordering: .relaxed).newValue }

    func shared<T: AnyObject & Sendable>(_ type: T.Type, _ make: @Sendable () -> T) -> T {
        state.withLock { state in
            if let known = state.shared[ObjectIdentifier(type)] as? T { return known }
            let made = make()
            state.shared[ObjectIdentifier(type)] = made
            return made
        }
    }

    /// Waits, counted as something that time will end.
    func sleep(milliseconds: Int64) async throws(CancellationError) {
        guard milliseconds > 0 else { return }
        activity.beginSleeping()
        activity.beginWaiting()
        defer {
            activity.endWaiting()
            activity.endSleeping()
        }
        try await scheduler.sleep(milliseconds: milliseconds)
    }

    /// Calls a function after a time, unless the run has ended by then.
    func after(milliseconds: Int64, _ body: @escaping @Sendable () -> Void) {
        activity.beginSleeping()
        spawnLoose { [self] in
            if (try? await scheduler.sleep(milliseconds: milliseconds)) != nil { body() }
            activity.endSleeping()
        }
    }

    /// What the work gives, or nil where it takes longer; it is then cancelled and its result
    /// dropped.
    func within<T: Sendable>(
        milliseconds: Int64, _ work: @escaping @Sendable () async -> T
    ) async -> T? {
        let race = Race<T>()
        let worker = spawnLoose { race.finish(await work()) }
        activity.beginSleeping()
        let timer = spawnLoose { [self] in
            if (try? await scheduler.sleep(milliseconds: milliseconds)) != nil {
                race.finish(nil)
                worker.cancel()
            }
            activity.endSleeping()
        }
        let winner = await race.winner()
        timer.cancel()
        return winner
    }

    /// Starts a task that an abort cancels.
    @discardableResult
    func spawnLoose(_ work: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        let id = nextTicket()
        // Registered before it can end: the task waits for the lock.
        let task = state.withLock { state in
            let task = scheduler.spawn { [self] in
                await work()
                self.state.withLock { $0.looseTasks[id] = nil }
            }
            state.looseTasks[id] = task
            return task
        }
        // An abort that came before the registration has not seen the task.
        if isAborted { task.cancel() }
        return task
    }

    /// A failure that nothing in the flow handles.
    func unhandled(_ report: JSON, _ way: Plan.Unhandled) {
        options.onFailure(report, way == .log)
        guard way == .fail else { return }
        state.withLock { $0.result.unhandledFailures += 1 }
        stop()
    }

    func hop(_ parcel: Parcel, _ edge: Int) -> Hop {
        let edge = plan.edges[edge]
        return Hop(
            time: scheduler.now, lineage: parcel.lineage.id, edge: edge.text,
            message: parcel.message)
    }
}

/// Two tasks of which the first to finish counts.
private final class Race<T: Sendable>: Sendable {
    private enum State {
        case running
        case waiting(UnsafeContinuation<T?, Never>)
        case finished(T?)
        case over
    }

    private let state = Lock(State.running)

    func finish(_ value: T?) {
        let waiting = state.withLock { state -> UnsafeContinuation<T?, Never>? in
            switch state {
            case .running:
                state = .finished(value)
                return nil
            case .waiting(let continuation):
                state = .over
                return continuation
            case .finished, .over:
                return nil
            }
        }
        waiting?.resume(returning: value)
    }

    func winner() async -> T? {
        await withUnsafeContinuation { continuation in
            let value = state.withLock { state -> T?? in
                guard case .finished(let value) = state else {
                    state = .waiting(continuation)
                    return .none
                }
                state = .over
                return .some(value)
            }
            if let value { continuation.resume(returning: value) }
        }
    }
}

/// Starts one look at the flow however often it may have become quiet since the last.
private final class QuietSignal: Sendable {
    let run = Lock<FlowRun?>(nil)
    private let isRaised = Atomic<Bool>(false)
    private let scheduler: any Scheduler

    init(scheduler: any Scheduler) { self.scheduler = scheduler }

    @Sendable func raise() {
        guard isRaised.exchange(true, ordering: .acquiringAndReleasing) == false else { return }
        scheduler.spawn { [self] in
            isRaised.store(false, ordering: .releasing)
            run.withLock { $0 }?.lookAround()
        }
    }
}
