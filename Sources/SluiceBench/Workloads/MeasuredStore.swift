import SluiceLogStore

/// The store behind the calls that every driver has; the one place that names its API.
struct MeasuredStore: Sendable {
    private static let collection = "docs"

    private let store: LogStore

    /// Opens the store with its defaults, but for a cap that the data fits under.
    init(_ arguments: BenchArguments) throws {
        let sync: LogStore.Sync = arguments.workload.isSynced ? .always : .never
        let data = Int(clamping: arguments.count) * (arguments.valueBytes + 64)
        let options = LogStore.Options(maximumLiveBytes: max(1 << 30, data * 2), sync: sync)
        store = try LogStore.openAndWait(arguments.folder, options: options)
        if arguments.workload.isWriting {
            try store.declare(collections: [Self.collection])
        }
    }

    @inline(__always)
    func put(_ key: [UInt8], _ value: [UInt8]) throws {
        try store.putAndWait(Self.collection, key, value)
    }

    /// Adds a put to a batch.
    @inline(__always)
    func add(_ key: [UInt8], _ value: [UInt8], to batch: inout LogStore.Write) {
        batch.operations.append(.put(collection: Self.collection, key: key, value: value))
    }

    /// Writes a batch, atomically like the transactions of the others, and empties it.
    func commit(_ batch: inout LogStore.Write) throws {
        for result in store.writeAndWait([batch]) { _ = try result.get() }
        batch.operations.removeAll(keepingCapacity: true)
    }

    /// Copies the value of a key into `output`; false where there is none.
    @inline(__always)
    func get(_ key: [UInt8], into output: inout [UInt8]) throws -> Bool {
        try store.read(Self.collection, key, into: &output)
    }

    /// Copies all keys and values under a prefix into `output`; gives how many there were.
    func scan(_ prefix: [UInt8], into output: inout [UInt8]) throws -> Int {
        output.removeAll(keepingCapacity: true)
        var count = 0
        try store.scan(Self.collection, LogStore.Find(prefix: prefix)) { key, value in
            output.append(contentsOf: key)
            output.append(contentsOf: value)
            count += 1
            return true
        }
        return count
    }

    func close() throws {
        try store.close()
    }
}
