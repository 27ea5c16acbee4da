extension Engine {
    func get(_ collection: String, _ key: [UInt8]) throws(LogStoreError) -> LogStore.Record? {
        let now = clock.now()
        let found = try shared.read { state throws(LogStoreError) -> (IndexEntry, Segment)? in
            let number = try number(of: collection, state)
            guard let entry = key.withUnsafeBytes({ state.index.entry(number, $0) }),
                entry.isLive(at: now), let segment = state.segments[entry.segment]
            else { return nil }
            return (entry, segment)
        }
        guard let (entry, segment) = found else { return nil }
        let value = try RecordReader(identity: place.identity).value(entry, in: segment, key: key)
        return LogStore.Record(
            key: key, value: value, revision: Int64(clamping: entry.version),
            expiresAt: entry.expiresAt == 0 ? nil : entry.expiresAt)
    }

    func number(of collection: String, _ state: StoreState) throws(LogStoreError) -> UInt16 {
        guard !state.isClosed else { throw .closed }
        guard let number = state.collections[collection] else {
            throw .missingCollection(collection)
        }
        return number
    }
}
