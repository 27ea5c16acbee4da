import SluiceStoreTesting
import SluiceSystem

@testable import SluiceLogStore

/// One crash, what is recovered from it, and whether that is right.
struct CrashCheck {
    struct Wrong: Error, CustomStringConvertible {
        var description: String
    }

    /// One in so many crashes has the whole store verified.
    private static let verifiedDistance: UInt64 = 50

    let run: SimulatedStore
    let candidates: [Model]
    /// Whether the disk keeps what it promised to.
    let isHonest: Bool
    /// Whether one bit of what survives is another.
    let flipsBit: Bool
    let survival: SimulatedDisk.Survival
    let seed: UInt64

    /// Recovers and checks; gives the number of crashes that this took.
    func perform(_ image: SimulatedDisk.Image) throws -> Int {
        var random = SplitMix(seed: seed)
        var disk = image.survivor(survival, seed: random.next())
        var crashes = 1
        // The power goes again while the store is being recovered, sometimes twice.
        while random.one(in: 3), crashes < 4 {
            disk.expect(
                SimulatedDisk.Plan(
                    operation: Int.random(in: 0..<10, using: &random), fault: .crash))
            if let store = try? run.open(disk) { try? store.close() }
            guard disk.isDown else { break }
            let survivals = SimulatedDisk.Survival.allCases
            let again = survivals[Int.random(in: 0..<survivals.count, using: &random)]
            disk = disk.survivor(again, seed: random.next())
            crashes += 1
        }
        disk.expect(nil)
        guard isHonest, !flipsBit else {
            if flipsBit { flip(disk, &random) }
            try checkTruth(disk)
            return crashes
        }
        // The manifest is no truth: without it the store is the same. Only a segment that the crash
        // took as well, which it may where not all is synced, then looks like a compacted one.
        let losesManifest =
            run.sync == .always && random.one(in: 6)
            && disk.fileNames.contains(Manifest.fileName)
        if losesManifest {
            disk.setContent(Manifest.fileName, random.one(in: 2) ? nil : [1, 2, 3])
        }
        // What a crash left is no damage, before it is recovered and after.
        let isVerified = seed % Self.verifiedDistance == 0
        if isVerified, !losesManifest { try checkSound(disk) }
        let first = try recover(disk, &random)
        if isVerified { try checkSound(disk) }
        // What was recovered stays, even if nothing more gets to the device.
        if random.one(in: 3) {
            let second = try recover(disk.survivor(.none, seed: 0), &random)
            guard first == second else {
                throw Wrong(description: "recovered state \(first), then state \(second)")
            }
        }
        return crashes
    }

    /// Reads all of the store and throws what is damaged, if it has a segment yet.
    private func checkSound(_ disk: SimulatedDisk) throws {
        let hasSegment = disk.fileNames.contains { SegmentHead.id(fileName: $0) != nil }
        guard hasSegment else { return }
        let report: LogStore.VerificationReport
        do {
            report = try LogStore.verify("/db", Environment(fileSystem: disk))
        } catch {
            // The creation of the first segment was cut short.
            guard (error as LogStoreError).isNoSuchFile else { throw error }
            return
        }
        if !report.isSound { throw Wrong(description: "verify says \(report.damages)") }
    }

    /// Opens the store and gives the place of the state that it holds among the candidates.
    private func recover(_ disk: SimulatedDisk, _ random: inout SplitMix) throws -> Int {
        var run = run
        run.changeLimits(&random)
        let store = try run.open(disk)
        let damages = store.recoveryReport.damages.filter { $0.file != Manifest.fileName }
        guard damages.isEmpty else {
            throw Wrong(description: "damage reported: \(store.recoveryReport.damages)")
        }
        let withGets = random.one(in: 3)
        guard let found = try run.match(store, candidates, withGets: withGets) else {
            throw Wrong(description: try difference(store))
        }
        guard run.checkStatistics(store, candidates[found].live(at: run.clock.now)) else {
            throw Wrong(description: "the statistics are not a recount: \(store.statistics)")
        }
        try checkHistory(store, &random)
        if random.one(in: 2) { try store.close() }
        return found
    }

    /// Reads everything as it was at some earlier revision.
    private func checkHistory(_ store: LogStore, _ random: inout SplitMix) throws {
        let horizon = store.horizon
        let earlier = run.past.keys.filter { $0 >= horizon && $0 <= store.revision }.sorted()
        guard run.keepRevisions > 0, store.collections.contains(Workload.collection),
            let revision = earlier.randomElement(using: &random),
            let wrong = try run.recall(revision, store)
        else { return }
        throw Wrong(description: wrong)
    }

    /// Looks only for what was never written, and for differences that nobody tells.
    private func checkTruth(_ disk: SimulatedDisk) throws {
        let store: LogStore
        do throws(LogStoreError) {
            store = try run.open(disk)
        } catch {
            guard ["corrupt", "unsupported_format"].contains(error.code) else { throw error }
            return
        }
        guard store.collections.contains(Workload.collection) else { return }
        var isTold = !store.recoveryReport.damages.isEmpty || store.recoveryReport.bytesCut > 0
        for number in 0..<Workload.keyCount {
            do throws(LogStoreError) {
                let key = Workload.key(number)
                guard let record = try store.get(Workload.collection, key) else { continue }
                guard run.written.contains(.init(key: key, value: record.value)) else {
                    throw LogStoreError.invalid("an invented value of \(key)")
                }
            } catch {
                guard case .corrupt = error else { throw error }
                isTold = true
            }
        }
        do {
            if isHonest, !isTold, try run.match(store, candidates) == nil {
                throw Wrong(
                    description: "a difference that nobody tells: " + (try difference(store)))
            }
            // It goes on, unless the index cannot say what the key had.
            let result = store.writeAndWait([
                LogStore.Write([.put(collection: Workload.collection, key: [1], value: [2])])
            ])
            _ = try result[0].get()
        } catch LogStoreError.corrupt(let file, _, _, _, _) where Run.id(fileName: file) != nil {
            // Told as well: opening reads no more of a run than its footer.
        }
    }

    private func flip(_ disk: SimulatedDisk, _ random: inout SplitMix) {
        let names = disk.fileNames.filter { !disk.content($0).isEmpty }
        guard !names.isEmpty else { return }
        let name = names[Int.random(in: 0..<names.count, using: &random)]
        var bytes = disk.content(name)
        bytes[Int.random(in: 0..<bytes.count, using: &random)] ^=
            1 << UInt8.random(in: 0..<8, using: &random)
        disk.setContent(name, bytes)
    }

    /// How what was found differs from what was acknowledged last.
    private func difference(_ store: LogStore) throws -> String {
        let found = try run.contents(store)
        let same = candidates.last { $0.revision == store.revision }
        let expected = (same ?? run.model).live(at: run.clock.now)
        return "no acknowledged state: revision \(store.revision), expected one of"
            + " \(candidates.map(\.revision))" + Model.difference(found, expected)
    }
}
