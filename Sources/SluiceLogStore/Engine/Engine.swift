import SluiceSystem

/// An open store: its parts, and what takes several of them.
final class Engine: Sendable {
    let place: Place
    let shared: ReadWriteLocked<StoreState>
    let files: StoreFiles
    let reader: Reader
    let writer: Writer
    let maintenance: Maintenance
    let recoveryReport: LogStoreRecoveryReport
    let clock: StoreClock
    /// Whether this opening made the store.
    let isNew: Bool
    private let durability: Durability
    /// Held while the store closes, so that a second call returns when it is closed.
    private let isClosed = Monitor(false)

    init(
        _ committer: Committer, _ queue: CommitQueue, _ files: StoreFiles,
        _ maintenance: Maintenance, report: LogStoreRecoveryReport, isNew: Bool
    ) {
        place = committer.place
        shared = committer.shared
        durability = committer.durability
        clock = committer.clock
        self.files = files
        self.maintenance = maintenance
        reader = Reader(committer.place, committer.shared, committer.clock)
        reader.feed.advance(to: committer.lastSequence)
        writer = Writer(committer, queue, maintenance, reader.feed)
        recoveryReport = report
        self.isNew = isNew
    }

    // MARK: The store's own records

    func declare(_ names: [String]) throws(LogStoreError) {
        // There is nothing to write where all of them are there.
        if place.options.isReadOnly, try areDeclared(names) { return }
        try Self.check(writer.runAndWait(.declare(names)))
    }

    private func areDeclared(_ names: [String]) throws(LogStoreError) -> Bool {
        try shared.read { state throws(LogStoreError) in
            guard !state.isClosed else { throw .closed }
            return names.allSatisfy { state.collections[Name($0)] != nil }
        }
    }

    func setCursor(_ name: String, _ revision: Int64) async throws(LogStoreError) {
        try Self.check(await writer.run(.cursors([(name, revision)])))
    }

    func setCursorAndWait(_ name: String, _ revision: Int64) throws(LogStoreError) {
        try Self.check(writer.runAndWait(.cursors([(name, revision)])))
    }

    /// Writes down how much of history is kept from now on.
    func remember(_ retention: Retention) throws(LogStoreError) {
        let work = CommitQueue.Work.cursors(retention.cursors.map { ($0.text, $1) })
        do throws(LogStoreError) {
            _ = try writer.runAndWait(work).first?.get()
        } catch {
            // On a full device it holds for this owner.
            if case .diskFull = error { return }
            try? close()
            throw error
        }
    }

    private static func check(_ results: CommitQueue.Results) throws(LogStoreError) {
        guard let result = results.first else { throw .closed }
        _ = try result.get()
    }

    // MARK: Care

    /// Writes the index of all that was written to disk, durably.
    func flush() throws(LogStoreError) {
        guard !writer.isInsideUpdate else { throw .insideUpdate }
        // One memtable may be on its way already.
        _ = try maintenance.flushFrozen()
        try Self.check(writer.runAndWait(.freeze))
        _ = try maintenance.flushFrozen()
        try durability.sync()
    }

    /// Gives back all that can be given back now, for as long as `meter` goes on.
    func compact(_ meter: ProgressMeter) throws(LogStoreError) {
        guard !writer.isInsideUpdate else { throw .insideUpdate }
        let isClosed = shared.read { $0.isClosed }
        guard !isClosed else { throw .closed }
        if let failure = durability.failure { throw failure }
        // What compaction may take is in whole segments and in runs.
        try Self.check(writer.runAndWait(.roll))
        try flush()
        try meter.expect(maintenance.forcedWork)
        try maintenance.compactAll(meter)
        if shared.read({ $0.areSumsWrong }) { try Self.check(writer.runAndWait(.recount)) }
        maintenance.holdReserve()
        try maintenance.mergeAll(meter)
    }

    // MARK: Closing

    func close() throws(LogStoreError) {
        guard !writer.isInsideUpdate else { throw .insideUpdate }
        try isClosed.withLock { isClosed throws(LogStoreError) in
            guard !isClosed else { return }
            isClosed = true
            try closeOnce()
        }
    }

    private func closeOnce() throws(LogStoreError) {
        let committer = writer.queue.stop()
        maintenance.worker.stop()
        writer.stopJobs()
        defer {
            shared.write { $0.isClosed = true }
            reader.feed.finish()
            committer.log.active.file.unlock()
            files.letGo()
        }
        guard !place.options.isReadOnly else { return }
        // After a failed sync the log's end is not known; recovery finds it.
        if let failure = durability.failure { throw failure }
        try committer.checkOwner()
        try checkEnd(of: committer.log)
        // The cut itself need not be durable: it takes away nothing but zeros.
        try durability.sync()
        maintenance.flushForClosing(committer.report())
        if let failure = durability.failure { throw failure }
        try committer.log.trim()
        try maintenance.writeClosing(committer.report())
    }

    /// Makes sure that the end of the log is found again under its name.
    private func checkEnd(of log: Log) throws(LogStoreError) {
        guard !log.active.file.isFile(at: place.path(log.active.fileName)) else { return }
        throw durability.poison(.notOwner(path: place.directory))
    }

    /// Removes the files of a store that this opening made and that no record was written to, and
    /// closes it; gives whether it was such a store.
    func discard() -> Bool {
        guard isNew, shared.read({ $0.revision == 0 }), files.isAtItsPath else { return false }
        // Nothing is written from now on.
        durability.poison(.closed)
        NewStore.remove(from: place.directory, place.fileSystem)
        try? close()
        return true
    }
}
