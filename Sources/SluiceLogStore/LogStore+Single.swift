extension LogStore {
    /// Stores one value; see `Write.Operation.put`.
    @discardableResult
    public func put(
        _ collection: String, _ key: [UInt8], _ value: [UInt8], ifRevision: Int64? = nil,
        timeToLiveSeconds: Int64? = nil
    ) async throws(LogStoreError) -> Outcome.Item {
        try await one(
            .put(
                collection: collection, key: key, value: value, ifRevision: ifRevision,
                timeToLiveSeconds: timeToLiveSeconds))
    }

    /// Stores one value and blocks the calling thread until it is done.
    @discardableResult
    public func putAndWait(
        _ collection: String, _ key: [UInt8], _ value: [UInt8], ifRevision: Int64? = nil,
        timeToLiveSeconds: Int64? = nil
    ) throws(LogStoreError) -> Outcome.Item {
        try oneAndWait(
            .put(
                collection: collection, key: key, value: value, ifRevision: ifRevision,
                timeToLiveSeconds: timeToLiveSeconds))
    }

    /// Removes one key; see `Write.Operation.delete`.
    @discardableResult
    public func delete(
        _ collection: String, _ key: [UInt8], ifRevision: Int64? = nil
    ) async throws(LogStoreError) -> Outcome.Item {
        try await one(.delete(collection: collection, key: key, ifRevision: ifRevision))
    }

    /// Removes one key and blocks the calling thread until it is done.
    @discardableResult
    public func deleteAndWait(
        _ collection: String, _ key: [UInt8], ifRevision: Int64? = nil
    ) throws(LogStoreError) -> Outcome.Item {
        try oneAndWait(.delete(collection: collection, key: key, ifRevision: ifRevision))
    }

    /// Replaces a value by what `transform` makes of the live record, nil if absent; see
    /// `Write.Operation.update`.
    @discardableResult
    public func update(
        _ collection: String, _ key: [UInt8], ifRevision: Int64? = nil,
        _ transform: @escaping @Sendable (Record?) throws -> [UInt8]
    ) async throws(LogStoreError) -> Outcome.Item {
        try await one(
            .update(
                collection: collection, key: key, ifRevision: ifRevision, transform: transform))
    }

    /// Replaces a value, as `update` does, and blocks the calling thread until it is done.
    @discardableResult
    public func updateAndWait(
        _ collection: String, _ key: [UInt8], ifRevision: Int64? = nil,
        _ transform: @escaping @Sendable (Record?) throws -> [UInt8]
    ) throws(LogStoreError) -> Outcome.Item {
        try oneAndWait(
            .update(
                collection: collection, key: key, ifRevision: ifRevision, transform: transform))
    }

    /// Commits one batch; see `write` for several.
    @discardableResult
    public func write(_ write: Write) async throws(LogStoreError) -> Outcome {
        try await self.write([write])[0].get()
    }

    /// Commits one batch and blocks the calling thread until it is done.
    @discardableResult
    public func writeAndWait(_ write: Write) throws(LogStoreError) -> Outcome {
        try writeAndWait([write])[0].get()
    }

    private func one(_ operation: Write.Operation) async throws(LogStoreError) -> Outcome.Item {
        try await engine.writer.write(operation).get()
    }

    private func oneAndWait(_ operation: Write.Operation) throws(LogStoreError) -> Outcome.Item {
        try engine.writer.writeAndWait(operation).get()
    }
}
