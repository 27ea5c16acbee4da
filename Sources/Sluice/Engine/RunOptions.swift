public import SluiceJSON
public import SluiceSystem

/// What a run gets from whoever starts it.
public struct RunOptions: Sendable {
    /// The folder that stores live in.
    public var dataDirectory = "data"
    /// Where the files lie that components read and write, and stores with an absolute path.
    public var filePlaces = FilePlaces.asTheyAre
    /// The file system that the components' files are on; the operating system's unless set.
    ///
    /// Counts where ``files`` is nil, and for ``FilePlaces/asTheyAre``: other places are folders of the
    /// operating system. Standard streams are always the operating system's.
    public var fileSystem: any FileSystem = PosixFileSystem()
    /// Real tasks, or one seeded thread with virtual time.
    public var scheduler: any Scheduler = RealScheduler()
    /// Where standard streams and diagnostics go.
    public var console = Console()
    /// The register of the run's files, for one run; made by the run itself where there is none.
    public var files: RunFiles?
    /// Called once every node has started, before any message is handled: opens what whoever starts
    /// the run writes to.
    public var whenStarted: @Sendable () async throws -> Void = {}
    /// Takes the messages of an exported output; back-pressure while it runs.
    public var output: @Sendable (String, [JSON]) async -> Void = { _, _ in }
    /// Told of every failure that no edge takes; the second argument says whether `onError` is `log`.
    public var onFailure: @Sendable (JSON, Bool) -> Void = { _, _ in }
    /// Told of every message that goes on an edge.
    public var trace: (@Sendable (Hop) -> Void)?
    /// Told of every failure, also of one after which the message is tried again.
    public var traceFailure: (@Sendable (FailedHop) -> Void)?

    /// Creates options with their defaults.
    public init() {}

    /// The same options, with secrets hidden from people: in lines, failures and traces.
    func hiding(_ secrets: Secrets) -> RunOptions {
        guard !secrets.isEmpty else { return self }
        var options = self
        options.console.log = { [log = console.log] in log(secrets.redacted($0)) }
        options.onFailure = { [onFailure] in onFailure(secrets.redacted($0), $1) }
        if let trace {
            options.trace = { hop in
                let message = secrets.redacted(hop.message)
                trace(
                    Hop(time: hop.time, lineage: hop.lineage, edge: hop.edge, message: message))
            }
        }
        if let traceFailure {
            options.traceFailure = { hop in
                traceFailure(
                    FailedHop(
                        time: hop.time, lineage: hop.lineage, node: hop.node, port: hop.port,
                        failure: hop.failure.hiding(secrets), isRetried: hop.isRetried,
                        message: secrets.redacted(hop.message)))
            }
        }
        return options
    }
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
