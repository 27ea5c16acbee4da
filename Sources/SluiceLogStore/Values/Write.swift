public import SluiceStore

// Whoever uses this module has the types that its functions give.
@_exported public import struct SluiceStore.BatchOutcome
@_exported public import struct SluiceStore.Outcome

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
        /// Any operation of the contract of stores: a merge by one of `Options.operators`, a check, a
        /// cursor, a put until an instant.
        case contract(SluiceStore.Operation)
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
public typealias LogStoreOutcome = BatchOutcome

extension BatchOutcome {
    /// What one operation did.
    public typealias Item = Outcome

    /// In the order of the operations.
    public var items: [Item] { outcomes }
}

extension Outcome {
    /// The new value, for an update; what the operator answered, for a merge.
    public var value: [UInt8]? { reply }
}
