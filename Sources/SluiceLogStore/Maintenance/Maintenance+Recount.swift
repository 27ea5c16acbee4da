import SluiceSystem
internal import Synchronization

extension Maintenance {
    /// Counts the sums anew, if they were seen to be wrong, and writes them down.
    ///
    /// Called in the committer's turn: writers wait while the index is walked over. Where it cannot
    /// be read, the sums stay marked.
    func recountIfNeeded(_ report: CommitReport) {
        isRecountWanted.store(false, ordering: .relaxed)
        guard shared.read({ $0.areSumsWrong }) else { return }
        do throws(LogStoreError) {
            // The manifest of a frozen memtable has the wrong sums too.
            _ = try flushFrozen()
            try merging.withLock { _ throws(LogStoreError) in
                try care.withLock { _ throws(LogStoreError) in
                    let recount = try Recount(shared)
                    shared.write { recount.enter($0) }
                }
            }
        } catch {
            return
        }
        freeze(report)
        _ = try? flushFrozen()
    }
}

extension Maintenance {
    /// Has the sums counted anew, if they were seen to be wrong, by whoever has the turn.
    ///
    /// Does not wait for the turn: its holder may be waiting for this thread, and counts them itself
    /// when it has committed.
    func recountInTurn() {
        guard shared.read({ $0.areSumsWrong }) else { return }
        isRecountWanted.store(true, ordering: .relaxed)
        guard case .mine(let committer) = queue.tryTurn() else { return }
        recountIfNeeded(committer.report())
        queue.endTurn()
    }
}

/// The sums of a store, counted from its index.
///
/// Nothing may be written, flushed or moved meanwhile.
struct Recount {
    private var totals = StoreTotals()
    private var liveBytes: [UInt32: Int] = [:]
    private var expiry: ExpirySums

    init(_ shared: ReadWriteLocked<StoreState>) throws(LogStoreError) {
        let (layers, users, expiry) = shared.read { ($0.layers, $0.names.keys, $0.expiry) }
        self.expiry = ExpirySums([], shift: expiry.shift, taken: expiry.taken)
        for collection in [SystemCollection.catalog, SystemCollection.cursors] + users.sorted() {
            var cursor = try LayerCursor(
                layers, collection, from: .unbounded, reverse: false, revision: .max, lock: shared)
            while let (_, entry) = try cursor.next() {
                count(entry, isUser: collection >= SystemCollection.firstUser)
            }
        }
    }

    private mutating func count(_ entry: IndexEntry, isUser: Bool) {
        guard !entry.isDead, !expiry.hasTaken(entry.expiresAt) else { return }
        liveBytes[entry.segment, default: 0] += Int(entry.length)
        guard isUser else { return }
        totals.liveBytes += entry.charge
        totals.records += 1
        if entry.expiresAt != 0 { expiry.count(entry, by: 1, in: entry.segment) }
    }

    /// Puts these sums in the place of those that the state has.
    func enter(_ state: StoreState) {
        state.totals = totals
        state.expiry = expiry
        for segment in state.segments.values {
            segment.sums.liveBytes = liveBytes[segment.id] ?? 0
        }
        state.areSumsWrong = false
        state.recounts += 1
    }
}
