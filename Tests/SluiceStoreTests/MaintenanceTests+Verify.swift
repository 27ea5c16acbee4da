import Testing

@testable import SluiceStore

/// `verify` says nothing of a sound store, whatever state it is in, and names every damage.
@Suite struct VerifyTests {
    private func environment(_ disk: SimulatedDisk) -> Environment {
        Environment(fileSystem: disk, newIdentity: { StoreIdentity(bytes: Array(1...16)) })
    }

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func aSoundStoreVerifiesAtEveryStep(seed: UInt64) throws {
        let disk = SimulatedDisk()
        var run = SimulatedStore(
            sync: seed % 2 == 0 ? .always : .never, segmentBytes: seed % 3 == 0 ? 5120 : 8192)
        var store = try run.open(disk)
        try store.declare(collections: [Workload.collection])
        let steps = Workload(seed: seed, count: 120, reopens: true).steps
        for (number, step) in steps.enumerated() {
            if case .reopen = step {
                try store.close()
                store = try run.open(disk)
            } else {
                try run.perform(step, store)
            }
            if number % 17 == 0 { try store.flush() }
            let report = try LogStore.verify("/db", environment(disk))
            #expect(report.damages == [], "seed \(seed), step \(number)")
            guard report.isSound else { return }
            #expect(report.segments == store.statistics.segments)
            #expect(report.runs == store.statistics.runs)
        }
        #expect(try LogStore.verify("/db", environment(disk)).records > 0)
    }
}
