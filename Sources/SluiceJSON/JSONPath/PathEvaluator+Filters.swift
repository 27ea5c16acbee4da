/// What an operand of a comparison came to.
private enum PathValue {
    case nothing
    /// A value in the document, or a literal of the path.
    case value(Tape, UInt32)
    /// A length or a count.
    case integer(Int)

    /// How long the text of the value is; 0 for what has none.
    var byteCount: Int {
        guard case .value(let tape, let place) = self else { return 0 }
        return tape.node(place).byteCount
    }
}

extension PathEvaluator {
    /// Whether a condition holds where `current` is the current value.
    mutating func holds(
        _ condition: PathCondition, for current: UInt32
    ) throws(WorkBudget.Exceeded) -> Bool {
        switch condition {
        case .any(let conditions):
            for condition in conditions where try holds(condition, for: current) { return true }
            return false
        case .all(let conditions):
            for condition in conditions where try !holds(condition, for: current) { return false }
            return true
        case .not(let condition):
            return try !holds(condition, for: current)
        case .exists(let query):
            return try !places(query, from: current).isEmpty
        case .compare(let left, let comparison, let right):
            let (left, right) = (try value(left, current), try value(right, current))
            try budget.spend(1 + min(left.byteCount, right.byteCount) / 64)
            return compare(left, comparison, right)
        case .match(let text, let pattern, let anywhere):
            return try matches(text, pattern, anywhere: anywhere, current)
        }
    }

    private mutating func value(
        _ operand: PathOperand, _ current: UInt32
    ) throws(WorkBudget.Exceeded) -> PathValue {
        switch operand {
        case .literal(let literal):
            // The path, which outlives the evaluation, keeps the literal's document.
            return .value(literal.document.withTape { $0 }, literal.place)
        case .query(let query):
            guard let steps = query.singularSteps,
                let place = try place(of: steps, from: query.isAbsolute ? root : current)
            else { return .nothing }
            return .value(tape, place)
        case .length(let operand):
            return length(try value(operand, current))
        case .count(let query):
            return .integer(try places(query, from: current).count)
        case .value(let query):
            let found = try places(query, from: current)
            return found.count == 1 ? .value(tape, found[0]) : .nothing
        }
    }

    private func length(_ value: PathValue) -> PathValue {
        guard case .value(let tape, let place) = value else { return .nothing }
        let node = tape.node(place)
        switch node.kind {
        case .array, .object: return .integer(tape.count(node, at: place))
        case .string: return .integer(tape.scalarCount(node))
        default: return .nothing
        }
    }
}

// MARK: - Comparison

extension PathEvaluator {
    private func compare(
        _ left: PathValue, _ comparison: PathComparison, _ right: PathValue
    ) -> Bool {
        switch comparison {
        case .equal: areEqual(left, right)
        case .notEqual: !areEqual(left, right)
        case .less: isLess(left, right)
        case .greater: isLess(right, left)
        case .lessOrEqual: isLess(left, right) || areEqual(left, right)
        case .greaterOrEqual: isLess(right, left) || areEqual(left, right)
        }
    }

    private func areEqual(_ left: PathValue, _ right: PathValue) -> Bool {
        switch (left, right) {
        case (.nothing, .nothing): return true
        case (.integer(let left), .integer(let right)): return left == right
        case (.value(let leftTape, let left), .value(let rightTape, let right)):
            var comparison = TapeComparison(left: leftTape, right: rightTape)
            return comparison.areEqual(left, right)
        default: return numberOrder(left, right) == 0
        }
    }

    /// Only two numbers, or two strings, have an order.
    private func isLess(_ left: PathValue, _ right: PathValue) -> Bool {
        if case .value(let leftTape, let leftPlace) = left,
            case .value(let rightTape, let rightPlace) = right
        {
            let (leftNode, rightNode) = (leftTape.node(leftPlace), rightTape.node(rightPlace))
            if leftNode.kind == .string, rightNode.kind == .string {
                return leftTape.order(leftNode, rightNode, in: rightTape) < 0
            }
        }
        guard let order = numberOrder(left, right) else { return false }
        return order < 0
    }

    /// The order of two numbers: negative, 0 or positive; nil where one is no number.
    private func numberOrder(_ left: PathValue, _ right: PathValue) -> Int? {
        withNumber(left) { left in
            withNumber(right) { right in left.order(right) }
        }.flatMap(\.self)
    }

    private func withNumber<R>(_ value: PathValue, _ body: (NumberText) -> R) -> R? {
        switch value {
        case .nothing: return nil
        case .value(let tape, let place):
            let node = tape.node(place)
            return node.kind == .number ? body(NumberText(tape.bytes(node))) : nil
        case .integer(let value):
            var text = String(value)
            return text.withUTF8 { body(NumberText($0)) }
        }
    }
}

// MARK: - Patterns

extension PathEvaluator {
    /// Patterns computed from the document that are kept compiled.
    private static let maximumPatterns = 64

    private mutating func matches(
        _ text: PathOperand, _ pattern: PathPattern, anywhere: Bool, _ current: UInt32
    ) throws(WorkBudget.Exceeded) -> Bool {
        let expression =
            switch pattern {
            case .literal(let expression): expression
            case .computed(let operand): try self.pattern(try value(operand, current))
            }
        let value = try value(text, current)
        guard let expression else { return false }
        var budget = self.budget
        defer { self.budget = budget }
        let found = try withString(value) { text throws(WorkBudget.Exceeded) in
            try expression.accepts(text, anywhere: anywhere, within: &budget)
        }
        return found ?? false
    }

    private mutating func pattern(_ value: PathValue) throws(WorkBudget.Exceeded) -> IRegexp? {
        guard let bytes = withString(value, { Array($0) }) else { return nil }
        if let known = patterns[bytes] { return known }
        let expression = try? IRegexp(String(decoding: bytes, as: UTF8.self))
        try budget.spend(1 + (expression?.stateCount ?? IRegexp.maximumStates) / 8)
        if patterns.count >= Self.maximumPatterns { patterns.removeAll() }
        patterns[bytes] = .some(expression)
        return expression
    }

    private func withString<R, E: Error>(
        _ value: PathValue, _ body: (UnsafeBufferPointer<UInt8>) throws(E) -> R
    ) throws(E) -> R? {
        guard case .value(let tape, let place) = value else { return nil }
        let node = tape.node(place)
        guard node.kind == .string else { return nil }
        guard node.hasEscapes else { return try body(tape.content(node)) }
        let decoded = Array(tape.string(node).utf8)
        return try decoded.withUnsafeBufferPointer { bytes throws(E) in try body(bytes) }
    }
}
