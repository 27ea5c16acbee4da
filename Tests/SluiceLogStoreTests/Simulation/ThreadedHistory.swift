import Glibc
import SluiceStoreTesting
import SluiceSystem
import Synchronization
import Testing

@testable import SluiceLogStore

/// A seeded run of a store with its threads on a simulated disk, whose process dies at many moments.
///
/// Threads yield at random between the steps of freezing, flushing, merging, compaction and removal,
/// and before operations of the disk, so that every order of them comes up. The workload follows
/// from the seed, the order of the threads does not.
final class ThreadedHistory: Sendable {
    /// The disk at one moment, with how many states were acknowledged and begun by then.
    private struct Image {
        var state: SimulatedDisk.Image
        var acknowledged: Int
        var begun: Int
    }

    private struct Watch {
        var random: SplitMix
        var images: [Image] = []
        var operations = 0
    }

    private static let mostImages = 64

    private let seed: UInt64
    private let disk = SimulatedDisk()
    private let acknowledged = Atomic(0)
    private let begun = Atomic(0)
    private let watch: Monitor<Watch>

    init(seed: UInt64) {
        self.seed = seed
        watch = Monitor(Watch(random: SplitMix(seed: seed &+ 77)))
    }

    private var plan: CrashHistory.Plan {
        CrashHistory.Plan(seed: seed, isSmall: true)
    }

    /// Writes, dies, and checks what each death left; gives how many there were.
    func perform(writes: Int) throws -> Int {
        var run = SimulatedStore(
            sync: plan.sync, segmentBytes: plan.segmentBytes, keepRevisions: plan.keepRevisions,
            isSmall: plan.isSmall)
        var random = SplitMix(seed: seed &+ 99)
        run.changeLimits(&random)
        run.isInline = false
        run.betweenSteps = { [self] in pause() }
        disk.observe { [self] in look() }
        let store = try run.open(disk)
        try store.declare(collections: [Workload.collection])
        var workload = Workload(seed: seed)
        for _ in 0..<writes {
            guard case .write(let batch) = workload.next() else {
                run.clock.advance(1)
                continue
            }
            let results = run.begin(batch, to: store) { [self] count in
                begun.store(count, ordering: .sequentiallyConsistent)
            }
            for (result, isExpected) in results {
                if case .failure(let error) = result, isExpected { throw error }
            }
            run.acknowledge()
            acknowledged.store(run.history.count - 1, ordering: .sequentiallyConsistent)
        }
        try store.close()
        disk.observe(nil)
        run.isInline = true
        run.betweenSteps = {}
        return try check(run)
    }

    /// Lets other threads run for a while.
    private func pause() {
        let count = watch.withLock { $0.random.one(in: 3) ? Int($0.random.next() % 400) : 0 }
        for _ in 0..<count { sched_yield() }
    }

    /// Keeps the disk as it is now and then, and pauses.
    private func look() {
        let isDue = watch.withLock { watch in
            watch.operations += 1
            return watch.random.one(in: 24)
        }
        if isDue {
            let acknowledged = acknowledged.load(ordering: .sequentiallyConsistent)
            let state = disk.image
            let begun = begun.load(ordering: .sequentiallyConsistent)
            watch.withLock { watch in
                let image = Image(state: state, acknowledged: acknowledged, begun: begun)
                // A fair sample of all moments.
                if watch.images.count < Self.mostImages {
                    watch.images.append(image)
                } else {
                    let place = Int(watch.random.next() % UInt64(watch.operations / 24 + 1))
                    if place < Self.mostImages { watch.images[place] = image }
                }
            }
        }
        pause()
    }

    private func check(_ run: SimulatedStore) throws -> Int {
        let images = watch.withLock { $0.images }
        for (number, image) in images.enumerated() {
            let candidates = Array(run.history[image.acknowledged...image.begun])
            let check = CrashCheck(
                run: run, candidates: candidates, isHonest: true, flipsBit: false, survival: .all,
                seed: UInt64(number) * 50)
            do {
                _ = try check.perform(image.state)
            } catch {
                Issue.record("\(error)\nat seed \(seed), image \(number)")
                return number
            }
        }
        return images.count
    }
}
