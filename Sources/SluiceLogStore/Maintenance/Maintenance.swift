import SluiceSystem
internal import Synchronization

/// Keeps an open store in shape: flushes, compacts, merges, and has writers wait where that falls
/// behind.
///
/// The steps run on a thread of its own, in inline mode on the writer's. What they have to know of
/// the log they are told in the committer's turn, after each round of commits.
final class Maintenance: Sendable {
    /// What belongs to whoever has the committer's turn.
    private struct InTurn {
        /// Whether the manifest says that the store was closed properly, which the first group undoes.
        var isClosedInManifest: Bool
        /// Whether the last look may have found too little space or memory.
        var mayHaveToWait: Bool
        /// The end of the log that background work was asked to name in the manifest.
        var namedSegment: UInt32
        /// Bytes written, since the store was opened, at which to look after space and memory again.
        var nextLook = 0
        /// Bytes written when the active memtable began.
        var bytesAtFreeze: Int
    }

    let place: Place
    let files: StoreFiles
    let shared: ReadWriteLocked<StoreState>
    let durability: Durability
    let clock: StoreClock
    let reserve: Reserve
    let queue: CommitQueue
    let keepsHistory: Bool
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
    /// Whether writes were refused for want of space.
    let isShortOfSpace = Atomic(false)
    /// Whether a writer waits until compaction has given back something on a full device.
    let isRoomWaitedFor = Atomic(false)
    /// Dead bytes of which compaction on a full device could give back none.
    let futileWaste = Atomic(0)
    /// Whether the next one who commits is to count the sums anew.
    let isRecountWanted = Atomic(false)
    /// For writers that wait for space.
    let compactions = Monitor(CompactionProgress())
    // Used only by the holder of the turn, as the committer is.
    private nonisolated(unsafe) var inTurn: InTurn

    /// Looks after a store whose log has `bytesUncovered` that no run covers.
    init(
        _ committer: Committer, _ queue: CommitQueue, _ files: StoreFiles, manifest: Manifest,
        bytesUncovered: Int, isClosedInManifest: Bool
    ) {
        place = committer.place
        self.files = files
        shared = committer.shared
        durability = committer.durability
        clock = committer.clock
        reserve = committer.reserve
        self.queue = queue
        keepsHistory = committer.shared.read { $0.keepsHistory }
        care = Monitor(Care(manifest: manifest))
        // Writing down that the store is in use takes time, which a task must not spend.
        inTurn = InTurn(
            isClosedInManifest: isClosedInManifest, mayHaveToWait: isClosedInManifest,
            namedSegment: committer.log.active.id, bytesAtFreeze: -bytesUncovered)
    }

    // MARK: In the committer's turn

    /// Whether who commits next may have to wait for space or memory.
    var mayHaveToWait: Bool { inTurn.mayHaveToWait }

    /// Bytes written since the active memtable began.
    func bytesSinceFreeze(_ report: CommitReport) -> Int {
        report.bytesWritten - inTurn.bytesAtFreeze
    }

    /// Takes note that the next memtable has begun.
    func noteFreeze(_ report: CommitReport) {
        inTurn.bytesAtFreeze = report.bytesWritten
    }

    /// What comes before a round of commits: space and memory are waited for.
    func willCommit() {
        if inTurn.isClosedInManifest {
            inTurn.isClosedInManifest = false
            undoClosing()
        }
        guard !place.options.isInline, inTurn.mayHaveToWait else { return }
        inTurn.mayHaveToWait = false
        waitForSpace()
        waitForMemory()
    }

    /// What follows each round of commits: another segment is named in the manifest.
    func noteEnd(_ report: CommitReport) {
        if isRecountWanted.load(ordering: .relaxed) { recountIfNeeded(report) }
        guard inTurn.namedSegment != report.end.segment else { return }
        inTurn.namedSegment = report.end.segment
        askForCare()
    }

    /// Whether to look after space and memory.
    func isLookDue(_ report: CommitReport) -> Bool {
        report.bytesWritten >= inTurn.nextLook || report.isShortOfSpace
    }

    /// Looks after space and memory, and has background work begin where it is due; gives the bytes
    /// at which to seal segments from now on, where these change.
    func look(_ report: CommitReport) -> Int? {
        inTurn.mayHaveToWait = true
        inTurn.nextLook = report.bytesWritten + lookDistance(report)
        let waste = lookForWaste(report)
        let isDue = waste?.isMuch ?? false
        if report.isShortOfSpace || reserve.isReleased {
            askForRoom(report)
        } else {
            holdReserveNow()
        }
        // What compaction may take has to be in runs.
        freezeIfDue(report, isForced: isDue && bytesSinceFreeze(report) > uncoveredBytes)
        if isDue || shared.read({ $0.layers.frozen != nil }) { askForCare() }
        if place.options.isInline { recountIfNeeded(report) }
        return waste?.segmentBytes
    }

    /// Bytes of log between two looks at space and memory; without threads each commit looks.
    private func lookDistance(_ report: CommitReport) -> Int {
        place.options.isInline
            ? 0 : min(64 << 10, place.options.memoryBytes / 32, report.segmentBytes / 16)
    }

    /// Log without runs that compaction can do without.
    private var uncoveredBytes: Int {
        place.options.segmentBytes(live: shared.read { $0.totals.liveBytes })
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
        if !place.options.isInline { recountInTurn() }
    }
}
