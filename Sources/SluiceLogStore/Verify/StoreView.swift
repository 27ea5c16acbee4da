/// The files of a store as they were at one moment, opened for looking only.
///
/// They stay readable whatever the store's owner does meanwhile.
struct StoreView {
    let folder: Folder
    let recovery: Recovery
    /// Whether the index knows all records; without a manifest and all its runs, that of a large
    /// store does not fit into memory.
    let isIndexWhole: Bool

    var place: Place { recovery.place }
    var state: StoreState { recovery.state }
    /// The segments that count, in order of their ids.
    var segments: [Segment] { state.segments.values.sorted { $0.id < $1.id } }

    private static let indexByteCount = 16 << 20

    /// With `badBlocks`, what the device cannot read of segments is noted there and no error.
    static func read(
        _ path: String, _ environment: Environment, noting badBlocks: BadBlocks? = nil
    ) throws(LogStoreError) -> StoreView {
        try SteadyLook.result(environment.fileSystem, path) { () throws(LogStoreError) in
            // What a failing device does not give must be an error, not a signal.
            var options = LogStoreOptions(isReadOnly: true, mapsFiles: false)
            options.badBlocks = badBlocks
            let folder = try Folder.read(path, options, environment)
            let view = try StoreView(folder)
            return (view, view.recovery)
        }
    }

    /// Looks at a store of which a file cannot be read: at the others, without the index.
    static func readWhatCanBe(
        _ path: String, _ environment: Environment
    ) throws(LogStoreError) -> StoreView {
        do throws(LogStoreError) {
            return try read(path, environment, noting: BadBlocks())
        } catch {
            guard error.isOfFile, case .io(_, let file, _) = error else { throw error }
            var folder = try Folder.readForRepair(path, environment)
            let name = String(file.dropFirst(folder.place.path("").count))
            if !folder.report.damages.contains(where: { $0.file == name }) {
                folder.report.damages.append(
                    LogStoreRecoveryReport.Damage(file: name, offset: 0, message: "\(error)"))
            }
            return try StoreView(folder)
        }
    }

    /// Replays what the runs do not cover; without them everything, keeping no more of the index
    /// than fits into memory.
    init(_ folder: Folder) throws(LogStoreError) {
        self.folder = folder
        let state = StoreState(keepsHistory: false)
        var recovery = Recovery(folder, state: state)
        if folder.isIndexed {
            try recovery.resumeIndex(folder.found, runs: folder.runs)
            isIndexWhole = true
        } else {
            recovery.spillsAt = Self.indexByteCount
            recovery.spill = { state throws(LogStoreError) in
                state.setLayers(active: Memtable(start: .start))
                return true
            }
            try recovery.rebuildIndex(folder.found)
            isIndexWhole = !recovery.hasSpilled
        }
        self.recovery = recovery
    }

    /// The index that the manifest names, where all of it verifies; it knows the newest versions of
    /// keys up to the manifest's last sequence number.
    var soundIndex: Layers? {
        guard let manifest = folder.manifest else { return nil }
        var runs: [Run] = []
        for entry in manifest.runs {
            do throws(LogStoreError) {
                let file = try place.fileSystem.open(
                    place.path(Run.fileName(entry.id)), creating: false)
                let run = try Run.open(
                    file: file, id: entry.id, identity: place.identity, isMapped: false)
                var isSound = run.byteCount == entry.byteCount && run.entryCount == entry.entryCount
                run.verify { _ in isSound = false }
                guard isSound else { return nil }
                runs.append(run)
            } catch {
                return nil
            }
        }
        return Layers(
            active: Memtable(start: .start), frozen: nil, runs: runs, segments: SegmentTable([]))
    }

    /// Whether the store has another manifest by now.
    var isOutdated: Bool {
        get throws(LogStoreError) {
            let path = place.path(Manifest.fileName)
            // One that cannot be read is no other.
            guard let bytes = try? place.fileSystem.contents(path),
                case .manifest(let manifest) = Manifest.decode(bytes)
            else { return false }
            if manifest != folder.manifest { return true }
            return try recovery.isSuperseded
        }
    }

    /// A segment's file as it was found.
    func found(_ id: UInt32) -> Recovery.Found? {
        folder.found.first { $0.head.id == id }
    }
}
