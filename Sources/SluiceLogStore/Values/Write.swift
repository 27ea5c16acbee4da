/// One atomic batch of operations: all of them take effect, or none.
///
/// A key may occur once in a batch, and conditions look at the state before the batch.
public struct LogStoreWrite: Sendable {
    /// One step of a batch.
    public enum Operation: Sendable {
        /// Stores a value. `ifRevision` is the revision the key has to have, 0 for "must not
        /// exist". Without `timeToLiveSeconds` (at least 1) an earlier expiry is cleared.
        case put(
            collection: String, key: [UInt8], value: [UInt8], ifRevision: Int64? = nil,
            timeToLiveSeconds: Int64? = nil)
        /// Stores a value that stops to exist at an instant, in milliseconds since 1970.
        case putUntil(
            Int64, collection: String, key: [UInt8], value: [UInt8], ifRevision: Int64? = nil)
        /// Removes a key. Removing an absent key takes no revision and is no error.
        case delete(collection: String, key: [UInt8], ifRevision: Int64? = nil)
        /// Replaces a value by what `transform` makes of the live record, nil if absent.
        ///
        /// The closure runs where writes are ordered and sees earlier writes of the same call. It
        /// holds up all other writes, and what waits for them in it, such as `putAndWait` or
        /// `close`, throws `invalid`. The expiry stays. An error it throws cancels the whole batch
        /// with `LogStoreError.cancelled`, or as it is when it is a `LogStoreError`.
        case update(
            collection: String, key: [UInt8], ifRevision: Int64? = nil,
            transform: @Sendable (LogStoreRecord?) throws -> [UInt8])
        /// Has one of `Options.operators`, by its name, make the new value of the old one and of an
        /// operand, where writes are ordered.
        ///
        /// It holds up all other writes, as the closure of an update does.
        case merge(
            collection: String, key: [UInt8], operator: String, operand: [UInt8],
            ifRevision: Int64? = nil)
        /// Changes nothing: the batch takes effect only where the key has the revision.
        case check(collection: String, key: [UInt8], ifRevision: Int64)
        /// Keeps a position under a name, as `setCursor` does; takes no revision.
        case cursor(name: String, position: Int64)
    }

    /// The steps, in order.
    public var operations: [Operation]

    /// An empty batch.
    public init() {
        operations = []
    }

    /// A batch of these steps.
    public init(_ operations: [Operation]) {
        self.operations = operations
    }
}

/// What a batch did, an item for each of its operations.
public struct LogStoreOutcome: Sendable, Hashable {
    /// What one operation did.
    public struct Item: Sendable, Hashable {
        /// The revision it took; nil for a delete of an absent key.
        public var revision: Int64?
        /// Whether the key was live before.
        public var existed: Bool
        /// The expiry of the stored record, in milliseconds since 1970.
        public var expiresAt: Int64?
        /// The new value, for an update only.
        public var value: [UInt8]?
        /// What the operator answered, for a merge only.
        public var reply: [UInt8]?
    }

    /// In the order of the operations.
    public var items: [Item]
}
