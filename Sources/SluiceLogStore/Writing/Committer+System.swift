import SluiceSystem

extension Committer {
    /// Gives numbers to collections that have none.
    func declare(_ names: [String]) throws(LogStoreError) {
        if let failure = durability.failure { throw failure }
        var added: [Name: UInt16] = [:]
        for name in names.map({ Name($0) }) where collections[name] == nil && added[name] == nil {
            guard !name.text.isEmpty, name.text.utf8.count <= LogStoreLimits.nameBytes else {
                throw .invalid(
                    "a collection's name has 1 to \(LogStoreLimits.nameBytes) bytes")
            }
            let number = nextCollection + added.count
            guard number <= Int(UInt16.max) else { throw .invalid("too many collections") }
            added[name] = UInt16(number)
        }
        guard !added.isEmpty else { return }
        beginGroup()
        for (name, number) in added.sorted(by: { $0.value < $1.value }) {
            var value: [UInt8] = []
            value.append(number: UInt32(number))
            addOwn(.collection, SystemCollection.catalog, name.text, value, version: UInt64(number))
        }
        countBytes()
        try commitGroup()
        collections.merge(added) { $1 }
        nextCollection += added.count
    }

    /// Keeps positions under different names, all of them or none.
    func setCursors(_ cursors: [(name: String, position: Int64)]) throws(LogStoreError) {
        if let failure = durability.failure { throw failure }
        guard
            cursors.allSatisfy({ name, _ in
                1...LogStoreLimits.nameBytes ~= name.utf8.count
            })
        else { throw .invalid("a cursor's name has 1 to \(LogStoreLimits.nameBytes) bytes") }
        beginGroup()
        for (name, position) in cursors {
            let stored = try lookUp(SystemCollection.cursors, Array(name.utf8)).0
            var value: [UInt8] = []
            value.append(number: position)
            addOwn(
                .cursor, SystemCollection.cursors, name, value,
                version: (stored?.version ?? 0) &+ 1, stored: stored)
        }
        for index in pending.indices.dropLast() { pending[index].frame.flags |= RecordFlags.more }
        countBytes()
        try commitGroup()
    }

    /// Ends the active segment if it holds anything that compaction could give back.
    func roll() throws(LogStoreError) {
        if let failure = durability.failure { throw failure }
        let active = log.active
        let isWorthIt = shared.read { state in
            let content = active.end - SegmentHead.byteCount
            let kept = active.sums.keptBytes(horizon: state.horizon) + active.sums.frameBytes
            return content > kept || content > 0 && state.hasTombstones
        }
        guard isWorthIt else { return }
        try withReserve { () throws(LogStoreError) in
            try log.roll(lastSequence: lastSequence, time: clock.now())
        }
        entered(log.active, after: active)
    }

    /// Adds a record of the store's own: it takes no sequence number.
    func addOwn(
        _ kind: RecordKind, _ collection: UInt16, _ name: String, _ value: [UInt8],
        version: UInt64, stored: IndexEntry? = nil
    ) {
        let key = Array(name.utf8)
        var frame = RecordFrame()
        frame.kind = kind.rawValue
        frame.collection = collection
        frame.keyLength = key.count
        frame.valueLength = value.count
        frame.previous = version
        frame.sequence = pending.last?.frame.sequence ?? lastSequence
        pending.append(Pending(frame: frame, key: key, value: value, stored: stored))
    }

    /// Counts the bytes of a group that holds records of the store's own only.
    private func countBytes() {
        pendingBytes = pending.reduce(0) { $0 + $1.frame.length }
    }
}
