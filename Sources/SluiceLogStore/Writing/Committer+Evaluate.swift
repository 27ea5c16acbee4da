import SluiceStore
import SluiceSystem

extension Committer {
    /// What a key holds before an operation, as the group in progress sees it.
    struct Current {
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

    /// What the batch that is being evaluated comes to.
    struct Sum {
        /// Records that the group had before the batch.
        let mark: Int
        /// Bytes on disk.
        var bytes = 0
        /// What counts against the cap.
        var charge = 0
        /// Whether a merge has added records of other keys.
        var hasMore = false
    }

    /// Checks a batch and adds its records to the group, all or none.
    func evaluate(
        _ batch: some CommittedBatch, isOnly: Bool
    ) throws(LogStoreError) -> BatchOutcome {
        if let failure = durability.failure { throw failure }
        let mark = pending.count
        var outcomes: [Outcome] = []
        outcomes.reserveCapacity(batch.operations.count)
        do throws(LogStoreError) {
            try checkDistinct(batch.operations)
            var sum = Sum(mark: mark)
            for (index, operation) in batch.operations.enumerated() {
                do throws(LogStoreError) {
                    outcomes.append(try evaluate(operation, &sum))
                } catch {
                    throw error.of(operation: index)
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
        return BatchOutcome(outcomes)
    }

    /// Checks a single operation and adds its record to the group.
    func evaluate(
        _ operation: LogStoreWrite.Operation
    ) throws(LogStoreError) -> Outcome {
        var sum = Sum(mark: 0)
        do throws(LogStoreError) {
            let item = try evaluate(operation, &sum)
            try checkCap(sum.charge)
            pendingBytes += sum.bytes
            chargeDelta += sum.charge
            // A merge may have added more than one.
            for index in pending.indices.dropLast() {
                pending[index].frame.flags |= RecordFlags.more
            }
            return item
        } catch {
            pending.removeAll(keepingCapacity: true)
            throw error
        }
    }

    private func checkDistinct(_ operations: [some CommittedOperation]) throws(LogStoreError) {
        guard operations.count > 1 else { return }
        var records = Set<RecordKey>(minimumCapacity: operations.count)
        for operation in operations {
            guard let record = operation.recordKey, !records.insert(record).inserted else {
                continue
            }
            throw .invalid("a key occurs twice in one batch")
        }
    }

    /// Adds an operation to the group.
    private func evaluate(
        _ operation: some CommittedOperation, _ sum: inout Sum
    ) throws(LogStoreError) -> Outcome {
        if sum.hasMore, let record = operation.recordKey {
            try checkIsNew(number(record.collection), record.key, since: sum.mark)
        }
        return try operation.evaluate(self, &sum)
    }

    /// What is left of a full device is for what makes room.
    func checkReserve() throws(LogStoreError) {
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

    // MARK: Operations

    func put(
        _ collection: Name, _ key: [UInt8], _ value: [UInt8], ifRevision condition: Int64?,
        until instant: Int64?, _ sum: inout Sum
    ) throws(LogStoreError) -> Outcome {
        let collection = try number(collection)
        try check(key, value)
        try checkReserve()
        let current = try current(collection, key)
        try check(condition, current)
        return try put(collection, key, value, until: instant, current, &sum)
    }

    /// When what is put now expires.
    func expiry(after seconds: Int64) throws(LogStoreError) -> Int64 {
        guard seconds >= 1 else { throw .invalid("a time to live is at least 1 second") }
        let largest = (RecordFrame.maximumTime - now) / 1000
        guard seconds <= largest else {
            throw .invalid("a time to live is at most \(largest) seconds, which is the year 10889")
        }
        return now + seconds * 1000
    }

    func put(
        _ collection: UInt16, _ key: [UInt8], _ value: [UInt8], until instant: Int64?,
        _ current: Current, _ sum: inout Sum
    ) throws(LogStoreError) -> Outcome {
        guard 1...RecordFrame.maximumTime ~= instant ?? 1 else {
            throw .invalid(StoreError.expiryOutOfRange(RecordKey("", key)).text)
        }
        return add(.put, collection, key, value, instant ?? 0, current, &sum)
    }

    func delete(
        _ collection: Name, _ key: [UInt8], ifRevision condition: Int64?, _ sum: inout Sum
    ) throws(LogStoreError) -> Outcome {
        let collection = try number(collection)
        let current = try current(collection, key)
        try check(condition, current)
        return delete(collection, key, current, &sum)
    }

    func delete(
        _ collection: UInt16, _ key: [UInt8], _ current: Current, _ sum: inout Sum
    ) -> Outcome {
        guard current.revision > 0 else { return Outcome() }
        return add(.delete, collection, key, [], 0, current, &sum)
    }

    func update(
        _ collection: Name, _ key: [UInt8], ifRevision condition: Int64?,
        _ transform: (LogStoreRecord?) throws -> [UInt8], _ sum: inout Sum
    ) throws(LogStoreError) -> Outcome {
        let collection = try number(collection)
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
        var outcome = add(.put, collection, key, value, current.expiresAt, current, &sum)
        outcome.reply = value
        return outcome
    }

    func check(
        _ collection: Name, _ key: [UInt8], ifRevision condition: Int64
    ) throws(LogStoreError) -> Outcome {
        let current = try current(try number(collection), key)
        try check(condition, current)
        return Outcome(existed: current.revision > 0)
    }

    func add(
        _ kind: RecordKind, _ collection: UInt16, _ key: [UInt8], _ value: [UInt8],
        _ expiresAt: Int64, _ current: Current, _ sum: inout Sum
    ) -> Outcome {
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
        return Outcome(
            revision: Int64(clamping: frame.sequence), existed: current.revision > 0,
            expiresAt: expiresAt == 0 ? nil : expiresAt)
    }

    func check(_ key: [UInt8], _ value: [UInt8]) throws(LogStoreError) {
        guard !key.isEmpty else { throw .keyEmpty }
        guard key.count <= LogStoreLimits.keyBytes else { throw .keyTooLarge }
        guard value.count <= LogStoreLimits.valueBytes else { throw .valueTooLarge }
    }

    func check(_ condition: Int64?, _ current: Current) throws(LogStoreError) {
        let revision = Int64(clamping: current.revision)
        guard condition == nil || condition == revision else {
            throw .conflict(currentRevision: revision)
        }
    }

    func current(
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
    func record(
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

extension LogStoreError {
    /// The error as one of an operation of a batch, where it says which.
    fileprivate func of(operation index: Int) -> LogStoreError {
        switch self {
        case .conflict(let revision, _):
            return .conflict(currentRevision: revision, operation: index)
        case .refused(var error):
            error.operation = index
            return .refused(error)
        default: return self
        }
    }
}
