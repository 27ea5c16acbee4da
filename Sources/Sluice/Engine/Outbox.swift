import SluiceJSON

/// What a handler has emitted and what has not yet left for the edges.
///
/// Not Sendable: it belongs to one handling at a time, so appending takes no lock.
final class Outbox {
    /// Parcels by output port; the last port is `error`.
    private(set) var parcels: [[Parcel]]
    /// The place in the batch of each parcel; kept for batches only.
    private var sequences: [[Int]]
    private var builder = JSONBuilder()
    private var count = 0
    /// Whether a retryable failure leads to another attempt rather than to `error`.
    var mayRetry = false
    /// Whether the attempt failed in a way that is tried again.
    var isRetrying = false
    /// Whether everything is kept back until the handler returns.
    var isHeld = false

    /// How many parcels may gather before an emitting handler waits for room on the edges.
    static let limit = 64

    init(ports: Int) {
        parcels = Array(repeating: [], count: ports)
        sequences = Array(repeating: [], count: ports)
    }

    var isFull: Bool { count >= Outbox.limit && !mayRetry && !isHeld }
    var isEmpty: Bool { count == 0 }

    func append(
        _ message: JSON, _ lineage: Lineage, _ rounds: UInt32, _ sequence: Int, to port: Int
    ) {
        count += 1
        parcels[port].append(Parcel(message: message, lineage: lineage, rounds: rounds))
        guard sequence != 0 || !sequences[port].isEmpty else { return }
        while sequences[port].count < parcels[port].count - 1 { sequences[port].append(0) }
        sequences[port].append(sequence)
    }

    /// Puts what a batch emitted in the order of its messages; what one message emitted keeps its.
    func sort() {
        for port in parcels.indices where !sequences[port].isEmpty {
            let order = sequences[port]
            sequences[port].removeAll(keepingCapacity: true)
            guard zip(order, order.dropFirst()).contains(where: { $0 > $1 }) else { continue }
            let sorted = order.indices.sorted { (order[$0], $0) < (order[$1], $1) }
            parcels[port] = sorted.map { parcels[port][$0] }
        }
    }

    /// Takes what has gathered for a port.
    func take(_ port: Int) -> [Parcel] {
        var taken: [Parcel] = []
        swap(&taken, &parcels[port])
        sequences[port].removeAll(keepingCapacity: true)
        count -= taken.count
        return taken
    }

    /// Gives back an empty array whose room can be used again.
    func recycle(_ storage: consuming [Parcel], port: Int) {
        guard parcels[port].isEmpty else { return }
        storage.removeAll(keepingCapacity: true)
        parcels[port] = storage
    }

    /// Takes what has gathered for every port.
    func takeAll() -> [[Parcel]] {
        parcels.indices.map { take($0) }
    }

    /// Takes over what another outbox held back.
    func fill(_ emitted: [[Parcel]]) {
        for port in emitted.indices where !emitted[port].isEmpty {
            parcels[port] += emitted[port]
            count += emitted[port].count
        }
    }

    /// Forgets all that has gathered: the effects of an attempt that is made again.
    func discard() {
        _ = takeAll()
        isRetrying = false
    }

    /// Encodes a value; a reply begins with the request's context.
    func encode<T: Field>(_ value: T, replyingTo request: JSON?) throws(Failure) -> JSON {
        guard let request else { return try value.encoded(with: &builder) }
        builder.beginObject()
        builder.member("context", request["context"] ?? .null)
        value.appendMembers(to: &builder)
        builder.endObject()
        return try builder.finished()
    }
}
