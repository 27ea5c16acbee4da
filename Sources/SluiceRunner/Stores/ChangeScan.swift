import SluiceLogStore

/// Goes through the changes of a store, oldest first.
struct ChangeScan {
    private static let partCount = 10_000

    private let partCount: Int
    private let store: LogStore
    private var last: Int64
    /// Whether to begin with the oldest change that is still there, whichever that is.
    private var isFromOldest: Bool
    /// The revision behind which changes are still there, where they are not there from the first.
    private(set) var oldest: Int64?

    /// - Parameters:
    ///   - revision: Where to begin, exclusive; nil for the oldest that is still there.
    ///   - limit: How many changes are wanted at most; 0 where that is not known.
    init(_ store: LogStore, after revision: Int64?, limit: Int) {
        self.store = store
        partCount = limit == 0 ? Self.partCount : min(limit, Self.partCount)
        last = revision ?? 0
        isFromOldest = revision == nil
    }

    /// The next changes; nil at the end.
    ///
    /// Throws `gone` where some that are wanted have been compacted away.
    mutating func next() throws(LogStoreError) -> LogStore.ChangePage? {
        let page: LogStore.ChangePage
        do {
            page = try store.changes(after: last, limit: partCount)
        } catch .gone(let oldest) where isFromOldest {
            isFromOldest = false
            self.oldest = oldest
            last = oldest
            return try next()
        }
        isFromOldest = false
        guard page.through > last else { return nil }
        last = page.through
        return page
    }
}
