/// When an edge has ended and the node there is told, without locks and tasks.
struct EdgeEnding {
    /// Who may still put messages on the edge.
    private var senders: Int
    /// Whether the run counts the end as something that the node has to do.
    private var isCounted = false
    private var isTold = false

    init(senders: Int) { self.senders = senders }

    /// Notes one more that may put messages on the edge.
    mutating func beginSender() { senders += 1 }

    /// Notes that one of those who put messages on the edge will not do so again.
    mutating func endSender() { senders -= 1 }

    /// Whether the end has come and is not counted yet; it is then.
    mutating func count() -> Bool {
        guard senders == 0, !isCounted else { return false }
        isCounted = true
        return true
    }

    /// Whether the node has to be told of the end: once all that came has been taken.
    ///
    /// - Parameter isEmpty: Whether no message is on the edge.
    func isDue(isEmpty: Bool) -> Bool { isCounted && senders == 0 && isEmpty && !isTold }

    /// Notes that the node has been told.
    mutating func tell() { isTold = true }
}
