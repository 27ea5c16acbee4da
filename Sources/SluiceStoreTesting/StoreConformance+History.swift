import SluiceStore
import SluiceSystem

// Random histories beside a model that could not be simpler.
extension StoreConformance {
    /// A history of random batches; the seed is in what it reports.
    var historyCheck: Check {
        let length = historyLength
        return Check(description: "random histories are those of a sorted list") { report, store in
            for seed in 1...4 as ClosedRange<UInt64> {
                var history = History(seed: seed, collection: Name("history\(seed)"))
                try await store.declare([history.collection])
                for step in 0..<length {
                    if let finding = try await history.step(store) {
                        report.expect(false, "seed \(seed), step \(step): \(finding)")
                        return
                    }
                }
            }
        }
    }
}

/// A history and what it comes to.
private struct History {
    let collection: Name
    private var random: SplitMix
    private var model: [[UInt8]: (value: [UInt8], revision: Int64)] = [:]

    init(seed: UInt64, collection: Name) {
        random = SplitMix(seed: seed)
        self.collection = collection
    }

    private mutating func below(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }

    private mutating func key() -> [UInt8] {
        (0...below(3)).map { _ in UInt8(below(4)) }
    }

    /// Does one thing to the store and to the model; gives what differs.
    mutating func step(_ store: any Store) async throws -> String? {
        switch below(10) {
        case 0..<7: return try await write(store)
        case 7: return try await get(store)
        default: return try await find(store)
        }
    }

    private mutating func write(_ store: any Store) async throws -> String? {
        var operations: [Operation] = []
        var keys = Set<[UInt8]>()
        for _ in 0...below(3) {
            let key = key()
            guard keys.insert(key).inserted else { continue }
            let record = RecordKey(collection, key)
            let condition = below(4) == 0 ? model[key]?.revision ?? Int64(below(2)) : nil
            switch below(6) {
            case 0: operations.append(.delete(record, ifRevision: condition))
            case 1:
                operations.append(
                    .merge(
                        record, operator: "append", operand: [UInt8(below(256))],
                        ifRevision: condition))
            case 2:
                operations.append(.check(record, ifRevision: condition ?? Int64(below(2))))
            default:
                operations.append(
                    .put(
                        record, value: (0..<below(5)).map { _ in UInt8(below(256)) },
                        ifRevision: condition))
            }
        }
        let result = await store.write([Batch(operations)])[0]
        let isFine = operations.allSatisfy { operation in
            guard let wanted = operation.ifRevision, let key = operation.recordKey?.key else {
                return true
            }
            return wanted == model[key]?.revision ?? 0
        }
        switch (result, isFine) {
        case (.failure(let error), true): return "\(operations) fails: \(error)"
        case (.success, false): return "\(operations) takes effect"
        case (.failure(let error), false):
            return error.code == .conflict ? nil : "\(operations) fails with \(error.code)"
        case (.success(let outcome), true): return apply(operations, outcome)
        }
    }

    private mutating func apply(_ operations: [Operation], _ outcome: BatchOutcome) -> String? {
        for (operation, outcome) in zip(operations, outcome.outcomes) {
            guard let key = operation.recordKey?.key else { continue }
            if outcome.existed != (model[key] != nil) { return "existed of \(operation)" }
            switch operation {
            case .put(_, let value, _, _): model[key] = (value, outcome.revision ?? 0)
            case .merge(_, _, let operand, _):
                model[key] = ((model[key]?.value ?? []) + operand, outcome.revision ?? 0)
            case .delete: model[key] = nil
            case .check, .cursor:
                if outcome.revision != nil { return "\(operation) took a revision" }
            }
        }
        return nil
    }

    private mutating func get(_ store: any Store) async throws -> String? {
        let keys = (0..<3).map { _ in key() }
        let records = try await store.get(keys.map { RecordKey(collection, $0) })
        for (key, record) in zip(keys, records)
        where record?.value != model[key]?.value || record?.revision != model[key]?.revision {
            return "get \(key)"
        }
        return nil
    }

    private mutating func find(_ store: any Store) async throws -> String? {
        let isReverse = below(2) == 0
        let find = Find(
            prefix: below(3) == 0 ? [UInt8(below(4))] : nil, start: below(3) == 0 ? key() : nil,
            end: below(3) == 0 ? key() : nil, reverse: isReverse)
        let page = try await store.find(collection, find)
        let wanted = model.keys.filter { key in
            (find.prefix.map { key.starts(with: $0) } ?? true)
                && (find.start.map { !key.lexicographicallyPrecedes($0) } ?? true)
                && (find.end.map { key.lexicographicallyPrecedes($0) } ?? true)
        }.sorted { $0.lexicographicallyPrecedes($1) }
        let found = page.records.map(\.key)
        guard found == (isReverse ? wanted.reversed() : wanted) else {
            return "\(find) gives \(found), not \(wanted)"
        }
        return page.records.allSatisfy { $0.value == model[$0.key]?.value }
            ? nil : "values of \(find)"
    }
}
