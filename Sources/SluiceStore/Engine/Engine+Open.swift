extension Engine {
    static func open(
        _ path: String, options: LogStore.Options, environment: Environment
    ) throws(LogStoreError) -> Engine {
        guard options.maximumLiveBytes >= 1 else { throw .invalid("the cap is at least 1 byte") }
        if case .every(let milliseconds) = options.sync, milliseconds < 1 {
            throw .invalid("the interval between syncs is at least 1 millisecond")
        }
        let fileSystem = environment.fileSystem
        let changed = try fileSystem.makeDirectory(path)
        if options.sync == .always {
            for folder in changed { try fileSystem.syncDirectory(folder) }
        }
        let lock = try lock(path, options, fileSystem)
        let folder = try Folder.read(
            fileSystem: fileSystem, directory: path, options: options,
            newIdentity: environment.newIdentity())
        return try open(folder, lock: lock)
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

    private static func open(_ folder: Folder, lock: any FileLock) throws(LogStoreError) -> Engine {
        let place = folder.place
        let fileSystem = place.fileSystem
        for name in folder.leftovers { try fileSystem.remove(place.path(name)) }
        let state = StoreState()
        var recovery = Recovery(
            place: place, manifest: folder.manifest, state: state, report: folder.report)
        var nextID = (folder.found.map(\.head.id).max() ?? 0) + 1
        if folder.isUnfinished { try folder.syncAll() }
        try recovery.replay(folder.found)
        var resumption = try recovery.resume(nextID: nextID)
        if resumption == nil {
            resumption = try create(place, recovery, id: nextID)
        }
        guard let resumption else { throw .closed }
        if resumption.segment.id >= nextID { nextID = resumption.segment.id + 1 }

        let durability = Durability(fileSystem: fileSystem, directory: place.directory)
        let end = LogPosition(segment: resumption.segment.id, offset: resumption.end)
        durability.began(resumption.segment, synced: end)
        durability.wrote(through: end)
        let clock = StoreClock(place.options.clock, notBefore: recovery.lastTime)
        state.expire(at: clock.now())
        let shared = ReadWriteLocked(state)
        let log = Log(
            place: place, durability: durability, segment: resumption.segment, end: resumption.end,
            fileSize: try resumption.segment.file.size())
        let committer = Committer(
            place: place, log: log, durability: durability, shared: shared, clock: clock,
            lastSequence: recovery.lastSequence)
        recovery.report.wasClosedCleanly = folder.isClean && recovery.end == folder.manifest?.end
        let engine = Engine(
            place: place, shared: shared, committer: committer, nextID: nextID, lock: lock,
            report: recovery.report)
        engine.feed.advance(to: recovery.lastSequence)
        if resumption.isNew && !folder.found.isEmpty || !recovery.doomed.isEmpty {
            try engine.writeManifest(isClean: false, end: end)
            for one in recovery.doomed {
                try fileSystem.remove(place.path(SegmentHead.fileName(one.head.id)))
            }
            if !recovery.doomed.isEmpty { try fileSystem.syncDirectory(place.directory) }
        }
        return engine
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
        recovery.state.segments[id] = segment
        return Recovery.Resumption(segment: segment, end: SegmentHead.byteCount, isNew: true)
    }
}

extension Folder {
    /// Whether the store was closed properly and nothing was written since.
    var isClean: Bool {
        guard let manifest, manifest.isClean else { return false }
        let last = found.last { $0.head.kind == .log }
        return last?.head.id == manifest.end.segment && last?.size == manifest.end.offset
    }

    /// Whether some of the files may hold bytes that are not on the device.
    var isUnfinished: Bool {
        !found.isEmpty && !isClean
    }

    /// Makes durable what is about to be read and built upon.
    func syncAll() throws(LogStoreError) {
        let settled = manifest?.end.segment ?? 0
        for one in found where one.head.id >= settled { try one.segment.file.sync() }
        try place.fileSystem.syncDirectory(place.directory)
    }
}
