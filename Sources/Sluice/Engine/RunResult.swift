/// How a run went.
public struct RunResult: Sendable {
    /// Messages that were left on an edge.
    public struct Backlog: Sendable, Equatable {
        /// The edge as people write it.
        public var edge: String
        /// How many.
        public var messages: Int
    }

    /// Messages that a node kept for later and never handed on.
    public struct Held: Sendable, Equatable {
        /// The node's name.
        public var node: String
        /// The input port that they came by.
        public var input: String
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
        /// Messages that failed for good, each counted once.
        public var failed: Int
        /// Attempts that followed failed ones.
        public var retries: Int
    }

    /// How many failures nothing handled.
    public var unhandledFailures = 0
    /// Who waits for whom, where the flow was stuck.
    public var stuck: [String] = []
    /// What was given up.
    public var lost: [Backlog] = []
    /// What nodes such as `join` and `collect` held at the end and did not hand on.
    public var held: [Held] = []
    /// The nodes whose handlers had not returned when an aborted run ended.
    public var unreturned: [String] = []
    /// Why nodes could not end well, such as a store that could not be closed.
    public var stopFailures: [Failure] = []
    /// What each node did.
    public var nodes: [Node] = []
}
