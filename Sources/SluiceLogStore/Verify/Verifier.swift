/// Reads all of a store and names what is damaged.
struct Verifier {
    let view: StoreView
    let meter: ProgressMeter
    var damages = DamageList()
    var records = 0
    /// Collections that records belong to.
    var collections: Set<UInt16> = []
    /// What was counted in each segment.
    var counts: [UInt32: SegmentCount] = [:]
    /// Records of which the index says that they are the newest and live.
    var matched = 0
    /// Puts that the index does not know, by the hashes of their keys.
    var strays: [UInt64: Stray] = [:]
    /// Whether the index can be asked.
    var hasIndex: Bool

    var place: Place { view.place }
    var state: StoreState { view.state }

    private static let tries = 3

    static func verify(
        _ path: String, _ environment: Environment, _ meter: ProgressMeter
    ) throws(LogStoreError) -> LogStoreVerificationReport {
        for attempt in 1...tries {
            let view: StoreView
            do throws(LogStoreError) {
                view = try StoreView.readWhatCanBe(path, environment)
            } catch {
                var list = DamageList()
                guard case .corrupt = error else { throw error }
                try list.add(error, file: path, offset: 0)
                return LogStoreVerificationReport(damages: list.damages)
            }
            var verifier = Verifier(view, meter)
            let report = try verifier.run()
            // A new owner cuts off what the last one did not get to the device, and says so.
            if report.isSound || attempt == tries { return report }
            guard try view.isOutdated else { return report }
        }
        throw .closed
    }

    private init(_ view: StoreView, _ meter: ProgressMeter) {
        self.view = view
        self.meter = meter
        hasIndex = view.isIndexWhole
    }

    private mutating func run() throws(LogStoreError) -> LogStoreVerificationReport {
        let segments = view.segments
        let runs = state.layers.runs
        let before = meter.done
        try meter.expect(
            segments.reduce(0) { $0 + $1.end } + runs.reduce(0) { $0 + $1.byteCount })
        for damage in view.recovery.report.damages { damages.add(damage) }
        verifyManifest()
        for run in runs { try verify(run) }
        if hasIndex { try mapRuns() }
        for segment in segments { try verify(segment) }
        try resolveStrays()
        if hasIndex {
            try verifyIndex()
            if damages.isEmpty { verifySums() }
        }
        damages.add(place.options.badBlocks)
        try meter.report()
        return LogStoreVerificationReport(
            damages: damages.damages, records: records, bytes: meter.done - before,
            segments: segments.count, runs: runs.count)
    }

    /// A store that was ever compacted has a manifest.
    private mutating func verifyManifest() {
        guard view.folder.manifest == nil, damages.isEmpty else { return }
        let oldest = view.segments.first { $0.kind == .log }
        guard view.segments.contains(where: { $0.kind == .compacted }) || oldest?.previous ?? 0 > 0
        else { return }
        damages.add(Manifest.fileName, 0, "the manifest is missing")
    }

    /// Lets sound runs be asked through memory, many times for each record.
    private func mapRuns() throws(LogStoreError) {
        var runs: [Run] = []
        for run in state.layers.runs {
            runs.append(try Run.open(file: run.file, id: run.id, identity: place.identity))
        }
        state.setLayers(runs: runs)
    }

    private mutating func verify(_ run: Run) throws(LogStoreError) {
        let name = Run.fileName(run.id)
        var found: [LogStoreError] = []
        run.verify { found.append($0) }
        if !found.isEmpty { hasIndex = false }
        for error in found { try damages.add(error, file: name, offset: 0) }
        try meter.advance(run.byteCount)
    }
}
