// Keys as text: their bytes of UTF-8.

extension LogStore {
    /// The live record of a key, or nil; see `get` of a key's bytes.
    public func get(
        _ collection: String, _ key: String, asOf: Int64? = nil
    ) throws(LogStoreError) -> Record? {
        try get(collection, Array(key.utf8), asOf: asOf)
    }

    /// Stores one value; see `put` of a key's bytes.
    @discardableResult
    public func put(
        _ collection: String, _ key: String, _ value: [UInt8], ifRevision: Int64? = nil,
        timeToLiveSeconds: Int64? = nil
    ) async throws(LogStoreError) -> Outcome.Item {
        try await put(
            collection, Array(key.utf8), value, ifRevision: ifRevision,
            timeToLiveSeconds: timeToLiveSeconds)
    }

    /// Removes one key; see `delete` of a key's bytes.
    @discardableResult
    public func delete(
        _ collection: String, _ key: String, ifRevision: Int64? = nil
    ) async throws(LogStoreError) -> Outcome.Item {
        try await delete(collection, Array(key.utf8), ifRevision: ifRevision)
    }

    /// Replaces a value by what `transform` makes of the live record; see `update` of a key's bytes.
    @discardableResult
    public func update(
        _ collection: String, _ key: String, ifRevision: Int64? = nil,
        _ transform: @escaping @Sendable (Record?) throws -> [UInt8]
    ) async throws(LogStoreError) -> Outcome.Item {
        try await update(collection, Array(key.utf8), ifRevision: ifRevision, transform)
    }
}
