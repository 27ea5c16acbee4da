import SluiceSystem

extension Maintenance {
    /// Bytes below which a round on a full device is not tried.
    private static let leastRoom = 64 << 10

    /// Bytes that giving back everything will read and write, as far as can be told before.
    var forcedWork: Int {
        let now = clock.now()
        return care.withLock { care in
            shared.read { state in
                planner(state, care, now: now).forcedWork
                    + state.layers.runs.reduce(0) { $0 + $1.byteCount }
            }
        }
    }

    /// Compacts all that can be compacted now, for as long as `meter` goes on.
    func compactAll(_ meter: ProgressMeter) throws(LogStoreError) {
        // Each round leaves fewer segments worth compacting; writers may add some meanwhile.
        let limit = shared.read { $0.segments.count } * 2 + 4
        for _ in 0..<limit {
            guard try compactOnce(isForced: true, meter) else { break }
        }
    }

    /// Merges all runs into one.
    func mergeAll(_ meter: ProgressMeter) throws(LogStoreError) {
        do throws(LogStoreError) {
            try merging.withLock { _ throws(LogStoreError) in
                _ = try mergeOnce(isForced: true, meter)
            }
        } catch {
            // On a device too full for it the runs stay as they are, and work.
            guard error.isNoSpace else { throw error }
        }
    }

    // MARK: Rounds

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
