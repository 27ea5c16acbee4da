import Sluice
import SluiceJSON
import SluiceStore

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
        struct Name: Hashable {
            var collection: [UInt8]
            var key: [UInt8]
        }
        var places: [Name: Int] = [:]
        var operations: [LogStore.Write.Operation] = []
        operations.reserveCapacity(write.operations.count)
        for (index, operation) in write.operations.enumerated() {
            let place = "$.operations[\(index)]"
            let name = Name(
                collection: Array(operation.collection.utf8), key: Array(operation.key.utf8))
            if let first = places.updateValue(index, forKey: name) {
                throw .invalid(
                    "operations[\(first)] has the key \"\(operation.key)\" already",
                    at: "\(place).key")
            }
            operations.append(try self.operation(operation, name.key, at: place))
        }
        return LogStore.Write(operations)
    }

    private func operation(
        _ operation: DocumentStore.Operation, _ key: [UInt8], at place: String
    ) throws(Failure) -> LogStore.Write.Operation {
        try check(operation.collection, at: "\(place).collection")
        let condition = operation.ifRevision.map { Int64($0) }
        guard operation.kind == "put" else {
            let isGiven = [
                ("value", operation.value != nil), ("ttlSeconds", operation.ttlSeconds != nil),
            ]
            if let (name, _) = isGiven.first(where: \.1) {
                throw .invalid("a delete has no `\(name)`", at: "\(place).\(name)")
            }
            return .delete(collection: operation.collection, key: key, ifRevision: condition)
        }
        guard let value = operation.value else {
            throw .invalid("the member is missing: a put needs it", at: "\(place).value")
        }
        return .put(
            collection: operation.collection, key: key,
            value: try StoredValue.bytes(of: value, at: "\(place).value"), ifRevision: condition,
            timeToLiveSeconds: operation.ttlSeconds.map { Int64($0) })
    }

    func write(for update: DocumentStore.Update) throws(Failure) -> LogStore.Write {
        try check(update.collection, at: "$.collection")
        let change = try change(of: update)
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

    /// What an update makes of a value, nil for an absent key.
    private func change(
        of update: DocumentStore.Update
    ) throws(Failure) -> @Sendable (JSON?) throws -> JSON {
        switch (update.patch, update.append) {
        case (let patch?, nil):
            guard update.keepLast == nil else {
                throw .invalid("`keepLast` goes with `append` only", at: "$.keepLast")
            }
            return { try MergePatch.apply(patch, to: $0 ?? .null) }
        case (nil, let item?):
            let count = update.keepLast ?? .max
            return { try ArrayWindow.appending([item], to: $0 ?? .emptyArray, keepingLast: count) }
        case (nil, nil):
            throw .invalid("needs `patch` or `append`")
        case (_?, _?):
            throw .invalid("takes `patch` or `append`, not both", at: "$.append")
        }
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
