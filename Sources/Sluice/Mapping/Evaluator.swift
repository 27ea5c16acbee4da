internal import SluiceJSON

/// Computes expressions on one message.
struct Evaluator {
    let message: JSON
    let context: EvaluationContext
    /// Whether a path that finds nothing makes its comparison, or the condition it is, false.
    let isTest: Bool

    func value(of node: ExpressionNode) throws(Fault) -> Value {
        switch node.kind {
        case .literal(let value):
            return value
        case .root:
            return .json(message)
        case .singular(let path):
            guard let found = path.first(in: message) else {
                throw .missingPath(path, span: node.span)
            }
            return .json(found)
        case .selection(let path):
            return try selection(path, at: node.span)
        case .not(let operand):
            return .bool(try !condition(operand, of: "`!`"))
        case .negate(let operand):
            return try negate(operand, at: node.span)
        case .and(let operands):
            for operand in operands where try !condition(operand, of: "`&&`") {
                return .bool(false)
            }
            return .bool(true)
        case .or(let operands):
            for operand in operands where try condition(operand, of: "`||`") { return .bool(true) }
            return .bool(false)
        case .fallback(let operands):
            return try firstPresent(operands, at: node.span)
        case .comparison(let symbol, let left, let right):
            return .bool(try comparison(left, symbol, right, at: node.span))
        case .arithmetic(let first, let terms):
            return try arithmetic(first, terms, at: node.span)
        case .choice(let branches, let otherwise):
            for branch in branches where try condition(branch.condition, of: "`?`") {
                return try value(of: branch.value)
            }
            return try value(of: otherwise)
        case .array, .object:
            return try container(node)
        case .call(let function, let arguments):
            return try call(function, arguments, at: node.span)
        }
    }

    /// The boolean that `node` is; `user` is the operator that asks.
    func condition(_ node: ExpressionNode, of user: String) throws(Fault) -> Bool {
        let found: Value
        do {
            found = try value(of: node)
        } catch {
            guard isTest, error.isMissing else { throw error }
            return false
        }
        guard let bool = found.bool else {
            let hint = found.isNull ? "" : "; compare it, as in `… != \(found.kind.zero)`"
            let what = "\(user) needs a boolean, not \(found.kind.article)\(hint)"
            throw .failed(what, span: node.span)
        }
        return bool
    }

    /// The first operand that is neither missing nor null, or else the last, whatever it is.
    private func firstPresent(_ operands: [ExpressionNode], at span: Range<Int>) throws(Fault)
        -> Value
    {
        for operand in operands.dropLast() {
            do {
                let found = try value(of: operand)
                if !found.isNull { return found }
            } catch {
                guard error.isMissing else { throw error }
            }
        }
        guard let last = operands.last else { return .null }
        return try value(of: last)
    }

    private func comparison(
        _ left: ExpressionNode, _ symbol: ComparisonOperator, _ right: ExpressionNode,
        at span: Range<Int>
    ) throws(Fault) -> Bool {
        let first: Value
        let second: Value
        do {
            first = try value(of: left)
            second = try value(of: right)
        } catch {
            guard isTest, error.isMissing else { throw error }
            return false
        }
        if symbol == .equal { return first.equals(second) }
        if symbol == .notEqual { return !first.equals(second) }
        guard let order = first.order(to: second) else {
            let kinds = "\(first.kind.article) and \(second.kind.article)"
            let what = "`\(symbol.rawValue)` compares two numbers or two strings, not \(kinds)"
            throw .failed(what, span: span)
        }
        return switch symbol {
        case .less: order < 0
        case .lessOrEqual: order <= 0
        case .greater: order > 0
        case .greaterOrEqual, .equal, .notEqual: order >= 0
        }
    }

    private func negate(_ operand: ExpressionNode, at span: Range<Int>) throws(Fault) -> Value {
        let found = try value(of: operand)
        guard found.kind == .number else {
            throw .failed("`-` needs a number, not \(found.kind.article)", span: span)
        }
        var result = Value.int(0)
        try result.combine(.subtract, found, at: span)
        return result
    }

    private func arithmetic(
        _ first: ExpressionNode, _ terms: [ExpressionNode.Term], at span: Range<Int>
    ) throws(Fault) -> Value {
        var result = try value(of: first)
        for term in terms {
            let right = try value(of: term.operand)
            let part = first.span.lowerBound..<term.operand.span.upperBound
            try result.combine(term.symbol, right, at: part)
        }
        return result
    }

    private func selection(_ path: JSONPath, at span: Range<Int>) throws(Fault) -> Value {
        try Self.build(at: span) { builder throws(Fault) in
            builder.beginArray()
            for found in path.values(in: message) { builder.append(found) }
            builder.endArray()
        }
    }

    private func container(_ node: ExpressionNode) throws(Fault) -> Value {
        try Self.build(at: node.span) { builder throws(Fault) in
            switch node.kind {
            case .array(let elements):
                builder.beginArray()
                for element in elements { try value(of: element).append(to: &builder) }
                builder.endArray()
            case .object(let entries):
                builder.beginObject()
                for entry in entries {
                    let found = try value(of: entry.value)
                    builder.name(entry.name)
                    found.append(to: &builder)
                }
                builder.endObject()
            default:
                try value(of: node).append(to: &builder)
            }
        }
    }

    private func call(
        _ function: Functions.Function, _ arguments: [ExpressionNode], at span: Range<Int>
    ) throws(Fault) -> Value {
        if function.isLazy { return try firstPresent(arguments, at: span) }
        var values: [Value] = []
        values.reserveCapacity(arguments.count)
        for argument in arguments { values.append(try value(of: argument)) }
        let call = FunctionCall(
            name: function.name, values: values, arguments: arguments, span: span, context: context)
        return try function.body(call)
    }

    /// A document made with a builder; one that nests too deep is a fault.
    static func build(
        at span: Range<Int>, _ body: (inout JSONBuilder) throws(Fault) -> Void
    ) throws(Fault) -> Value {
        var builder = JSONBuilder(maximumDepth: MappingLimits.resultDepth)
        try body(&builder)
        do {
            return .json(try builder.finish())
        } catch {
            throw .failed(error.message, span: span)
        }
    }
}

extension JSON.Kind {
    /// A literal of the kind to compare with, for a hint.
    fileprivate var zero: String {
        switch self {
        case .number: "0"
        case .string: "''"
        case .array: "[]"
        case .object: "{}"
        case .null, .bool: "null"
        }
    }
}
