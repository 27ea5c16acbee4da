import SluiceSystem

extension Maintenance {
    /// Ends the active memtable when it has become large, or when `isForced` and it has anything.
    ///
    /// Called in the committer's turn, between groups.
    func freezeIfDue(_ report: CommitReport, isForced: Bool = false) {
        let isLarge =
            bytesSinceFreeze(report) > place.limits.flushLogBytes
            || shared.read { $0.layers.active.byteCount } > place.limits.memtableBytes
        if isLarge || isForced, bytesSinceFreeze(report) > 0 { freeze(report) }
    }

    /// Ends the active memtable, whatever it holds, unless another is on its way.
    ///
    /// Called in the committer's turn, between groups.
    func freeze(_ report: CommitReport) {
        guard shared.read({ $0.layers.frozen == nil }) else { return }
        noteFreeze(report)
        let now = clock.now()
        shared.write { state in
            state.expire(at: now)
            state.freeze(manifest(of: state, covered: report.end, time: now))
        }
        place.betweenSteps()
    }

    /// Makes a writer wait while a full memtable is still being written and the next is full too.
    func waitForMemory() {
        let isFull = shared.read {
            $0.layers.frozen != nil && $0.layers.active.byteCount > 2 * place.limits.memtableBytes
        }
        guard isFull else { return }
        // Without a thread nobody would end the wait.
        guard askForCare() else { return }
        flushFailure.wait(
            until: { failure in failure != nil || shared.read { $0.layers.frozen == nil } }
        ) { _ in }
    }

    /// Writes the frozen memtable, if there is one, as a run; gives whether there was.
    func flushFrozen() throws(LogStoreError) -> Bool {
        try care.withLock { care throws(LogStoreError) in
            guard var manifest = shared.read({ $0.frozenManifest }) else { return false }
            try files.checkFolder()
            do throws(LogStoreError) {
                do throws(LogStoreError) {
                    try flush(&manifest, &care)
                } catch {
                    guard error.isNoSpace, reserve.release() else { throw error }
                    try flush(&manifest, &care)
                }
                flushFailure.change { $0 = nil }
            } catch {
                flushFailure.change { $0 = error }
                throw error
            }
            return true
        }
    }

    private func flush(_ manifest: inout Manifest, _ care: inout Care) throws(LogStoreError) {
        let layers = shared.read { $0.layers }
        guard let memtable = layers.frozen else { return }
        let policy = versionPolicy(isBottom: layers.runs.isEmpty, expired: manifest.expiry.taken)
        var runs = layers.runs
        let count = memtable.entryCount
        let run = try files.writeRun(expectedEntries: count) { writer throws(LogStoreError) in
            try memtable.forEach { collection, key, versions throws(LogStoreError) in
                for entry in policy.kept(versions, collection) {
                    try writer.append(collection, key, entry)
                }
            }
        }
        if let run { runs.insert(run, at: 0) }
        place.betweenSteps()
        try files.removing(run) { () throws(LogStoreError) in
            try durability.sync()
            manifest.end = durability.synced
            manifest.runs = runs.map(\.manifestEntry)
            manifest.horizon = max(manifest.horizon, policy.horizon)
            try files.write(manifest)
        }
        care.manifest = manifest
        try finishSettling(&care)
        place.betweenSteps()
        shared.write { $0.thaw(runs: runs) }
    }

    /// Which versions stay, as of now; older ones can no longer be read from here on.
    ///
    /// What expires up to `expired` is taken for a tombstone, where the sums of the state and of
    /// every manifest that may be written next say so too: what the index has dropped counts
    /// nowhere.
    func versionPolicy(isBottom: Bool, expired: Int64) -> VersionPolicy {
        let now = clock.now()
        return shared.write { state in
            let horizon = state.wantedHorizon(now: now)
            state.horizon = max(state.horizon, horizon)
            let taken = min(state.expiry.taken, state.frozenManifest?.expiry.taken ?? .max)
            return VersionPolicy(
                horizon: horizon, isBottom: isBottom, expired: min(expired, taken))
        }
    }
}
