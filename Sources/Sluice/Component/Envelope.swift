import SluiceJSON

/// A message on an edge.
struct Envelope: Sendable {
    var message: JSON
    var lineage: Lineage
    /// How often a message that led to this one went over a feedback edge.
    var rounds: UInt32 = 0
    /// How often the message has been handled in vain.
    var attempts: UInt32 = 0

    /// What stands in the place of an envelope that is gone, whose lineage must not stay open.
    ///
    /// Each node has its own, so that threads do not count the references of one.
    static func blank() -> Envelope {
        Envelope(
            message: (try? JSON(parsing: "null")) ?? .null, lineage: Lineage(id: 0))
    }

    /// What the message counts against an edge's `capacityBytes`.
    var bytes: Int { message.sourceRange.count }
}
