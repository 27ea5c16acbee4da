public import SluiceJSON

/// Sees what happens in a run: messages, failures, states and rates.
///
/// Called on the threads that handle messages, several at once: it holds them up for as long as it takes.
/// Secrets of the flow are hidden. All has a default that wants and does nothing.
public protocol RunObserver: AnyObject, Sendable {
    /// Whether it wants ``delivering(_:)``: only then the messages of a run are shown.
    var seesHops: Bool { get }
    /// How often it wants ``measured(_:)``, in milliseconds; nil for never.
    var measuringInterval: Int64? { get }
    /// Messages go on an edge, in this order.
    func delivering(_ hops: [Hop])
    /// A message failed, perhaps to be tried again.
    func failed(_ hop: FailedHop)
    /// A failure that no edge takes; `isLogged` where `onError` is `log`.
    func unhandled(_ report: JSON, isLogged: Bool)
    /// The run has come further.
    func changed(to state: RunState)
    /// What each node has done so far.
    func measured(_ nodes: [RunResult.Node])
}

extension RunObserver {
    /// It sees no messages.
    public var seesHops: Bool { false }
    /// It wants no rates.
    public var measuringInterval: Int64? { nil }
    /// Does nothing.
    public func delivering(_ hops: [Hop]) {}
    /// Does nothing.
    public func failed(_ hop: FailedHop) {}
    /// Does nothing.
    public func unhandled(_ report: JSON, isLogged: Bool) {}
    /// Does nothing.
    public func changed(to state: RunState) {}
    /// Does nothing.
    public func measured(_ nodes: [RunResult.Node]) {}
}

/// How far a run has come.
public enum RunState: Sendable, Equatable {
    /// Messages flow.
    case started
    /// No new input is taken any more.
    case stopping
    /// What was in flight has been given up.
    case aborted
    /// The run is over; nothing comes after this.
    case ended
}

/// A message that goes on an edge.
public struct Hop: Sendable {
    /// Milliseconds since 1970.
    public let time: Int64
    /// The lineage's number.
    public let lineage: UInt64
    /// The edge as people write it.
    public let edge: String
    /// The message, before the edge's `map`.
    public let message: JSON
}

/// A message that failed at a node.
public struct FailedHop: Sendable {
    /// Milliseconds since 1970.
    public let time: Int64
    /// The lineage's number.
    public let lineage: UInt64
    /// The node; empty for what gave no message, such as a line that is no JSON.
    public let node: String
    /// The input port; nil for sources, timers and the end.
    public let port: String?
    /// Why.
    public let failure: Failure
    /// Whether the message is tried again.
    public let isRetried: Bool
    /// What was delivered.
    public let message: JSON
}
