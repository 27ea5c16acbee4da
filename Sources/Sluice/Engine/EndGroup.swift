import SluiceSystem

/// Nodes that end together: those of one cycle, or a single node.
///
/// Ends travel along the edges: a group ends once nothing can reach it any more and nothing moves
/// in it. Its nodes then finish one after the other, in the order of the flow without its feedback
/// edges, each only when what the one before emitted has been handled.
final class EndGroup: Sendable {
    private let ending: Lock<GroupEnding>
    /// Those of the nodes, in the order in which they end; they refer to the group as well.
    private let inboxes = Lock<[Inbox]>([])

    /// - Parameter members: How many nodes the group has.
    init(entries: Int, members: Int) {
        ending = Lock(GroupEnding(entries: entries, members: members))
    }

    /// Says which nodes end together, before the run starts.
    func setMembers(_ members: [Inbox]) { inboxes.withLock { $0 = members } }

    /// Lets go of the nodes: the run has ended.
    func letGo() { inboxes.withLock { $0 = [] } }

    func retain() { ending.withLock { $0.begin(1) } }

    func release() {
        guard let next = ending.withLock({ $0.end(1) }) else { return }
        inboxes.withLock { $0.indices.contains(next) ? $0[next] : nil }?.close()
    }
}
