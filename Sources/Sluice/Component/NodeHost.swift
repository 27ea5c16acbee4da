import SluiceJSON

// What components reach of the engine. Called once a batch, or for what is rare, never once a message.

/// What handlers, timers and sources need of their node.
protocol NodeHost: AnyObject, Sendable {
    var host: any RunHost { get }
    /// Puts what has gathered on the edges, and waits for room there.
    func flush(_ outbox: Outbox) async
    /// The same for a source, which is known to wait meanwhile.
    func flushFromSource(_ outbox: Outbox) async
    /// Reports that a message failed.
    func fail(_ failure: Failure, _ cause: Cause, _ outbox: Outbox)
    /// Lets senders go on wherever there is room, before the node itself waits.
    func letSendersGoOn()
    func schedule(_ timer: Int, _ delay: Int64)
    func cancelTimer(_ timer: Int)
    func setPaused(_ isPaused: Bool, input: String)
}

/// What nodes need of the run that they belong to.
protocol RunHost: AnyObject, Sendable {
    var scheduler: any Scheduler { get }
    var files: RunFiles { get }
    var console: Console { get }
    /// The folder that stores live in.
    var dataDirectory: String { get }
    /// Whether no new input is taken any more.
    var isStopping: Bool { get }
    /// Whether what is in flight is given up.
    var isAborted: Bool { get }
    /// Stops the run as a signal would.
    func stop()
    /// Waits, counted as something that time will end.
    func sleep(milliseconds: Int64) async throws(CancellationError)
    /// Counts the calling task as waiting for what the flow itself brings about while `body` runs.
    func waiting(_ body: () async -> Void) async
    /// Looks whether the flow has become idle or stuck.
    func noteProgress()
    /// What a node remembers.
    func state(of node: String) -> NodeState
    func shared<T: AnyObject & Sendable>(_ type: T.Type, _ make: @Sendable () -> T) -> T
}
