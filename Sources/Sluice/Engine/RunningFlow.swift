import SluiceJSON
import SluiceSystem
import Synchronization

/// What a ``FlowRun`` stands for: the nodes of a flow that is run, and what they share.
///
/// Nodes refer to their flow and it to them, until it has ended.
final class RunningFlow: RunHost {
    /// How often a message may go round a cycle.
    static let maximumRounds = UInt32(FlowLimits.rounds)

    struct State {
        var life = RunLife()
        var nodes: [NodeRuntime] = []
        var isFirstLane: [Bool] = []
        var groups: [EndGroup] = []
        /// The lanes that sources run beside.
        var nodesWithSources: [NodeRuntime] = []
        /// The lanes that nothing a following source emits can reach.
        var unfollowed: [NodeRuntime] = []
        var nodeTasks: [Task<Void, Never>] = []
        var sourceTasks: [(kind: Ports.SourceKind, task: Task<Void, Never>)] = []
        /// The nodes whose sources run.
        var runningSources: [String] = []
        /// Timers and handlers that run in tasks of their own.
        var looseTasks: [UInt64: Task<Void, Never>] = [:]
        /// Ends the wait for handlers that do not return after an abort.
        var deadline: Task<Void, Never>?
        /// Inputs and finite sources that have not ended.
        var openInputs = 0
        /// Those of them that are sources: what they still read is work that the flow has.
        var finiteSources = 0
        var hadInputs = false
        var feeds: [ObjectIdentifier: OpenFeed] = [:]
        var idleWaiters: [UnsafeContinuation<Void, Never>] = []
        var endWaiters: [UnsafeContinuation<RunResult, Never>] = []
        var shared: [ObjectIdentifier: any AnyObject & Sendable] = [:]
        /// What nodes remember, by their names.
        var nodeStates: [String: NodeState] = [:]
        /// Messages that have entered sub-flows and are not done there.
        var calls: [ObjectIdentifier: Call] = [:]
        var result = RunResult()
    }

    /// With the nodes behind the exported outputs.
    let plan: Plan
    let options: RunOptions
    /// The files of the run.
    let files: RunFiles
    let evaluation: EvaluationContext
    let activity: Activity
    let observers: Observers
    let lineages = LineageNumbers()
    let state = Lock(State())
    private let stopping = Atomic<Bool>(false)
    private let aborted = Atomic<Bool>(false)
    private let tickets = Atomic<UInt64>(0)
    /// Why the components could not be made anew.
    private let unmade: Failure?

    init(_ plan: Plan, options: RunOptions) {
        self.plan = plan.withSinks(options.output)
        let (ports, unmade) = self.plan.makingPorts()
        let options = options.hiding(plan.secrets)
        self.options = options
        files = options.files ?? RunFiles(places: options.filePlaces, on: options.fileSystem)
        self.unmade = unmade
        let scheduler = options.scheduler
        evaluation = EvaluationContext(
            now: { scheduler.now }, random: { scheduler.random() },
            ids: scheduler.isVirtual ? IDSequence() : .process)
        activity = Activity(scheduler: scheduler)
        observers = Observers(options.observers, hiding: plan.secrets)
        activity.setLook { [self] in lookAround() }
        build(ports)
    }

    var scheduler: any Scheduler { options.scheduler }
    var console: Console { options.console }
    var dataDirectory: String { options.dataDirectory }

    var isStopping: Bool { stopping.load(ordering: .relaxed) }
    var isAborted: Bool { aborted.load(ordering: .relaxed) }

    // MARK: Life

    func start() async throws(Failure) {
        guard state.withLock({ $0.life.start() }) else {
            throw Failure("already_started", "the run has been started: a run is used once")
        }
        if let unmade { throw await giveUpStart([], unmade) }
        let starting = firstLanes
        do {
            try files.register(plan)
        } catch {
            throw await giveUpStart([], .wrapping(error))
        }
        for (index, node) in starting.enumerated() where !node.ports.starts.isEmpty {
            do {
                try await node.start()
            } catch {
                throw await giveUpStart(starting[...index], .starting(node, error))
            }
        }
        // Up to here nothing outside has been changed; files are made now, and replaced when all are.
        do {
            try await options.whenStarted()
        } catch {
            throw await giveUpStart(starting[...], .wrapping(error))
        }
        for node in starting where !node.ports.readies.isEmpty {
            do {
                try await node.getReady()
            } catch {
                throw await giveUpStart(starting[...], .starting(node, error))
            }
        }
        do {
            try files.replaceOutputs()
        } catch {
            throw await giveUpStart(starting[...], .wrapping(error))
        }
        run(starting)
    }

    /// Stops the nodes that have started.
    private func giveUpStart(
        _ started: ArraySlice<NodeRuntime>, _ failure: Failure
    ) async -> Failure {
        // Before nodes let go of their files.
        files.removeNewFiles()
        for node in started.reversed() {
            for failure in await node.stop() { options.console.log(failure.text) }
        }
        finish()
        return failure.hiding(plan.secrets)
    }

    /// Lets messages flow: starts the tasks of all nodes.
    private func run(_ starting: [NodeRuntime]) {
        let nodes = state.withLock { state in
            // Before the first task can end.
            state.life.beginTasks(state.nodes.count + 1)
            return state.nodes
        }
        for node in starting where node.lane.hasSources {
            for source in node.ports.sources { startSource(source, node) }
        }
        for node in nodes {
            node.inbox.countEnds()
            activity.beginRunning()
            let task = scheduler.spawn { [self] in
                await node.work()
                activity.endRunning()
                taskEnded()
            }
            state.withLock { $0.nodeTasks.append(task) }
            // An abort that came before has not seen the task.
            if isAborted { task.cancel() }
        }
        let groups = state.withLock { state in
            state.life.run()
            return state.groups
        }
        observers.changed(to: .started)
        measureForAll()
        for group in groups { group.release() }
        if isAborted { endSoon() }
        taskEnded()
        noteProgress()
    }

    private func startSource(_ source: Ports.SourceBody, _ node: NodeRuntime) {
        let isFinite = source.kind == .finite
        state.withLock { state in
            state.life.beginTasks(1)
            state.runningSources.append(node.plan.name)
            if isFinite { state.finiteSources += 1 }
        }
        if isFinite { openInput() }
        activity.beginRunning()
        let task = scheduler.spawn { [self] in
            await node.emit(from: source)
            state.withLock { state in
                if isFinite { state.finiteSources -= 1 }
                if let place = state.runningSources.firstIndex(of: node.plan.name) {
                    state.runningSources.remove(at: place)
                }
            }
            if isFinite { closeInput() }
            activity.endRunning()
            taskEnded()
        }
        state.withLock { $0.sourceTasks.append((source.kind, task)) }
        if isStopping { task.cancel() }
    }

    /// Takes no new input: feeds close, sources end, what is in flight is finished.
    func stop() {
        guard stopping.exchange(true, ordering: .relaxed) == false else { return }
        let (tasks, feeds) = state.withLock { ($0.sourceTasks.map(\.task), $0.feeds.values) }
        for task in tasks { task.cancel() }
        for feed in feeds { feed.close() }
        observers.changed(to: .stopping)
        noteProgress()
    }

    /// Gives up what is in flight and ends at once; what was lost is listed in the result.
    func abort() {
        stop()
        guard aborted.exchange(true, ordering: .relaxed) == false else { return }
        let (nodes, tasks) = state.withLock { state in
            // The run must not end before all that it loses has been counted.
            state.life.beginTasks(1)
            return (state.nodes, state.nodeTasks + state.looseTasks.values)
        }
        for node in nodes {
            for (edge, count) in zip(node.inEdges, node.inbox.abort()) {
                lose(count, on: edge.index)
            }
        }
        for task in tasks { task.cancel() }
        for call in state.withLock(\.calls.values) { call.end() }
        observers.changed(to: .aborted)
        wakeIdleWaiters()
        endSoon()
        taskEnded()
    }

    /// What an aborted run has given up so far.
    var lost: [RunResult.Backlog] { state.withLock(\.result.lost) }

    // MARK: What nodes need

    func nextTicket() -> UInt64 { tickets.wrappingAdd(1, ordering: .relaxed).newValue }

    func state(of node: String) -> NodeState {
        state.withLock { state in
            let known = state.nodeStates[node] ?? NodeState()
            state.nodeStates[node] = known
            return known
        }
    }

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
        activity.endRunning()
        defer {
            activity.beginRunning()
            activity.endSleeping()
        }
        try await scheduler.sleep(milliseconds: milliseconds)
    }

    func waiting(_ body: () async -> Void) async {
        activity.endRunning()
        await body()
        activity.beginRunning()
    }

    /// Calls a function after a time, unless the run has ended by then.
    @discardableResult
    func after(
        milliseconds: Int64, _ body: @escaping @Sendable () -> Void
    ) -> Task<Void, Never> {
        activity.beginSleeping()
        return spawnLoose { [self] in
            if (try? await scheduler.sleep(milliseconds: milliseconds)) != nil { body() }
            activity.endSleeping()
        }
    }

    /// What the work gives, or nil where it takes longer.
    ///
    /// It is then cancelled and its result dropped. Its task is given as well, as it may go on.
    func within<T: Sendable>(
        milliseconds: Int64, _ work: @escaping @Sendable () async -> T,
        onTimeout: @escaping @Sendable () -> Void
    ) async -> (T?, Task<Void, Never>) {
        let race = Race<T>()
        activity.beginSleeping()
        let worker = spawnLoose { race.finish(await work()) }
        let timer = spawnLoose { [self] in
            if (try? await scheduler.sleep(milliseconds: milliseconds)) != nil {
                // What still fails in the work does not count any more.
                race.finish(nil, onTimeout)
                worker.cancel()
            }
            activity.endSleeping()
        }
        let winner = await race.winner()
        timer.cancel()
        return (winner, worker)
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
        observers.unhandled(report, isLogged: way == .log)
        guard way == .fail else { return }
        state.withLock { $0.result.unhandledFailures += 1 }
        stop()
    }
}

extension Failure {
    /// That a node could not start.
    fileprivate static func starting(_ node: NodeRuntime, _ error: any Error) -> Failure {
        var failure = wrapping(error)
        failure.text = "node `\(node.plan.name)` could not start: \(failure.text)"
        return failure
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

    /// Ends the race unless it has ended; `whenFirst` runs before the winner is known.
    func finish(_ value: T?, _ whenFirst: () -> Void = {}) {
        let waiting = state.withLock { state -> UnsafeContinuation<T?, Never>? in
            switch state {
            case .running:
                whenFirst()
                state = .finished(value)
                return nil
            case .waiting(let continuation):
                whenFirst()
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
