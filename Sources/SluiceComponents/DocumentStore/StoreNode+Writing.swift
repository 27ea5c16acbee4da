import Sluice
import SluiceJSON
import SluiceStore

// What requests for writes ask of the store.
extension StoreNode {
    func write(for put: DocumentStore.Put) throws(Failure) -> Batch {
        try check(put.collection, at: "$.collection")
        return Batch([
            .put(
                RecordKey(Name(put.collection), Array(put.key.utf8)),
                value: try StoredValue.bytes(of: put.value, at: "$.value"),
                ifRevision: put.ifRevision.map { Int64($0) },
                expiresAt: try expiry(after: put.ttlSeconds, at: "$.ttlSeconds"))
        ])
    }

    func write(for delete: DocumentStore.Delete) throws(Failure) -> Batch {
        try check(delete.collection, at: "$.collection")
        return Batch([
            .delete(
                RecordKey(Name(delete.collection), Array(delete.key.utf8)),
                ifRevision: delete.ifRevision.map { Int64($0) })
        ])
    }

    func write(for write: DocumentStore.Write) throws(Failure) -> Batch {
        var operations: [SluiceStore.Operation] = []
        operations.reserveCapacity(write.operations.count)
        for (index, operation) in write.operations.enumerated() {
            operations.append(try self.operation(operation, at: "$.operations[\(index)]"))
        }
        return Batch(operations)
    }

    private func operation(
        _ operation: DocumentStore.Operation, at place: String
    ) throws(Failure) -> SluiceStore.Operation {
        try check(operation.collection, at: "\(place).collection")
        let record = RecordKey(Name(operation.collection), Array(operation.key.utf8))
        let condition = operation.ifRevision.map { Int64($0) }
        guard operation.kind == "put" else { return .delete(record, ifRevision: condition) }
        return .put(
            record,
            value: try StoredValue.bytes(of: operation.value ?? .null, at: "\(place).value"),
            ifRevision: condition,
            expiresAt: try expiry(after: operation.ttlSeconds, at: "\(place).ttlSeconds"))
    }

    func write(for update: DocumentStore.Update) throws(Failure) -> Batch {
        try check(update.collection, at: "$.collection")
        let record = RecordKey(Name(update.collection), Array(update.key.utf8))
        let condition = update.ifRevision.map { Int64($0) }
        if let patch = update.patch {
            return Batch([
                .merge(
                    record, operator: MergeOperators.patch,
                    operand: try StoredValue.bytes(of: patch, at: "$.patch"), ifRevision: condition)
            ])
        }
        return Batch([
            .merge(
                record, operator: MergeOperators.append,
                operand: MergeOperators.appending(
                    update.append.map { [$0] } ?? [], keepingLast: update.keepLast),
                ifRevision: condition)
        ])
    }

    /// The instant at which what is put now expires; nil for never.
    private func expiry(after seconds: Int?, at place: String) throws(Failure) -> Int64? {
        guard let seconds else { return nil }
        // The store's time may be ahead of the run's, where the clock was set back.
        let now = try store().time
        let largest = (StoreLimits.latestExpiry - now) / 1000
        guard seconds <= largest else {
            throw .invalid(
                "a time to live is at most \(largest) seconds, which is the year 10889", at: place)
        }
        return now + Int64(seconds) * 1000
    }
}

extension DocumentStore.PutReply {
    init(_ put: DocumentStore.Put, _ outcome: BatchOutcome) {
        collection = put.collection
        key = put.key
        revision = Int(outcome.outcomes.first?.revision ?? 0)
        expiresAt = outcome.outcomes.first?.expiresAt.map { Int($0) }
    }
}

extension DocumentStore.DeleteReply {
    init(_ delete: DocumentStore.Delete, _ outcome: BatchOutcome) {
        collection = delete.collection
        key = delete.key
        revision = outcome.outcomes.first?.revision.map { Int($0) }
        deleted = revision != nil
    }
}

extension DocumentStore.UpdateReply {
    init(_ update: DocumentStore.Update, _ outcome: BatchOutcome) throws(Failure) {
        collection = update.collection
        key = update.key
        revision = Int(outcome.outcomes.first?.revision ?? 0)
        value = try StoredValue.value(
            of: outcome.outcomes.first?.reply ?? [], update.collection, Array(update.key.utf8))
    }
}

extension DocumentStore.WriteReply {
    init(_ write: DocumentStore.Write, _ outcome: BatchOutcome) {
        revisions = outcome.outcomes.map { DocumentStore.Taken($0.revision.map { Int($0) }) }
    }
}
