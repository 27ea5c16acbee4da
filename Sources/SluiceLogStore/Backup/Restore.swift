/// Makes a store of a backup.
struct Restore {
    private let list: BackupList
    private let source: String
    private let fileSystem: Disk
    private let copier: FileCopy

    static func run(
        _ source: String, to target: String, _ environment: Environment, _ meter: ProgressMeter
    ) throws(LogStoreError) -> LogStoreBackupReport {
        let fileSystem = environment.fileSystem
        try NewFolder.checkApart(fileSystem, target, from: source)
        _ = try fileSystem.list(source)
        let path = source + "/" + BackupList.fileName
        guard let bytes = try fileSystem.contents(path) else {
            throw .corrupt(
                file: path, offset: 0, message: "the folder holds no backup that was finished")
        }
        let restore = Restore(
            list: try BackupList(bytes, path: path), source: source, fileSystem: fileSystem,
            copier: FileCopy(meter: meter))
        return try restore.run(to: target)
    }

    private init(
        list: BackupList, source: String, fileSystem: Disk, copier: FileCopy
    ) {
        self.list = list
        self.source = source
        self.fileSystem = fileSystem
        self.copier = copier
    }

    private func run(to target: String) throws(LogStoreError) -> LogStoreBackupReport {
        try copier.meter.expect(2 * list.items.reduce(0) { $0 + $1.byteCount })
        // Everything is looked at before anything is made.
        for item in list.items { try check(item) }
        let folder = try NewFolder.begin(fileSystem, target)
        var report = LogStoreBackupReport()
        for item in list.items {
            let file = try open(item)
            let hash = try copier.copy(
                file, byteCount: item.byteCount, to: folder.path(item.name), fileSystem)
            guard hash == item.hash else { throw damaged(item, at: 0) }
            report.filesCopied += 1
            report.bytesCopied += item.byteCount
        }
        try folder.finish()
        try copier.meter.report()
        report.revision = list.revision
        return report
    }

    private func open(_ item: BackupList.Item) throws(LogStoreError) -> DiskFile {
        do throws(LogStoreError) {
            return try fileSystem.open(source + "/" + item.storedName, creating: false)
        } catch {
            guard error.isNoSuchFile else { throw error }
            throw .corrupt(file: item.storedName, offset: 0, message: "the file is missing")
        }
    }

    private func check(_ item: BackupList.Item) throws(LogStoreError) {
        let file = try open(item)
        let size = try file.size()
        guard size == item.byteCount else {
            throw .corrupt(
                file: item.storedName, offset: min(size, item.byteCount),
                message: "the file has \(size) bytes instead of \(item.byteCount)")
        }
        guard try copier.hash(file, byteCount: size) == item.hash else {
            throw damaged(item, at: try place(of: item, file))
        }
    }

    /// Where in a file whose hash differs the damage lies, as far as the file itself tells.
    private func place(
        of item: BackupList.Item, _ file: DiskFile
    ) throws(LogStoreError) -> Int {
        guard let id = SegmentHead.id(fileName: item.name) else { return 0 }
        let reader = SegmentReader(
            id: id, file: file, identity: list.store, limit: item.byteCount)
        var scan = SegmentScan(reader, from: SegmentHead.byteCount, to: item.byteCount)
        while let found = try scan.next() {
            switch found {
            case .gap(let offset, _), .damagedValue(_, let offset): return offset
            case .group, .record, .seal: break
            }
        }
        return 0
    }

    private func damaged(_ item: BackupList.Item, at offset: Int) -> LogStoreError {
        .corrupt(
            file: item.storedName, offset: offset,
            message: "the file's bytes are not those that were backed up")
    }
}
