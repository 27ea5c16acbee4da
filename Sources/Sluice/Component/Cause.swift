import SluiceJSON

/// What outputs and failures are caused by: a message, and where it stands.
struct Cause: Sendable {
    /// The message as it is handled, after the edge's `map`.
    var envelope: Envelope
    /// The message's place in its batch.
    var sequence = 0
    /// The place of the edge that the message came by; nil for timers, sources and the end.
    var edge: Int?

    var message: JSON { envelope.message }
    var lineage: Lineage { envelope.lineage }
}
