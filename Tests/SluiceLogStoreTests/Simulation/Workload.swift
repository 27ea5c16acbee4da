import SluiceStore
import SluiceSystem

@testable import SluiceLogStore

/// A seeded sequence of steps on one collection with few keys, so that everything is overwritten,
/// deleted, expired and compacted often.
struct Workload {
    enum Step: Sendable {
        case write([LogStore.Write])
        case advance(Int64)
        case flush
        case compact
        case reopen
        case find(LogStore.Find)
        /// Takes a snapshot, and lets an older one go.
        case hold
        /// Reads everything as it was so many acknowledged writes ago.
        case recall(Int)
    }

    static let collection = "c"
    static let keyCount = 24
    /// The cursor that some of its batches set.
    static let cursor = "position"
    /// What its merges name.
    static let operators = MergeOperators([
        MergeOperator("append") { input throws(StoreError) in
            MergeOperator.Result(
                .put(
                    appended(input.operand, to: input.old?.value),
                    expiresAt: input.old?.expiresAt))
        }
    ])

    static func appended(_ operand: [UInt8], to value: [UInt8]?) -> [UInt8] {
        Array((value ?? []).prefix(150)) + operand
    }

    /// The first of its steps.
    private(set) var steps: [Step] = []
    private var random: SplitMix
    private let keys: Int
    private let reopens: Bool

    init(seed: UInt64, count: Int = 0, keys: Int = Workload.keyCount, reopens: Bool = false) {
        random = SplitMix(seed: seed)
        self.keys = keys
        self.reopens = reopens
        steps.reserveCapacity(count)
        for _ in 0..<count { steps.append(next()) }
    }

    /// The step after those given so far.
    mutating func next() -> Step {
        switch Int.random(in: 0..<40, using: &random) {
        case 0: .compact
        case 1, 2: .advance(Int64.random(in: 1...900, using: &random))
        case 3 where reopens: .reopen
        case 4, 5: .find(Self.find(&random, keys))
        case 6: .flush
        case 7: .hold
        case 8: .recall(Int.random(in: 0..<30, using: &random))
        default: .write(Self.writes(&random, keys))
        }
    }

    private static func writes(_ random: inout SplitMix, _ keys: Int) -> [LogStore.Write] {
        (0..<(random.one(in: 4) ? 3 : 1)).map { _ in
            var used: Set<[UInt8]> = []
            let count = random.one(in: 4) ? Int.random(in: 2...5, using: &random) : 1
            var operations: [LogStore.Write.Operation] = []
            for _ in 0..<count {
                let operation = operation(&random, keys)
                if used.insert(operation.recordKey?.key ?? []).inserted {
                    operations.append(operation)
                }
            }
            let isSure = operations.contains { operation in
                if case .put(_, _, _, nil, _) = operation { true } else { false }
            }
            if isSure, random.one(in: 6) {
                let place = Int.random(in: 0...operations.count, using: &random)
                let position = Int64.random(in: 0...1000, using: &random)
                operations.insert(
                    .contract(.cursor(Name(cursor), position: position)), at: place)
            }
            return LogStore.Write(operations)
        }
    }

    private static func operation(
        _ random: inout SplitMix, _ keys: Int
    ) -> LogStore.Write.Operation {
        let key = key(Int.random(in: 0..<keys, using: &random))
        let condition: Int64? = random.one(in: 8) ? Int64.random(in: 0...4, using: &random) : nil
        switch Int.random(in: 0..<10, using: &random) {
        case 0, 1, 2:
            return .delete(collection: collection, key: key, ifRevision: condition)
        case 3:
            let suffix = UInt8.random(in: 0...255, using: &random)
            guard random.one(in: 2) else {
                return .contract(
                    .merge(
                        RecordKey(Name(collection), key), operator: "append", operand: [suffix],
                        ifRevision: condition))
            }
            return .update(collection: collection, key: key, ifRevision: condition) { record in
                appended([suffix], to: record?.value)
            }
        case 4:
            guard let condition else { fallthrough }
            return .contract(
                .check(RecordKey(Name(collection), key), ifRevision: condition))
        default:
            let length = Int.random(in: 0...200, using: &random)
            let byte = UInt8.random(in: 0...255, using: &random)
            return .put(
                collection: collection, key: key, value: [UInt8](repeating: byte, count: length),
                ifRevision: condition,
                timeToLiveSeconds: random.one(in: 6) ? Int64.random(in: 1...3, using: &random) : nil
            )
        }
    }

    private static func find(_ random: inout SplitMix, _ keys: Int) -> LogStore.Find {
        func bound() -> [UInt8]? {
            random.one(in: 3) ? key(Int.random(in: 0..<keys, using: &random)) : nil
        }
        let prefix: [[UInt8]?] = [nil, nil, Array("k".utf8), Array("key-".utf8), Array("a".utf8)]
        return LogStore.Find(
            prefix: prefix[Int.random(in: 0..<prefix.count, using: &random)], start: bound(),
            end: bound(), reverse: random.one(in: 2), limit: Int.random(in: 0...5, using: &random))
    }

    /// Keys of which some are prefixes of others, some long.
    static func key(_ number: Int) -> [UInt8] {
        switch number % 4 {
        case 0: Array("k".utf8) + [UInt8](repeating: 97, count: number)
        case 1: Array("key-\(number)".utf8)
        case 2: [UInt8(number), 0, 255]
        default: Array("a rather long key that differs at its very end \(number)".utf8)
        }
    }
}
