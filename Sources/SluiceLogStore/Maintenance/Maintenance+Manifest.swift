import SluiceSystem

extension Maintenance {
    // MARK: Opening

    /// Has what opening changed in the folder written down, and the files removed that it names no
    /// more.
    func owe(removing doomed: [String]) {
        care.withLock { care in
            care.isSettled = false
            care.doomed = doomed
        }
    }

    /// Writes the manifest that opening owes, if it does.
    func settle() throws(LogStoreError) {
        if try flushFrozen() { return }
        try care.withLock { care throws(LogStoreError) in
            guard !care.isSettled else { return }
            care.manifest.end = durability.synced
            do throws(LogStoreError) {
                try files.write(care.manifest)
            } catch {
                guard error.isNoSpace, reserve.release() else { throw error }
                try files.write(care.manifest)
            }
            try finishSettling(&care)
        }
    }

    /// Removes what the manifest no longer names.
    func finishSettling(_ care: inout Care) throws(LogStoreError) {
        guard !care.isSettled else { return }
        for name in care.doomed {
            do throws(LogStoreError) {
                try place.fileSystem.remove(place.path(name))
            } catch {
                guard error.isNoSuchFile else { throw error }
            }
        }
        if !care.doomed.isEmpty { try durability.syncFolder() }
        care.doomed = []
        care.isSettled = true
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
    func nameEndOfLog() throws(LogStoreError) {
        try care.withLock { care throws(LogStoreError) in
            let synced = durability.synced
            guard care.isSettled, care.manifest.end.segment < synced.segment else { return }
            var manifest = care.manifest
            manifest.end = synced
            try files.write(manifest)
            care.manifest = manifest
        }
    }

    // MARK: Closing

    /// Writes down what the log holds, where that is much.
    func flushForClosing(_ report: CommitReport) {
        _ = try? flushFrozen()
        if bytesSinceFreeze(report) > place.limits.closingLogBytes {
            freezeIfDue(report, isForced: true)
            _ = try? flushFrozen()
        }
    }

    /// Says in the manifest that the store was closed properly, with its log at this end.
    func writeClosing(_ report: CommitReport) throws(LogStoreError) {
        try care.withLock { care throws(LogStoreError) in
            // What opening owes the next opening makes good.
            guard care.isSettled else { return }
            care.manifest.isClean = true
            care.manifest.end = report.end
            care.manifest.endSequence = report.lastSequence
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

    // MARK: State

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
