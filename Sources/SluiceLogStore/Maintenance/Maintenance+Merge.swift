import SluiceSystem

extension Maintenance {
    /// Merges some runs into one if there are enough of like size; gives whether there were.
    ///
    /// What cannot wait meanwhile is done in between.
    func mergeOnce(
        isForced: Bool = false, _ meter: ProgressMeter? = nil
    ) throws(LogStoreError) -> Bool {
        guard care.withLock({ $0.isSettled }) else { return false }
        let runs = shared.read { $0.layers.runs }
        // On a full device merges give space back, with half of what is held back for that.
        let isLimited = reserve.isReleased
        let range =
            isLimited
            ? MergePlan.newest(runs.map(\.byteCount), within: reserve.room)
            : isForced && runs.count > 1
                ? runs.indices : MergePlan.choose(runs.map(\.entryCount))
        guard let range else { return false }
        try files.checkFolder()
        let inputs = Array(runs[range])
        let taken = care.withLock { $0.manifest.expiry.taken }
        let policy = versionPolicy(isBottom: range.upperBound == runs.count, expired: taken)
        let output = try files.writeRun(
            expectedEntries: inputs.reduce(0) { $0 + $1.entryCount }
        ) { writer throws(LogStoreError) in
            try RunMerge.write(
                inputs, to: writer,
                checkpoint: { () throws(LogStoreError) in
                    if !isLimited { try checkSpace() }
                    try meter?.advance(RunMerge.checkpointByteCount)
                    try doUrgent()
                },
                keeps: { policy.keeps($0.entry, newer: $0.newer, $0.collection) })
        }
        place.betweenSteps()
        try care.withLock { care throws(LogStoreError) in
            // Runs may have come above meanwhile; the inputs are still side by side.
            var runs = shared.read { $0.layers.runs }
            guard let start = runs.firstIndex(where: { $0 === inputs[0] }) else {
                if let output { try place.fileSystem.remove(place.path(Run.fileName(output.id))) }
                return
            }
            runs.replaceSubrange(
                start..<start + inputs.count, with: output.map { [$0] } ?? [])
            var manifest = care.manifest
            manifest.runs = runs.map(\.manifestEntry)
            manifest.horizon = max(manifest.horizon, policy.horizon)
            manifest.end = max(manifest.end, durability.synced)
            try files.removing(output) { () throws(LogStoreError) in try files.write(manifest) }
            care.manifest = manifest
            shared.write { $0.setLayers(runs: runs) }
        }
        place.betweenSteps()
        // A file that cannot be removed now is removed when the store is opened.
        for run in inputs { try? place.fileSystem.remove(place.path(Run.fileName(run.id))) }
        return true
    }

    /// Work that a long merge makes way for.
    private func doUrgent() throws(LogStoreError) {
        if worker.isStopped { throw .closed }
        _ = try? flushFrozen()
        if isCompactionNeeded { _ = try? compactOnce(isForced: false) }
    }
}
