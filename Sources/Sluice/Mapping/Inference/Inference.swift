internal import SluiceJSON

/// Finds the shapes of expressions' values from the shape of the message, and what can never work.
struct Inference {
    let source: Schema
    private(set) var problems: [Template.Problem] = []
    /// The place in the template of the expression at work, and its text.
    private var path = "$"
    private var text = ""
    /// How many `??` around the part at work catch what is missing in it.
    private var catching = 0
    /// How many operators around the part at work may leave it out.
    private var skipping = 0
    /// How the expression at work is read.
    private let form: Evaluator.Form

    /// What a problem comes to.
    enum Consequence {
        /// A value is missing, which `??` and tests catch.
        case missing
        /// There is nothing, and nothing fails because of it.
        case nothing
        /// The expression fails.
        case failure
        /// The expression fails where it comes to this part, which it may not.
        case possibleFailure
    }

    init(source: Schema, form: Evaluator.Form = .value) {
        self.source = source
        self.form = form
    }

    /// Begins an expression.
    mutating func enter(_ path: String, _ text: String) {
        self.path = path
        self.text = text
    }

    /// Notes a problem of the part of the expression at `span`.
    ///
    mutating func blame(
        _ span: Range<Int>, _ message: String, suggestion: String? = nil,
        _ consequence: Consequence = .failure
    ) {
        problems.append(
            Template.Problem(
                path: path, offset: span.lowerBound, length: span.count, expression: text,
                message: message, suggestion: suggestion,
                isCaught: consequence == .missing && catching > 0
                    || consequence == .possibleFailure,
                isFailure: consequence == .failure && skipping == 0))
    }

    /// The schema of a node of an expression.
    mutating func schema(of node: ExpressionNode) -> Schema {
        let known = problems.count
        let schema = ownSchema(of: node)
        if problems.count == known, let fault = node.constantFault(as: form) {
            let failure = skipping > 0 ? Consequence.possibleFailure : .failure
            blame(fault.span, fault.message(for: .null), fault.isMissing ? .missing : failure)
        }
        return schema
    }

    private mutating func ownSchema(of node: ExpressionNode) -> Schema {
        switch node.kind {
        case .literal(let value):
            return Schema(exactly: value.json)
        case .root:
            return source
        case .singular(let path), .selection(let path):
            return schema(ofPath: path, at: node.span)
        case .part(let whole, let path):
            return schema(ofPart: path, of: whole, at: node.span)
        case .arguments, .omit:
            return .any
        case .not(let operand):
            require(.boolean, of: operand, for: "`!`")
            return Schema(.boolean)
        case .negate(let operand):
            return require(.number, of: operand, for: "`-`").numeric
        case .and(let operands):
            requireTests(operands, for: "`&&`")
            return Schema(.boolean)
        case .or(let operands):
            requireTests(operands, for: "`||`")
            return Schema(.boolean)
        case .fallback(let operands):
            return schema(ofFallback: operands)
        case .comparison(let symbol, let left, let right):
            return schema(ofComparison: symbol, left, right, at: node.span)
        case .arithmetic(let first, let terms):
            return schema(ofArithmetic: first, terms)
        case .choice(let branches, let otherwise):
            requireTests(branches.map(\.condition), for: "`?`")
            skipping += 1
            defer { skipping -= 1 }
            return schema(ofAnyOf: branches.map(\.value) + [otherwise])
        case .array(let elements):
            return Schema(
                elements: elements.map {
                    Schema.Item(schema(of: $0), mayOmit: $0.mayOmit, isOmit: $0.isOmit)
                })
        case .object(let entries):
            return Schema(
                members: entries.map {
                    let item = Schema.Item(
                        schema(of: $0.value), mayOmit: $0.value.mayOmit, isOmit: $0.value.isOmit)
                    return ($0.name, item)
                })
        case .call(let function, let arguments):
            return schema(ofCall: function, arguments)
        }
    }

    /// Notes problems of conditions, all but the first of which may be left out.
    private mutating func requireTests(_ operands: [ExpressionNode], for user: String) {
        for (index, operand) in operands.enumerated() {
            if index > 0 { skipping += 1 }
            require(.boolean, of: operand, for: user)
            if index > 0 { skipping -= 1 }
        }
    }

    /// The schema of `node`, a problem being noted where it can never be of the types `wanted`.
    @discardableResult
    mutating func require(
        _ wanted: Schema.Types, of node: ExpressionNode, for user: String, as place: String = ""
    ) -> Schema {
        let found = schema(of: node)
        let types = found.possibleTypes
        if types.isDisjoint(with: wanted) {
            blame(node.span, "\(user) needs \(wanted.article)\(place), not \(types.article)")
            return Schema(wanted)
        }
        return found
    }

    private mutating func schema(ofFallback operands: [ExpressionNode]) -> Schema {
        var schemas: [Schema] = []
        for (index, operand) in operands.enumerated() {
            let isLast = index == operands.count - 1
            if !isLast { catching += 1 }
            if index > 0 { skipping += 1 }
            let found = schema(of: operand)
            if index > 0 { skipping -= 1 }
            if !isLast { catching -= 1 }
            guard !operand.isOmit else { continue }
            schemas.append(isLast ? found : found.withoutNull)
        }
        return Schema(union: schemas)
    }

    /// The schema of what is one of these, `omit` aside, which is no value.
    private mutating func schema(ofAnyOf nodes: [ExpressionNode]) -> Schema {
        var schemas: [Schema] = []
        for node in nodes where !node.isOmit { schemas.append(schema(of: node)) }
        return Schema(union: schemas)
    }

    private mutating func schema(
        ofComparison symbol: ComparisonOperator, _ left: ExpressionNode, _ right: ExpressionNode,
        at span: Range<Int>
    ) -> Schema {
        let first = schema(of: left).possibleTypes
        let second = schema(of: right).possibleTypes
        if symbol.isOrdering, !first.canPair(with: second) {
            let kinds = "\(first.article) and \(second.article)"
            blame(
                span, "`\(symbol.rawValue)` compares two numbers or two strings, not \(kinds)",
                form == .query ? .nothing : .failure)
        }
        return Schema(.boolean)
    }

    private mutating func schema(
        ofArithmetic first: ExpressionNode, _ terms: [ExpressionNode.Term]
    ) -> Schema {
        var result = schema(of: first).possibleTypes
        for term in terms {
            let right = schema(of: term.operand).possibleTypes
            let part = first.span.lowerBound..<term.operand.span.upperBound
            let isPossible =
                term.symbol == .add
                ? result.canPair(with: right)
                : !result.isDisjoint(with: .number) && !right.isDisjoint(with: .number)
            guard isPossible else {
                blame(part, mismatch(result, term.symbol, right))
                return Schema(term.symbol == .add ? [.number, .string] : .number)
            }
            result = types(of: term.symbol, result, right)
        }
        return Schema(result)
    }

    private func mismatch(
        _ left: Schema.Types, _ symbol: ArithmeticOperator, _ right: Schema.Types
    ) -> String {
        let kinds = "\(left.article) and \(right.article)"
        guard symbol == .add else { return "`\(symbol.rawValue)` needs two numbers, not \(kinds)" }
        let isConvertible = left.contains(.string) || right.contains(.string)
        let hint = isConvertible ? "; string(…) and number(…) convert" : ""
        return "`+` adds two numbers or joins two strings, not \(kinds)\(hint)"
    }

    private func types(
        of symbol: ArithmeticOperator, _ left: Schema.Types, _ right: Schema.Types
    ) -> Schema.Types {
        let shared = left.intersection(right)
        var result: Schema.Types = []
        if symbol == .add, shared.contains(.string) { result.insert(.string) }
        if !left.isDisjoint(with: .number), !right.isDisjoint(with: .number) {
            let isWhole = !left.allowsFractions && !right.allowsFractions && symbol != .divide
            result.formUnion(isWhole ? .integer : .number)
        }
        return result
    }
}
