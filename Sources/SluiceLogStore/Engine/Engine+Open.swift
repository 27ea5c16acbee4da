import SluiceSystem

extension Engine {
    static func open(
        _ path: String, options: LogStoreOptions, environment: Environment,
        isCancelled: () -> Bool = { false }
    ) throws(LogStoreError) -> Engine {
        guard options.maximumLiveBytes >= 1 else { throw .invalid("the cap is at least 1 byte") }
        if case .every(let milliseconds) = options.sync, milliseconds < 1 {
            throw .invalid("the interval between syncs is at least 1 millisecond")
        }
        guard options.memoryBytes >= 1 << 20 else {
            throw .invalid("the memory for the index is at least 1 MiB")
        }
        guard options.keepRevisions ?? 0 >= 0, options.keepHours ?? 0 >= 0 else {
            throw .invalid("what is kept of history is not negative")
        }
        if options.isReadOnly { return try openReadOnly(path, options, environment) }
        let fileSystem = environment.fileSystem
        if NewStore.isNone((try? fileSystem.list(path)) ?? []) {
            try NewFolder.checkOutside(fileSystem, path)
        }
        let changed = try fileSystem.makeDirectory(path)
        if options.sync.promises {
            for folder in changed { try fileSystem.syncDirectory(folder) }
        }
        // Before a lock file is left in a folder that is no store.
        if options.lockOfMaking == nil { try NewFolder.checkFinished(fileSystem.list(path), path) }
        try BackupList.checkAbsent(fileSystem.list(path), path)
        let lock: any FileLock
        if let held = options.lockOfMaking {
            lock = held
        } else {
            lock = try Self.lock(path, options, fileSystem, isCancelled)
        }
        let names = try fileSystem.list(path)
        do throws(LogStoreError) {
            return try open(Folder.read(path, options, environment), lock: lock)
        } catch {
            if NewStore.isNone(names), lock.isFolder(at: path) {
                NewStore.remove(from: path, fileSystem)
            }
            throw error
        }
    }

    /// Opens a store that another process may own and change meanwhile.
    private static func openReadOnly(
        _ path: String, _ options: LogStoreOptions, _ environment: Environment
    ) throws(LogStoreError) -> Engine {
        try SteadyLook.result(environment.fileSystem, path) { () throws(LogStoreError) in
            let folder = try Folder.read(path, options, environment)
            let (engine, recovery) = try look(at: folder)
            return (engine, recovery)
        }
    }

    /// Waits for the lock of a folder.
    private static func lock(
        _ path: String, _ options: LogStoreOptions, _ fileSystem: Disk,
        _ isCancelled: () -> Bool
    ) throws(LogStoreError) -> any FileLock {
        let start = fileSystem.monotonicMilliseconds()
        while true {
            switch try fileSystem.lock(folder: path) {
            case .acquired(let lock):
                return lock
            case .busy(let processID):
                let waited = fileSystem.monotonicMilliseconds() - start
                guard waited < Int64(options.lockTimeoutMilliseconds) else {
                    throw .locked(path: path, processID: processID)
                }
                guard !isCancelled() else { throw .cancelled(CancellationError()) }
                fileSystem.pause(milliseconds: 5)
            }
        }
    }

    /// Opens the store in a folder as its owner.
    private static func open(
        _ folder: Folder, lock: any FileLock
    ) throws(LogStoreError) -> Engine {
        let place = folder.place
        // Without a promise on power loss nothing is synced before it is used, only before the
        // manifest says that it is. `Sync.every` leaves little to sync.
        if folder.isUnfinished, place.options.sync.promises { try folder.syncAll() }
        // The end of the log is locked as well: the folder may have been copied with links.
        if let last = folder.found.last(where: { $0.head.kind == .log }),
            !last.segment.file.lock()
        {
            throw .locked(path: place.directory, processID: nil)
        }
        let ids = try FileIDs(after: folder.largestID, in: place.directory)
        var recovery = try replay(folder, spillsAt: place.limits.memtableBytes) {
            state throws(LogStoreError) in try spill(state, place, id: ids.take())
        }
        let state = recovery.state
        if let loss = recovery.report.damages.first(where: \.isLoss) {
            // An owner would build on what is left, and the loss could no longer be told. Nothing
            // is changed, so it is remembered until the store is repaired.
            for run in state.layers.runs where !folder.runs.contains(where: { $0.id == run.id }) {
                try? place.fileSystem.remove(place.path(Run.fileName(run.id)))
            }
            throw .corrupt(
                file: loss.file, offset: loss.offset,
                message: loss.message + "; records are lost, so the store takes no writes")
        }
        let remembered = Retention(cursors: state.cursors)
        state.retain(Retention(place.options, state))
        try removeLeftovers(folder)
        let resumption = try resume(&recovery, ids)
        let engine = try open(folder, recovery, resumption, ids: ids, lock: lock)
        try engine.settle(folder, recovery, resumption)
        if state.retention != remembered { try engine.remember(state.retention) }
        return engine
    }

    /// Removes what operations left that were cut short; replaying may have used a name anew.
    private static func removeLeftovers(_ folder: Folder) throws(LogStoreError) {
        for name in folder.leftovers {
            do throws(LogStoreError) {
                try folder.place.fileSystem.remove(folder.place.path(name))
            } catch {
                guard error.isNoSuchFile else { throw error }
            }
        }
    }

    /// Opens the store in a folder to read what is there.
    private static func look(at folder: Folder) throws(LogStoreError) -> (Engine, Recovery) {
        let recovery = try replay(folder, spillsAt: .max) { _ in false }
        let state = recovery.state
        if let loss = recovery.report.damages.first(where: \.isUnknownLoss) {
            guard folder.place.options.readsAsFound else {
                throw .corrupt(
                    file: loss.file, offset: loss.offset,
                    message: loss.message + "; records are lost, and nobody can tell which: what "
                        + "is found may be older than what was stored")
            }
            state.isIncomplete = true
        }
        state.retain(Retention(folder.place.options, state))
        let end = try lastSegment(of: recovery)
        let ids = try FileIDs(after: folder.largestID, in: folder.place.directory)
        return (try open(folder, recovery, end, ids: ids, lock: nil), recovery)
    }

    /// Where the log of a store that is only read ends; where that is missing, any segment, since
    /// nothing will be appended.
    private static func lastSegment(
        of recovery: Recovery
    ) throws(LogStoreError) -> Recovery.Resumption {
        if let last = recovery.logs.last(where: { $0.head.id == recovery.end.segment }) {
            return Recovery.Resumption(
                segment: last.segment, end: recovery.end.offset, isNew: false)
        }
        guard let left = recovery.state.segments.values.max(by: { $0.id < $1.id }) else {
            throw .corrupt(
                file: recovery.place.directory, offset: 0, message: "all segments are missing")
        }
        return Recovery.Resumption(segment: left, end: left.end, isNew: false)
    }

    /// Takes over the index, or makes it anew.
    private static func replay(
        _ folder: Folder, spillsAt byteCount: Int,
        spill: @escaping (StoreState) throws(LogStoreError) -> Bool
    ) throws(LogStoreError) -> Recovery {
        // Where the store itself says what it keeps of history, that is known only at the end.
        let options = folder.place.options
        let keepsNone = options.keepRevisions == 0 && options.keepHours == 0
        let state = StoreState(keepsHistory: !keepsNone)
        var recovery = Recovery(folder, state: state)
        recovery.spill = spill
        recovery.spillsAt = byteCount
        if folder.isIndexed {
            try recovery.resumeIndex(folder.found, runs: folder.runs)
        } else {
            try recovery.rebuildIndex(folder.found)
        }
        return recovery
    }

    /// Where the log goes on: in its last segment, a copy of it, or a first one.
    private static func resume(
        _ recovery: inout Recovery, _ ids: FileIDs
    ) throws(LogStoreError) -> Recovery.Resumption {
        if let found = try recovery.resume(ids) { return found }
        return try create(recovery.place, recovery, id: ids.take())
    }

    private static func open(
        _ folder: Folder, _ recovery: Recovery, _ resumption: Recovery.Resumption,
        ids: FileIDs, lock: (any FileLock)?
    ) throws(LogStoreError) -> Engine {
        let place = folder.place
        // Recovery has made it and looks at it no more, so that it can go behind the store's lock.
        nonisolated(unsafe) let state = recovery.state
        let durability = Durability(fileSystem: place.fileSystem, directory: place.directory)
        let end = LogPosition(segment: resumption.segment.id, offset: resumption.end)
        let isSynced = place.options.sync.promises || !folder.isUnfinished
        durability.resumed(
            state.segments.values.filter {
                $0.kind == .log && $0.id >= recovery.promise.segment
            }.sorted { $0.id < $1.id },
            end: end, synced: isSynced ? end : min(recovery.promise, end))
        let clock = StoreClock(place.options.clock, notBefore: recovery.lastTime)
        state.expire(at: clock.now())
        for segment in state.segments.values {
            // The owner may cut off the end of the last one after a crash.
            if place.options.isReadOnly, segment === resumption.segment { continue }
            segment.mapIfWanted(place.options)
        }
        let log = Log(
            place: place, durability: durability, ids: ids, lock: lock,
            segment: resumption.segment, end: resumption.end,
            fileSize: try resumption.segment.file.size())
        let committer = Committer(
            place: place, log: log, durability: durability, shared: ReadWriteLocked(state),
            clock: clock, reserve: Reserve(place, isThere: folder.hasReserve),
            lastSequence: recovery.lastSequence)
        var report = recovery.report
        report.wasClosedCleanly = folder.isClean && recovery.end == folder.manifest?.end
        var manifest = Manifest(store: place.identity)
        if folder.isIndexed, let known = folder.manifest { manifest = known }
        manifest.isClean = false
        manifest.endSequence = 0
        let isCovered = committer.shared.read { $0.layers.active.isEmpty }
        let queue = CommitQueue(committer)
        let files = StoreFiles(place, ids, durability, committer.shared, lock)
        let maintenance = Maintenance(
            committer, queue, files, manifest: manifest,
            bytesUncovered: isCovered ? 0 : recovery.bytesReplayed,
            isClosedInManifest: !place.options.isReadOnly && folder.manifest?.isClean == true)
        return Engine(committer, queue, files, maintenance, report: report, isNew: folder.isNew)
    }

    /// Writes down what opening changed in the folder, then removes what it left behind.
    ///
    /// A full device keeps no store from opening: then it is tried again before other background
    /// work.
    private func settle(
        _ folder: Folder, _ recovery: Recovery, _ resumption: Recovery.Resumption
    ) throws(LogStoreError) {
        // What a manifest knows has to be in runs; the log alone tells the rest. Runs that replaying
        // wrote hold what lies behind the place that the manifest covers, so it needs a new one.
        let isRebuilt =
            !folder.isIndexed
            && (folder.found.contains { $0.head.kind == .compacted } || folder.manifest != nil
                || recovery.hasGap)
        let needsFlush = isRebuilt || recovery.hasSpilled
        let isChanged = resumption.isNew || !recovery.doomed.isEmpty
        // The first one tells from then on that there is a store.
        guard needsFlush || isChanged || folder.manifest == nil else { return }
        if needsFlush || isChanged { try files.durability.sync() }
        maintenance.owe(removing: recovery.doomed.map { SegmentHead.fileName($0.head.id) })
        if needsFlush { maintenance.freeze(writer.queue.committerBeforeUse.report()) }
        do throws(LogStoreError) {
            try maintenance.settle()
        } catch {
            guard error.isNoSpace else { throw error }
        }
    }

    /// Writes the active memtable as a run while the log is replayed; false where there is no
    /// space, then it stays in memory.
    private static func spill(
        _ state: StoreState, _ place: Place, id: UInt32
    ) throws(LogStoreError) -> Bool {
        let memtable = state.layers.active
        let policy = VersionPolicy(
            horizon: state.keepsHistory ? 0 : .max, isBottom: false, expired: 0)
        let run: Run?
        do throws(LogStoreError) {
            run = try RunWriter.write(
                place, id: id, expectedEntries: memtable.entryCount
            ) { writer throws(LogStoreError) in
                try memtable.forEach { collection, key, versions throws(LogStoreError) in
                    for entry in policy.kept(versions, collection) {
                        try writer.append(collection, key, entry)
                    }
                }
            }
        } catch {
            guard error.isNoSpace else { throw error }
            return false
        }
        state.setLayers(
            active: Memtable(start: .start),
            runs: (run.map { [$0] } ?? []) + state.layers.runs)
        return true
    }

    /// Makes the first log segment of a store.
    private static func create(
        _ place: Place, _ recovery: Recovery, id: UInt32
    ) throws(LogStoreError) -> Recovery.Resumption {
        var head = SegmentHead(
            store: place.identity, id: id, kind: .log, bornSequence: recovery.lastSequence + 1)
        head.previousLast = recovery.lastSequence
        head.created = max(
            recovery.lastTime, min(max(place.options.clock(), 0), RecordFrame.maximumTime))
        // Whatever the sync mode: the store's identity must outlive its records.
        let segment = try Log.create(head, place: place, isSynced: true)
        recovery.state.add(segment)
        return Recovery.Resumption(segment: segment, end: SegmentHead.byteCount, isNew: true)
    }
}
