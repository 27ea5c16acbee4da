import SluiceStore
import SluiceSystem

// The contract's values as those of the log store, and back.

extension LogStoreWrite {
    init(_ batch: Batch) {
        self.init(batch.operations.map { Operation($0) })
    }
}

extension LogStoreWrite.Operation {
    init(_ operation: SluiceStore.Operation) {
        switch operation {
        case .put(let record, let value, let condition, let expiresAt?):
            self = .putUntil(
                expiresAt, collection: record.collection.text, key: record.key, value: value,
                ifRevision: condition)
        case .put(let record, let value, let condition, nil):
            self = .put(
                collection: record.collection.text, key: record.key, value: value,
                ifRevision: condition)
        case .delete(let record, let condition):
            self = .delete(
                collection: record.collection.text, key: record.key, ifRevision: condition)
        case .merge(let record, let name, let operand, let condition):
            self = .merge(
                collection: record.collection.text, key: record.key, operator: name.text,
                operand: operand, ifRevision: condition)
        case .check(let record, let condition):
            self = .check(
                collection: record.collection.text, key: record.key, ifRevision: condition)
        case .cursor(let name, let position):
            self = .cursor(name: name.text, position: position)
        }
    }
}

extension BatchOutcome {
    init(_ outcome: LogStoreOutcome) {
        self.init(
            outcome.items.map {
                Outcome(
                    revision: $0.revision, existed: $0.existed, expiresAt: $0.expiresAt,
                    reply: $0.reply)
            })
    }
}

extension LogStoreFind {
    init(_ find: Find) {
        self.init(
            prefix: find.prefix, start: find.start, end: find.end, after: find.after,
            reverse: find.reverse, limit: find.limit, keysOnly: find.keysOnly,
            maximumBytes: find.maximumBytes, maximumKeys: find.maximumKeys)
        if let condition = find.where { self.where = { try condition($0) } }
    }
}

extension Page {
    init(_ page: LogStorePage) {
        self.init(
            records: page.records, damaged: page.damaged, next: page.next, revision: page.asOf)
    }
}

extension Version {
    init(_ version: LogStoreVersion) {
        self.init(
            revision: version.revision, value: version.value, isDelete: version.isDelete,
            damage: version.damage.map { StoreError($0) }, expiresAt: version.expiresAt,
            updatedAt: version.updatedAt)
    }
}

extension ChangePage {
    init(_ page: LogStoreChangePage) {
        self.init(
            changes: page.changes.map { StoreChange($0) }, through: page.through,
            damages: page.damages.map { StoreError($0) })
    }
}

extension StoreChange {
    init(_ change: LogStoreChange) {
        self.init(
            record: RecordKey(Name(change.collection), change.key), value: change.value,
            isDelete: change.isDelete, damage: change.damage.map { StoreError($0) },
            revision: change.revision, updatedAt: change.updatedAt, expiresAt: change.expiresAt)
    }
}
