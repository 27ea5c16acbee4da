/// The machinery of an open store, shared by the public object and its threads.
final class Engine: Sendable {
    let place: Log.Place
    let shared: ReadWriteLocked<StoreState>
    let durability: Durability
    let queue: CommitQueue
    let feed = ChangeFeed()
    let clock: StoreClock
    /// Syncs every so often under `Sync.every`.
    let syncJob: BackgroundJob
    let compactJob = BackgroundJob(delayMilliseconds: 0)
    /// Counts rounds of compaction, for writers that wait for space.
    let compactions = Monitor(CompactionProgress())
    let recoveryReport: LogStore.RecoveryReport
    private let nextID: Monitor<UInt32>
    private let lock: Monitor<(any FileLock)?>
    /// Held while the store closes, so that a second call returns when it is closed.
    private let isClosed = Monitor(false)
    /// When the last sync of an inline store with an interval was.
    let lastSync = Monitor<Int64>(0)
    /// Held while segments are compacted.
    let compaction = Monitor(())

    init(
        place: Log.Place, shared: ReadWriteLocked<StoreState>, committer: Committer, nextID: UInt32,
        lock: any FileLock, report: LogStore.RecoveryReport
    ) {
        self.place = place
        self.shared = shared
        durability = committer.durability
        queue = CommitQueue(committer)
        clock = committer.clock
        if case .every(let milliseconds) = place.options.sync {
            syncJob = BackgroundJob(delayMilliseconds: max(1, milliseconds))
        } else {
            syncJob = BackgroundJob(delayMilliseconds: 0)
        }
        recoveryReport = report
        self.nextID = Monitor(nextID)
        self.lock = Monitor(lock)
        committer.log.nextSegmentID = { [unowned self] in takeSegmentID() }
        committer.beforeCommit = { [unowned self, unowned committer] in willCommit(committer) }
        committer.afterCommit = { [unowned self, unowned committer] in didCommit(committer) }
    }

    /// A number for a new segment, larger than any before.
    func takeSegmentID() -> UInt32 {
        nextID.withLock { id in
            defer { id += 1 }
            return id
        }
    }

    var revision: Int64 {
        Int64(clamping: shared.read { $0.revision })
    }

    var collections: [String] {
        shared.read { $0.collections.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }
    }

    func cursor(_ name: String) -> Int64? {
        shared.read { $0.cursors[name] }
    }

    var statistics: LogStore.Statistics {
        let now = clock.now()
        shared.write { $0.expire(at: now) }
        return statisticsNow
    }

    private var statisticsNow: LogStore.Statistics {
        shared.read { state in
            LogStore.Statistics(
                liveBytes: state.liveBytes,
                totalBytes: state.totalBytes,
                records: state.records, tombstones: state.tombstones,
                segments: state.segments.count, revision: Int64(clamping: state.revision),
                compactedSegments: state.compactedSegments, compactedBytes: state.compactedBytes,
                groups: state.groups)
        }
    }

    // MARK: Closing

    func close() throws(LogStoreError) {
        try isClosed.withLock { isClosed throws(LogStoreError) in
            guard !isClosed else { return }
            isClosed = true
            try closeOnce()
        }
    }

    private func closeOnce() throws(LogStoreError) {
        let committer = queue.stop()
        compactJob.stop()
        syncJob.stop()
        defer {
            shared.write { $0.isClosed = true }
            feed.finish()
            lock.withLock { $0 = nil }
        }
        // After a failed sync the log's end is not known; recovery finds it.
        if let failure = durability.failure { throw failure }
        try compaction.withLock { _ throws(LogStoreError) in
            // The cut itself need not be durable: it takes away nothing but zeros.
            try durability.sync()
            try committer.log.trim()
            let log = committer.log
            try writeManifest(
                isClean: true, end: LogPosition(segment: log.active.id, offset: log.end))
        }
    }

    // MARK: Manifest

    /// Replaces the manifest by the present state.
    func writeManifest(isClean: Bool, end: LogPosition) throws(LogStoreError) {
        let snapshot = shared.read { manifest(of: $0, isClean: isClean, end: end) }
        try Self.write(snapshot, place)
    }

    private func manifest(of state: StoreState, isClean: Bool, end: LogPosition) -> Manifest {
        Manifest(
            store: place.identity, isClean: isClean, nextSequence: state.revision + 1,
            horizon: state.horizon, end: end, time: clock.now(),
            segments: state.segments.values.sorted { $0.id < $1.id }.map { segment in
                Manifest.Segment(
                    id: segment.id, kind: segment.kind, isSealed: segment.isSealed,
                    end: segment.end, bornSequence: segment.bornSequence,
                    lastSequence: segment.lastSequence, liveBytes: segment.liveBytes)
            })
    }

    static func write(_ manifest: Manifest, _ place: Log.Place) throws(LogStoreError) {
        let temporary = place.path(Manifest.temporaryName)
        let file = try place.fileSystem.open(temporary, creating: true)
        try file.write(manifest.encoded(), at: 0)
        try file.sync()
        try place.fileSystem.rename(temporary, to: place.path(Manifest.fileName))
        try place.fileSystem.syncDirectory(place.directory)
    }
}
