import SluiceSystem

extension Engine {
    private var isSynced: Bool { place.options.sync == .always }

    func write(_ writes: [LogStoreWrite]) async -> CommitQueue.Results {
        await run(.writes(writes))
    }

    func writeAndWait(_ writes: [LogStoreWrite]) -> CommitQueue.Results {
        runAndWait(.writes(writes))
    }

    func write(_ operation: LogStoreWrite.Operation) async -> Committer.Single {
        if let refusal { return .failure(refusal) }
        // A task's thread must not wait: others may be what it waits for.
        if !isSynced, !place.options.isInline,
            let result = queue.tryRunHere(operation, mayWait: false)
        {
            return result
        }
        return Self.single(await run(.writes([LogStoreWrite([operation])])))
    }

    func writeAndWait(_ operation: LogStoreWrite.Operation) -> Committer.Single {
        if let refusal { return .failure(refusal) }
        if !place.options.isInline, let result = queue.tryRunHere(operation) { return result }
        return Self.single(runAndWait(.writes([LogStoreWrite([operation])])))
    }

    /// The refusal of writes, where the store is open for reading only or waits for the caller.
    private var refusal: LogStoreError? {
        if updating.isHere { return .insideUpdate }
        return place.options.isReadOnly ? .readOnly : nil
    }

    private static func single(_ results: CommitQueue.Results) -> Committer.Single {
        guard let result = results.first else { return .failure(.closed) }
        return result.flatMap { $0.items.first.map { .success($0) } ?? .failure(.closed) }
    }

    func declare(_ names: [String]) throws(LogStoreError) {
        // There is nothing to write where all of them are there.
        if place.options.isReadOnly, try areDeclared(names) { return }
        try Self.check(runAndWait(.declare(names)))
    }

    private func areDeclared(_ names: [String]) throws(LogStoreError) -> Bool {
        try shared.read { state throws(LogStoreError) in
            guard !state.isClosed else { throw .closed }
            return names.allSatisfy { state.collections[Name($0)] != nil }
        }
    }

    func setCursor(_ name: String, _ revision: Int64) async throws(LogStoreError) {
        try Self.check(await run(.cursors([(name, revision)])))
    }

    /// Ends the active segment, so that compaction can have it.
    func roll() throws(LogStoreError) {
        try Self.check(runAndWait(.roll))
    }

    /// Writes the index of all that was written to disk, durably.
    func flush() throws(LogStoreError) {
        guard !updating.isHere else { throw .insideUpdate }
        // One memtable may be on its way already.
        _ = try flushFrozen()
        try Self.check(runAndWait(.freeze))
        _ = try flushFrozen()
        try durability.sync()
    }

    /// Counts the sums anew if they were seen to be wrong.
    func recount() throws(LogStoreError) {
        guard shared.read({ $0.areSumsWrong }) else { return }
        try Self.check(runAndWait(.recount))
    }

    private func runAndWait(_ work: CommitQueue.Work) -> CommitQueue.Results {
        if let refusal { return CommitQueue.refusal(work, refusal) }
        return place.options.isInline ? queue.runHere(work) : queue.runAndWait(work)
    }

    private func run(_ work: CommitQueue.Work) async -> CommitQueue.Results {
        if let refusal { return CommitQueue.refusal(work, refusal) }
        if place.options.isInline { return queue.runHere(work) }
        // Without a sync a commit takes microseconds: less than handing it to another thread.
        guard !isSynced, let results = queue.tryRunHere(work, mayWait: false) else {
            return await queue.run(work)
        }
        guard case .writes(let writes) = work, results.count < writes.count else { return results }
        return results + (await queue.run(.writes(Array(writes[results.count...]))))
    }

    private static func check(_ results: CommitQueue.Results) throws(LogStoreError) {
        guard let result = results.first else { throw .closed }
        _ = try result.get()
    }

    /// What comes before a round of commits: space and memory are waited for.
    func willCommit(_ committer: Committer) {
        if committer.isClosedInManifest {
            committer.isClosedInManifest = false
            undoClosing()
        }
        guard !place.options.isInline, committer.mayHaveToWait else { return }
        committer.mayHaveToWait = false
        waitForSpace()
        waitForMemory()
    }

    /// What follows a round of commits: readers of changes wake up, background work is looked at
    /// now and then.
    func didCommit(_ committer: Committer) {
        reader.feed.advance(to: committer.lastSequence)
        if place.options.isInline {
            syncInline()
        } else if case .every = place.options.sync, durability.isDirty {
            syncJob.ask { [unowned self] in try? durability.sync() }
        }
        if committer.namedSegment != committer.log.active.id {
            committer.namedSegment = committer.log.active.id
            askForCare()
        }
        guard committer.isCareDue || committer.isShortOfSpace else { return }
        if !place.options.isInline, let stretch = committer.log.stretchAhead() {
            spaceAhead.prepare(stretch)
        }
        committer.mayHaveToWait = true
        committer.nextCare = committer.bytesWritten + careDistance(committer.log)
        let isDue = isCompactionDue(after: committer)
        if committer.isShortOfSpace || reserve.isReleased {
            askForRoom(committer)
        } else {
            holdReserveNow()
        }
        // What compaction may take has to be in runs.
        freezeIfDue(committer, isForced: isDue && committer.bytesSinceFreeze > uncoveredBytes)
        if isDue || shared.read({ $0.layers.frozen != nil }) { askForCare() }
        if place.options.isInline { recountIfNeeded(committer) }
    }

    /// Bytes of log between two looks at space and memory; without threads each commit looks.
    private func careDistance(_ log: Log) -> Int {
        place.options.isInline
            ? 0 : min(64 << 10, place.options.memoryBytes / 32, log.segmentBytes / 16)
    }

    /// Log without runs that compaction can do without.
    private var uncoveredBytes: Int {
        place.options.segmentBytes(live: shared.read { $0.totals.liveBytes })
    }

    /// Without threads the interval of `Sync.every` is looked at after each commit.
    private func syncInline() {
        guard case .every(let milliseconds) = place.options.sync, durability.isDirty else { return }
        let now = clock.now()
        let isDue = lastSync.withLock { last in
            guard now - last >= Int64(milliseconds) else { return false }
            last = now
            return true
        }
        if isDue { try? durability.sync() }
    }
}
