import SluiceJSON

/// A run of a flow: starts its nodes, carries messages, and ends when nothing can happen any more.
///
/// A run is used once: ``openFeed(to:)`` for what enters from outside, ``start()``, then ``wait()``.
/// One plan may be run any number of times, also at once: every run makes the components, and with
/// them all that they remember, anew. All functions may be called from any task. A run that has been
/// started goes on to its end also when nobody refers to it any more; once it has ended nothing of
/// it is left.
public final class FlowRun: Sendable {
    /// How long after ``abort()`` a run waits for handlers that have not returned, in milliseconds.
    public static let patienceAfterAbort: Int64 = 2000

    /// How long all tasks that have used an open feed wait for room, and nothing else goes on, until the
    /// flow is called stuck, in milliseconds: another task may have the feed and not have sent yet.
    public static let patienceWithFeeds: Int64 = 1000

    private let flow: RunningFlow

    /// Prepares a run.
    public init(_ plan: Plan, options: RunOptions) {
        flow = RunningFlow(plan, options: options)
    }

    deinit { flow.letGo() }

    /// The files of the run.
    public var files: RunFiles { flow.files }

    /// Opens a way in; the flow's inputs end once all that were opened are closed.
    ///
    /// To be called before ``start()``, or while another one is open: a flow whose inputs have
    /// ended takes no more.
    ///
    /// - Parameter inputs: The exported inputs that it feeds; nil for all of them. An input ends once
    ///   no feed for it is open, so that a node that waits for several inputs knows that nothing more
    ///   comes by this one.
    public func openFeed(to inputs: [String]? = nil) -> FlowFeed { flow.openFeed(to: inputs) }

    /// Starts every node, then lets messages flow.
    ///
    /// - Throws: ``Failure`` of the first node that could not start; those already started are
    ///   stopped again. `already_started` at a second call.
    public func start() async throws(Failure) { try await flow.start() }

    /// Waits for the end and says how it went, each time the same.
    ///
    /// Before ``start()`` it waits for the start as well. After an ``abort()`` it waits for handlers
    /// that have not returned for at most ``patienceAfterAbort`` and names them. Cancelling the task
    /// that waits aborts the run.
    public func wait() async -> RunResult { await flow.wait() }

    /// Takes no new input: feeds are closed, sources end, what is in flight is finished, nodes finish
    /// and stop.
    public func stop() { flow.stop() }

    /// Gives up what is in flight and ends at once.
    ///
    /// No handler starts any more, those that run are cancelled. What was lost is listed in the result.
    public func abort() { flow.abort() }

    /// Whether no new input is taken any more.
    public var isStopping: Bool { flow.isStopping }

    /// Lets somebody look at the run until it has ended or ``detach(_:)`` is called; nothing for one who
    /// looks already.
    public func attach(_ observer: any RunObserver) { flow.attach(observer) }

    /// Ends what ``attach(_:)`` began; a call that is under way goes on.
    public func detach(_ observer: any RunObserver) { flow.observers.remove(observer) }

    /// What an aborted run has given up so far.
    public var lost: [RunResult.Backlog] { flow.lost }

    /// What each node has done so far.
    public var statistics: [RunResult.Node] { flow.statistics }
}
