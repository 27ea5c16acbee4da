import SluiceStoreTesting
import Testing

@testable import SluiceLogStore

/// History reaches as far back as was asked for, whatever happens to the store, and what it tells
/// is what was written.
@Suite struct HistoryReachTests {
    @Test(arguments: [1, 3, 25, 1000], [1] as [UInt64])
    func whatWasAskedForIsThereAfterEachStep(keep: Int, seed: UInt64) throws {
        var model = try HistoryModel(seed: seed, keep: keep)
        for step in 0..<220 {
            try model.step(keep: keep)
            if let wrong = model.check(keep: Int64(keep)) {
                Issue.record("\(wrong), step \(step), seed \(seed), keeps \(keep)")
                return
            }
        }
    }

    /// Whoever asks for nothing keeps what the last one asked for.
    @Test(arguments: [3, 25], UInt64(11)...12)
    func whatWasAskedForIsRemembered(keep: Int, seed: UInt64) throws {
        var model = try HistoryModel(seed: seed, keep: keep)
        for step in 0..<150 {
            try model.step(keep: nil)
            if let wrong = model.check(keep: Int64(keep)) {
                Issue.record("\(wrong), step \(step), seed \(seed), remembers \(keep)")
                return
            }
        }
    }

    /// History is turned off and on; what can still be asked for is right, and a promise holds for
    /// what was written since it was made.
    @Test(arguments: UInt64(21)...22)
    func historyTurnedOffAndOnTellsNothingWrong(seed: UInt64) throws {
        var model = try HistoryModel(seed: seed, keep: 25)
        var keep = 25
        var promisedFrom: Int64 = 0
        for step in 0..<250 {
            if model.chance(20) {
                let before = keep
                keep = [0, 3, 25].filter { $0 != before }[model.chance(2) ? 0 : 1]
                try model.reopen(keep: keep, isClosed: model.chance(2))
                // What was given up before does not come back.
                if keep > before {
                    promisedFrom = before == 0 ? model.revision : model.revision - Int64(before)
                }
            } else {
                try model.step(keep: keep)
            }
            let promised = min(Int64(keep), model.revision - max(0, promisedFrom))
            for wrong in [model.check(keep: nil), model.check(keep: max(0, promised))] {
                guard let wrong else { continue }
                Issue.record("\(wrong), step \(step), seed \(seed), keeps \(keep)")
                return
            }
        }
    }

    /// Without the manifest nobody knows which versions compaction has removed: what is told is
    /// complete or `gone`, and from then on the promise holds.
    @Test(arguments: [3, 25], [31] as [UInt64])
    func aLostManifestMovesTheHorizonToWhatIsComplete(keep: Int, seed: UInt64) throws {
        var model = try HistoryModel(seed: seed, keep: keep)
        var lostAt: Int64 = 0
        for step in 0..<200 {
            if model.chance(25) {
                try model.reopen(keep: keep, isClosed: model.chance(2), hasManifest: false)
                lostAt = model.revision
                for revision in max(0, lostAt - 60)...lostAt {
                    for wrong in [model.wrong(at: revision), model.wrongChanges(after: revision)] {
                        guard let wrong, wrong != "gone" || revision == lostAt else { continue }
                        Issue.record("\(wrong), manifest lost in step \(step), seed \(seed)")
                        return
                    }
                }
                #expect(model.store.horizon <= model.store.revision)
            } else {
                try model.step(keep: keep)
            }
            let promised = min(Int64(keep), model.revision - lostAt)
            for wrong in [model.check(keep: nil), model.check(keep: promised)] {
                guard let wrong else { continue }
                Issue.record("\(wrong), step \(step), seed \(seed), keeps \(keep)")
                return
            }
        }
    }

    /// Compaction comes to an end: without writes there is nothing more to do.
    @Test(arguments: [0, 1, 25, 1000], [41] as [UInt64])
    func compactionEndsWithoutWrites(keep: Int, seed: UInt64) throws {
        var model = try HistoryModel(seed: seed, keep: keep)
        for _ in 0..<3 {
            for _ in 0..<120 { try model.step(keep: keep) }
            for _ in 0..<3 { try model.store.compact() }
            let before = model.store.statistics
            model.disk.expect(nil)
            try model.store.compact()
            let after = model.store.statistics
            #expect(after.compactedBytes == before.compactedBytes)
            #expect(after.segments == before.segments)
            #expect(after.totalBytes == before.totalBytes)
            // A manifest or two, and no segment.
            #expect(model.disk.operations < 30)
            if let wrong = model.check(keep: Int64(keep)) { Issue.record("\(wrong)") }
        }
    }
}
