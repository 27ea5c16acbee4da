internal import SluiceJSON

extension ExpressionNode {
    /// The nodes right below this one, in the order of the text.
    var parts: [ExpressionNode] {
        switch kind {
        case .literal, .root, .singular, .selection, .arguments, .omit: []
        case .part(let part, _), .not(let part), .negate(let part): [part]
        case .and(let parts), .or(let parts), .fallback(let parts), .array(let parts),
            .call(_, let parts):
            parts
        case .comparison(_, let left, let right): [left, right]
        case .arithmetic(let first, let terms): [first] + terms.map(\.operand)
        case .choice(let branches, let otherwise):
            branches.flatMap { [$0.condition, $0.value] } + [otherwise]
        case .object(let entries): entries.map(\.value)
        }
    }

    /// Operands of which the first that is neither missing nor null is the value; nil for others.
    var alternatives: [ExpressionNode]? {
        switch kind {
        case .fallback(let operands): operands
        case .call(let function, let arguments): function.isLazy ? arguments : nil
        default: nil
        }
    }

    /// Where the value may come from as it is, `omit` too; nil where the node makes its own.
    var passed: [ExpressionNode]? {
        if case .choice(let branches, let otherwise) = kind {
            return branches.map(\.value) + [otherwise]
        }
        return alternatives
    }
}

// MARK: - Constants

extension ExpressionNode {
    /// The same with everything computed that is the same for every message, and without what is never
    /// reached.
    ///
    /// What has no value stays as it is, for the message to fail.
    func folded() -> ExpressionNode {
        var node = self
        node.kind = kind.mapped { $0.folded() }
        node = node.withoutUnreached()
        guard node.isConstant else { return node }
        var evaluator = Evaluator(message: .null, context: .system)
        guard let value = try? evaluator.value(of: node) else { return node }
        node.kind = .literal(value)
        return node
    }

    /// The same without operands and branches that a literal before them rules out.
    private func withoutUnreached() -> ExpressionNode {
        var node = self
        switch kind {
        case .and(let operands):
            node.kind = .and(operands.upToFirst { $0.literal?.bool == false })
        case .or(let operands):
            node.kind = .or(operands.upToFirst { $0.literal?.bool == true })
        case .fallback(let operands):
            let reached = operands.upToFirst { $0.literal.map { !$0.isNull } ?? false }
            if reached.count == 1 { return reached[0] }
            node.kind = .fallback(reached)
        case .choice(let branches, let otherwise):
            let open = branches.filter { $0.condition.literal?.bool != false }
            let taken = open.firstIndex { $0.condition.literal?.bool == true }
            let last = taken.map { open[$0].value } ?? otherwise
            let rest = open.prefix(taken ?? open.count)
            if rest.isEmpty { return last }
            node.kind = .choice(Array(rest), otherwise: last)
        default: break
        }
        return node
    }

    private var literal: JSON? {
        guard case .literal(let value) = kind else { return nil }
        return value.json
    }

    /// Why it has no value, where it is an operator or a call on literals alone.
    ///
    /// After folding only those are left that have none.
    func constantFault(as form: Evaluator.Form) -> Fault? {
        guard isConstant else { return nil }
        var evaluator = Evaluator(message: .null, context: .system, form: form)
        do throws(Fault) {
            _ = try evaluator.value(of: self)
            return nil
        } catch {
            return error.isOmitted ? nil : error
        }
    }

    /// Whether it is an operator or a call on literals alone whose value is always the same.
    private var isConstant: Bool {
        switch kind {
        case .literal, .root, .singular, .selection, .arguments, .omit: return false
        case .call(let function, _) where !function.isConstant: return false
        default:
            return parts.allSatisfy {
                if case .literal = $0.kind { return true }
                return false
            }
        }
    }
}

extension [ExpressionNode] {
    /// The nodes up to the first that decides, or all.
    fileprivate func upToFirst(_ decides: (ExpressionNode) -> Bool) -> [ExpressionNode] {
        firstIndex(where: decides).map { Array(self[...$0]) } ?? self
    }
}

extension ExpressionNode.Kind {
    /// The same kind with every node right below replaced.
    fileprivate func mapped(_ change: (ExpressionNode) -> ExpressionNode) -> Self {
        switch self {
        case .literal, .root, .singular, .selection, .arguments, .omit: self
        case .part(let whole, let path): .part(change(whole), path)
        case .not(let operand): .not(change(operand))
        case .negate(let operand): .negate(change(operand))
        case .and(let operands): .and(operands.map(change))
        case .or(let operands): .or(operands.map(change))
        case .fallback(let operands): .fallback(operands.map(change))
        case .comparison(let symbol, let left, let right):
            .comparison(symbol, change(left), change(right))
        case .arithmetic(let first, let terms):
            .arithmetic(
                change(first),
                terms.map { ExpressionNode.Term(symbol: $0.symbol, operand: change($0.operand)) })
        case .choice(let branches, let otherwise):
            .choice(
                branches.map {
                    ExpressionNode.Branch(condition: change($0.condition), value: change($0.value))
                }, otherwise: change(otherwise))
        case .array(let elements): .array(elements.map(change))
        case .object(let entries):
            .object(
                entries.map { ExpressionNode.Entry(name: $0.name, value: change($0.value)) })
        case .call(let function, let arguments): .call(function, arguments.map(change))
        }
    }
}

// MARK: - omit and args

extension ExpressionNode {
    /// Where `omit` stands that is not the value of a member or an element.
    ///
    /// - Parameter isItem: Whether the node is such a value.
    func misplacedOmit(isItem: Bool) -> Range<Int>? {
        switch kind {
        case .omit: return isItem ? nil : span
        case .array, .object: return parts.lazy.compactMap { $0.misplacedOmit(isItem: true) }.first
        case .choice(let branches, let otherwise):
            for branch in branches {
                if let span = branch.condition.misplacedOmit(isItem: false)
                    ?? branch.value.misplacedOmit(isItem: isItem)
                {
                    return span
                }
            }
            return otherwise.misplacedOmit(isItem: isItem)
        default:
            let passes = isItem && alternatives != nil
            return parts.lazy.compactMap { $0.misplacedOmit(isItem: passes) }.first
        }
    }

    /// Whether the value may be `omit`.
    var mayOmit: Bool {
        if case .omit = kind { return true }
        return passed?.contains(where: \.mayOmit) ?? false
    }

    /// Whether the value is `omit` and nothing else.
    var isOmit: Bool {
        if case .omit = kind { return true }
        return false
    }

    /// The first path behind `args` that fulfils a condition and is needed: one before a `??` is not.
    func firstArgument(where fulfils: (JSONPath) -> Bool) -> JSONPath? {
        if case .part(let whole, let path) = kind, case .arguments = whole.kind {
            return fulfils(path) ? path : nil
        }
        let needed = alternatives.map { Array($0.suffix(1)) } ?? parts
        for part in needed {
            if let path = part.firstArgument(where: fulfils) { return path }
        }
        return nil
    }
}
