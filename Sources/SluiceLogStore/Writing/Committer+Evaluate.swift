import SluiceSystem

extension Committer {
    /// What a key holds before an operation, as the group in progress sees it.
    private struct Current {
        /// Where the record lies that an update starts from.
        enum Home {
            case absent
            case pending(Int)
            case stored(IndexEntry, Layers)
        }

        /// 0 for a key that is not live.
        var revision: UInt64 = 0
        /// The revision that created the key; 0 for a key that is not live.
        var created: UInt64 = 0
        /// The sequence number of the newest version, tombstones included.
        var previous: UInt64 = 0
        var expiresAt: Int64 = 0
        var charge = 0
        var home = Home.absent
        /// The newest version that is stored, live or not.
        var stored: IndexEntry?
    }

    /// Checks a write and adds its records to the group, all or none.
    func evaluate(
        _ write: LogStoreWrite, isOnly: Bool
    ) throws(LogStoreError) -> LogStoreOutcome {
        if let failure = durability.failure { throw failure }
        let mark = pending.count
        var items: [LogStoreOutcome.Item] = []
        items.reserveCapacity(write.operations.count)
        do throws(LogStoreError) {
            try checkDistinct(write)
            var sum = (bytes: 0, charge: 0)
            for (index, operation) in write.operations.enumerated() {
                do throws(LogStoreError) {
                    items.append(try evaluate(operation, &sum))
                } catch .conflict(let revision, _) {
                    throw .conflict(currentRevision: revision, operation: index)
                }
            }
            guard sum.bytes <= LogStoreLimits.batchBytes else { throw .batchTooLarge }
            try checkCap(sum.charge)
            pendingBytes += sum.bytes
            chargeDelta += sum.charge
        } catch {
            pending.removeLast(pending.count - mark)
            throw error
        }
        for index in mark..<pending.count {
            if index + 1 < pending.count { pending[index].frame.flags |= RecordFlags.more }
            if !isOnly {
                let record = pending[index]
                overlay[KeyName(collection: record.frame.collection, key: record.key)] = index
            }
        }
        return LogStoreOutcome(items: items)
    }

    /// Checks a single operation and adds its record to the group.
    func evaluate(
        _ operation: LogStoreWrite.Operation
    ) throws(LogStoreError) -> LogStoreOutcome.Item {
        var sum = (bytes: 0, charge: 0)
        do throws(LogStoreError) {
            let item = try evaluate(operation, &sum)
            try checkCap(sum.charge)
            pendingBytes += sum.bytes
            chargeDelta += sum.charge
            return item
        } catch {
            pending.removeAll(keepingCapacity: true)
            throw error
        }
    }

    private func checkDistinct(_ write: LogStoreWrite) throws(LogStoreError) {
        guard write.operations.count > 1 else { return }
        struct Target: Hashable {
            var collection: Name
            var key: [UInt8]
        }
        var targets: Set<Target> = []
        for operation in write.operations {
            let target = Target(collection: Name(operation.collection), key: operation.key)
            guard targets.insert(target).inserted else {
                throw .invalid("a key occurs twice in one batch")
            }
        }
    }

    /// What is left of a full device is for what makes room.
    private func checkReserve() throws(LogStoreError) {
        guard reserve.isReleased else { return }
        stopForRoom()
        if shortage == nil { isShortOfSpace = true }
        throw .diskFull(
            "the device is full, and compaction has not made enough room yet; delete something, "
                + "or make room on the device")
    }

    private func checkCap(_ charge: Int) throws(LogStoreError) {
        guard charge > 0 else { return }
        let live = liveBytes + chargeDelta
        let cap = place.options.maximumLiveBytes
        guard live + charge <= cap else {
            throw .diskFull(
                "the store is full: \(live) of \(cap) bytes are live, \(charge) more are needed; "
                    + "delete something, or raise the cap")
        }
    }

    private func evaluate(
        _ operation: LogStoreWrite.Operation, _ sum: inout (bytes: Int, charge: Int)
    ) throws(LogStoreError) -> LogStoreOutcome.Item {
        let collection = try number(operation.collection)
        switch operation {
        case .put(_, let key, let value, let condition, let timeToLive):
            try check(key, value)
            try checkReserve()
            let current = try current(collection, key)
            try check(condition, current)
            var expiresAt: Int64 = 0
            if let timeToLive {
                guard timeToLive >= 1 else { throw .invalid("a time to live is at least 1 second") }
                let largest = (RecordFrame.maximumTime - now) / 1000
                guard timeToLive <= largest else {
                    throw .invalid(
                        "a time to live is at most \(largest) seconds, which is the year 10889")
                }
                expiresAt = now + timeToLive * 1000
            }
            return add(.put, collection, key, value, expiresAt, current, &sum)
        case .delete(_, let key, let condition):
            let current = try current(collection, key)
            try check(condition, current)
            guard current.revision > 0 else {
                return LogStoreOutcome.Item(existed: false)
            }
            return add(.delete, collection, key, [], 0, current, &sum)
        case .update(_, let key, let condition, let transform):
            try check(key, [])
            try checkReserve()
            let current = try current(collection, key)
            try check(condition, current)
            let record = try record(key, current)
            let value: [UInt8]
            do {
                value = try updating.run { try transform(record) }
            } catch {
                throw (error as? LogStoreError) ?? .cancelled(error)
            }
            try check(key, value)
            var item = add(.put, collection, key, value, current.expiresAt, current, &sum)
            item.value = value
            return item
        }
    }

    private func add(
        _ kind: RecordKind, _ collection: UInt16, _ key: [UInt8], _ value: [UInt8],
        _ expiresAt: Int64, _ current: Current, _ sum: inout (bytes: Int, charge: Int)
    ) -> LogStoreOutcome.Item {
        var frame = RecordFrame()
        frame.kind = kind.rawValue
        frame.collection = collection
        frame.keyLength = key.count
        frame.valueLength = value.count
        frame.expiresAt = expiresAt
        frame.previous = current.previous
        frame.sequence = (pending.last?.frame.sequence ?? lastSequence) + 1
        var record = Pending(frame: frame, key: key, value: value)
        if kind == .put, current.created != 0 {
            record.frame.flags = RecordFlags.created
            record.created = current.created
        }
        record.stored = current.stored
        sum.bytes += record.frame.length
        sum.charge += record.charge - current.charge
        pending.append(record)
        return LogStoreOutcome.Item(
            revision: Int64(clamping: frame.sequence), existed: current.revision > 0,
            expiresAt: expiresAt == 0 ? nil : expiresAt)
    }

    private func check(_ key: [UInt8], _ value: [UInt8]) throws(LogStoreError) {
        guard !key.isEmpty else { throw .keyEmpty }
        guard key.count <= LogStoreLimits.keyBytes else { throw .keyTooLarge }
        guard value.count <= LogStoreLimits.valueBytes else { throw .valueTooLarge }
    }

    private func check(_ condition: Int64?, _ current: Current) throws(LogStoreError) {
        let revision = Int64(clamping: current.revision)
        guard condition == nil || condition == revision else {
            throw .conflict(currentRevision: revision)
        }
    }

    private func current(
        _ collection: UInt16, _ key: [UInt8]
    ) throws(LogStoreError) -> Current {
        if !overlay.isEmpty, let index = overlay[KeyName(collection: collection, key: key)] {
            let record = pending[index]
            var current = Current(previous: record.frame.sequence, stored: record.stored)
            guard record.frame.kind == RecordKind.put.rawValue else { return current }
            current.revision = record.frame.sequence
            current.created = record.created == 0 ? record.frame.sequence : record.created
            current.expiresAt = record.frame.expiresAt
            current.charge = record.charge
            current.home = .pending(index)
            return current
        }
        let (entry, layers) = try lookUp(collection, key)
        guard let entry else { return Current() }
        guard entry.isLive(at: now) else {
            return Current(previous: entry.version, stored: entry)
        }
        return Current(
            revision: entry.version, created: entry.created, previous: entry.version,
            expiresAt: entry.expiresAt, charge: entry.charge, home: .stored(entry, layers),
            stored: entry)
    }

    /// The newest version of a key, and what it was found in.
    func lookUp(
        _ collection: UInt16, _ key: [UInt8]
    ) throws(LogStoreError) -> (IndexEntry?, Layers) {
        try key.withBytes { key throws(LogStoreError) in
            let (entry, layers) = shared.read { state in
                (state.layers.active.newest(collection, key), state.layers)
            }
            if let entry { return (entry, layers) }
            return (try layers.newestBelow(collection, key), layers)
        }
    }

    /// The live record that an update starts from.
    private func record(
        _ key: [UInt8], _ current: Current
    ) throws(LogStoreError) -> LogStoreRecord? {
        let value: [UInt8]
        switch current.home {
        case .absent:
            return nil
        case .pending(let index):
            value = pending[index].value
        case .stored(let entry, let layers):
            return try RecordReader(identity: place.identity, layers: layers)
                .record(entry, key: key)
        }
        return LogStoreRecord(
            key: key, value: value, revision: Int64(clamping: current.revision),
            createdRevision: Int64(clamping: current.created), updatedAt: now,
            expiresAt: current.expiresAt == 0 ? nil : current.expiresAt)
    }
}

extension LogStoreWrite.Operation {
    var collection: String {
        switch self {
        case .put(let collection, _, _, _, _), .delete(let collection, _, _),
            .update(let collection, _, _, _):
            collection
        }
    }

    var key: [UInt8] {
        switch self {
        case .put(_, let key, _, _, _), .delete(_, let key, _), .update(_, let key, _, _): key
        }
    }
}
