import SluiceJSON

/// A message on an edge.
struct Parcel: Sendable {
    var message: JSON
    var lineage: Lineage
    /// How often a message that led to this one went over a feedback edge.
    var rounds: UInt32
    /// How often the message has been handled in vain.
    var attempts: UInt32 = 0

    /// What stands in the place of a parcel that is gone, whose lineage must not stay open.
    ///
    /// Each node has its own, so that threads do not count the references of one.
    static func blank() -> Parcel {
        Parcel(message: .null, lineage: Lineage(id: 0, whenDone: nil), rounds: 0)
    }

    /// What the message counts against an edge's `capacityBytes`.
    var bytes: Int { message.sourceRange.count }
}

/// A first-in-first-out queue of parcels that hands over all it holds without copying.
struct ParcelQueue {
    private var items: [Parcel] = []
    private var head = 0
    private let blank = Parcel.blank()
    private(set) var bytes = 0

    var count: Int { items.count - head }
    var isEmpty: Bool { head == items.count }

    mutating func append(_ parcel: Parcel) {
        bytes += parcel.bytes
        items.append(parcel)
    }

    /// Takes over a whole array where nothing is queued; leaves an empty one in its place.
    mutating func exchange(_ parcels: inout [Parcel], bytes: Int) {
        items.removeAll(keepingCapacity: true)
        head = 0
        swap(&items, &parcels)
        self.bytes = bytes
    }

    /// Puts back what was taken last, in its order.
    mutating func prepend(contentsOf parcels: ArraySlice<Parcel>) {
        for parcel in parcels { bytes += parcel.bytes }
        let fitting = min(head, parcels.count)
        items.replaceSubrange((head - fitting)..<head, with: parcels.suffix(fitting))
        items.insert(contentsOf: parcels.dropLast(fitting), at: head - fitting)
        head -= fitting
    }

    /// Takes up to `maximum` parcels; `hand`, an empty array, lends its room.
    mutating func take(_ maximum: Int, into hand: inout [Parcel]) {
        if head == 0, items.count <= maximum {
            bytes = 0
            return swap(&items, &hand)
        }
        let end = min(head + maximum, items.count)
        hand.append(contentsOf: items[head..<end])
        for place in head..<end { items[place] = blank }
        head = end
        for parcel in hand { bytes -= parcel.bytes }
        if head == items.count {
            items.removeAll(keepingCapacity: true)
            head = 0
        } else if head > 64 && head * 2 > items.count {
            items.removeFirst(head)
            head = 0
        }
    }

    mutating func removeAll() {
        self = ParcelQueue()
    }
}
