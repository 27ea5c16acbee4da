import SluiceJSON

/// A first-in-first-out queue of envelopes that hands over all it holds without copying.
struct EnvelopeQueue {
    private var items: [Envelope] = []
    private var head = 0
    private let blank = Envelope.blank()
    private(set) var bytes = 0

    var count: Int { items.count - head }
    var isEmpty: Bool { head == items.count }

    mutating func append(_ envelope: Envelope) {
        bytes += envelope.bytes
        items.append(envelope)
    }

    /// Takes over a whole array where nothing is queued; leaves an empty one in its place.
    mutating func exchange(_ envelopes: inout [Envelope], bytes: Int) {
        items.removeAll(keepingCapacity: true)
        head = 0
        swap(&items, &envelopes)
        self.bytes = bytes
    }

    /// Puts back what was taken last, in its order.
    mutating func prepend(contentsOf envelopes: ArraySlice<Envelope>) {
        for envelope in envelopes { bytes += envelope.bytes }
        let fitting = min(head, envelopes.count)
        items.replaceSubrange((head - fitting)..<head, with: envelopes.suffix(fitting))
        items.insert(contentsOf: envelopes.dropLast(fitting), at: head - fitting)
        head -= fitting
    }

    /// Takes up to `maximum` envelopes; `hand`, an empty array, lends its room.
    mutating func take(_ maximum: Int, into hand: inout [Envelope]) {
        if head == 0, items.count <= maximum {
            bytes = 0
            return swap(&items, &hand)
        }
        let end = min(head + maximum, items.count)
        hand.append(contentsOf: items[head..<end])
        for place in head..<end { items[place] = blank }
        head = end
        for envelope in hand { bytes -= envelope.bytes }
        if head == items.count {
            items.removeAll(keepingCapacity: true)
            head = 0
        } else if head > 64 && head * 2 > items.count {
            items.removeFirst(head)
            head = 0
        }
    }

    mutating func removeAll() {
        self = EnvelopeQueue()
    }
}
