/// Makes of a batch, which has conditions and merges, the changes that it comes to: the one place where
/// operations get their meaning.
///
/// A store evaluates where it orders writes, and then applies what comes out.
public struct BatchEvaluator: Sendable {
    /// The merge operators that the store knows.
    public let operators: MergeOperators

    /// An evaluator with these operators.
    public init(_ operators: MergeOperators = MergeOperators()) { self.operators = operators }

    /// What a store tells an evaluation of itself.
    public protocol View {
        /// Whether a collection has been declared.
        func isDeclared(_ collection: Name) -> Bool
        /// The live record of a key as it is before the batch; nil where there is none.
        func record(_ key: RecordKey) throws(StoreError) -> Record?
    }

    /// What a batch comes to.
    public struct Evaluation: Sendable, Hashable {
        /// What each operation comes to, in their order.
        public var steps: [Step] = []
        /// The positions to keep.
        public var cursors: [Name: Int64] = [:]
    }

    /// What one operation comes to.
    public struct Step: Sendable, Hashable {
        /// The change of the operation's own record; nil where it changes nothing.
        public var change: Change?
        /// Changes of other records, which a merge asked for.
        public var also: [Change] = []
        /// Whether the key was live before.
        public var existed = false
        /// What the merge operator answered; nil for other operations.
        public var reply: [UInt8]?
    }

    /// A change of one record.
    public struct Change: Sendable, Hashable {
        /// The record.
        public var key: RecordKey
        /// The new value; nil where the record goes.
        public var value: [UInt8]?
        /// When it expires, in milliseconds since 1970; nil for never.
        public var expiresAt: Int64?
    }

    /// What a batch comes to at a time, in milliseconds since 1970.
    ///
    /// - Throws: The error of the first operation that cannot be done; ``StoreError/operation`` says which.
    public func evaluate(
        _ batch: Batch, at time: Int64, in view: some View
    ) throws(StoreError) -> Evaluation {
        try checkSizes(batch)
        var evaluation = Evaluation()
        var touched = Set<RecordKey>()
        for (index, operation) in batch.operations.enumerated() {
            do throws(StoreError) {
                let step = try step(operation, at: time, in: view, &evaluation.cursors, index)
                for key in [operation.recordKey].compactMap(\.self) + step.also.map(\.key)
                where !touched.insert(key).inserted {
                    throw StoreError(
                        .invalidMessage, "a key occurs twice in one batch", record: key)
                }
                evaluation.steps.append(step)
            } catch {
                var error = error
                error.operation = index
                throw error
            }
        }
        return evaluation
    }

    private func step(
        _ operation: Operation, at time: Int64, in view: some View,
        _ cursors: inout [Name: Int64], _ index: Int
    ) throws(StoreError) -> Step {
        if case .cursor(let name, let position) = operation {
            guard name.isUsable else { throw .unusable(name) }
            cursors[name] = position
            return Step()
        }
        guard let key = operation.recordKey else { return Step() }
        guard view.isDeclared(key.collection) else { throw .missingCollection(key.collection) }
        try checkKey(key)
        let old = try view.record(key)
        if let wanted = operation.ifRevision, wanted != old?.revision ?? 0 {
            throw .conflict(current: old?.revision ?? 0, operation: index, record: key)
        }
        var step = Step(existed: old != nil)
        switch operation {
        case .put(_, let value, _, let expiresAt):
            step.change = try put(key, value, expiresAt)
        case .delete:
            step.change = old.map { _ in Change(key: key, value: nil) }
        case .merge(_, let name, let operand, _):
            try merge(key, old, name, operand, time, view, &step)
        case .check, .cursor: break
        }
        return step
    }

    private func merge(
        _ key: RecordKey, _ old: Record?, _ name: Name, _ operand: [UInt8], _ time: Int64,
        _ view: some View, _ step: inout Step
    ) throws(StoreError) {
        let merge = try operators.named(name)
        let result = try merge.merge(
            MergeOperator.Input(key: key, old: old, operand: operand, time: time))
        step.reply = result.reply
        switch result.change {
        case .put(let value, let expiresAt): step.change = try put(key, value, expiresAt)
        case .delete: step.change = old.map { _ in Change(key: key, value: nil) }
        case .keep: break
        }
        for operation in result.also {
            guard let other = operation.recordKey, operation.ifRevision == nil else {
                throw .mergeAsksForMore
            }
            guard view.isDeclared(other.collection) else {
                throw .missingCollection(other.collection)
            }
            try checkKey(other)
            switch operation {
            case .put(_, let value, _, let expiresAt):
                step.also.append(try put(other, value, expiresAt))
            case .delete:
                if try view.record(other) != nil {
                    step.also.append(Change(key: other, value: nil))
                }
            case .merge, .check, .cursor:
                throw .mergeAsksForMore
            }
        }
    }

    // MARK: Limits

    private func put(
        _ key: RecordKey, _ value: [UInt8], _ expiresAt: Int64?
    ) throws(StoreError) -> Change {
        guard value.count <= StoreLimits.valueBytes else {
            throw StoreError(
                .valueTooLarge, "the value is longer than \(StoreLimits.valueBytes) bytes",
                record: key)
        }
        guard 1...StoreLimits.latestExpiry ~= expiresAt ?? 1 else { throw .expiryOutOfRange(key) }
        return Change(key: key, value: value, expiresAt: expiresAt)
    }

    private func checkKey(_ key: RecordKey) throws(StoreError) {
        guard !key.key.isEmpty else { throw StoreError(.keyEmpty, "the key is empty") }
        guard key.key.count <= StoreLimits.keyBytes else {
            throw StoreError(
                .keyTooLarge, "the key is longer than \(StoreLimits.keyBytes) bytes")
        }
    }

    private func checkSizes(_ batch: Batch) throws(StoreError) {
        let bytes = batch.operations.reduce(0) { sum, operation in
            let value =
                switch operation {
                case .put(_, let value, _, _): value.count
                case .merge(_, _, let operand, _): operand.count
                case .delete, .check, .cursor: 0
                }
            return sum + value + (operation.recordKey?.key.count ?? 0)
        }
        guard bytes <= StoreLimits.batchBytes else {
            throw StoreError(
                .batchTooLarge, "the batch is longer than \(StoreLimits.batchBytes) bytes")
        }
    }
}
