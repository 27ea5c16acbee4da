/// Copies a store, which may be in use, into a backup's folder.
///
/// Nothing that the backup before consists of is touched until the new list is durable.
struct Backup {
    /// A file of the store as it is backed up.
    private struct Source {
        var name: String
        var byteCount: Int
        var file: DiskFile
        /// Whether its bytes never change any more.
        var isFinal: Bool
    }

    private let view: StoreView
    private let target: String
    private let copier: FileCopy
    private let old: BackupList?
    private var list: BackupList
    private var report = LogStoreBackupReport()

    private var fileSystem: Disk { view.place.fileSystem }

    private static let tries = 3

    static func run(
        _ path: String, to target: String, _ environment: Environment, _ meter: ProgressMeter
    ) throws(LogStoreError) -> LogStoreBackupReport {
        let fileSystem = environment.fileSystem
        try NewFolder.checkApart(fileSystem, target, from: path)
        // First, so that a folder is made only for a store.
        var view = try StoreView.read(path, environment)
        for folder in try fileSystem.makeDirectory(target) { try fileSystem.syncDirectory(folder) }
        let old = try prepare(target, fileSystem)
        for attempt in 1...tries {
            if let old, old.store != view.place.identity {
                throw .invalid("\(target) holds the backup of another store")
            }
            var backup = Backup(view, target, old, FileCopy(meter: meter))
            do throws(LogStoreError) {
                return try backup.run()
            } catch {
                // A new owner may cut off the log's end while it is copied.
                guard case .corrupt = error, attempt < tries, try view.isOutdated else {
                    throw error
                }
                view = try StoreView.read(path, environment)
            }
        }
        throw .closed
    }

    /// Checks what lies in the target, and gives the list of the backup there.
    private static func prepare(
        _ target: String, _ fileSystem: Disk
    ) throws(LogStoreError) -> BackupList? {
        let names = try fileSystem.list(target)
        for name in names where !BackupList.isOwn(name) {
            throw .invalid("\(target) holds something else than a backup: \(name)")
        }
        // What is left of a store may have no other files than a backup has.
        let marks = [BackupList.fileName, BackupList.temporaryName]
        guard names.isEmpty || marks.contains(where: names.contains) else {
            throw .invalid("\(target) holds something else than a backup: \(names[0])")
        }
        let path = target + "/" + BackupList.fileName
        guard let bytes = try fileSystem.contents(path) else {
            // From now on the folder cannot be taken for a store.
            let temporary = target + "/" + BackupList.temporaryName
            try fileSystem.open(temporary, creating: true).sync()
            try fileSystem.syncDirectory(target)
            return nil
        }
        do throws(LogStoreError) {
            return try BackupList(bytes, path: path)
        } catch {
            // A backup that cannot be restored need not be kept.
            if case .corrupt = error { return nil }
            throw error
        }
    }

    private init(_ view: StoreView, _ target: String, _ old: BackupList?, _ copier: FileCopy) {
        self.view = view
        self.target = target
        self.old = old
        self.copier = copier
        list = BackupList(
            store: view.place.identity, number: (old?.number ?? 0) + 1,
            revision: Int64(clamping: view.recovery.lastSequence))
    }

    private mutating func run() throws(LogStoreError) -> LogStoreBackupReport {
        try checkSound()
        let sources = try sources()
        try copier.meter.expect(sources.reduce(0) { $0 + $1.byteCount })
        for source in sources { list.items.append(try item(source)) }
        if let item = try manifestItem() { list.items.append(item) }
        try finish()
        report.revision = list.revision
        return report
    }

    /// A damaged store must not take the place of a sound backup.
    private func checkSound() throws(LogStoreError) {
        if let damage = view.recovery.report.damages.first {
            throw .corrupt(file: damage.file, offset: damage.offset, message: damage.message)
        }
        if let segment = view.segments.first(where: { $0.isDamaged }) {
            throw .corrupt(
                file: segment.fileName, offset: 0,
                message: "the segment is known to be damaged; repair the store into a new one")
        }
    }

    // MARK: Files

    private func sources() throws(LogStoreError) -> [Source] {
        let end = view.recovery.end
        // What lies before the end that the manifest knows is never cut off again.
        let settled = view.folder.manifest?.end.segment ?? 0
        var sources: [Source] = []
        for segment in view.segments {
            guard let found = view.found(segment.id) else { continue }
            let isCut =
                segment.kind == .log && segment.id >= end.segment
                || view.recovery.overhangs.contains { $0 === segment }
            sources.append(
                Source(
                    name: segment.fileName, byteCount: isCut ? segment.end : found.size,
                    file: segment.file,
                    isFinal: !isCut && (segment.kind == .compacted || segment.id < settled)))
        }
        for run in view.state.layers.runs {
            sources.append(
                Source(
                    name: Run.fileName(run.id), byteCount: run.byteCount, file: run.file,
                    isFinal: true))
        }
        return sources
    }

    /// Keeps, links or copies a file.
    private mutating func item(_ source: Source) throws(LogStoreError) -> BackupList.Item {
        if let kept = try keptItem(source) {
            report.filesKept += 1
            return kept
        }
        try verify(source)
        let storedName = storedName(source.name)
        let path = target + "/" + storedName
        let isLinked = source.isFinal ? try link(source, to: path) : false
        let hash =
            isLinked
            ? try copier.hash(source.file, byteCount: source.byteCount)
            : try copier.copy(source.file, byteCount: source.byteCount, to: path, fileSystem)
        guard let hash else {
            throw .corrupt(
                file: source.name, offset: source.byteCount, message: "the file has been cut off")
        }
        if isLinked { try source.file.sync() }
        report.filesCopied += 1
        report.bytesCopied += source.byteCount
        return BackupList.Item(
            name: source.name, storedName: storedName, byteCount: source.byteCount, hash: hash)
    }

    /// The item of the backup before, if its bytes are still those of the store's file.
    ///
    /// A store that was restored goes on with the numbers of the one backed up, and bytes rot in both
    /// places, so only the bytes of both tell.
    private func keptItem(_ source: Source) throws(LogStoreError) -> BackupList.Item? {
        let known = old?.items.first {
            $0.name == source.name && $0.byteCount == source.byteCount
        }
        guard let item = known, let copy = try storedFile(item) else { return nil }
        var isSame = try copier.hash(source.file, byteCount: source.byteCount) == item.hash
        // A link has the bytes that were just looked at.
        let path = target + "/" + item.storedName
        if isSame, !source.isFinal || !fileSystem.isSame(view.place.path(source.name), path) {
            try copier.meter.expect(item.byteCount)
            isSame = try isSound(copy, item)
        }
        if isSame { return item }
        try copier.meter.expect(source.byteCount)
        return nil
    }

    /// A file of the backup before; nil where it cannot be opened or has another length.
    private func storedFile(_ item: BackupList.Item) throws(LogStoreError) -> DiskFile? {
        do throws(LogStoreError) {
            let file = try fileSystem.open(target + "/" + item.storedName, creating: false)
            return try file.size() == item.byteCount ? file : nil
        } catch {
            if error.isTooManyFiles { throw error }
            return nil
        }
    }

    /// Whether a file of the backup before has the bytes that were backed up; one that cannot be read
    /// has not.
    private func isSound(
        _ file: DiskFile, _ item: BackupList.Item
    ) throws(LogStoreError) -> Bool {
        do throws(LogStoreError) {
            return try copier.hash(file, byteCount: item.byteCount) == item.hash
        } catch {
            if case .io = error { return false }
            throw error
        }
    }

    /// The name itself, unless the backup before has something under it.
    private func storedName(_ name: String) -> String {
        let isTaken = old?.items.contains { $0.storedName == name } ?? false
        return isTaken || name == Manifest.fileName ? list.secondName(of: name) : name
    }

    private func link(_ source: Source, to path: String) throws(LogStoreError) -> Bool {
        // What an interrupted backup left under the name.
        do throws(LogStoreError) {
            try fileSystem.remove(path)
        } catch {
            if !error.isNoSuchFile { throw error }
        }
        do throws(LogStoreError) {
            try fileSystem.link(view.place.path(source.name), to: path)
            return true
        } catch {
            // Another device, a file system without links, or a file that compaction removed: the
            // open file still has its bytes.
            return false
        }
    }

    /// Looks at every record of a segment and every page of a run, so that no damage is backed up.
    private func verify(_ source: Source) throws(LogStoreError) {
        if let id = Run.id(fileName: source.name) {
            var damage: LogStoreError?
            view.state.layers.runs.first { $0.id == id }?.verify { damage = damage ?? $0 }
            if let damage { throw damage }
        } else if let id = SegmentHead.id(fileName: source.name),
            let segment = view.state.segments[id]
        {
            try SegmentScan.verify(segment, view.place.identity)
        }
    }

    /// The manifest of the files copied: that of the store, which ends where the copy does.
    private mutating func manifestItem() throws(LogStoreError) -> BackupList.Item? {
        var manifest = Manifest(store: view.place.identity)
        if view.folder.isIndexed, let known = view.folder.manifest {
            manifest = known
        } else if view.segments.contains(where: { $0.kind == .compacted }) {
            // Opening makes one from the segments.
            return nil
        }
        manifest.isClean = true
        manifest.end = view.recovery.end
        manifest.endSequence = view.recovery.lastSequence
        manifest.time = max(manifest.time, view.recovery.lastTime)
        let bytes = manifest.encoded()
        let hash = ContentHash.hash(bytes, seed: 0)
        let name = Manifest.fileName
        if let item = old?.items.first(where: { $0.name == name && $0.hash == hash }),
            try fileSystem.contents(target + "/" + item.storedName) == bytes
        {
            report.filesKept += 1
            return item
        }
        let storedName = storedName(name)
        let file = try fileSystem.open(target + "/" + storedName, creating: true)
        try file.write(bytes, at: 0)
        try file.sync()
        report.filesCopied += 1
        report.bytesCopied += bytes.count
        return BackupList.Item(
            name: name, storedName: storedName, byteCount: bytes.count, hash: hash)
    }

    // MARK: List

    /// Makes the new list count, then removes what only the old one had.
    private func finish() throws(LogStoreError) {
        try fileSystem.syncDirectory(target)
        if list.items != old?.items || list.revision != old?.revision {
            let temporary = target + "/" + BackupList.temporaryName
            let file = try fileSystem.open(temporary, creating: true)
            try file.write(list.encoded(), at: 0)
            try file.sync()
            try fileSystem.rename(temporary, to: target + "/" + BackupList.fileName)
            try fileSystem.syncDirectory(target)
        }
        let needed = Set(list.items.map(\.storedName) + [BackupList.fileName])
        for name in try fileSystem.list(target) where !needed.contains(name) {
            try fileSystem.remove(target + "/" + name)
        }
        try fileSystem.syncDirectory(target)
        try copier.meter.report()
    }
}
