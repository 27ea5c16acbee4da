import Sluice
import SluiceJSON
import SluiceLogStore

// What requests for writes ask of the store.
extension StoreNode {
    func write(for put: DocumentStore.Put) throws(Failure) -> LogStore.Write {
        try check(put.collection, at: "$.collection")
        return LogStore.Write([
            .put(
                collection: put.collection, key: Array(put.key.utf8),
                value: try StoredValue.bytes(of: put.value, at: "$.value"),
                ifRevision: put.ifRevision.map { Int64($0) },
                timeToLiveSeconds: put.ttlSeconds.map { Int64($0) })
        ])
    }

    func write(for delete: DocumentStore.Delete) throws(Failure) -> LogStore.Write {
        try check(delete.collection, at: "$.collection")
        return LogStore.Write([
            .delete(
                collection: delete.collection, key: Array(delete.key.utf8),
                ifRevision: delete.ifRevision.map { Int64($0) })
        ])
    }

    func write(for write: DocumentStore.Write) throws(Failure) -> LogStore.Write {
        var operations: [LogStore.Write.Operation] = []
        operations.reserveCapacity(write.operations.count)
        for (index, operation) in write.operations.enumerated() {
            operations.append(try self.operation(operation, at: "$.operations[\(index)]"))
        }
        return LogStore.Write(operations)
    }

    private func operation(
        _ operation: DocumentStore.Operation, at place: String
    ) throws(Failure) -> LogStore.Write.Operation {
        try check(operation.collection, at: "\(place).collection")
        let key = Array(operation.key.utf8)
        let condition = operation.ifRevision.map { Int64($0) }
        guard operation.kind == "put" else {
            return .delete(collection: operation.collection, key: key, ifRevision: condition)
        }
        return .put(
            collection: operation.collection, key: key,
            value: try StoredValue.bytes(of: operation.value ?? .null, at: "\(place).value"),
            ifRevision: condition,
            timeToLiveSeconds: operation.ttlSeconds.map { Int64($0) })
    }

    func write(for update: DocumentStore.Update) throws(Failure) -> LogStore.Write {
        try check(update.collection, at: "$.collection")
        let change = change(of: update)
        let collection = update.collection
        return LogStore.Write([
            .update(
                collection: collection, key: Array(update.key.utf8),
                ifRevision: update.ifRevision.map { Int64($0) }
            ) { record in
                let value = try record.map {
                    try StoredValue.value(of: $0.value, collection, $0.key)
                }
                return try StoredValue.bytes(of: change(value), at: "$")
            }
        ])
    }

    /// What an update makes of a value, nil for an absent key; it has `patch` or `append`.
    private func change(
        of update: DocumentStore.Update
    ) -> @Sendable (JSON?) throws -> JSON {
        if let patch = update.patch {
            return { try MergePatch.apply(patch, to: $0 ?? .null) }
        }
        let items = update.append.map { [$0] } ?? []
        let count = update.keepLast ?? .max
        return { try ArrayWindow.appending(items, to: $0 ?? .emptyArray, keepingLast: count) }
    }
}

extension DocumentStore.PutReply {
    init(_ put: DocumentStore.Put, _ outcome: LogStore.Outcome) {
        collection = put.collection
        key = put.key
        revision = Int(outcome.items.first?.revision ?? 0)
        expiresAt = outcome.items.first?.expiresAt.map { Int($0) }
    }
}

extension DocumentStore.DeleteReply {
    init(_ delete: DocumentStore.Delete, _ outcome: LogStore.Outcome) {
        collection = delete.collection
        key = delete.key
        revision = outcome.items.first?.revision.map { Int($0) }
        deleted = revision != nil
    }
}

extension DocumentStore.UpdateReply {
    init(_ update: DocumentStore.Update, _ outcome: LogStore.Outcome) throws(Failure) {
        collection = update.collection
        key = update.key
        revision = Int(outcome.items.first?.revision ?? 0)
        value = try StoredValue.value(
            of: outcome.items.first?.value ?? [], update.collection, Array(update.key.utf8))
    }
}

extension DocumentStore.WriteReply {
    init(_ write: DocumentStore.Write, _ outcome: LogStore.Outcome) {
        revisions = outcome.items.map { DocumentStore.Taken($0.revision.map { Int($0) }) }
    }
}
