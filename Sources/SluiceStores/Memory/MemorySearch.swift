import SluiceStore

/// One search over the records of a collection as they were at one instant.
struct MemorySearch: Sendable {
    let records: SortedMap<MemoryVersions>
    let asOf: Int64
    let time: Int64

    func page(_ find: Find) throws(StoreError) -> Page {
        var page = Page(records: [], revision: asOf)
        var (bytes, keys) = (0, 0)
        var place = first(find)
        while let index = place, let key = records.key(at: index), isInside(key, find) {
            if Task.isCancelled { throw StoreError(.cancelled, "the search was cancelled") }
            if let record = records.value(at: index).item(asOf: asOf)?.record(key, at: time),
                try find.where?(record) ?? true
            {
                bytes += record.key.count + record.value.count
                page.records.append(find.keysOnly ? record.withoutValue : record)
            }
            keys += 1
            place = next(index, find)
            let isFull =
                find.limit > 0 && page.records.count == find.limit || bytes >= find.maximumBytes
                || keys >= find.maximumKeys
            guard !isFull else {
                let isMore =
                    place.flatMap { records.key(at: $0) }.map { isInside($0, find) } ?? false
                page.next = isMore ? key : nil
                return page
            }
        }
        return page
    }

    /// Where the search begins; nil where there is nothing.
    private func first(_ find: Find) -> SortedMap<MemoryVersions>.Index? {
        guard find.reverse else {
            var low = find.start ?? []
            if let prefix = find.prefix, SortedMap<MemoryVersions>.isBelow(low, prefix) {
                low = prefix
            }
            if let after = find.after, !SortedMap<MemoryVersions>.isBelow(after, low) {
                low = after + [0]
            }
            return records.firstIndex(notBelow: low)
        }
        var ends = [find.end, find.after].compactMap(\.self)
        if let end = find.prefix.flatMap(Self.end(ofPrefix:)) { ends.append(end) }
        guard let end = ends.min(by: SortedMap<MemoryVersions>.isBelow) else {
            return records.index(before: records.end)
        }
        return records.index(before: records.firstIndex(notBelow: end))
    }

    private func next(
        _ index: SortedMap<MemoryVersions>.Index, _ find: Find
    ) -> SortedMap<MemoryVersions>.Index? {
        find.reverse ? records.index(before: index) : records.index(after: index)
    }

    /// Whether a key belongs to the range; the search has come to the first that does not.
    private func isInside(_ key: [UInt8], _ find: Find) -> Bool {
        if let prefix = find.prefix, !key.starts(with: prefix) { return false }
        if let start = find.start, SortedMap<MemoryVersions>.isBelow(key, start) { return false }
        if let end = find.end, !SortedMap<MemoryVersions>.isBelow(key, end) { return false }
        return true
    }

    /// The smallest key that is greater than all with a prefix; nil where there is none.
    private static func end(ofPrefix prefix: [UInt8]) -> [UInt8]? {
        var end = prefix
        while let last = end.popLast() {
            if last < .max { return end + [last + 1] }
        }
        return nil
    }
}

extension Record {
    fileprivate var withoutValue: Record {
        Record(
            key: key, value: [], revision: revision, createdRevision: createdRevision,
            expiresAt: expiresAt)
    }
}
