import SluiceStoreTesting
import SluiceSystem

@testable import SluiceLogStore

/// A store on a simulated disk, with every change that it was ever told.
struct HistoryModel {
    /// One change: the value put, or nil for a delete.
    struct Change: Equatable {
        var revision: Int64
        var key: [UInt8]
        var value: [UInt8]?
    }

    var disk = SimulatedDisk()
    var store: LogStore
    private(set) var changes: [Change] = []
    /// What was live at each revision.
    private(set) var states: [[[UInt8]: [UInt8]]] = [[:]]
    private var random: SplitMix
    private var sync: LogStore.Sync
    private var limits: Limits

    var revision: Int64 { Int64(changes.count) }

    init(seed: UInt64, keep: Int?) throws {
        random = SplitMix(seed: seed)
        sync = [.always, .never].randomElement(using: &random) ?? .always
        limits = Limits(LogStore.Options())
        store = try Self.open(disk, keep, sync, limits)
    }

    private static func open(
        _ disk: SimulatedDisk, _ keep: Int?, _ sync: LogStore.Sync, _ limits: Limits
    ) throws -> LogStore {
        let options = LogStore.Options(
            maximumLiveBytes: 1 << 20, sync: sync, isInline: true, clock: { 1_000_000 },
            memoryBytes: 1 << 20, keepRevisions: keep, segmentBytes: 5120)
        let store = LogStore(
            engine: try Engine.open(
                "/db", options: options,
                environment: Environment(
                    fileSystem: disk, newIdentity: { StoreIdentity(bytes: Array(1...16)) },
                    limits: limits)))
        try store.declare(collections: ["c"])
        return store
    }

    /// Goes on after a close or a kill, which lose nothing as the machine stays up.
    mutating func reopen(keep: Int?, isClosed: Bool, hasManifest: Bool = true) throws {
        if isClosed { try store.close() }
        let next = disk.afterKill
        if !hasManifest { next.setContent(Manifest.fileName, nil) }
        disk = next
        limits.memtableBytes = [1, 4096, 256 << 10].randomElement(using: &random) ?? 1
        limits.flushLogBytes = [4096, 16 << 10, 1 << 20].randomElement(using: &random) ?? 1
        limits.closingLogBytes = [0, 2048, 1 << 20].randomElement(using: &random) ?? 1
        store = try Self.open(disk, keep, sync, limits)
    }

    /// One batch of puts and deletes of a few keys.
    mutating func write() throws {
        var operations: [LogStore.Write.Operation] = []
        var state = states[states.count - 1]
        var used: Set<[UInt8]> = []
        for _ in 0..<(random.one(in: 4) ? Int.random(in: 2...4, using: &random) : 1) {
            let key = Array("k\(Int.random(in: 0..<12, using: &random))".utf8)
            guard used.insert(key).inserted else { continue }
            if random.one(in: 3) {
                operations.append(.delete(collection: "c", key: key))
                guard state.removeValue(forKey: key) != nil else { continue }
                changes.append(Change(revision: revision + 1, key: key, value: nil))
            } else {
                let value = (0..<Int.random(in: 0...90, using: &random)).map {
                    UInt8(truncatingIfNeeded: changes.count + $0)
                }
                operations.append(.put(collection: "c", key: key, value: value))
                state[key] = value
                changes.append(Change(revision: revision + 1, key: key, value: value))
            }
            states.append(state)
        }
        _ = try store.writeAndWait([LogStore.Write(operations)])[0].get()
    }

    /// A write, or seldom a flush, a compaction, a clean end or a kill.
    mutating func step(keep: Int?) throws {
        switch Int.random(in: 0..<30, using: &random) {
        case 0: try store.compact()
        case 1: try store.flush()
        case 2: try reopen(keep: keep, isClosed: true)
        case 3: try reopen(keep: keep, isClosed: false)
        default: try write()
        }
    }

    mutating func chance(_ count: Int) -> Bool { random.one(in: count) }

    mutating func pick(_ range: ClosedRange<Int64>) -> Int64 {
        Int64.random(in: range, using: &random)
    }

    /// What is wrong with reading at one revision; nil where it is right, and `gone` where it is
    /// not kept.
    func wrong(at revision: Int64) -> String? {
        let state = states[Int(revision)]
        do throws(LogStoreError) {
            let page = try store.find("c", LogStore.Find(asOf: revision))
            let found = Dictionary(uniqueKeysWithValues: page.records.map { ($0.key, $0.value) })
            guard found == state else { return "find as of \(revision)" }
            for number in 0..<12 {
                let key = Array("k\(number)".utf8)
                let value = try store.get("c", key, asOf: revision)?.value
                guard value == state[key] else { return "k\(number) as of \(revision)" }
            }
            return nil
        } catch {
            if case .gone = error { return "gone" }
            return "\(error)"
        }
    }

    /// What is wrong with the changes after one revision; as above.
    func wrongChanges(after revision: Int64) -> String? {
        do throws(LogStoreError) {
            let page = try store.changes(after: revision, limit: .max)
            let found = page.changes.map {
                Change(revision: $0.revision, key: $0.key, value: $0.isDelete ? nil : $0.value)
            }
            guard found == Array(changes[Int(revision)...]) else {
                return "changes after \(revision): \(found.map(\.revision))"
            }
            guard page.through == self.revision, page.damages.isEmpty else {
                return "through \(page.through) of \(self.revision), \(page.damages)"
            }
            return nil
        } catch {
            if case .gone = error { return "gone" }
            return "\(error)"
        }
    }

    /// Everything that can be asked for is right; what `keep` promises is there.
    ///
    /// Without a promise all revisions are asked for, and may be gone.
    mutating func check(keep: Int64?) -> String? {
        guard store.revision == revision else { return "revision \(store.revision) of \(revision)" }
        let oldest = keep.map { max(0, revision - $0) } ?? 0
        for reached in Set([oldest, revision, pick(oldest...revision), pick(oldest...revision)]) {
            let isKept = keep != nil || reached == revision
            for wrong in [wrong(at: reached), wrongChanges(after: reached)] {
                guard let wrong, isKept || wrong != "gone" else { continue }
                return "\(wrong), asked for \(reached) of \(revision)"
            }
        }
        return nil
    }
}
