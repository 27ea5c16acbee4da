/// When the nodes of a group end, without locks and tasks: one after the other, each once nothing can
/// reach it any more and nothing moves in the group.
struct GroupEnding {
    /// What may still cause messages here: open entries (edges from other groups, sources, inputs),
    /// nodes with something to do, and one that is finishing.
    private var pending: Int
    private let members: Int
    /// How many of the nodes have been told to end.
    private(set) var closed = 0

    /// - Parameter members: How many nodes the group has.
    init(entries: Int, members: Int) {
        // One more until the run starts, so that a group without entries does not end before.
        pending = entries + 1
        self.members = members
    }

    /// Notes what may cause messages in the group.
    mutating func begin(_ count: Int) { pending += count }

    /// Notes that something cannot cause messages in the group any more.
    ///
    /// - Returns: The place of the node that ends now, which counts until it has finished.
    mutating func end(_ count: Int) -> Int? {
        pending -= count
        guard pending == 0, closed < members else { return nil }
        defer { closed += 1 }
        pending = 1
        return closed
    }
}
