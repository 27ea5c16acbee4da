import SluiceLogStore

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

    /// The next records, at most `limit` where it is not 0, and the keys among them whose records are
    /// damaged; there may be none before the end.
    mutating func next(limit: Int = 0) throws(LogStoreError) -> LogStore.Page {
        find.limit = limit
        let page: LogStore.Page
        if let snapshot {
            page = try snapshot.find(collection, find)
        } else {
            page = try store.find(collection, find)
        }
        find.after = page.next
        isFinished = page.next == nil
        return page
    }

    /// Whether a key comes before another in the direction of travel.
    func comes(_ key: [UInt8], before other: [UInt8]) -> Bool {
        find.reverse ? other.lexicographicallyPrecedes(key) : key.lexicographicallyPrecedes(other)
    }

    /// What whoever reads the record of a damaged key meets.
    func damage(of key: [UInt8]) -> LogStoreError {
        do throws(LogStoreError) {
            if let snapshot {
                _ = try snapshot.get(collection, key)
            } else {
                _ = try store.get(collection, key, asOf: find.asOf)
            }
        } catch {
            return error
        }
        return .invalid("the record of key \(KeyText.shown(key)) did not verify")
    }
}
