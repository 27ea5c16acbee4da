extension Inbox {
    /// The limits of one edge.
    struct Limits: Sendable {
        var messages: Int
        var bytes: Int
        var isFeedback: Bool
        /// How many messages are taken at once.
        var batch: Int
        /// Whether the node asks before each message of a batch whether something else comes first; until
        /// then the message counts as waiting.
        var asksToBegin = false
        /// Whether the edge of which the node has got least comes first.
        var advancesWithOthers = false
        /// What a feedback edge holds at most: its sender never waits.
        var feedbackMessages = FlowLimits.feedbackMessages.usual
        var feedbackBytes = FlowLimits.feedbackBytes.usual
        /// Who may put messages on the edge and can end apart from the node; at none the edge ends.
        var senders = 0

        /// How many messages a sender puts on the edge at once.
        ///
        /// Where what the node has taken counts as waiting, the sender makes one half while the node
        /// handles the other.
        var portion: Int { asksToBegin ? max(1, messages / 2) : messages }

        var mostMessages: Int { isFeedback ? feedbackMessages : messages }
        var mostBytes: Int { isFeedback ? feedbackBytes : bytes }
    }

    /// What an inbox knows of one edge.
    struct EdgeState {
        let limits: Limits
        var queue = EnvelopeQueue()
        /// Waiting for a retry's delay.
        var isDelayed = false
        /// Paused by the component.
        var isPaused = false
        /// Those who wait for room.
        var waiting: [UnsafeContinuation<Void, Never>] = []
        var ending: EdgeEnding
        /// How many messages the node takes at once now: fewer after it had to give some back.
        var batch: Int
        /// Messages that the node has taken and will ask to begin with, and their bytes.
        var taken = 0
        var takenBytes = 0
        /// How many messages the node has got, where edges advance together.
        var served = 0
        /// Messages that came after the end.
        var dropped = 0

        init(limits: Limits) {
            self.limits = limits
            ending = EdgeEnding(senders: limits.senders)
            batch = limits.batch
        }

        var hasEndToTell: Bool { ending.isDue(isEmpty: queue.isEmpty) }

        var canTake: Bool { !queue.isEmpty && !isDelayed && !isPaused }

        /// Takes envelopes over as long as there is room; returns how many.
        ///
        /// Where the edge is empty and all fit, the array itself changes hands: no envelope is copied.
        mutating func accept(_ envelopes: inout [Envelope], from first: Int) -> Int {
            let count = envelopes.count
            if first == 0, queue.isEmpty, taken + count <= limits.mostMessages {
                var bytes = takenBytes
                for index in envelopes.indices { bytes += envelopes[index].bytes }
                if bytes <= limits.mostBytes {
                    queue.exchange(&envelopes, bytes: bytes - takenBytes)
                    return count
                }
            }
            var next = first
            while next < count, hasRoom(for: envelopes[next]) {
                queue.append(envelopes[next])
                next += 1
            }
            return next - first
        }

        /// Whether a message fits; one that is larger than the edge comes alone, but not round a cycle,
        /// where it could grow without end.
        func hasRoom(for envelope: Envelope) -> Bool {
            (messages == 0 && !limits.isFeedback)
                || (messages < limits.mostMessages
                    && queue.bytes + takenBytes + envelope.bytes <= limits.mostBytes)
        }

        /// Messages that wait on the edge or in a batch of the node.
        var messages: Int { queue.count + taken }

        /// Takes messages for the node, which begins with the first of them.
        ///
        /// - Parameter hand: Where they go: an empty array, whose room is used again.
        mutating func take(into hand: inout [Envelope]) {
            queue.take(batch, into: &hand)
            batch = min(limits.batch, batch * 2)
            if limits.advancesWithOthers { served += hand.count }
            guard limits.asksToBegin else { return }
            taken = hand.count - 1
            takenBytes = hand.dropFirst().reduce(0) { $0 + $1.bytes }
        }

        /// Notes that the node begins with a message of so many bytes that it has taken; gives those who
        /// go on because of it.
        mutating func begin(bytes: Int) -> [UnsafeContinuation<Void, Never>] {
            taken -= 1
            takenBytes -= bytes
            return takeFreed()
        }

        /// Takes messages back that the node has not begun with.
        mutating func takeBack(_ envelopes: ArraySlice<Envelope>) {
            queue.prepend(contentsOf: envelopes)
            if limits.advancesWithOthers { served -= envelopes.count }
            batch = 1
            forgetTaken()
        }

        mutating func forgetTaken() {
            taken = 0
            takenBytes = 0
        }

        /// Those who wait for room and go on now: once half of it is free, so that a node that begins
        /// with one message after the other and its sender do not wait for each other at each.
        ///
        /// A node that takes single messages may itself wait before it takes the next: there they go on
        /// at once.
        mutating func takeFreed() -> [UnsafeContinuation<Void, Never>] {
            limits.batch == 1 || messages <= limits.messages / 2 ? takeWaiting() : []
        }

        /// Those who wait for room, where there is some.
        mutating func takeWaiting() -> [UnsafeContinuation<Void, Never>] {
            guard !waiting.isEmpty, messages < limits.messages else { return [] }
            defer { waiting = [] }
            return waiting
        }
    }

    struct State {
        /// Whether the node wants to know of each edge when it ends.
        let tellsEnds: Bool
        var edges: [EdgeState]
        /// What the node has to do: messages that were delivered and are not acknowledged, timers that
        /// are due, and ends that are not told.
        var unacknowledged = 0
        var order: [Int]
        var dueTimers: [Int] = []
        var consumer: UnsafeContinuation<Void, Never>?
        var isClosed = false
        var isAborted = false
    }
}
