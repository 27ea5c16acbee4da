/// A store of records in named collections, ordered by the bytes of their keys.
///
/// Every kind of store is one: what uses a store names this protocol, and a feature where it needs
/// more (``VersionedStore``, ``ChangeFeed``, ``MaintainedStore``). All functions may be called from any
/// task at once. An implementation that never waits satisfies the protocol with functions that are not
/// `async`.
///
/// - Names have one identity: their bytes of UTF-8. Names that begin with `$` are the store's own.
/// - Writes are values (``Operation``): a batch can be logged, sent and evaluated again. Cancelling the
///   task that waits for a write ends the wait, not the write.
/// - Revisions grow by each change of a record; one store has one sequence of them.
public protocol Store: Sendable {
    /// The word for this kind of store, such as `log`; in messages for people.
    var kind: String { get }

    /// The store's time, in milliseconds since 1970, to which instants of expiry are compared.
    ///
    /// Never goes back, also where the machine's clock was set back since the newest record. Never waits.
    var time: Int64 { get }

    /// Creates those of the collections that are missing.
    func declare(_ collections: [Name]) async throws(StoreError)

    /// The names of all collections that callers have declared, ordered by bytes.
    func collections() async throws(StoreError) -> [Name]

    /// Commits batches, each of which takes effect as a whole or not at all.
    ///
    /// They take effect in their order. Later ones see what earlier ones did.
    ///
    /// - Returns: What became of each batch, in the order of the batches.
    func write(_ batches: [Batch]) async -> [Result<BatchOutcome, StoreError>]

    /// The live records of some keys, nil for each that is absent, all of one instant.
    ///
    /// - Throws: `missing_collection`, `closed`, `io`, `corrupt`.
    func get(_ keys: [RecordKey]) async throws(StoreError) -> [Record?]

    /// The live record of one key, or nil.
    ///
    /// - Throws: What `get` of several keys does.
    func get(_ key: RecordKey) async throws(StoreError) -> Record?

    /// One page of a search over the keys of a collection, all of one instant.
    ///
    /// A search whose task is cancelled ends within the page.
    func find(_ collection: Name, _ find: Find) async throws(StoreError) -> Page

    /// Finishes what was accepted and lets go of the store; everything else fails with `closed` then.
    ///
    /// May be called again.
    func close() async throws(StoreError)
}

extension Store {
    /// The live record of one key, or nil.
    public func get(_ key: RecordKey) async throws(StoreError) -> Record? {
        try await get([key])[0]
    }

    /// The live record of one key, or nil.
    public func get(_ collection: Name, _ key: [UInt8]) async throws(StoreError) -> Record? {
        try await get(RecordKey(collection, key))
    }

    /// Commits one batch.
    public func write(_ batch: Batch) async throws(StoreError) -> BatchOutcome {
        try await write([batch])[0].get()
    }

    /// Commits a batch of one operation.
    @discardableResult
    public func write(_ operation: Operation) async throws(StoreError) -> Outcome {
        try await write(Batch([operation])).outcomes[0]
    }
}
