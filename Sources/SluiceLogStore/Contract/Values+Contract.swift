import SluiceStore
import SluiceSystem

// The contract's values as those of the log store, and back.

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
