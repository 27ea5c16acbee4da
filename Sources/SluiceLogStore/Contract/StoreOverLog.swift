public import SluiceStore
import SluiceSystem

/// A ``LogStore`` behind the contract of all stores.
///
/// What uses any kind of store gets this; the store itself has more, and functions that are not `async`.
/// No function blocks a thread of the caller on a lock, a sync or long work, except in inline mode.
public struct StoreOverLog: Sendable {
    /// The store.
    public let log: LogStore

    /// The store behind the contract.
    public init(_ log: LogStore) { self.log = log }

    /// `log`.
    public var kind: String { "log" }

    /// The clock of the options, but never behind the newest record.
    public var time: Int64 { log.engine.clock.now() }

    /// Does work that may wait on a thread of its own; in inline mode on the calling one.
    private func away<R: Sendable>(
        _ body: @escaping @Sendable () throws(LogStoreError) -> R
    ) async throws(StoreError) -> R {
        let work: @Sendable () -> Result<R, StoreError> = {
            Result { () throws(LogStoreError) in try body() }.mapError { StoreError($0) }
        }
        guard !log.engine.place.options.isInline else { return try work().get() }
        let result = await withUnsafeContinuation {
            (continuation: UnsafeContinuation<Result<R, StoreError>, Never>) in
            let thread = SystemThread { continuation.resume(returning: work()) }
            if let thread {
                thread.detach()
            } else {
                continuation.resume(returning: .failure(StoreError(.noThread)))
            }
        }
        return try result.get()
    }

    /// Does what takes no longer than a read.
    private func here<R>(_ body: () throws(LogStoreError) -> R) throws(StoreError) -> R {
        do throws(LogStoreError) {
            return try body()
        } catch {
            throw StoreError(error)
        }
    }
}

extension StoreOverLog: Store {
    /// Creates those of the collections that are missing, durably.
    public func declare(_ collections: [Name]) async throws(StoreError) {
        if let name = collections.first(where: { !$0.isUsable }) { throw .unusable(name) }
        try await away { [log] () throws(LogStoreError) in
            try log.declare(collections: collections.map(\.text))
        }
    }

    /// The names of all collections that callers have declared, ordered by bytes.
    public func collections() throws(StoreError) -> [Name] {
        guard !log.engine.shared.read({ $0.isClosed }) else { throw .closed }
        return log.collections.map { Name($0) }.filter { !$0.isOwn }
    }

    /// Commits batches as one group; see ``Store``.
    public func write(_ batches: [Batch]) async -> [Result<BatchOutcome, StoreError>] {
        let results = await log.engine.writer.write(batches)
        return results.enumerated().map { index, result in
            result.mapError { StoreError($0, of: batches[index]) }
        }
    }

    /// The live record of one key, or nil.
    public func get(_ key: RecordKey) throws(StoreError) -> Record? {
        do throws(LogStoreError) {
            return try log.get(key.collection.text, key.key)
        } catch {
            throw StoreError(error, of: key)
        }
    }

    /// The live records of some keys, of one instant.
    public func get(_ keys: [RecordKey]) throws(StoreError) -> [Record?] {
        guard keys.count > 1 else { return try keys.map { key throws(StoreError) in try get(key) } }
        let snapshot = try here { () throws(LogStoreError) in try log.snapshot() }
        return try keys.map { key throws(StoreError) in
            do throws(LogStoreError) {
                return try snapshot.get(key.collection.text, key.key)
            } catch {
                throw StoreError(error, of: key)
            }
        }
    }

    /// One page of a search; see ``Store``.
    public func find(_ collection: Name, _ find: Find) throws(StoreError) -> Page {
        try here { () throws(LogStoreError) in
            Page(try log.find(collection.text, LogStoreFind(find)))
        }
    }

    /// Finishes what was accepted and makes it durable; see ``Store``.
    public func close() async throws(StoreError) {
        try await away { [log] () throws(LogStoreError) in try log.close() }
    }
}

extension StoreOverLog: VersionedStore {
    /// The newest acknowledged revision.
    public var revision: Int64 { log.revision }

    /// The oldest revision that may be asked for.
    public var horizon: Int64 { log.horizon }

    /// The records that were live at a revision; see ``VersionedStore``.
    public func get(_ keys: [RecordKey], asOf revision: Int64) throws(StoreError) -> [Record?] {
        try keys.map { key throws(StoreError) in
            do throws(LogStoreError) {
                return try log.get(key.collection.text, key.key, asOf: revision)
            } catch {
                throw StoreError(error, of: key)
            }
        }
    }

    /// One page of a search over what was live at a revision.
    public func find(
        _ collection: Name, _ find: Find, asOf revision: Int64
    ) throws(StoreError) -> Page {
        var search = LogStoreFind(find)
        search.asOf = revision
        return try here { () throws(LogStoreError) in
            Page(try log.find(collection.text, search))
        }
    }

    /// The versions of a key that are kept, newest first.
    public func history(_ key: RecordKey, limit: Int) throws(StoreError) -> [Version] {
        do throws(LogStoreError) {
            return try log.history(key.collection.text, key.key, limit: limit)
                .map { Version($0) }
        } catch {
            throw StoreError(error, of: key)
        }
    }
}

extension StoreOverLog: SluiceStore.ChangeFeed {
    /// Acknowledged changes after a revision; see ``SluiceStore/ChangeFeed``.
    public func changes(after revision: Int64, limit: Int) throws(StoreError) -> ChangePage {
        try here { () throws(LogStoreError) in
            ChangePage(try log.changes(after: revision, limit: limit > 0 ? limit : .max))
        }
    }

    /// Returns when a change after a revision is acknowledged, the store closes, or the task is cancelled.
    public func waitForChange(after revision: Int64) async {
        await log.waitForChange(after: revision)
    }

    /// The position kept under a name.
    public func cursor(_ name: Name) throws(StoreError) -> Int64? {
        try here { () throws(LogStoreError) in try log.cursor(name.text) }
    }
}

extension StoreOverLog: MaintainedStore {
    /// Sizes and counts now.
    public func statistics() -> StoreStatistics {
        let statistics = log.statistics
        return StoreStatistics(
            liveBytes: statistics.liveBytes, totalBytes: statistics.totalBytes,
            records: statistics.records, revision: log.revision, recounts: statistics.recounts)
    }

    /// Writes the index of everything written so far to disk.
    public func flush() async throws(StoreError) {
        try await away { [log] () throws(LogStoreError) in try log.flush() }
    }

    /// Gives back the space of dead records now.
    public func compact() async throws(StoreError) {
        try await away { [log] () throws(LogStoreError) in try log.compact() }
    }
}
