import SluiceStore
import SluiceSystem

/// Operations that the committer adds to a group together or not at all.
protocol CommittedBatch: Sendable {
    associatedtype Operation: CommittedOperation
    /// In order.
    var operations: [Operation] { get }
}

/// One step of a batch.
protocol CommittedOperation: Sendable {
    /// The record that it is about; nil for a cursor.
    var recordKey: RecordKey? { get }
    /// Adds its records to the group of a committer.
    func evaluate(
        _ committer: Committer, _ sum: inout Committer.Sum
    ) throws(LogStoreError) -> Outcome
}

extension Batch: CommittedBatch {}

extension SluiceStore.Operation: CommittedOperation {
    func evaluate(
        _ committer: Committer, _ sum: inout Committer.Sum
    ) throws(LogStoreError) -> Outcome {
        switch self {
        case .put(let record, let value, let condition, let instant):
            try committer.put(
                record.collection, record.key, value, ifRevision: condition, until: instant, &sum)
        case .delete(let record, let condition):
            try committer.delete(record.collection, record.key, ifRevision: condition, &sum)
        case .merge(let record, let name, let operand, let condition):
            try committer.merge(record, name, operand, ifRevision: condition, &sum)
        case .check(let record, let condition):
            try committer.check(record.collection, record.key, ifRevision: condition)
        case .cursor(let name, let position):
            try committer.keep(position, under: name, &sum)
        }
    }
}

extension LogStoreWrite: CommittedBatch {}

extension LogStoreWrite.Operation: CommittedOperation {
    var recordKey: RecordKey? {
        switch self {
        case .put(let collection, let key, _, _, _), .delete(let collection, let key, _),
            .update(let collection, let key, _, _):
            RecordKey(Name(collection), key)
        case .contract(let operation): operation.recordKey
        }
    }

    func evaluate(
        _ committer: Committer, _ sum: inout Committer.Sum
    ) throws(LogStoreError) -> Outcome {
        switch self {
        case .put(let collection, let key, let value, let condition, let timeToLive):
            let instant = try timeToLive.map { seconds throws(LogStoreError) in
                try committer.expiry(after: seconds)
            }
            return try committer.put(
                Name(collection), key, value, ifRevision: condition, until: instant, &sum)
        case .delete(let collection, let key, let condition):
            return try committer.delete(Name(collection), key, ifRevision: condition, &sum)
        case .update(let collection, let key, let condition, let transform):
            return try committer.update(
                Name(collection), key, ifRevision: condition, transform, &sum)
        case .contract(let operation):
            return try operation.evaluate(committer, &sum)
        }
    }
}
