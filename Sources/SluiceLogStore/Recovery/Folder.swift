import SluiceSystem

/// The files of a store as they are found when it is opened.
struct Folder {
    let place: Place
    var manifest: Manifest?
    var found: [Recovery.Found] = []
    /// Segments of this store that lie under the names of others.
    var displaced: [Recovery.Found] = []
    /// The runs that the manifest names, newest first.
    var runs: [Run] = []
    /// Whether there are a manifest and all its runs, so that only the log behind them is read.
    var isIndexed = false
    var report = LogStoreRecoveryReport()
    /// Names of files to remove: leftovers of operations that were cut short.
    var leftovers: [String] = []
    /// Whether space is held back for a full device.
    var hasReserve = false
    /// The largest number that a file has.
    var largestID: UInt32 = 0
    /// Whether there was no file of a store but that of the lock.
    var isNew = false

    /// Reads the manifest, the footers of the runs it names, and the heads of segments it does not
    /// know.
    static func read(
        _ directory: String, _ options: LogStoreOptions, _ environment: Environment
    ) throws(LogStoreError) -> Folder {
        var report = LogStoreRecoveryReport()
        let (names, manifest) = try survey(
            environment.fileSystem, directory, &report, isBeingMade: options.lockOfMaking != nil)
        if let manifest {
            let place = Place(environment, directory, manifest.store, options)
            var folder = Folder(place: place, manifest: manifest, report: report)
            folder.hasReserve = names.contains(Reserve.fileName)
            if try folder.readIndexed(names, manifest) { return folder }
            report = folder.report
        }
        var folder = try readAll(names, manifest, directory, options, environment, report)
        folder.hasReserve = names.contains(Reserve.fileName)
        folder.isNew = NewStore.isNone(names)
        return folder
    }

    /// Reads the heads of all segments, whatever the manifest says.
    ///
    /// One that lies under the name of another is found too. A file that cannot be read is damage.
    static func readForRepair(
        _ directory: String, _ environment: Environment
    ) throws(LogStoreError) -> Folder {
        var report = LogStoreRecoveryReport()
        let (names, manifest) = try survey(
            environment.fileSystem, directory, &report, isForRepair: true)
        var options = LogStoreOptions(isReadOnly: true, mapsFiles: false)
        options.badBlocks = BadBlocks()
        var folder = try readAll(
            names, manifest, directory, options, environment, report, isForRepair: true)
        for one in folder.displaced
        where !folder.found.contains(where: { $0.head.id == one.head.id }) {
            folder.found.append(one)
        }
        folder.dropLeftovers()
        return folder
    }

    /// Leaves out what the manifest does not name, where it names nothing that is missing: what a
    /// removal that was cut short left, or a compaction that did not count yet.
    private mutating func dropLeftovers() {
        guard let manifest else { return }
        let listed = Set(manifest.segments.map(\.id))
        let there = Set(found.map(\.head.id))
        guard listed.isSubset(of: there) else { return }
        let newest = manifest.segments.filter { $0.kind == .log }.map(\.id).max() ?? 0
        found.removeAll { one in
            !listed.contains(one.head.id) && (one.head.kind == .compacted || one.head.id < newest)
        }
    }

    /// What is in a folder, which has to be a store's, and its manifest.
    private static func survey(
        _ fileSystem: Disk, _ directory: String, _ report: inout LogStoreRecoveryReport,
        isBeingMade: Bool = false, isForRepair: Bool = false
    ) throws(LogStoreError) -> (names: [String], manifest: Manifest?) {
        let names = try fileSystem.list(directory).sorted()
        if !isBeingMade { try NewFolder.checkFinished(names, directory) }
        try BackupList.checkAbsent(names, directory)
        do throws(LogStoreError) {
            return (names, try manifest(names, fileSystem, directory, &report))
        } catch {
            guard isForRepair else { throw error }
            try pass(over: Manifest.fileName, error, &report)
            return (names, nil)
        }
    }

    /// Names a file that cannot be read, where the others are wanted all the same.
    private static func pass(
        over name: String, _ error: LogStoreError, _ report: inout LogStoreRecoveryReport
    ) throws(LogStoreError) {
        guard error.isOfFile else { throw error }
        report.damages.append(
            LogStoreRecoveryReport.Damage(file: name, offset: 0, message: "\(error)"))
    }

    private static func manifest(
        _ names: [String], _ fileSystem: Disk, _ directory: String,
        _ report: inout LogStoreRecoveryReport
    ) throws(LogStoreError) -> Manifest? {
        guard names.contains(Manifest.fileName) else { return nil }
        let path = directory + "/" + Manifest.fileName
        guard let bytes = try fileSystem.contents(path) else {
            // It is only ever replaced, so this is a link that leads nowhere.
            throw .io(operation: "open", path: path, errno: FileError.noFile)
        }
        switch Manifest.decode(bytes) {
        case .manifest(let manifest):
            return manifest
        case .unsupported(let version):
            throw .unsupportedFormat(
                file: path, found: version, supported: Int(Manifest.version))
        case .damaged:
            report.damages.append(
                LogStoreRecoveryReport.Damage(
                    file: Manifest.fileName, offset: 0,
                    message: "the manifest does not verify; it is made anew from the segments"))
            return nil
        }
    }

    // MARK: With an index

    /// Opens what the manifest names; gives whether all its runs are there.
    private mutating func readIndexed(
        _ names: [String], _ manifest: Manifest
    ) throws(LogStoreError) -> Bool {
        for entry in manifest.runs {
            guard let run = try openRun(entry, names) else {
                runs = []
                return false
            }
            runs.append(run)
        }
        let listed = Dictionary(
            manifest.segments.map { ($0.id, $0) }, uniquingKeysWith: { one, _ in one })
        let newest = manifest.segments.filter { $0.kind == .log }.map(\.id).max() ?? 0
        let logs = names.compactMap { SegmentHead.id(fileName: $0) }.filter { $0 > newest }
        for name in names {
            if let id = SegmentHead.id(fileName: name) {
                largestID = max(largestID, id)
                if let entry = listed[id] {
                    try add(entry, isCoveredEnd: id == manifest.covered.segment)
                } else if id > newest {
                    try addUnlisted(id, isLast: id == logs.last)
                } else {
                    // Compaction had it removed, or did not get to name it.
                    leftovers.append(name)
                }
            } else if let id = Run.id(fileName: name) {
                largestID = max(largestID, id)
                if !manifest.runs.contains(where: { $0.id == id }) { leftovers.append(name) }
            } else if name.hasSuffix(".tmp") {
                leftovers.append(name)
            }
        }
        if found.isEmpty, !manifest.segments.isEmpty {
            throw .corrupt(
                file: place.directory, offset: 0, message: "all segments are missing")
        }
        largestID = max(largestID, manifest.largestID)
        isIndexed = true
        return true
    }

    private mutating func openRun(
        _ entry: Manifest.RunFile, _ names: [String]
    ) throws(LogStoreError) -> Run? {
        let name = Run.fileName(entry.id)
        do throws(LogStoreError) {
            let file = try place.fileSystem.open(place.path(name), creating: false)
            let run = try Run.open(
                file: file, id: entry.id, identity: place.identity,
                isMapped: place.options.mapsFiles)
            if run.byteCount == entry.byteCount, run.entryCount == entry.entryCount { return run }
        } catch  where error.isNoSuchFile {
            // Another process that owns the store may have removed it since.
            if place.options.isReadOnly, names.contains(name) { throw error }
        } catch .io(let operation, let path, let number) {
            throw .io(operation: operation, path: path, errno: number)
        } catch {
        }
        report.damages.append(
            LogStoreRecoveryReport.Damage(
                file: name, offset: 0,
                message: "the run is missing or does not verify; the index is made anew"))
        return nil
    }

    /// A segment that the manifest knows; the log goes on in the one where the runs end, so that its
    /// head is looked at.
    private mutating func add(
        _ entry: Manifest.SegmentFile, isCoveredEnd: Bool
    ) throws(LogStoreError) {
        let file = try Self.openSegment(
            SegmentHead.fileName(entry.id), in: place.directory, place.fileSystem, place.options)
        var head = SegmentHead(
            store: place.identity, id: entry.id, kind: entry.kind,
            bornSequence: entry.bornSequence)
        head.previous = entry.previous
        head.created = entry.created
        let hasHead = isCoveredEnd ? try isHead(of: entry, file) : true
        let segment = Segment(head: head, file: file)
        segment.sums = entry.sums
        segment.isSealed = entry.isSealed
        segment.isDamaged = entry.isDamaged
        found.append(
            Recovery.Found(
                head: head, segment: segment, size: try file.size(),
                hasHead: hasHead, isHeadWhole: true))
    }

    private func isHead(
        of entry: Manifest.SegmentFile, _ file: DiskFile
    ) throws(LogStoreError) -> Bool {
        guard
            case .head(let head, _) = try Self.head(
                file, place.path(SegmentHead.fileName(entry.id)))
        else { return false }
        return head.store == place.identity && head.id == entry.id && head.kind == entry.kind
    }

    /// A segment that came after the manifest: a log segment, or one that compaction had not named
    /// yet.
    private mutating func addUnlisted(_ id: UInt32, isLast: Bool) throws(LogStoreError) {
        let name = SegmentHead.fileName(id)
        let file = try Self.openSegment(name, in: place.directory, place.fileSystem, place.options)
        let head = try Self.head(file, place.path(name))
        if case .head(let head, _) = head, head.kind == .compacted, head.store == place.identity {
            leftovers.append(name)
            return
        }
        try add(id, file, try file.size(), head, isLast: isLast)
    }

    private static func openSegment(
        _ name: String, in directory: String, _ fileSystem: Disk,
        _ options: LogStoreOptions
    ) throws(LogStoreError) -> DiskFile {
        let file = try fileSystem.open(directory + "/" + name, creating: false)
        guard let badBlocks = options.badBlocks else { return file }
        return DiskFile(FileWithBadBlocks(file.file, name: name, badBlocks))
    }

    private static func head(
        _ file: DiskFile, _ path: String
    ) throws(LogStoreError) -> SegmentHead.Decoded {
        var bytes = [UInt8](repeating: 0, count: SegmentHead.byteCount)
        let count = try file.read(into: &bytes, at: 0)
        let head = SegmentHead.decode(count == bytes.count ? bytes : [])
        if case .unsupported(let version) = head {
            throw .unsupportedFormat(
                file: path, found: version, supported: Int(SegmentHead.version))
        }
        return head
    }

    // MARK: Without one

    private static func readAll(
        _ names: [String], _ manifest: Manifest?, _ directory: String,
        _ options: LogStoreOptions, _ environment: Environment,
        _ report: LogStoreRecoveryReport, isForRepair: Bool = false
    ) throws(LogStoreError) -> Folder {
        let fileSystem = environment.fileSystem
        var report = report
        var heads: [(id: UInt32, file: DiskFile, size: Int, head: SegmentHead.Decoded)] = []
        for name in names {
            guard let id = SegmentHead.id(fileName: name) else { continue }
            let path = directory + "/" + name
            do throws(LogStoreError) {
                let file = try openSegment(name, in: directory, fileSystem, options)
                heads.append((id, file, try file.size(), try head(file, path)))
            } catch {
                guard isForRepair else { throw error }
                try pass(over: name, error, &report)
                heads.append((id, DiskFile(UnreadableFile(path: path)), 0, .damaged))
            }
        }
        // The identity that most files agree on; a stray file must not take the store over.
        var votes: [StoreIdentity: Int] = [:]
        if let manifest { votes[manifest.store, default: 0] += 1 }
        for (_, _, _, head) in heads {
            if case .head(let head, _) = head { votes[head.store, default: 0] += 1 }
        }
        let identity = votes.max { ($0.value, $1.key.bytes[0]) < ($1.value, $0.key.bytes[0]) }?.key
        if identity == nil, heads.contains(where: { $0.size > SegmentHead.byteCount }) {
            throw .corrupt(
                file: directory, offset: 0, message: "no segment's head and no manifest verifies")
        }
        let place = Place(
            environment, directory, identity ?? environment.newIdentity(), options)
        var folder = Folder(place: place, manifest: manifest, report: report)
        // Runs are made anew.
        folder.leftovers = names.filter { $0.hasSuffix(".tmp") || Run.id(fileName: $0) != nil }
        folder.largestID =
            names.compactMap { SegmentHead.id(fileName: $0) ?? Run.id(fileName: $0) }.max() ?? 0
        folder.largestID = max(folder.largestID, manifest?.largestID ?? 0)
        for (id, file, size, head) in heads {
            try folder.add(id, file, size, head, isLast: id == heads.last?.id)
        }
        // A store's first segment is there before its manifest and its runs are.
        let wasBegun = names.contains { $0 == Manifest.fileName || Run.id(fileName: $0) != nil }
        if folder.found.isEmpty, folder.displaced.isEmpty, wasBegun {
            throw .corrupt(file: directory, offset: 0, message: "all segments are missing")
        }
        return folder
    }

    private mutating func add(
        _ id: UInt32, _ file: DiskFile, _ size: Int, _ decoded: SegmentHead.Decoded, isLast: Bool
    ) throws(LogStoreError) {
        let name = SegmentHead.fileName(id)
        switch decoded {
        case .head(let head, let isWhole):
            guard head.id == id, head.store == place.identity else {
                if head.store == place.identity {
                    displaced.append(
                        Recovery.Found(
                            head: head, segment: Segment(head: head, file: file), size: size,
                            hasHead: true, isHeadWhole: isWhole))
                }
                report.damages.append(
                    LogStoreRecoveryReport.Damage(
                        file: name, offset: 0,
                        message: "the segment belongs elsewhere and is left out"))
                return
            }
            found.append(
                Recovery.Found(
                    head: head, segment: Segment(head: head, file: file), size: size,
                    hasHead: true, isHeadWhole: isWhole))
        case .damaged, .unsupported:
            let reader = SegmentReader(
                id: id, file: file, identity: place.identity, limit: size)
            let isEmpty =
                try reader.endOfContent(from: min(size, SegmentHead.byteCount))
                <= SegmentHead.byteCount
            let start = LogPosition(segment: id, offset: 0)
            // The creation of the newest segment was cut short: it never held anything.
            if isLast, isEmpty, manifest.map({ $0.end < start }) ?? true {
                leftovers.append(name)
                return
            }
            try addHeadless(id, file, size, reader)
        }
    }

    /// A segment whose head is lost: its records still verify, and their order tells its kind.
    private mutating func addHeadless(
        _ id: UInt32, _ file: DiskFile, _ size: Int, _ reader: SegmentReader
    ) throws(LogStoreError) {
        var kind = SegmentKind.log
        if let entry = manifest?.segments.first(where: { $0.id == id }) {
            kind = entry.kind
        } else if case .record(let frame) = try reader.record(at: SegmentHead.byteCount),
            frame.isContent
        {
            kind = .compacted
        }
        var head = SegmentHead(store: place.identity, id: id, kind: kind, bornSequence: 0)
        head.previous = found.last { $0.head.kind == .log }?.head.id ?? 0
        found.append(
            Recovery.Found(
                head: head, segment: Segment(head: head, file: file), size: size,
                hasHead: false, isHeadWhole: false))
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
