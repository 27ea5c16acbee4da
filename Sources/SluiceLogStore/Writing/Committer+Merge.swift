import SluiceStore
import SluiceSystem

extension Committer {
    /// Has a merge operator say what becomes of a record, and adds that to the group.
    func merge(
        _ key: RecordKey, _ name: Name, _ operand: [UInt8], ifRevision condition: Int64?,
        _ sum: inout Sum
    ) throws(LogStoreError) -> Outcome {
        let collection = try number(key.collection)
        try check(key.key, operand)
        try checkReserve()
        let current = try current(collection, key.key)
        try check(condition, current)
        let old = try record(key.key, current)
        let result: MergeOperator.Result
        do throws(StoreError) {
            let merge = try place.options.operators.named(name)
            let input = MergeOperator.Input(key: key, old: old, operand: operand, time: now)
            result = try updating.run { () throws(StoreError) in try merge.merge(input) }
        } catch {
            throw .refused(error)
        }
        var item: Outcome
        switch result.change {
        case .put(let value, let expiresAt):
            try check(key.key, value)
            item = try put(collection, key.key, value, until: expiresAt, current, &sum)
        case .delete: item = delete(collection, key.key, current, &sum)
        case .keep: item = Outcome(existed: current.revision > 0)
        }
        item.reply = result.reply
        for operation in result.also {
            sum.hasMore = true
            try addMore(operation, &sum)
        }
        return item
    }

    /// Adds a put or a delete that a merge asks for beside its own.
    private func addMore(
        _ operation: SluiceStore.Operation, _ sum: inout Sum
    ) throws(LogStoreError) {
        let collection: UInt16
        switch operation {
        case .put(let key, let value, nil, let expiresAt):
            collection = try number(key.collection)
            try check(key.key, value)
            try checkIsNew(collection, key.key, since: sum.mark)
            _ = try put(
                collection, key.key, value, until: expiresAt, current(collection, key.key), &sum)
        case .delete(let key, nil):
            collection = try number(key.collection)
            try checkIsNew(collection, key.key, since: sum.mark)
            _ = delete(collection, key.key, try current(collection, key.key), &sum)
        case .put, .delete, .merge, .check, .cursor:
            throw .refused(.mergeAsksForMore)
        }
    }

    /// Refuses a record that the batch has already: what a merge adds is known only when it has run.
    func checkIsNew(
        _ collection: UInt16, _ key: [UInt8], since mark: Int
    ) throws(LogStoreError) {
        let isThere = pending[mark...].contains {
            $0.frame.collection == collection && $0.key == key
        }
        if isThere { throw .invalid("a key occurs twice in one batch") }
    }

    /// Adds a cursor to the batch; of two of one name in it the later counts.
    func keep(
        _ position: Int64, under name: Name, _ sum: inout Sum
    ) throws(LogStoreError) -> Outcome {
        guard name.isUsable else { throw .refused(.unusable(name)) }
        var value: [UInt8] = []
        value.append(number: position)
        let key = Array(name.text.utf8)
        let earlier = pending[sum.mark...].firstIndex {
            $0.frame.collection == SystemCollection.cursors && $0.key == key
        }
        if let earlier {
            pending[earlier].value = value
            return Outcome()
        }
        var version: UInt64 = 0
        var stored: IndexEntry?
        if let index = overlay[KeyName(collection: SystemCollection.cursors, key: key)] {
            (version, stored) = (pending[index].frame.previous, pending[index].stored)
        } else {
            stored = try lookUp(SystemCollection.cursors, key).0
            version = stored?.version ?? 0
        }
        addOwn(
            .cursor, SystemCollection.cursors, name.text, value, version: version &+ 1,
            stored: stored)
        sum.bytes += pending[pending.count - 1].frame.length
        return Outcome()
    }
}
