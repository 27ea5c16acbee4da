import Synchronization

/// Nodes that end together: those of one cycle, or a single node.
///
/// Ends travel along the edges: a group ends once nothing can reach it any more and nothing moves
/// in it. Its nodes then finish one after the other, in the order of the flow without its feedback
/// edges, each only when what the one before emitted has been handled.
final class EndGroup: Sendable {
    /// What may still cause messages here: open entries (edges from other groups, sources, inputs),
    /// messages on the group's edges or being handled, and a node that is finishing.
    private let pending: Atomic<Int>
    /// Those of the nodes, in the order in which they end.
    private let inboxes: [Inbox]
    private let ended = Atomic<Int>(0)

    /// - Parameter inboxes: Of the nodes, in the order in which they end.
    init(entries: Int, inboxes: [Inbox]) {
        // One more until the run starts, so that a group without entries does not end before.
        pending = Atomic(entries + 1)
        self.inboxes = inboxes
    }

    func retain(_ count: Int = 1) {
        pending.wrappingAdd(count, ordering: .relaxed)
    }

    func release(_ count: Int = 1) {
        guard pending.wrappingSubtract(count, ordering: .acquiringAndReleasing).newValue == 0 else {
            return
        }
        // Nothing is left that could retain: only this thread is here.
        let next = ended.wrappingAdd(1, ordering: .relaxed).oldValue
        guard next < inboxes.count else { return }
        retain()
        inboxes[next].close()
    }
}
