import SluiceSystem
internal import Synchronization

/// The machinery of an open store, shared by the public object and its threads.
final class Engine: Sendable {
    let place: Place
    let shared: ReadWriteLocked<StoreState>
    let durability: Durability
    let reserve: Reserve
    /// Whether writes were refused for want of space.
    let isShortOfSpace = Atomic(false)
    let queue: CommitQueue
    let reader: Reader
    let clock: StoreClock
    let keepsHistory: Bool
    /// Syncs every so often under `Sync.every`.
    let syncJob: BackgroundJob
    /// Goes ahead of writes through memory.
    let spaceAhead = SpaceAhead()
    /// Flushes, compacts and merges.
    let worker = BackgroundJob(delayMilliseconds: 0)
    /// Held by one background step at a time.
    let care: Monitor<Care>
    /// Held while runs are merged.
    // A value without bytes has the address of its monitor, which the thread sanitizer misjudges.
    let merging = Monitor(false)
    /// Why the last flush failed; nil when it did not.
    ///
    /// Changes after each flush.
    let flushFailure = Monitor<LogStoreError?>(nil)
    /// Whether a writer waits until compaction has given back something on a full device.
    let isRoomWaitedFor = Atomic(false)
    /// Dead bytes of which compaction on a full device could give back none.
    let futileWaste = Atomic(0)
    /// For writers that wait for space.
    let compactions = Monitor(CompactionProgress())
    /// Around the closures of updates.
    let updating: ClosureGuard
    let recoveryReport: LogStoreRecoveryReport
    let files: StoreFiles
    /// Whether this opening made the store.
    let isNew: Bool
    /// Held while the store closes, so that a second call returns when it is closed.
    private let isClosed = Monitor(false)
    /// When the last sync of an inline store with an interval was.
    let lastSync = Monitor<Int64>(0)

    init(
        shared: ReadWriteLocked<StoreState>, committer: Committer, manifest: Manifest,
        ids: FileIDs, lock: (any FileLock)?, report: LogStoreRecoveryReport, isNew: Bool
    ) {
        self.isNew = isNew
        place = committer.place
        self.shared = shared
        durability = committer.durability
        updating = committer.updating
        reserve = committer.reserve
        queue = CommitQueue(committer)
        clock = committer.clock
        reader = Reader(committer.place, shared, committer.clock)
        keepsHistory = shared.read { $0.keepsHistory }
        if case .every(let milliseconds) = place.options.sync {
            syncJob = BackgroundJob(delayMilliseconds: max(1, milliseconds))
        } else {
            syncJob = BackgroundJob(delayMilliseconds: 0)
        }
        care = Monitor(Care(manifest: manifest))
        recoveryReport = report
        files = StoreFiles(committer.place, ids, durability, shared, lock)
        committer.beforeCommit = { [unowned self, unowned committer] in willCommit(committer) }
        committer.freeze = { [unowned self, unowned committer] in
            freezeIfDue(committer, isForced: true)
        }
        committer.waitForRoom = { [unowned self, unowned committer] in waitForRoom(committer) }
        committer.recount = { [unowned self, unowned committer] in recountIfNeeded(committer) }
        committer.betweenCare = { [unowned self] body throws(LogStoreError) in
            try merging.withLock { _ throws(LogStoreError) in
                try care.withLock { _ throws(LogStoreError) in try body() }
            }
        }
        committer.afterCommit = { [unowned self, unowned committer] in didCommit(committer) }
    }

    // MARK: Background work

    /// Asks for what background work there is; in inline mode it is done now.
    ///
    /// Gives whether it was or will be done.
    @discardableResult
    func askForCare() -> Bool {
        if place.options.isInline {
            tend()
            return true
        }
        let isAsked = worker.ask { [unowned self] in tend() }
        if !isAsked {
            compactions.change { $0.isCrowded = false }
        }
        return isAsked
    }

    /// Flushes, compacts and merges until nothing asks for it.
    private func tend() {
        while !worker.isStopped {
            if (try? flushFrozen()) == true { continue }
            try? settle()
            if place.options.sync.promises { try? nameEndOfLog() }
            if isShortOfSpace.exchange(false, ordering: .relaxed) { makeRoom() }
            if isCompactionNeeded { compactInBackground() }
            let isMerged = merging.withLock { _ in (try? mergeOnce()) == true }
            guard isMerged else { break }
        }
        compactions.change { progress in
            progress.isCrowded = false
            if worker.isStopped { progress.attempts += 1 }
        }
        // Nobody waits for it: the writer may be waiting for this thread.
        if !place.options.isInline, shared.read({ $0.areSumsWrong }) { queue.post(.recount) }
    }

    // MARK: Closing

    func close() throws(LogStoreError) {
        guard !updating.isHere else { throw .insideUpdate }
        try isClosed.withLock { isClosed throws(LogStoreError) in
            guard !isClosed else { return }
            isClosed = true
            try closeOnce()
        }
    }

    private func closeOnce() throws(LogStoreError) {
        let committer = queue.stop()
        worker.stop()
        syncJob.stop()
        spaceAhead.stop()
        defer {
            shared.write { $0.isClosed = true }
            reader.feed.finish()
            committer.log.active.file.unlock()
            files.letGo()
        }
        guard !place.options.isReadOnly else { return }
        // After a failed sync the log's end is not known; recovery finds it.
        if let failure = durability.failure { throw failure }
        try committer.checkOwner()
        try checkEnd(of: committer.log)
        // The cut itself need not be durable: it takes away nothing but zeros.
        try durability.sync()
        _ = try? flushFrozen()
        if committer.bytesSinceFreeze > place.limits.closingLogBytes {
            freezeIfDue(committer, isForced: true)
            _ = try? flushFrozen()
        }
        if let failure = durability.failure { throw failure }
        let log = committer.log
        try log.trim()
        try care.withLock { care throws(LogStoreError) in
            // What opening owes the next opening makes good.
            guard care.isSettled else { return }
            care.manifest.isClean = true
            care.manifest.end = LogPosition(segment: log.active.id, offset: log.end)
            care.manifest.endSequence = committer.lastSequence
            care.manifest.time = clock.now()
            do throws(LogStoreError) {
                try files.write(care.manifest)
            } catch {
                // Without it the next opening reads the end of the log, which is all there.
                guard error.isNoSpace else { throw error }
                if reserve.release() { try? files.write(care.manifest) }
            }
        }
    }

    /// Makes sure that the end of the log is found again under its name.
    private func checkEnd(of log: Log) throws(LogStoreError) {
        guard !log.active.file.isFile(at: place.path(log.active.fileName)) else { return }
        throw durability.poison(.notOwner(path: place.directory))
    }

    /// Says in the manifest that the store is in use: it no longer tells where the log ends.
    ///
    /// Where that gets lost with the power, an end of the log that is cut off later is counted for
    /// less than it was.
    func undoClosing() {
        care.withLock { care in
            // Until opening has written its own, the store's is that of an index that is gone.
            guard care.isSettled else { return }
            // A full device takes deletes all the same; what must not go on is poisoned by then.
            try? files.write(care.manifest, syncsFolder: false)
        }
    }

    /// Names the segment in which the log goes on, so that its loss is noticed.
    private func nameEndOfLog() throws(LogStoreError) {
        try care.withLock { care throws(LogStoreError) in
            let synced = durability.synced
            guard care.isSettled, care.manifest.end.segment < synced.segment else { return }
            var manifest = care.manifest
            manifest.end = synced
            try files.write(manifest)
            care.manifest = manifest
        }
    }

    // MARK: Manifest

    /// The state as a manifest, which holds when all before `covered` is in runs.
    func manifest(of state: StoreState, covered: LogPosition, time: Int64) -> Manifest {
        var manifest = Manifest(store: place.identity)
        manifest.covered = covered
        manifest.end = durability.synced
        manifest.lastSequence = state.revision
        manifest.horizon = state.horizon
        manifest.time = time
        manifest.totals = state.totals
        manifest.expiry = state.expiry
        manifest.segments = state.segments.values.sorted { $0.id < $1.id }.map(\.manifestEntry)
        return manifest
    }
}
