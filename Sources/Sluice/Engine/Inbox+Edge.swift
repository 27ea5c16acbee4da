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

    struct Edge {
        let limits: Limits
        var queue = ParcelQueue()
        /// Waiting for a retry's delay.
        var isDelayed = false
        /// Paused by the component.
        var isPaused = false
        /// Those who wait for room.
        var waiting: [UnsafeContinuation<Void, Never>] = []
        /// Who may still put messages on the edge.
        var senders: Int
        /// Whether the run counts the edge's end as something that the node has to do.
        var isEndCounted = false
        var hasToldEnd = false
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
            senders = limits.senders
            batch = limits.batch
        }

        var hasEndToTell: Bool {
            isEndCounted && senders == 0 && queue.isEmpty && !hasToldEnd
        }

        /// Whether the end has come and is not counted yet; it is then.
        mutating func countEnd() -> Bool {
            guard senders == 0, !isEndCounted else { return false }
            isEndCounted = true
            return true
        }

        var canTake: Bool { !queue.isEmpty && !isDelayed && !isPaused }

        /// Takes parcels over as long as there is room; returns how many.
        ///
        /// Where the edge is empty and all fit, the array itself changes hands: no parcel is copied.
        mutating func accept(_ parcels: inout [Parcel], from first: Int) -> Int {
            let count = parcels.count
            if first == 0, queue.isEmpty, taken + count <= limits.mostMessages {
                var bytes = takenBytes
                for index in parcels.indices { bytes += parcels[index].bytes }
                if bytes <= limits.mostBytes {
                    queue.exchange(&parcels, bytes: bytes - takenBytes)
                    return count
                }
            }
            var next = first
            while next < count, hasRoom(for: parcels[next]) {
                queue.append(parcels[next])
                next += 1
            }
            return next - first
        }

        /// Whether a message fits; one that is larger than the edge comes alone, but not round a cycle,
        /// where it could grow without end.
        func hasRoom(for parcel: Parcel) -> Bool {
            (messages == 0 && !limits.isFeedback)
                || (messages < limits.mostMessages
                    && queue.bytes + takenBytes + parcel.bytes <= limits.mostBytes)
        }

        /// Messages that wait on the edge or in a batch of the node.
        var messages: Int { queue.count + taken }

        /// Takes messages for the node, which begins with the first of them.
        ///
        /// - Parameter hand: Where they go: an empty array, whose room is used again.
        mutating func take(into hand: inout [Parcel]) {
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
        mutating func takeBack(_ parcels: ArraySlice<Parcel>) {
            queue.prepend(contentsOf: parcels)
            if limits.advancesWithOthers { served -= parcels.count }
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
        var edges: [Edge]
        var order: [Int]
        var dueTimers: [Int] = []
        var consumer: UnsafeContinuation<Void, Never>?
        var isClosed = false
        var isAborted = false
    }
}
