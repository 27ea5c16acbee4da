import SluiceSystem

/// Nodes that end together: those of one cycle, or a single node.
///
/// Ends travel along the edges: a group ends once nothing can reach it any more and nothing moves
/// in it. Its nodes then finish one after the other, in the order of the flow without its feedback
/// edges, each only when what the one before emitted has been handled.
final class EndGroup: Sendable {
    private let ending: Lock<GroupEnding>
    /// Those of the nodes, in the order in which they end.
    private let inboxes: [Inbox]

    /// - Parameter inboxes: Of the nodes, in the order in which they end.
    init(entries: Int, inboxes: [Inbox]) {
        ending = Lock(GroupEnding(entries: entries, members: inboxes.count))
        self.inboxes = inboxes
    }

    func retain(_ count: Int = 1) { ending.withLock { $0.begin(count) } }

    func release(_ count: Int = 1) {
        if let next = ending.withLock({ $0.end(count) }) { inboxes[next].close() }
    }
}
