import SluiceSystem

/// The folder of a store as its owner changes it: which manifest it has, and which runs.
final class StoreFiles: Sendable {
    let place: Place
    let ids: FileIDs
    let durability: Durability
    private let shared: ReadWriteLocked<StoreState>
    private let lock: Monitor<(any FileLock)?>

    init(
        _ place: Place, _ ids: FileIDs, _ durability: Durability,
        _ shared: ReadWriteLocked<StoreState>, _ lock: (any FileLock)?
    ) {
        self.place = place
        self.ids = ids
        self.durability = durability
        self.shared = shared
        self.lock = Monitor(lock)
    }

    // MARK: Folder

    /// Whether the store's path still leads to the folder that is locked.
    var isAtItsPath: Bool {
        lock.withLock { $0 }?.isFolder(at: place.directory) ?? true
    }

    /// Makes sure, before a file is made or removed by its path, that this is the store's folder and
    /// that nothing has failed for good.
    func checkFolder() throws(LogStoreError) {
        if let failure = durability.failure { throw failure }
        try durability.checkFolder(lock.withLock { $0 })
    }

    /// Lets others have the folder.
    func letGo() {
        lock.withLock { $0 = nil }
    }

    // MARK: Manifest

    /// Replaces the manifest.
    ///
    /// Where it cannot be told which of the two a crash would leave, nothing more is written or
    /// removed: each names files that the other does not.
    func write(_ manifest: Manifest, syncsFolder: Bool = true) throws(LogStoreError) {
        // What is removed behind it, by its path, has to be this store's.
        try checkFolder()
        var manifest = manifest
        manifest.names = shared.read { $0.names }
        manifest.largestID = ids.largest
        let temporary = place.path(Manifest.temporaryName)
        let folder: DiskFolder?
        do throws(LogStoreError) {
            let file = try place.fileSystem.open(temporary, creating: true)
            try file.write(manifest.encoded(), at: 0)
            try file.sync()
            // Before the rename, which cannot be taken back where no more files may be opened.
            folder = syncsFolder ? try place.fileSystem.openFolder(place.directory) : nil
        } catch {
            try? place.fileSystem.remove(temporary)
            throw error
        }
        do throws(LogStoreError) {
            try place.fileSystem.rename(temporary, to: place.path(Manifest.fileName))
            try folder?.sync()
        } catch {
            throw durability.poison(error)
        }
    }

    // MARK: Runs

    /// Makes a new run count, and removes it again where that fails and no manifest names it.
    func removing(
        _ run: Run?, unless body: () throws(LogStoreError) -> Void
    ) throws(LogStoreError) {
        do throws(LogStoreError) {
            try body()
        } catch {
            if let run, durability.failure == nil {
                try? place.fileSystem.remove(place.path(Run.fileName(run.id)))
            }
            throw error
        }
    }

    /// Writes a run; nil where it has no entries.
    ///
    /// Without `syncsFolder` its name is not durable yet.
    func writeRun(
        expectedEntries: Int, syncsFolder: Bool = true,
        _ fill: (RunWriter) throws(LogStoreError) -> Void
    ) throws(LogStoreError) -> Run? {
        let run = try RunWriter.write(
            place, id: ids.take(), expectedEntries: expectedEntries, syncsFolder: false, fill)
        if run != nil, syncsFolder {
            try removing(run) { () throws(LogStoreError) in
                try durability.syncFolder()
            }
        }
        return run
    }
}
