/// An edge of a run, over its queue in the receiver's inbox.
///
/// Senders deliver messages; a delivered message counts, for the run and for the group that the receiver
/// ends with, until it is acknowledged: its handler has returned and what it emitted is delivered. It is
/// complete once its lineage is, see ``Claim``.
final class Edge: Sendable {
    /// The edge's place in the plan.
    let index: Int
    /// The receiver's input port.
    let port: Int
    let template: Template?
    let retry: RetryPolicy?
    let isFeedback: Bool
    let limits: Inbox.Limits
    /// The receiver's inbox, which many edges may lead to.
    let inbox: Inbox
    /// The edge's place in the inbox.
    let place: Int

    init(_ planned: Plan.Edge, index: Int, limits: Inbox.Limits, to inbox: Inbox, place: Int) {
        self.index = index
        port = planned.to.port
        template = planned.template
        retry = planned.retry
        isFeedback = planned.isFeedback
        self.limits = limits
        self.inbox = inbox
        self.place = place
    }

    /// How many messages are sent at once; nil where senders never wait.
    var portion: Int? { isFeedback ? nil : limits.portion }

    /// Whether the receiver asks before each message of a batch whether something else comes first.
    var asksToBegin: Bool { limits.asksToBegin }

    // MARK: Messages

    /// Delivers what there is room for, in order, beginning with the envelope at `next`.
    ///
    /// - Returns: Whether that was all: the array is then empty, so that its room can be used again.
    func deliverAtOnce(_ envelopes: inout [Envelope], from next: inout Int) -> Bool {
        inbox.putAtOnce(&envelopes, from: &next, on: place)
    }

    /// Delivers envelopes in order and waits for room as often as it takes; gives the emptied array.
    ///
    /// - Parameter own: The inbox of the node that sends.
    func deliver(
        _ envelopes: consuming [Envelope], from first: Int = 0, own: Inbox? = nil
    ) async -> [Envelope] {
        await inbox.put(envelopes, from: first, on: place, from: own)
    }

    /// Delivers envelopes to a feedback edge, where senders never wait; gives those that are beyond what
    /// it may hold.
    func deliverBack(_ envelopes: consuming [Envelope]) -> [Envelope] {
        inbox.putBack(envelopes, on: place)
    }

    /// Delivers envelopes from outside; gives how many were taken.
    func offer(_ envelopes: consuming [Envelope]) async -> Int {
        await inbox.offer(envelopes, on: place)
    }

    // MARK: Ends

    /// Says that one more may deliver to the edge.
    func beginSender() { inbox.beginSender(on: place) }

    /// Says that one of those who deliver to the edge will not do so again.
    func endSender() { inbox.endSender(on: place) }

    // MARK: Measures

    /// How the edge stands at an instant.
    struct Measure: Sendable {
        /// Messages that the receiver has not begun with.
        var messages: Int
        /// Whether a sender waits for room.
        var isBlocking: Bool
        /// Whether the receiver takes nothing now.
        var isPaused: Bool
        /// Messages that came after the receiver's end.
        var dropped: Int
    }

    func measure() -> Measure { inbox.measure(place) }
}
