import SluiceStore

/// Goes through records of a collection as they were at one instant, a bounded part at a time.
struct CollectionScan {
    /// Bytes and keys after which a part ends, so that interruptions are noticed.
    private static let partBytes = 1 << 20
    private static let partKeys = 100_000

    private let store: LogStore
    private let snapshot: LogStore.Snapshot?
    let collection: String
    private var find: LogStore.Find
    /// Whether the range has been gone through.
    private(set) var isFinished = false

    /// - Parameter snapshot: What to go through; nil for the store as it is now, or as it was at the
    ///   revision of `find`.
    init(
        _ store: LogStore, _ collection: String, _ find: LogStore.Find = LogStore.Find(),
        in snapshot: LogStore.Snapshot? = nil
    ) throws(LogStoreError) {
        self.store = store
        if find.asOf == nil, snapshot == nil {
            self.snapshot = try store.snapshot()
        } else {
            self.snapshot = snapshot
        }
        self.collection = collection
        self.find = find
        self.find.maximumBytes = Self.partBytes
        self.find.maximumKeys = Self.partKeys
    }

    /// The next records, at most `limit` where it is not 0; there may be none before the end.
    mutating func next(limit: Int = 0) throws(LogStoreError) -> [LogStore.Record] {
        find.limit = limit
        let page: LogStore.Page
        if let snapshot {
            page = try snapshot.find(collection, find)
        } else {
            page = try store.find(collection, find)
        }
        find.after = page.next
        isFinished = page.next == nil
        return page.records
    }
}
