/// What the rounds of compaction tell those who wait for space.
struct CompactionProgress {
    /// Whether writers have to wait.
    var isCrowded = false
    /// Bytes written, since the store was opened, at which to look at the need again.
    var nextLook = 0
    var bytesWritten = 0
}

extension Engine {
    /// Compaction begins when dead bytes exceed this part of the live ones, and a segment.
    private static let startPercent = 70
    /// Writers wait when dead bytes exceed this part of the live ones, and a segment and a half.
    private static let waitPercent = 95

    func compact() throws(LogStoreError) {
        let isClosed = shared.read { $0.isClosed }
        guard !isClosed else { throw .closed }
        if let failure = durability.failure { throw failure }
        try roll()
        // Each round leaves fewer segments worth compacting; writers may add some meanwhile.
        let limit = shared.read { $0.segments.count } * 2 + 4
        for _ in 0..<limit {
            guard try compactOnce(isForced: true) else { return }
        }
    }

    // MARK: When

    /// Whether enough was written to look, and dead bytes ask for it.
    func isCompactionDue(after committer: Committer) -> Bool {
        let bytesWritten = committer.bytesWritten
        let isTime = compactions.withLock { progress in
            progress.bytesWritten = bytesWritten
            guard bytesWritten >= progress.nextLook else { return false }
            progress.nextLook = bytesWritten + min(committer.log.segmentBytes / 4, 1 << 20)
            return true
        }
        guard isTime else { return false }
        let (live, waste) = shared.read { $0.usage }
        committer.log.segmentBytes = place.options.segmentBytes(live: live)
        if isCrowded(live, waste) { compactions.withLock { $0.isCrowded = true } }
        return isWasteful(live, waste)
    }

    private func isWasteful(_ live: Int, _ waste: Int) -> Bool {
        waste > max(live / 100 * Self.startPercent, place.options.segmentBytes(live: live))
    }

    private func isCrowded(_ live: Int, _ waste: Int) -> Bool {
        let slack = place.options.segmentBytes(live: live) * 3 / 2
        return waste > max(live / 100 * Self.waitPercent, slack)
    }

    /// Makes a writer wait while dead records crowd the disk and compaction gets on with it.
    func waitForSpace() {
        guard compactions.withLock({ $0.isCrowded }) else { return }
        askForCompaction()
        compactions.wait(until: { !$0.isCrowded }) { _ in }
    }

    func askForCompaction() {
        let isAsked = compactJob.ask { [unowned self] in compactInBackground() }
        if !isAsked { compactions.change { $0.isCrowded = false } }
    }

    func compactInBackground() {
        while !compactJob.isStopped {
            let (live, waste) = shared.read { $0.usage }
            guard isWasteful(live, waste), (try? compactOnce(isForced: false)) == true else {
                break
            }
            let (newLive, newWaste) = shared.read { $0.usage }
            if !isCrowded(newLive, newWaste) {
                compactions.change { $0.isCrowded = false }
            }
        }
        // Done, or no round can help: nobody waits, and the next look is some way off.
        let pause = place.options.segmentBytes(live: shared.read { $0.usage.live }) / 4
        compactions.change { progress in
            progress.isCrowded = false
            progress.nextLook = progress.bytesWritten + pause
        }
    }

    /// Without threads compaction runs inside the commit that makes it due.
    func compactInline() {
        for _ in 0..<16 {
            let (live, waste) = shared.read { $0.usage }
            guard isWasteful(live, waste), (try? compactOnce(isForced: false)) == true else {
                return
            }
        }
    }

    // MARK: How

    /// One round; gives whether there was anything to do.
    private func compactOnce(isForced: Bool) throws(LogStoreError) -> Bool {
        try compaction.withLock { _ throws(LogStoreError) in
            // Nothing is removed on the strength of records that a crash could take away.
            try durability.sync()
            try removeRetired()
            let now = clock.now()
            let plan = shared.write { state in
                state.expire(at: now)
                let room = place.options.segmentBytes(live: state.usage.live)
                return state.plan(isForced: isForced, segmentBytes: room)
            }
            guard let plan else { return false }
            var round = CompactionRound(
                place: place, shared: shared, durability: durability, plan: plan, now: now
            ) { [self] () throws(LogStoreError) in
                if compactJob.isStopped { throw .closed }
            }
            try round.run(id: takeSegmentID())
            try durability.sync()
            try removeRetired()
            return true
        }
    }

    /// Removes the files of compacted segments, once the manifest no longer names them.
    private func removeRetired() throws(LogStoreError) {
        let retired = shared.read { $0.retired }
        guard !retired.isEmpty else { return }
        try writeManifest(isClean: false, end: durability.synced)
        for segment in retired {
            do throws(LogStoreError) {
                try place.fileSystem.remove(place.path(segment.fileName))
            } catch  where error.isNoSuchFile {
            }
        }
        try place.fileSystem.syncDirectory(place.directory)
        let ids = Set(retired.map(\.id))
        shared.write { state in state.retired.removeAll { ids.contains($0.id) } }
    }
}
