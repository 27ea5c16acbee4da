import SluiceSystem

/// A stretch of one opening: so many batches to one port, with so many unanswered at a time.
///
/// Only one port is written to at a time, and the next begins when all is answered: no order is
/// promised across the edges of a flow, and the model has to know it.
struct Phase: Sendable {
    var port = Batch.Port.write
    var count = 100
    var window = 64
    /// Of a hundred operations, so many are deletes.
    var deletes = 15
    var conditions = 0
    /// Of a hundred puts, so many expire.
    var expiring = 0
    var seconds = [1, 2, 1000]
    /// Operations of one `write` at most.
    var batchSize = 1
    var order = Order.skewed
    /// Keys are taken from the first so many.
    var keyCount = 1000
    /// Whether the cap may be reached.
    var overfills = false
    /// Whether a sequence begins with the first key again.
    var restarts = false

    enum Order: Sendable { case skewed, uniform, sequence }
}

/// Draws batches whose outcome the model can foretell.
struct Workload {
    var values: Values
    var random: SplitMix
    private var place = 0

    init(values: Values, random: SplitMix) {
        self.values = values
        self.random = random
    }

    /// Begins a sequence of keys with the first one again.
    mutating func restart() { place = 0 }

    /// The next batch; none where the keys that were drawn are in no state that is sure.
    mutating func next(_ phase: Phase, _ model: Model, capacity: Int, now: Int) -> Batch? {
        var operations: [Operation] = []
        let count = phase.port == .write ? random.number(1...max(1, phase.batchSize)) : 1
        var hasCondition = false
        for _ in 0..<count {
            let key = key(phase, model)
            if operations.contains(where: { $0.key == key }) { continue }
            guard var operation = operation(on: key, phase, model, capacity: capacity, now: now)
            else { continue }
            if !hasCondition, random.chance(phase.conditions),
                let condition = condition(on: key, model, now: now)
            {
                operation.ifRevision = condition
                hasCondition = true
            }
            operations.append(operation)
        }
        return operations.isEmpty ? nil : Batch(port: phase.port, operations: operations)
    }

    private mutating func key(_ phase: Phase, _ model: Model) -> Int {
        let count = min(phase.keyCount, model.keys.count)
        // An update needs a value that it can change.
        let step = phase.port == .update ? 7 : 1
        let offset = phase.port == .update ? random.pick([3, 5]) : 0
        let limit = max(1, count / step)
        let number: Int
        switch phase.order {
        case .skewed: number = random.skewed(limit)
        case .uniform: number = random.below(limit)
        case .sequence:
            number = place % limit
            place += 1
        }
        return min(number * step + offset, model.keys.count - 1)
    }

    private mutating func operation(
        on key: Int, _ phase: Phase, _ model: Model, capacity: Int, now: Int
    ) -> Operation? {
        let presence = model.presence(key, at: now, margin: 300_000)
        let isFull = !phase.overfills && model.lastingBytes > capacity / 10 * 6
        switch phase.port {
        case .put: break
        case .delete:
            return presence == .unsure ? nil : Operation(kind: .delete, key: key)
        case .write:
            let wantsDelete = random.chance(isFull ? 70 : phase.deletes)
            if presence != .unsure, wantsDelete { return Operation(kind: .delete, key: key) }
        case .update:
            guard presence != .unsure else { return nil }
            return update(of: key).map { Operation(kind: $0, key: key) }
        }
        let text = values.next(for: key, &random)
        let seconds = random.chance(phase.expiring) ? random.pick(phase.seconds) : nil
        return Operation(kind: .put(StoredValue(text), text: text, seconds: seconds), key: key)
    }

    private mutating func update(of key: Int) -> Operation.Kind? {
        if Values.isArray(key) {
            return .append(item: random.below(1000), keepLast: random.number(1...20))
        }
        guard Values.isObject(key) else { return nil }
        let number = random.chance(25) ? nil : random.below(100_000)
        return .patch(member: "m\(random.below(6))", number: number)
    }

    private mutating func condition(on key: Int, _ model: Model, now: Int) -> Int? {
        let presence = model.presence(key, at: now, margin: 300_000)
        guard presence != .unsure else { return nil }
        let has = presence == .present ? model.newest[key] + 1 : 0
        if random.chance(20) {
            return random.chance(50) ? 0 : random.number(1...max(1, model.revision))
        }
        return has
    }
}
