extension Engine {
    /// Numbers for files that an owner has at least; a file's name may claim any.
    private static let idReserve: UInt32 = 1 << 24

    static func open(
        _ path: String, options: LogStore.Options, environment: Environment
    ) throws(LogStoreError) -> Engine {
        guard options.maximumLiveBytes >= 1 else { throw .invalid("the cap is at least 1 byte") }
        if case .every(let milliseconds) = options.sync, milliseconds < 1 {
            throw .invalid("the interval between syncs is at least 1 millisecond")
        }
        guard options.memoryBytes >= 1 << 20 else {
            throw .invalid("the memory for the index is at least 1 MiB")
        }
        guard options.keepRevisions >= 0, options.keepHours >= 0 else {
            throw .invalid("what is kept of history is not negative")
        }
        if options.isReadOnly { return try openReadOnly(path, options, environment) }
        let fileSystem = environment.fileSystem
        let changed = try fileSystem.makeDirectory(path)
        if options.sync.promises {
            for folder in changed { try fileSystem.syncDirectory(folder) }
        }
        // Before a lock file is left in a folder that is no store.
        try NewFolder.checkFinished(fileSystem.list(path), path)
        try BackupList.checkAbsent(fileSystem.list(path), path)
        let lock = try lock(path, options, fileSystem)
        let folder = try Folder.read(
            fileSystem: fileSystem, directory: path, options: options,
            newIdentity: environment.newIdentity())
        return try open(folder, lock: lock)
    }

    /// Opens a store that another process may own and change meanwhile.
    private static func openReadOnly(
        _ path: String, _ options: LogStore.Options, _ environment: Environment
    ) throws(LogStoreError) -> Engine {
        try SteadyLook.result(environment.fileSystem, path) { () throws(LogStoreError) in
            let folder = try Folder.read(
                fileSystem: environment.fileSystem, directory: path, options: options,
                newIdentity: environment.newIdentity())
            let engine = try open(folder, lock: nil)
            return (engine, engine.recoveryReport.damages)
        }
    }

    /// Waits for the lock of a folder.
    private static func lock(
        _ path: String, _ options: LogStore.Options, _ fileSystem: any FileSystem
    ) throws(LogStoreError) -> any FileLock {
        let start = fileSystem.monotonicMilliseconds()
        while true {
            switch try fileSystem.lock(path + "/LOCK") {
            case .acquired(let lock):
                return lock
            case .busy(let processID):
                let waited = fileSystem.monotonicMilliseconds() - start
                guard waited < Int64(options.lockTimeoutMilliseconds) else {
                    throw .locked(path: path, processID: processID)
                }
                fileSystem.pause(milliseconds: 5)
            }
        }
    }

    private static func open(
        _ folder: Folder, lock: (any FileLock)?
    ) throws(LogStoreError) -> Engine {
        let place = folder.place
        let options = place.options
        let fileSystem = place.fileSystem
        let state = StoreState(
            keepsHistory: options.keepRevisions > 0 || options.keepHours > 0)
        // Without a promise on power loss nothing is synced before it is used, only before the
        // manifest says that it is. `Sync.every` leaves little to sync.
        if folder.isUnfinished, options.sync.promises, !options.isReadOnly {
            try folder.syncAll()
        }
        var recovery = Recovery(folder, state: state)
        guard folder.largestID <= UInt32.max - idReserve else {
            throw .corrupt(
                file: place.directory, offset: 0, message: "no numbers are left for new files")
        }
        var nextID = folder.largestID + 1
        if !options.isReadOnly {
            for name in folder.leftovers { try fileSystem.remove(place.path(name)) }
            recovery.spill = { state throws(LogStoreError) in
                guard state.layers.active.byteCount > options.memoryBytes / 4 else { return }
                nextID += 1
                try spill(state, place, id: nextID - 1)
            }
        }
        if folder.isIndexed {
            try recovery.resumeIndex(folder.found, runs: folder.runs)
        } else {
            try recovery.rebuildIndex(folder.found)
        }
        let resumption = try resume(&recovery, &nextID)
        let engine = try open(folder, recovery, resumption, nextID: nextID, lock: lock)
        if !options.isReadOnly { try engine.settle(folder, recovery, resumption) }
        return engine
    }

    /// Where the log goes on: in its last segment, a copy of it, or a first one.
    private static func resume(
        _ recovery: inout Recovery, _ nextID: inout UInt32
    ) throws(LogStoreError) -> Recovery.Resumption {
        let resumption: Recovery.Resumption
        if recovery.place.options.isReadOnly {
            guard let last = recovery.logs.last(where: { $0.head.id == recovery.end.segment })
            else {
                throw .io(
                    operation: "open", path: recovery.place.directory, errno: SystemMessage.noFile)
            }
            resumption = Recovery.Resumption(
                segment: last.segment, end: recovery.end.offset, isNew: false)
        } else if let found = try recovery.resume(nextID: nextID) {
            resumption = found
        } else {
            resumption = try create(recovery.place, recovery, id: nextID)
        }
        nextID = max(nextID, resumption.segment.id + 1)
        return resumption
    }

    private static func open(
        _ folder: Folder, _ recovery: Recovery, _ resumption: Recovery.Resumption,
        nextID: UInt32, lock: (any FileLock)?
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
            place: place, durability: durability, segment: resumption.segment, end: resumption.end,
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
        let engine = Engine(
            shared: committer.shared, committer: committer, manifest: manifest, nextID: nextID,
            lock: lock, report: report)
        let isCovered = engine.shared.read { $0.layers.active.isEmpty }
        committer.bytesSinceFreeze = isCovered ? 0 : recovery.bytesReplayed
        engine.feed.advance(to: recovery.lastSequence)
        return engine
    }

    /// Writes down what opening changed in the folder, then removes what it left behind.
    private func settle(
        _ folder: Folder, _ recovery: Recovery, _ resumption: Recovery.Resumption
    ) throws(LogStoreError) {
        // What a manifest knows has to be in runs; the log alone tells the rest.
        let hasRuns = shared.read { !$0.layers.runs.isEmpty }
        let isRebuilt =
            !folder.isIndexed
            && (hasRuns || folder.found.contains { $0.head.kind == .compacted }
                || folder.manifest != nil || recovery.hasGap)
        if isRebuilt {
            try durability.sync()
            try flushAll()
        } else if resumption.isNew && !folder.found.isEmpty || !recovery.doomed.isEmpty {
            try durability.sync()
            try care.withLock { care throws(LogStoreError) in
                care.manifest.end = durability.synced
                try write(care.manifest)
            }
        }
        for one in recovery.doomed {
            try place.fileSystem.remove(place.path(SegmentHead.fileName(one.head.id)))
        }
        if !recovery.doomed.isEmpty { try place.fileSystem.syncDirectory(place.directory) }
    }

    /// Makes the whole index into runs, and the manifest anew.
    private func flushAll() throws(LogStoreError) {
        let committer = queue.committerBeforeUse
        committer.bytesSinceFreeze += 1
        freezeIfDue(committer, isForced: true)
        _ = try flushFrozen()
    }

    /// Writes the active memtable as a run while the index is being rebuilt.
    private static func spill(
        _ state: StoreState, _ place: Log.Place, id: UInt32
    ) throws(LogStoreError) {
        let memtable = state.layers.active
        let policy = VersionPolicy(
            horizon: state.keepsHistory ? 0 : .max, isBottom: false, expired: 0)
        let run = try RunWriter.write(
            place, id: id, expectedEntries: memtable.entryCount
        ) { writer throws(LogStoreError) in
            try memtable.forEach { collection, key, versions throws(LogStoreError) in
                for entry in policy.kept(versions, collection) {
                    try writer.append(collection, key, entry)
                }
            }
        }
        state.setLayers(
            active: Memtable(start: .start),
            runs: (run.map { [$0] } ?? []) + state.layers.runs)
    }

    /// Makes the first log segment of a store.
    private static func create(
        _ place: Log.Place, _ recovery: Recovery, id: UInt32
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
