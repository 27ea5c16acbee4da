public import SluiceJSON

/// What a run gets from whoever starts it.
public struct RunOptions: Sendable {
    /// The folder that stores live in.
    public var dataDirectory = "data"
    /// Where the files lie that components read and write, and stores with an absolute path.
    public var files = FilePlaces.asTheyAre
    /// Real tasks, or one seeded thread with virtual time.
    public var scheduler: any Scheduler = RealScheduler()
    /// Where standard streams and diagnostics go.
    public var console = Console()
    /// Takes the messages of an exported output; back-pressure while it runs.
    public var output: @Sendable (String, [JSON]) async -> Void = { _, _ in }
    /// Told of every failure that no edge takes; the second argument says whether `onError` is `log`.
    public var onFailure: @Sendable (JSON, Bool) -> Void = { _, _ in }
    /// Told of every message that goes on an edge.
    public var trace: (@Sendable (Hop) -> Void)?

    /// Creates options with their defaults.
    public init() {}
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

/// The standard streams of a run.
public struct Console: Sendable {
    /// Takes bytes for standard output; false once nobody reads it any more.
    public var write: @Sendable ([UInt8]) -> Bool = { _ in true }
    /// Takes a line for people.
    public var log: @Sendable (String) -> Void = { _ in }

    /// Creates a console that drops everything.
    public init() {}
}

/// How a run went.
public struct RunResult: Sendable {
    /// Messages that were left on an edge.
    public struct Backlog: Sendable, Equatable {
        /// The edge as people write it.
        public var edge: String
        /// How many.
        public var messages: Int
    }

    /// What a node did.
    public struct Node: Sendable, Equatable {
        /// The node's name.
        public var name: String
        /// Its component.
        public var component: String
        /// Messages taken.
        public var received: Int
        /// Messages put on edges, failures included.
        public var emitted: Int
        /// Messages that failed.
        public var failed: Int
    }

    /// How many failures nothing handled.
    public var unhandledFailures = 0
    /// Who waits for whom, where the flow was stuck.
    public var stuck: [String] = []
    /// What was given up.
    public var lost: [Backlog] = []
    /// Why nodes could not end well, such as a store that could not be closed.
    public var stopFailures: [Failure] = []
    /// What each node did.
    public var nodes: [Node] = []
}
