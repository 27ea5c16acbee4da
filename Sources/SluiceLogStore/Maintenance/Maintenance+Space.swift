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

extension Maintenance {
    /// Compaction begins when dead bytes exceed this part of the live ones, and a segment.
    private static let startPercent = 70
    /// Writers wait when dead bytes exceed this part of the live ones, and a segment and a half.
    private static let waitPercent = 95

    // MARK: When

    /// Whether dead bytes ask for compaction, and bytes at which to seal segments now; nil where
    /// too little was written to look.
    func lookForWaste(_ report: CommitReport) -> (isMuch: Bool, segmentBytes: Int)? {
        let isTime = compactions.withLock { progress in
            progress.bytesWritten = report.bytesWritten
            guard report.bytesWritten >= progress.nextLook else { return false }
            progress.nextLook = report.bytesWritten + min(report.segmentBytes / 4, 1 << 20)
            return true
        }
        guard isTime else { return nil }
        let (live, waste) = usage
        if isCrowded(live, waste) { compactions.withLock { $0.isCrowded = true } }
        return (isWasteful(live, waste), place.options.segmentBytes(live: live))
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
    func waitForRoom(_ report: CommitReport) -> Bool {
        let (_, waste) = usage
        guard waste > futileWaste.load(ordering: .relaxed) else { return false }
        let before = compactions.withLock { $0.attempts }
        isRoomWaitedFor.store(true, ordering: .relaxed)
        let isAsked = askForRoom(report, isWaitedFor: true)
        if isAsked, !place.options.isInline {
            compactions.wait(until: { $0.attempts > before }) { _ in }
        }
        let left = usage.waste
        let hasRoom = !reserve.isReleased
        futileWaste.store(hasRoom && left < waste ? 0 : left, ordering: .relaxed)
        return hasRoom
    }

    /// Runs `body` while background work stands still and has given back what it took, with what is
    /// held back on the device.
    func standingStill<R: Sendable>(_ body: () -> R) -> R {
        // Compaction or a merge that finds the device full gives back what it wrote.
        merging.withLock { _ in
            care.withLock { _ in
                _ = reserve.release()
                return body()
            }
        }
    }

    /// Has compaction look for every byte that it can give back; gives whether it will.
    @discardableResult
    func askForRoom(_ report: CommitReport, isWaitedFor: Bool = false) -> Bool {
        let (live, waste) = usage
        // What compaction may take has to be in runs, and writing one needs space too.
        let isMuch = report.isShortOfSpace || bytesSinceFreeze(report) > reserve.byteCount / 8
        freezeIfDue(report, isForced: isWaitedFor || isMuch && waste > live / 10)
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
    func holdReserve() {
        // Not while a delete uses it.
        care.withLock { _ in holdReserveNow() }
    }

    func holdReserveNow() {
        let (total, live) = shared.read { ($0.totalBytes, $0.totals.liveBytes) }
        reserve.hold(storeBytes: total, segmentBytes: place.options.segmentBytes(live: live))
    }
}
