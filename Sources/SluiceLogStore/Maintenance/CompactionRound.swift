import SluiceSystem

/// One round of compaction: copies what has to stay of some segments to a new one, in order of
/// keys, and writes where it went as a run of the index.
///
/// Changes nothing that anybody reads; `Maintenance` makes the result count. A crash before that
/// leaves files that nothing names.
struct CompactionRound {
    /// What a round made.
    struct Output {
        /// The segment with the survivors; nil where there were none.
        var segment: Segment?
        var run: Run?
        var moved = MovedRecords()
    }

    let files: StoreFiles
    let shared: ReadWriteLocked<StoreState>
    let clock: StoreClock
    let plan: CompactionPlan
    let policy: VersionPolicy
    /// The manifest knows of what was written up to here; the log behind tells the rest again.
    let coveredSequence: UInt64
    /// The runs and segments that were there when the round began.
    let layers: Layers
    /// Hears now and then how many bytes have been read or written since; throws to give up.
    let checkpoint: (Int) throws(LogStoreError) -> Void

    var survivors = Survivors()
    private(set) var replaced: [ReplacedBytes.Part] = []
    /// The smallest number of a version that replaced one of the survivors.
    private(set) var oldestSuccessor = UInt64.max

    init(
        files: StoreFiles, shared: ReadWriteLocked<StoreState>, clock: StoreClock,
        plan: CompactionPlan, policy: VersionPolicy, coveredSequence: UInt64,
        layers: Layers,
        checkpoint: @escaping (Int) throws(LogStoreError) -> Void
    ) {
        self.files = files
        self.shared = shared
        self.clock = clock
        self.plan = plan
        self.policy = policy
        self.coveredSequence = coveredSequence
        self.layers = layers
        self.checkpoint = checkpoint
        keepsHistory = shared.read { $0.keepsHistory }
    }

    var place: Place { files.place }
    let keepsHistory: Bool

    mutating func run(id: UInt32) throws(LogStoreError) -> Output {
        for index in plan.victims.indices { try collect(index) }
        // One file goes at once. Several may go one by one in a crash, and a tombstone before what
        // it hides; the seal of a new segment tells that all of them are done with.
        if survivors.count == 0, plan.victims.count == 1 { return Output() }
        survivors.sort()
        return try copy(id: id)
    }

    // MARK: Collecting

    /// Finds the records of a victim that have to stay.
    private mutating func collect(_ victim: Int) throws(LogStoreError) {
        let sums = shared.read { _ in plan.victims[victim].sums }
        // Whether a record is dead is for the index to say, never for the sums. The values of what
        // is expected to be dead need not be verified, unless something is to be copied after all.
        let isDead = sums.keptBytes(horizon: policy.horizon) + sums.tombstones <= 0
        let before = survivors.count
        try collect(victim, until: sums.end, verifiesValues: !isDead)
        if isDead, survivors.count > before {
            survivors.removeLast(survivors.count - before)
            try collect(victim, until: sums.end, verifiesValues: true)
        }
    }

    private mutating func collect(
        _ victim: Int, until end: Int, verifiesValues: Bool
    ) throws(LogStoreError) {
        let segment = plan.victims[victim]
        let reader = SegmentReader(
            id: segment.id, file: segment.file, identity: place.identity, limit: end)
        var candidates = Candidates()
        var offset = SegmentHead.byteCount
        var looked = offset
        var time: Int64 = 0
        while offset < end {
            let found = try reader.record(at: offset, verifiesValue: verifiesValues)
            guard case .record(let frame) = found else {
                shared.write { _ in segment.isDamaged = true }
                throw .corrupt(
                    file: segment.fileName, offset: offset,
                    message: "a record does not verify; the segment is kept")
            }
            if frame.kind == RecordKind.group.rawValue {
                time = GroupFrame(frame).time
                offset += RecordFrame.byteCount
                continue
            }
            if frame.isContent {
                candidates.append(
                    frame, key: reader.key, offset: offset, time: reader.time ?? time)
            }
            offset += frame.length
            if candidates.items.count == Candidates.most {
                try checkpoint(offset - looked)
                looked = offset
                try judge(&candidates, victim)
            }
        }
        try checkpoint(offset - looked)
        try judge(&candidates, victim)
    }

    /// Adds those that have to stay to the survivors.
    private mutating func judge(
        _ candidates: inout Candidates, _ victim: Int
    ) throws(LogStoreError) {
        let id = plan.victims[victim].id
        let standings = try candidates.standings(
            in: id, shared, keepsHistory: keepsHistory)
        candidates.forEach { index, item, key in
            consider(item, standings[index], key: key, victim)
        }
        candidates.removeAll()
    }

    private mutating func consider(
        _ item: Candidates.Item, _ standing: Candidates.Standing, key: UnsafeRawBufferPointer,
        _ victim: Int
    ) {
        let frame = item.frame
        let isUser = frame.collection >= SystemCollection.firstUser
        let isExpired = frame.expiresAt != 0 && frame.expiresAt <= policy.expired
        let isDelete = frame.kind == RecordKind.delete.rawValue
        let isDead = isDelete || isUser && isExpired
        switch standing {
        case .former(let successor):
            // An older version, which only history asks for.
            guard isUser, successor > policy.horizon else { return }
            // The oldest one that anybody sees need not say that the key is absent.
            if isDelete, mayGo(frame) { return }
            oldestSuccessor = min(oldestSuccessor, successor)
            if successor <= coveredSequence, !isDelete {
                replaced.append(ReplacedBytes.Part(through: successor, bytes: frame.length))
            }
        case .forgotten:
            return
        case .unknown:
            // Runs no longer say what is gone for good; its tombstone may still hide something.
            guard isDead else { return }
        case .newest:
            break
        }
        let isTombstone = isDead && standing.successor == nil
        if isTombstone, mayGo(frame) { return }
        survivors.append(
            frame, key: key, victim: victim, offset: item.offset, time: item.time,
            isTombstone: isTombstone, isKnown: standing != .unknown,
            successor: standing.successor ?? .max)
    }

    /// Whether a tombstone may go: nobody asks for what came before it, and no segment that stays
    /// can hold it.
    private func mayGo(_ frame: RecordFrame) -> Bool {
        frame.sequence < plan.floor && frame.sequence <= policy.horizon
    }
}
