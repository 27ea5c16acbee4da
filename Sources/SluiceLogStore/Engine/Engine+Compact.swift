import SluiceSystem
internal import Synchronization

/// What compaction tells those who wait for space.
struct CompactionProgress {
    /// Whether writers have to wait.
    var isCrowded = false
    /// Bytes written, since the store was opened, at which to look at the need again.
    var nextLook = 0
    var bytesWritten = 0
    /// How often room was looked for on a full device.
    var attempts = 0
}

extension Engine {
    /// Compaction begins when dead bytes exceed this part of the live ones, and a segment.
    private static let startPercent = 70
    /// Bytes below which a round on a full device is not tried.
    private static let leastRoom = 64 << 10
    /// Writers wait when dead bytes exceed this part of the live ones, and a segment and a half.
    private static let waitPercent = 95

    /// Gives back all that can be given back now, for as long as `meter` goes on.
    func compact(_ meter: ProgressMeter) throws(LogStoreError) {
        guard !updating.isHere else { throw .insideUpdate }
        let isClosed = shared.read { $0.isClosed }
        guard !isClosed else { throw .closed }
        if let failure = durability.failure { throw failure }
        try roll()
        try flush()
        let now = clock.now()
        let work = care.withLock { care in
            shared.read { state in
                planner(state, care, now: now).forcedWork
                    + state.layers.runs.reduce(0) { $0 + $1.byteCount }
            }
        }
        try meter.expect(work)
        // Each round leaves fewer segments worth compacting; writers may add some meanwhile.
        let limit = shared.read { $0.segments.count } * 2 + 4
        for _ in 0..<limit {
            guard try compactOnce(isForced: true, meter) else { break }
        }
        try recount()
        holdReserve()
        do throws(LogStoreError) {
            try merging.withLock { _ throws(LogStoreError) in
                _ = try mergeOnce(isForced: true, meter)
            }
        } catch {
            // On a device too full for it the runs stay as they are, and work.
            guard error.isNoSpace else { throw error }
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
        let (live, waste) = usage
        committer.log.segmentBytes = place.options.segmentBytes(live: live)
        if isCrowded(live, waste) { compactions.withLock { $0.isCrowded = true } }
        return isWasteful(live, waste)
    }

    /// Whether dead bytes ask for compaction.
    var isCompactionNeeded: Bool {
        let (live, waste) = usage
        return isWasteful(live, waste)
    }

    private var usage: (live: Int, waste: Int) {
        let now = clock.now()
        return shared.read { state in
            state.usage(horizon: state.wantedHorizon(now: now))
        }
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
        askForCare()
        compactions.wait(until: { !$0.isCrowded }) { _ in }
    }

    /// Compacts while dead bytes ask for it and it helps.
    func compactInBackground() {
        while !worker.isStopped, isCompactionNeeded {
            guard (try? compactOnce(isForced: false)) == true else { break }
            _ = try? flushFrozen()
            let (live, waste) = usage
            if !isCrowded(live, waste) { compactions.change { $0.isCrowded = false } }
        }
        // Done, or no round can help: nobody waits, and the next look is some way off.
        let pause = place.options.segmentBytes(live: usage.live) / 4
        compactions.change { progress in
            progress.isCrowded = false
            progress.nextLook = progress.bytesWritten + pause
        }
    }

    // MARK: A full device

    /// Makes a writer wait on a full device while compaction gives back what it can; gives whether
    /// there is room then.
    ///
    /// It is not tried again before more is dead than the last time that it was for nothing.
    func waitForRoom(_ committer: Committer) -> Bool {
        let (_, waste) = usage
        guard waste > futileWaste.load(ordering: .relaxed) else { return false }
        let before = compactions.withLock { $0.attempts }
        isRoomWaitedFor.store(true, ordering: .relaxed)
        let isAsked = askForRoom(committer, isWaitedFor: true)
        if isAsked, !place.options.isInline {
            compactions.wait(until: { $0.attempts > before }) { _ in }
        }
        let left = usage.waste
        let hasRoom = !reserve.isReleased
        futileWaste.store(hasRoom && left < waste ? 0 : left, ordering: .relaxed)
        return hasRoom
    }

    /// Has compaction look for every byte that it can give back; gives whether it will.
    @discardableResult
    func askForRoom(_ committer: Committer, isWaitedFor: Bool = false) -> Bool {
        let (live, waste) = usage
        // What compaction may take has to be in runs, and writing one needs space too.
        let isMuch = committer.isShortOfSpace || committer.bytesSinceFreeze > reserve.byteCount / 8
        freezeIfDue(committer, isForced: isWaitedFor || isMuch && waste > live / 10)
        committer.isShortOfSpace = false
        isShortOfSpace.store(true, ordering: .relaxed)
        return askForCare()
    }

    /// Compacts while it helps, and holds back space again; where that is not enough, it takes what
    /// little there is in each segment.
    func makeRoom() {
        var isWanted = isRoomWaitedFor.exchange(false, ordering: .relaxed)
        while !worker.isStopped, (try? compactOnce(isForced: false)) == true { isWanted = false }
        holdReserve()
        var left = shared.read { $0.segments.count }
        while isWanted || reserve.isReleased, left > 0, !worker.isStopped,
            (try? compactOnce(isForced: true)) == true
        {
            isWanted = false
            left -= 1
            holdReserve()
        }
        compactions.change { $0.attempts += 1 }
    }

    /// Ends work without a limit on its space once deletes need what is held back.
    func checkSpace() throws(LogStoreError) {
        if reserve.isReleased { throw .diskFull("space ran out meanwhile") }
    }

    /// Holds space back again where there is enough.
    private func holdReserve() {
        // Not while a delete uses it.
        care.withLock { _ in holdReserveNow() }
    }

    func holdReserveNow() {
        let (total, live) = shared.read { ($0.totalBytes, $0.totals.liveBytes) }
        reserve.hold(storeBytes: total, segmentBytes: place.options.segmentBytes(live: live))
    }

    // MARK: How

    /// One round; gives whether there was anything to do.
    ///
    /// On a full device it makes do with the space that is held back for that.
    func compactOnce(
        isForced: Bool, _ meter: ProgressMeter? = nil
    ) throws(LogStoreError) -> Bool {
        try care.withLock { care throws(LogStoreError) in
            guard care.isSettled else { return false }
            try files.checkFolder()
            if !reserve.isReleased {
                do throws(LogStoreError) {
                    return try compact(&care, isForced: isForced, room: nil, meter)
                } catch {
                    guard error.isNoSpace else { throw error }
                    _ = reserve.release()
                }
            }
            // The runs of small records take much beside the records themselves.
            var room = reserve.room
            while true {
                do throws(LogStoreError) {
                    return try compact(&care, isForced: isForced, room: room, meter)
                } catch {
                    guard error.isNoSpace, room > Self.leastRoom else { throw error }
                    room /= 2
                }
            }
        }
    }

    /// One round that writes at most `room` bytes, where that is given.
    private func compact(
        _ care: inout Care, isForced: Bool, room: Int?, _ meter: ProgressMeter?
    ) throws(LogStoreError) -> Bool {
        // Nothing is removed on the strength of records that a crash could take away.
        try durability.sync()
        guard let plan = begin(&care, isForced: isForced, room: room) else { return false }
        defer { shared.write { $0.victims = [] } }
        let policy = versionPolicy(isBottom: false, expired: care.manifest.expiry.taken)
        var round = CompactionRound(
            files: files, shared: shared, clock: clock, plan: plan, policy: policy,
            coveredSequence: care.manifest.lastSequence, layers: shared.read { $0.layers }
        ) { [self] byteCount throws(LogStoreError) in
            if worker.isStopped { throw .closed }
            try meter?.advance(byteCount)
            if room == nil { try checkSpace() }
        }
        let output = try round.run(id: files.ids.take())
        place.betweenSteps()
        // Without history what was replaced during the round is gone as well.
        let horizon = shared.read { max(policy.horizon, $0.keepsHistory ? 0 : $0.revision) }
        do throws(LogStoreError) {
            try durability.sync()
            try writeManifest(&care, plan, output, horizon: horizon)
        } catch {
            try round.remove(output, cause: error)
            throw error
        }
        place.betweenSteps()
        enter(output, plan)
        place.betweenSteps()
        remove(plan.victims, &care)
        return true
    }

    /// Chooses the victims and has the state take note of what happens to them.
    private func begin(_ care: inout Care, isForced: Bool, room: Int?) -> CompactionPlan? {
        let now = clock.now()
        care.manifest.expire(at: now)
        return shared.write { state in
            state.expire(at: now)
            let planner = planner(state, care, now: now)
            let live = state.usage(horizon: planner.horizon).live
            let plan = planner.plan(
                isForced: isForced, segmentBytes: place.options.segmentBytes(live: live),
                room: room)
            if let plan {
                state.victims = Set(plan.victims.map(\.id))
                state.replacedInVictims = []
                state.replacedBeforeFreeze = []
            }
            return plan
        }
    }

    private func planner(
        _ state: StoreState, _ care: Care, now: Int64
    ) -> CompactionPlanner {
        CompactionPlanner(
            state: state, covered: care.manifest.covered,
            horizon: state.wantedHorizon(now: now),
            strayBirths: care.strayBirths)
    }

    /// Lets the manifest name the new segment and run instead of the victims.
    private func writeManifest(
        _ care: inout Care, _ plan: CompactionPlan, _ output: CompactionRound.Output,
        horizon: UInt64
    ) throws(LogStoreError) {
        var manifest = care.manifest
        manifest.horizon = max(manifest.horizon, horizon)
        manifest.time = clock.now()
        // As of the manifest; the log behind it tells what was replaced since.
        enter(output, plan, replaced: [], &manifest)
        if let run = output.run { manifest.runs.insert(run.manifestEntry, at: 0) }
        manifest.end = max(manifest.end, durability.synced)
        try files.write(manifest)
        care.manifest = manifest
    }

    /// Makes the new segment and run count.
    private func enter(_ output: CompactionRound.Output, _ plan: CompactionPlan) {
        let victims = Set(plan.victims.map(\.id))
        output.segment?.mapIfWanted(place.options)
        shared.write { state in
            // One that was frozen meanwhile has a manifest that still names the victims.
            let replaced = state.replacedBeforeFreeze
            state.correctFrozenManifest { enter(output, plan, replaced: replaced, &$0) }
            let live = output.moved.live(
                at: .max, without: state.replacedInVictims, taken: state.expiry.taken)
            // What was copied is what is live; sums that say otherwise are wrong, as others may be.
            let counted = plan.victims.reduce(0) { $0 + $1.sums.liveBytes }
            if counted != live.oldBytes { state.areSumsWrong = true }
            output.segment?.sums.liveBytes = live.bytes
            for bytes in live.replacedBytes where keepsHistory {
                output.segment?.sums.replaced.add(bytes, by: state.revision)
            }
            state.expiry.move(live.expiring, from: victims, to: output.segment?.id ?? 0)
            var segments = state.segments
            for victim in plan.victims {
                segments[victim.id] = nil
                state.compactedSegments += 1
            }
            if let segment = output.segment {
                segments[segment.id] = segment
                state.compactedBytes += segment.end - SegmentHead.byteCount
            }
            let runs = (output.run.map { [$0] } ?? []) + state.layers.runs
            state.setSegments(segments)
            state.setLayers(runs: runs)
        }
    }

    /// Lets a manifest name the new segment instead of the victims; of their records `replaced`
    /// were replaced by the time that it tells of.
    private func enter(
        _ output: CompactionRound.Output, _ plan: CompactionPlan, replaced: [IndexEntry],
        _ manifest: inout Manifest
    ) {
        let victims = Set(plan.victims.map(\.id))
        let live = output.moved.live(
            at: manifest.lastSequence, without: replaced, taken: manifest.expiry.taken)
        manifest.segments.removeAll { victims.contains($0.id) }
        if let segment = output.segment {
            var entry = segment.manifestEntry
            entry.sums.liveBytes = live.bytes
            for bytes in live.replacedBytes where keepsHistory {
                entry.sums.replaced.add(bytes, by: manifest.lastSequence)
            }
            manifest.segments.append(entry)
        }
        manifest.expiry.move(
            live.expiring, from: victims, to: output.segment?.id ?? 0, keepsRest: true)
    }

    /// Removes the files of segments that no manifest names any more.
    private func remove(_ victims: [Segment], _ care: inout Care) {
        for segment in victims {
            do throws(LogStoreError) {
                try place.fileSystem.remove(place.path(segment.fileName))
            } catch {
                // Opening removes it; until then it may still hold what a tombstone hides.
                if !error.isNoSuchFile { care.strayBirths.append(segment.bornSequence) }
            }
        }
        do throws(LogStoreError) {
            try durability.syncFolder()
        } catch {
            care.strayBirths += victims.map(\.bornSequence)
        }
    }
}
