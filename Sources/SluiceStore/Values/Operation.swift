/// One step of a batch, as a value.
///
/// `ifRevision` is the revision that the key has to have before the batch, 0 for "must be absent". A key
/// occurs in at most one operation of a batch.
public enum Operation: Sendable, Hashable {
    /// Stores a value; an instant in milliseconds since 1970 at which it expires, nil for never.
    case put(RecordKey, value: [UInt8], ifRevision: Int64? = nil, expiresAt: Int64? = nil)
    /// Removes a key; removing an absent key takes no revision and is no error.
    case delete(RecordKey, ifRevision: Int64? = nil)
    /// Has a ``MergeOperator``, by its name, make the new value of the old one and of an operand.
    case merge(RecordKey, operator: Name, operand: [UInt8], ifRevision: Int64? = nil)
    /// Changes nothing: the batch takes effect only where the key has the revision.
    case check(RecordKey, ifRevision: Int64)
    /// Keeps a position under a name; takes no revision.
    case cursor(Name, position: Int64)

    /// The record that it is about; nil for a cursor.
    public var recordKey: RecordKey? {
        switch self {
        case .put(let key, _, _, _), .delete(let key, _), .merge(let key, _, _, _),
            .check(let key, _):
            key
        case .cursor: nil
        }
    }

    /// The revision that the key has to have; nil where any will do.
    public var ifRevision: Int64? {
        switch self {
        case .put(_, _, let revision, _), .delete(_, let revision),
            .merge(_, _, _, let revision):
            revision
        case .check(_, let revision): revision
        case .cursor: nil
        }
    }
}

/// Operations that take effect together or not at all.
public struct Batch: Sendable, Hashable {
    /// The operations, in order.
    public var operations: [Operation]

    /// A batch of these operations.
    public init(_ operations: [Operation] = []) { self.operations = operations }
}

/// What one operation did.
public struct Outcome: Sendable, Hashable {
    /// The revision that it took; nil where it changed nothing.
    public var revision: Int64?
    /// Whether the key was live before.
    public var existed: Bool
    /// When the stored record expires, in milliseconds since 1970; nil for never, and where nothing was
    /// stored.
    public var expiresAt: Int64?
    /// What the merge operator answered; nil for other operations.
    public var reply: [UInt8]?

    /// What an operation did.
    public init(
        revision: Int64? = nil, existed: Bool = false, expiresAt: Int64? = nil,
        reply: [UInt8]? = nil
    ) {
        self.revision = revision
        self.existed = existed
        self.expiresAt = expiresAt
        self.reply = reply
    }
}

/// What a batch did, an outcome for each of its operations in their order.
public struct BatchOutcome: Sendable, Hashable {
    /// In the order of the operations.
    public var outcomes: [Outcome]

    /// The outcomes of a batch.
    public init(_ outcomes: [Outcome]) { self.outcomes = outcomes }
}
