internal import SluiceJSON

/// Computes expressions on one message.
struct Evaluator {
    /// How an expression is read.
    enum Form {
        case value
        /// A path that finds nothing makes its comparison, or the condition it is, false.
        case test
        /// The same; and so does an order between values that have none.
        case query
    }

    let message: JSON
    let context: EvaluationContext
    var form = Form.value
    /// What `args` stands for; nil for an empty object.
    var arguments: JSON?
    /// What the evaluation of the expression at work may still take.
    var budget = MappingLimits.budget

    mutating func value(of node: ExpressionNode) throws(Fault) -> Value {
        switch node.kind {
        case .literal(let value):
            return value
        case .root:
            return .json(message)
        case .singular(let path):
            guard let found = try first(path, in: message, at: node.span) else {
                throw .missingPath(path, span: node.span)
            }
            return .json(found)
        case .selection(let path):
            return try selection(path, at: node.span)
        case .part(let whole, let path):
            let value = try value(of: whole).json
            guard let found = try first(path, in: value, at: node.span) else {
                throw .missingPart(path, of: value, span: node.span)
            }
            return .json(found)
        case .arguments:
            return .json(arguments ?? .emptyObject)
        case .omit:
            throw .omitted(span: node.span)
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

    private mutating func first(
        _ path: JSONPath, in value: JSON, at span: Range<Int>
    ) throws(Fault) -> JSON? {
        do {
            return try path.first(in: value, within: &budget)
        } catch {
            throw Fault(error, at: span)
        }
    }

    /// Takes steps for work at `span`.
    private mutating func spend(_ steps: Int, at span: Range<Int>) throws(Fault) {
        do {
            try budget.spend(steps)
        } catch {
            throw Fault(error, at: span)
        }
    }

    /// The boolean that `node` is; `user` is the operator that asks.
    mutating func condition(_ node: ExpressionNode, of user: String) throws(Fault) -> Bool {
        let found: Value
        do {
            found = try value(of: node)
        } catch {
            guard form != .value, error.isMissing else { throw error }
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
    private mutating func firstPresent(_ operands: [ExpressionNode], at span: Range<Int>)
        throws(Fault)
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

    private mutating func comparison(
        _ left: ExpressionNode, _ symbol: ComparisonOperator, _ right: ExpressionNode,
        at span: Range<Int>
    ) throws(Fault) -> Bool {
        let first: Value
        let second: Value
        do {
            first = try value(of: left)
            second = try value(of: right)
        } catch {
            guard form != .value, error.isMissing else { throw error }
            return false
        }
        try spend(min(first.byteCount, second.byteCount) / 64, at: span)
        if symbol == .equal { return first.equals(second) }
        if symbol == .notEqual { return !first.equals(second) }
        guard let order = first.order(to: second) else {
            if form == .query { return false }
            let kinds = "\(first.kind.article) and \(second.kind.article)"
            let hint = first.isNull || second.isNull ? "; give a default with `??`" : ""
            let what = "`\(symbol.rawValue)` compares two numbers or two strings, not \(kinds)"
            throw .failed(what + hint, span: span)
        }
        return switch symbol {
        case .less: order < 0
        case .lessOrEqual: order <= 0
        case .greater: order > 0
        case .greaterOrEqual, .equal, .notEqual: order >= 0
        }
    }

    private mutating func negate(_ operand: ExpressionNode, at span: Range<Int>) throws(Fault)
        -> Value
    {
        let found = try value(of: operand)
        guard found.kind == .number else {
            throw .failed("`-` needs a number, not \(found.kind.article)", span: span)
        }
        var result = Value.int(0)
        try result.combine(.subtract, found, at: span)
        return result
    }

    private mutating func arithmetic(
        _ first: ExpressionNode, _ terms: [ExpressionNode.Term], at span: Range<Int>
    ) throws(Fault) -> Value {
        var result = try value(of: first)
        for term in terms {
            let right = try value(of: term.operand)
            let part = first.span.lowerBound..<term.operand.span.upperBound
            if case .string(let tail) = right { try spend(tail.utf8.count / 64, at: part) }
            try result.combine(term.symbol, right, at: part)
        }
        return result
    }

    private mutating func selection(_ path: JSONPath, at span: Range<Int>) throws(Fault) -> Value {
        let found: [JSON]
        do {
            found = try path.values(in: message, within: &budget)
            for value in found { try budget.spend(value.sourceRange.count / 64) }
        } catch {
            throw Fault(error, at: span)
        }
        return try Self.build(at: span) { builder throws(Fault) in
            builder.beginArray()
            for value in found { builder.append(value) }
            builder.endArray()
        }
    }

    private mutating func container(_ node: ExpressionNode) throws(Fault) -> Value {
        try Self.build(at: node.span) { builder throws(Fault) in
            switch node.kind {
            case .array(let elements):
                builder.beginArray()
                for element in elements {
                    if let found = try item(element) { found.append(to: &builder) }
                }
                builder.endArray()
            case .object(let entries):
                builder.beginObject()
                for entry in entries {
                    guard let found = try item(entry.value) else { continue }
                    builder.name(entry.name)
                    found.append(to: &builder)
                }
                builder.endObject()
            default:
                try value(of: node).append(to: &builder)
            }
        }
    }

    /// The value of a member or an element; nil where it is `omit`.
    mutating func item(_ node: ExpressionNode) throws(Fault) -> Value? {
        do {
            let found = try value(of: node)
            try spend(found.byteCount / 64, at: node.span)
            return found
        } catch {
            guard error.isOmitted else { throw error }
            return nil
        }
    }

    private mutating func call(
        _ function: Functions.Function, _ arguments: [ExpressionNode], at span: Range<Int>
    ) throws(Fault) -> Value {
        if function.isLazy { return try firstPresent(arguments, at: span) }
        var values: [Value] = []
        values.reserveCapacity(arguments.count)
        for argument in arguments {
            let found = try value(of: argument)
            try spend(found.workSteps, at: argument.span)
            values.append(found)
        }
        let call = FunctionCall(
            name: function.name, values: values, arguments: arguments, span: span, context: context)
        let result = try function.body(call, &budget)
        if case .string(let text) = result { try call.checkLength(text.utf8.count) }
        return result
    }

    /// A document made with a builder; one that nests too deep is a fault.
    static func build(
        at span: Range<Int>, _ body: (inout JSONBuilder) throws(Fault) -> Void
    ) throws(Fault) -> Value {
        var builder = JSONBuilder(
            maximumDepth: MappingLimits.resultDepth, maximumBytes: MappingLimits.valueBytes)
        try body(&builder)
        do {
            return .json(try builder.finish())
        } catch {
            if error.code == .tooLarge { throw .limit(error.message, span: span) }
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
