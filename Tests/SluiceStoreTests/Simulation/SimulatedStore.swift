import Synchronization
import Testing

@testable import SluiceStore

/// A clock that tests move.
final class ManualClock: Sendable {
    private let time = Atomic<Int64>(1_000_000)

    var now: Int64 { time.load(ordering: .relaxed) }

    func advance(_ milliseconds: Int64) {
        time.wrappingAdd(milliseconds, ordering: .relaxed)
    }
}

/// An inline store on a simulated disk, run in step with its model.
struct SimulatedStore {
    let clock = ManualClock()
    var sync = LogStore.Sync.always
    var segmentBytes = 8192
    /// The model after each write that was acknowledged, in order.
    var history = [Model()]
    /// The model if the write in flight took effect as well.
    var inFlight: [Model] = []

    var options: LogStore.Options {
        LogStore.Options(
            maximumLiveBytes: 1 << 20, sync: sync, isInline: true, clock: { [clock] in clock.now },
            segmentBytes: segmentBytes)
    }

    func open(_ disk: SimulatedDisk) throws(LogStoreError) -> LogStore {
        LogStore(
            engine: try Engine.open(
                "/db", options: options,
                environment: Environment(
                    fileSystem: disk,
                    newIdentity: { StoreIdentity(bytes: Array(1...16)) })))
    }

    /// Runs a workload until it ends or the disk fails.
    mutating func run(_ workload: Workload, on disk: SimulatedDisk) throws {
        var store = try open(disk)
        try store.declare(collections: [Workload.collection])
        for step in workload.steps {
            switch step {
            case .advance(let milliseconds):
                clock.advance(milliseconds)
            case .compact:
                try store.compact()
            case .reopen:
                try store.close()
                store = try open(disk)
            case .write(let writes):
                try write(writes, to: store)
            }
        }
        try store.close()
    }

    mutating func write(_ writes: [LogStore.Write], to store: LogStore) throws {
        var model = history[history.count - 1]
        inFlight = []
        let expected = writes.map { write in
            let isDone = model.apply(write, at: clock.now)
            inFlight.append(model)
            return isDone
        }
        for (result, isExpected) in zip(store.writeAndWait(writes), expected) {
            switch result {
            case .success:
                #expect(isExpected)
            case .failure(.conflict):
                #expect(!isExpected)
            case .failure(let error):
                throw error
            }
        }
        history += inFlight
        inFlight = []
    }

    /// Checks that a store holds what one of the candidates holds; gives its place among them.
    func match(_ store: LogStore, _ candidates: [Model]) throws -> Int? {
        let found = try contents(store)
        return candidates.lastIndex {
            $0.live(at: clock.now) == found && $0.revision == store.revision
        }
    }

    func contents(_ store: LogStore) throws -> [[UInt8]: Model.Document] {
        guard store.collections.contains(Workload.collection) else { return [:] }
        var found: [[UInt8]: Model.Document] = [:]
        for record in try store.find(Workload.collection, LogStore.Find()).records {
            found[record.key] = Model.Document(
                value: record.value, revision: record.revision, expiresAt: record.expiresAt)
            let single = try store.get(Workload.collection, record.key)
            #expect(single == record)
        }
        return found
    }

    /// Counts everything anew and compares with the sums that the store keeps.
    func checkSums(_ store: LogStore) throws {
        let documents = try contents(store)
        let statistics = store.statistics
        #expect(statistics.liveBytes == Model.charge(documents))
        #expect(statistics.records == documents.count)
        store.engine.shared.read { state in
            var (live, dead): ([UInt32: Int], [UInt32: Int]) = ([:], [:])
            var tombstones = 0
            for collection in 0..<UInt16(8) {
                var walk = state.index.walk(collection, from: .unbounded, reverse: false)
                while let leaf = walk?.next() {
                    let entry = leaf.entry
                    #expect(state.segments[entry.segment] != nil)
                    if entry.isDead {
                        dead[entry.segment, default: 0] += Int(entry.length)
                        tombstones += 1
                    } else {
                        live[entry.segment, default: 0] += Int(entry.length)
                    }
                }
            }
            #expect(tombstones == state.tombstones)
            for segment in state.segments.values {
                #expect(segment.liveBytes == live[segment.id] ?? 0)
                #expect(segment.tombstoneBytes == dead[segment.id] ?? 0)
            }
        }
    }
}
