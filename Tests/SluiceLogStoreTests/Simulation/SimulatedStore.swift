import SluiceStore
import SluiceStoreTesting
import SluiceSystem
import Synchronization
import Testing

@testable import SluiceLogStore

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
    /// A value that a key had at some time.
    struct Written: Hashable {
        var key: [UInt8]
        var value: [UInt8]
    }

    /// A snapshot with what it shows: also what expires while it is held.
    private struct Held {
        var engine: Engine
        var snapshot: LogStore.Snapshot
        var revision: Int64
        var documents: [[UInt8]: Model.Document]
    }

    let clock = ManualClock()
    var sync = LogStore.Sync.always
    var segmentBytes = 8192
    /// How many revisions the store keeps; 0 for none but the newest.
    var keepRevisions = 0
    /// Sizes at which background work begins; nil for those of a real store.
    var limits: Limits?
    /// Whether all happens on the caller's thread.
    var isInline = true
    var betweenSteps: @Sendable () -> Void = {}
    /// The model after each write that was acknowledged, in order.
    var history = [Model()]
    /// The clock at each state of `history`.
    private var times: [Int64] = [0]
    /// The first state of `history` that a crash may go back to.
    private var floor = 0
    /// The model if the write in flight took effect as well.
    var inFlight: [Model] = []
    /// Acknowledged states that history may be asked for, by their revisions.
    private(set) var past: [Int64: Model] = [:]
    /// Snapshots that are held, with what they show.
    private var held: [Held] = []
    /// Everything that was ever written, acknowledged or not.
    private(set) var written: Set<Written> = []

    init(
        sync: LogStore.Sync = .always, segmentBytes: Int = 8192, keepRevisions: Int = 0,
        isSmall: Bool = false
    ) {
        if isSmall { limits = Limits(LogStore.Options()) }
        self.sync = sync
        self.segmentBytes = segmentBytes
        self.keepRevisions = keepRevisions
    }

    /// Chooses other sizes at which background work begins, where they are small.
    mutating func changeLimits(_ random: inout SplitMix) {
        guard limits != nil else { return }
        limits?.memtableBytes = [1, 4096, 16 << 10, 256 << 10].randomElement(using: &random) ?? 1
        limits?.flushLogBytes = [4096, 16 << 10, 1 << 20].randomElement(using: &random) ?? 1
        limits?.closingLogBytes = [0, 2048, 1 << 20].randomElement(using: &random) ?? 1
    }

    var options: LogStore.Options {
        LogStore.Options(
            maximumLiveBytes: 1 << 20, sync: sync, isInline: isInline,
            clock: { [clock] in clock.now },
            memoryBytes: 1 << 20, keepRevisions: keepRevisions, segmentBytes: segmentBytes,
            operators: Workload.operators)
    }

    /// What was acknowledged.
    var model: Model {
        history[history.count - 1]
    }

    /// The states that a crash may leave: what was acknowledged under `Sync.always`, otherwise
    /// some state since the last one that must be durable; and what is in flight.
    var candidates: [Model] {
        let floor =
            switch sync {
            case .always: history.count - 1
            case .never: self.floor
            case .every(let milliseconds):
                max(
                    self.floor,
                    times.lastIndex { $0 <= times[times.count - 1] - Int64(milliseconds) } ?? 0)
            }
        return history[floor...] + inFlight
    }

    /// Notes that what was acknowledged is durable, whatever the mode.
    mutating func isDurable() {
        floor = history.count - 1
    }

    /// Goes on from one of the candidates that a crash left, given by its place.
    ///
    /// Under `Sync.always` it is durable once the store is open. Otherwise what was recovered may
    /// be lost again with the next crash, which then leaves one of the states before it.
    mutating func resume(from candidates: ArraySlice<Model>) {
        history = sync == .always ? Array(candidates.suffix(1)) : Array(candidates)
        times = history.map { _ in clock.now }
        floor = 0
        inFlight = []
        held = []
        past = past.filter { $0.key <= model.revision }
        past[model.revision] = model
    }

    /// Takes back that a step's writes made earlier ones durable: the power went in the sync that
    /// was due with them, of whose failure only the next write is told.
    mutating func mayHaveLost(since before: [Model]) {
        let newest = before[before.count - 1].revision
        history = before + candidates.filter { $0.revision > newest }
        times = history.map { _ in clock.now }
        floor = 0
        inFlight = []
    }

    func open(_ disk: SimulatedDisk) throws(LogStoreError) -> LogStore {
        LogStore(
            engine: try Engine.open(
                "/db", options: options,
                environment: Environment(
                    fileSystem: disk,
                    newIdentity: { StoreIdentity(bytes: Array(1...16)) }, limits: limits,
                    betweenSteps: betweenSteps)))
    }

    /// Runs a workload until it ends or the disk fails.
    mutating func run(_ workload: Workload, on disk: SimulatedDisk) throws {
        var store = try open(disk)
        try store.declare(collections: [Workload.collection])
        for step in workload.steps {
            if case .reopen = step {
                try store.close()
                store = try open(disk)
            } else {
                try perform(step, store)
            }
        }
        try store.close()
    }

    /// Does a step, if it is none that needs another store.
    mutating func perform(_ step: Workload.Step, _ store: LogStore) throws {
        switch step {
        case .advance(let milliseconds):
            clock.advance(milliseconds)
        case .flush:
            try store.flush()
        case .compact:
            try store.compact()
        case .reopen:
            break
        case .hold:
            held.removeAll { $0.engine !== store.engine }
            try checkHeld()
            if held.count > 1 { held.removeFirst() }
            held.append(
                Held(
                    engine: store.engine, snapshot: try store.snapshot(), revision: model.revision,
                    documents: model.live(at: clock.now)))
        case .recall(let back):
            guard keepRevisions > 0 else { return }
            let revisions = past.keys.filter { $0 >= model.revision - Int64(keepRevisions) }
            let sorted = revisions.sorted()
            guard back < sorted.count else { return }
            if let wrong = try recall(sorted[sorted.count - 1 - back], store) {
                Issue.record(Comment(rawValue: wrong))
            }
        case .find(let find):
            try check(find, store)
        case .write(let writes):
            try write(writes, to: store)
        }
    }

    mutating func write(_ writes: [LogStore.Write], to store: LogStore) throws {
        let results = begin(writes, to: store)
        for (result, isExpected) in results {
            switch result {
            case .success:
                #expect(isExpected)
            case .failure(.conflict):
                #expect(!isExpected)
            case .failure(let error):
                throw error
            }
        }
        acknowledge()
    }

    /// Does writes that are in flight until they are acknowledged; gives for each its result and
    /// whether it should succeed.
    ///
    /// `willWrite` hears how many states there may be before they are written.
    mutating func begin(
        _ writes: [LogStore.Write], to store: LogStore, willWrite: (Int) -> Void = { _ in }
    ) -> [(Result<LogStore.Outcome, LogStoreError>, Bool)] {
        var model = model
        inFlight = []
        let expected = writes.map { write in
            let isDone = model.apply(write, at: clock.now)
            inFlight.append(model)
            for operation in write.operations where isDone {
                guard let key = operation.recordKey?.key, let document = model.documents[key] else {
                    continue
                }
                written.insert(Written(key: key, value: document.value))
            }
            return isDone
        }
        willWrite(history.count - 1 + inFlight.count)
        return Array(zip(store.writeAndWait(writes), expected))
    }

    mutating func acknowledge() {
        history += inFlight
        times += inFlight.map { _ in clock.now }
        if keepRevisions > 0 {
            for model in inFlight { past[model.revision] = model }
            let oldest = model.revision - Int64(keepRevisions)
            if past.count > 2 * keepRevisions { past = past.filter { $0.key >= oldest } }
        }
        inFlight = []
    }

    /// Checks that a store holds what one of the candidates holds; gives its place among them.
    func match(
        _ store: LogStore, _ candidates: [Model], withGets: Bool = true
    ) throws -> Int? {
        let revision = store.revision
        guard candidates.contains(where: { $0.revision == revision }) else { return nil }
        let found = try contents(store, withGets: withGets)
        let position = try store.cursor(Workload.cursor)
        return candidates.lastIndex {
            $0.revision == revision && $0.live(at: clock.now) == found && $0.position == position
        }
    }

    /// What a store holds, by a search and by one get for each key.
    ///
    /// The gets are left out where the search alone is asked for.
    func contents(
        _ store: LogStore, withGets: Bool = true
    ) throws -> [[UInt8]: Model.Document] {
        guard store.collections.contains(Workload.collection) else { return [:] }
        let found = Model.documents(try store.find(Workload.collection, LogStore.Find()).records)
        guard withGets else { return found }
        for number in 0..<Workload.keyCount {
            let key = Workload.key(number)
            let single = try store.get(Workload.collection, key)
            if found[key]?.value != single?.value || found[key]?.revision != single?.revision {
                Issue.record("get and find differ for \(key)")
            }
        }
        return found
    }

    /// Checks that the snapshots show what they did.
    func checkHeld() throws {
        for one in held {
            #expect(one.snapshot.revision == one.revision)
            let page = try one.snapshot.find(Workload.collection, LogStore.Find())
            let wrong = Model.difference(Model.documents(page.records), one.documents)
            #expect(wrong == "", "snapshot of \(one.revision)")
        }
    }

    /// Reads everything as it was at an earlier revision; gives what is wrong.
    func recall(_ revision: Int64, _ store: LogStore) throws -> String? {
        guard let model = past[revision] else { return nil }
        let page = try store.find(Workload.collection, LogStore.Find(asOf: revision))
        let found = Model.documents(page.records)
        let wrong = Model.difference(found, model.live(at: clock.now))
        return wrong.isEmpty ? nil : "as of \(revision) of \(store.revision):\(wrong)"
    }

    /// Checks one page of a search against the model.
    func check(_ find: LogStore.Find, _ store: LogStore) throws {
        let page = try store.find(Workload.collection, find)
        let live = model.live(at: clock.now)
        let keys = model.keys(find, at: clock.now)
        #expect(page.records.map(\.key) == keys)
        #expect(page.records.map(\.value) == keys.map { live[$0]?.value })
        #expect(page.asOf == model.revision)
    }
}
