public import SluiceStore
import SluiceSystem

/// Records in memory, in the order of their keys; gone with the process.
///
/// What tests and caches want. Keeps the changes and versions of the newest revisions. Safe to use from any
/// task; no call waits for anything but a lock.
public final class MemoryStore: VersionedStore, ChangeFeed {
    /// How a memory store is made; each limit with its default.
    public struct Options: Sendable {
        /// The cap: bytes of live records, 32 + key + value each; 256 MiB unless given.
        public var maximumLiveBytes: Int
        /// How many revisions back searches, histories and changes reach; 10,000 unless given.
        public var keepRevisions: Int64
        /// Milliseconds since 1970; the system's clock unless given.
        ///
        /// Time in the store never goes back.
        public var clock: @Sendable () -> Int64
        /// The merge operators that operations may name.
        public var operators: MergeOperators

        /// Options with the defaults named at each property.
        public init(
            maximumLiveBytes: Int = 256 << 20, keepRevisions: Int64 = 10_000,
            clock: (@Sendable () -> Int64)? = nil, operators: MergeOperators = MergeOperators()
        ) {
            self.maximumLiveBytes = maximumLiveBytes
            self.keepRevisions = keepRevisions
            self.clock = clock ?? { SystemClock.milliseconds() }
            self.operators = operators
        }
    }

    /// `memory`.
    public let kind = "memory"
    private let options: Options
    private let evaluator: BatchEvaluator
    private let state: Lock<MemoryState>
    private let waiters = Lock<[UInt64: UnsafeContinuation<Void, Never>]>([:])
    private let tickets = Lock<UInt64>(0)

    /// Makes an empty store.
    public init(_ options: Options = Options()) {
        self.options = options
        evaluator = BatchEvaluator(options.operators)
        state = Lock(MemoryState(keepRevisions: max(0, options.keepRevisions)))
    }

    /// The clock of the options, but never behind an earlier time.
    public var time: Int64 { state.withLock { $0.advance(to: options.clock()) } }

    // MARK: Collections

    /// Creates those of the collections that are missing.
    public func declare(_ collections: [Name]) throws(StoreError) {
        if let name = collections.first(where: { !$0.isUsable }) { throw .unusable(name) }
        try state.withLock { state throws(StoreError) in
            try state.checkOpen()
            for name in collections where state.collections[name] == nil {
                state.collections[name] = SortedMap()
            }
        }
    }

    /// The names of all collections, ordered by bytes.
    public func collections() throws(StoreError) -> [Name] {
        try state.withLock { state throws(StoreError) in
            try state.checkOpen()
            return state.collections.keys.sorted()
        }
    }

    // MARK: Writing

    /// Commits batches; see ``Store``.
    public func write(_ batches: [Batch]) -> [Result<BatchOutcome, StoreError>] {
        let results = state.withLock { state in
            let time = state.advance(to: options.clock())
            return batches.map { batch -> Result<BatchOutcome, StoreError> in
                do throws(StoreError) {
                    try state.checkOpen()
                    let evaluation = try evaluator.evaluate(batch, at: time, in: state)
                    try state.checkRoom(for: evaluation, options.maximumLiveBytes)
                    return .success(state.apply(evaluation, at: time))
                } catch {
                    return .failure(error)
                }
            }
        }
        wakeWaiters()
        return results
    }

    // MARK: Reading

    /// The live records of some keys; see ``Store``.
    public func get(_ keys: [RecordKey]) throws(StoreError) -> [Record?] {
        try state.withLock { state throws(StoreError) in
            try state.checkOpen()
            state.advance(to: options.clock())
            var records: [Record?] = []
            for key in keys { records.append(try state.live(key, asOf: nil)) }
            return records
        }
    }

    /// The records that were live at a revision; see ``VersionedStore``.
    public func get(_ keys: [RecordKey], asOf revision: Int64) throws(StoreError) -> [Record?] {
        try state.withLock { state throws(StoreError) in
            try state.checkOpen()
            state.advance(to: options.clock())
            try state.checkReach(of: revision)
            var records: [Record?] = []
            for key in keys { records.append(try state.live(key, asOf: revision)) }
            return records
        }
    }

    /// One page of a search; see ``Store``.
    public func find(_ collection: Name, _ find: Find) throws(StoreError) -> Page {
        try view(collection, asOf: nil).page(find)
    }

    /// One page of a search over what was live at a revision; see ``VersionedStore``.
    public func find(
        _ collection: Name, _ find: Find, asOf revision: Int64
    ) throws(StoreError) -> Page {
        try view(collection, asOf: revision).page(find)
    }

    /// What a search looks at, which later writes do not change.
    private func view(
        _ collection: Name, asOf revision: Int64?
    ) throws(StoreError) -> MemorySearch {
        try state.withLock { state throws(StoreError) in
            try state.checkOpen()
            state.advance(to: options.clock())
            if let revision { try state.checkReach(of: revision) }
            guard let records = state.collections[collection] else {
                throw .missingCollection(collection)
            }
            return MemorySearch(
                records: records, asOf: revision ?? state.revision, time: state.time)
        }
    }

    /// The versions of a key that are kept, newest first; see ``VersionedStore``.
    public func history(_ key: RecordKey, limit: Int) throws(StoreError) -> [Version] {
        try state.withLock { state throws(StoreError) in
            try state.checkOpen()
            state.advance(to: options.clock())
            guard let records = state.collections[key.collection] else {
                throw .missingCollection(key.collection)
            }
            let versions = (records[key.key]?.items ?? []).reversed().map {
                $0.told(at: state.time)
            }
            // That a key is absent from the horizon on need not be said.
            let told = versions.filter { !$0.isDelete || $0.revision > state.horizon }
            return limit > 0 ? Array(told.prefix(limit)) : told
        }
    }

    /// The newest revision; 0 for an empty store.
    public var revision: Int64 { state.withLock(\.revision) }

    /// The oldest revision that may be asked for.
    public var horizon: Int64 { state.withLock(\.horizon) }

    // MARK: Changes

    /// Acknowledged changes after a revision; see ``ChangeFeed``.
    public func changes(after revision: Int64, limit: Int) throws(StoreError) -> ChangePage {
        try state.withLock { state throws(StoreError) in
            try state.checkOpen()
            return try state.changes(after: revision, limit: limit)
        }
    }

    /// Returns when a change after a revision is acknowledged, the store closes, or the task is cancelled.
    public func waitForChange(after revision: Int64) async {
        let ticket = tickets.withLock { tickets in
            tickets += 1
            return tickets
        }
        await withTaskCancellationHandler {
            await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
                waiters.withLock { $0[ticket] = continuation }
                let isDone =
                    Task.isCancelled
                    || state.withLock { $0.isClosed || $0.revision > revision }
                if isDone { wake(ticket) }
            }
        } onCancel: {
            wake(ticket)
        }
    }

    private func wake(_ ticket: UInt64) {
        waiters.withLock { $0.removeValue(forKey: ticket) }?.resume()
    }

    /// Lets all who wait for a change look again.
    private func wakeWaiters() {
        let waiting = waiters.withLock { waiters in
            defer { waiters = [:] }
            return Array(waiters.values)
        }
        for waiter in waiting { waiter.resume() }
    }

    /// The position kept under a name; nil where none was ever kept.
    public func cursor(_ name: Name) throws(StoreError) -> Int64? {
        try state.withLock { state throws(StoreError) in
            try state.checkOpen()
            return state.cursors[name]
        }
    }

    // MARK: The end

    /// Closes the store, whose records are gone then.
    public func close() {
        let old = state.withLock { state in
            let old = state
            state = MemoryState(keepRevisions: 0)
            state.revision = old.revision
            state.isClosed = true
            return old
        }
        withExtendedLifetime(old) {}
        wakeWaiters()
    }
}
