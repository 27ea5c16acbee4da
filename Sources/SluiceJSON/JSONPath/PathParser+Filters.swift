/// What a term of a filter is, before it is known where it stands.
private enum PathTerm {
    case literal(JSON)
    case query(PathQuery)
    /// A function that gives a value: `length`, `count` or `value`.
    case function(PathOperand)
    /// A function that gives a truth value: `match` or `search`.
    case test(PathCondition)
}

extension PathParser {
    /// `or` of `and` of basic expressions.
    mutating func condition() throws(JSONPathError) -> PathCondition {
        var alternatives = [try conjunction()]
        while try skipOperator(UInt8(ascii: "|")) {
            alternatives.append(try conjunction())
        }
        return alternatives.count == 1 ? alternatives[0] : .any(alternatives)
    }

    private mutating func conjunction() throws(JSONPathError) -> PathCondition {
        var conditions = [try basicCondition()]
        while try skipOperator(UInt8(ascii: "&")) {
            conditions.append(try basicCondition())
        }
        return conditions.count == 1 ? conditions[0] : .all(conditions)
    }

    /// Goes over `||` or `&&` and the blanks around it.
    private mutating func skipOperator(_ byte: UInt8) throws(JSONPathError) -> Bool {
        guard skipAfterBlanks(byte) else { return false }
        guard skip(byte) else { throw failed("expected '&&' or '||'", at: position - 1) }
        skipBlanks()
        return true
    }

    private mutating func basicCondition() throws(JSONPathError) -> PathCondition {
        if skip(UInt8(ascii: "!")) {
            skipBlanks()
            if next == UInt8(ascii: "(") { return .not(try parenthesized()) }
            let start = position
            return .not(try test(try term(), at: start))
        }
        if next == UInt8(ascii: "(") { return try parenthesized() }
        let start = position
        let left = try term()
        guard let comparison = skipComparison() else { return try test(left, at: start) }
        let leftOperand = try operand(left, at: start)
        skipBlanks()
        let rightStart = position
        return .compare(leftOperand, comparison, try operand(try term(), at: rightStart))
    }

    private mutating func parenthesized() throws(JSONPathError) -> PathCondition {
        position += 1
        skipBlanks()
        let inner = try nested { parser throws(JSONPathError) in try parser.condition() }
        skipBlanks()
        guard skip(UInt8(ascii: ")")) else { throw failed("expected ')'") }
        return inner
    }

    private mutating func skipComparison() -> PathComparison? {
        let start = position
        skipBlanks()
        let isLonger = byte(after: 1) == UInt8(ascii: "=")
        let comparison: PathComparison
        switch next {
        case UInt8(ascii: "=") where isLonger: comparison = .equal
        case UInt8(ascii: "!") where isLonger: comparison = .notEqual
        case UInt8(ascii: "<"): comparison = isLonger ? .lessOrEqual : .less
        case UInt8(ascii: ">"): comparison = isLonger ? .greaterOrEqual : .greater
        default:
            position = start
            return nil
        }
        position += isLonger ? 2 : 1
        return comparison
    }

    private func test(_ term: PathTerm, at start: Int) throws(JSONPathError) -> PathCondition {
        switch term {
        case .query(let query): return .exists(query)
        case .test(let condition): return condition
        case .literal: throw failed("a literal has to be compared", at: start)
        case .function: throw failed("the result of this function has to be compared", at: start)
        }
    }

    private func operand(_ term: PathTerm, at start: Int) throws(JSONPathError) -> PathOperand {
        switch term {
        case .literal(let value): return .literal(value)
        case .function(let operand): return operand
        case .query(let query):
            guard query.singularSteps != nil else {
                throw failed("expected a query for one value, of names and indices", at: start)
            }
            return .query(query)
        case .test: throw failed("the result of this function is no value", at: start)
        }
    }

    /// A literal, a query or a function.
    private mutating func term() throws(JSONPathError) -> PathTerm {
        switch next {
        case UInt8(ascii: "$"), UInt8(ascii: "@"):
            return .query(
                try nested { parser throws(JSONPathError) in
                    try parser.query(allowsCurrent: true)
                })
        case UInt8(ascii: "'"), UInt8(ascii: "\""):
            return .literal(JSON(String(decoding: try string(), as: UTF8.self)))
        case UInt8(ascii: "-"), (UInt8(ascii: "0")...UInt8(ascii: "9"))?:
            return .literal(JSON(try number()))
        case (UInt8(ascii: "a")...UInt8(ascii: "z"))?:
            return try word()
        default:
            throw failed("expected a query, a literal or a function")
        }
    }

    private mutating func number() throws(JSONPathError) -> JSONNumber {
        let start = position
        while let byte = next, ASCII.isDigit(byte) || "+-.eE".utf8.contains(byte) { position += 1 }
        guard let number = JSONNumber(String(decoding: bytes[start..<position], as: UTF8.self))
        else {
            throw failed("not a number", at: start)
        }
        return number
    }

    /// `true`, `false`, `null` or the call of a function.
    private mutating func word() throws(JSONPathError) -> PathTerm {
        let start = position
        while let byte = next,
            ASCII.isDigit(byte) || byte == UInt8(ascii: "_")
                || byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")
        {
            position += 1
        }
        let name = String(decoding: bytes[start..<position], as: UTF8.self)
        if skip(UInt8(ascii: "(")) {
            return try nested { parser throws(JSONPathError) in try parser.call(name, at: start) }
        }
        switch name {
        case "true": return .literal(.true)
        case "false": return .literal(.false)
        case "null": return .literal(.null)
        default: throw failed("expected a query, a literal or a function", at: start)
        }
    }
}

// MARK: - Functions

extension PathParser {
    /// A call, after its opening parenthesis.
    private mutating func call(_ name: String, at start: Int) throws(JSONPathError) -> PathTerm {
        let term: PathTerm
        skipBlanks()
        switch name {
        case "length": term = .function(.length(try valueArgument()))
        case "count": term = .function(.count(try queryArgument()))
        case "value": term = .function(.value(try queryArgument()))
        case "match", "search":
            let text = try valueArgument()
            skipBlanks()
            guard skip(UInt8(ascii: ",")) else { throw failed("expected ',' and a pattern") }
            skipBlanks()
            let pattern = Self.pattern(try valueArgument())
            term = .test(.match(text, pattern, anywhere: name == "search"))
        default:
            throw failed("no such function: \(name)", at: start)
        }
        skipBlanks()
        guard skip(UInt8(ascii: ")")) else { throw failed("expected ')'") }
        return term
    }

    private mutating func valueArgument() throws(JSONPathError) -> PathOperand {
        let start = position
        return try operand(try term(), at: start)
    }

    private mutating func queryArgument() throws(JSONPathError) -> PathQuery {
        let start = position
        guard case .query(let query) = try term() else {
            throw failed("expected a query", at: start)
        }
        return query
    }

    private static func pattern(_ operand: PathOperand) -> PathPattern {
        guard case .literal(let value) = operand else { return .computed(operand) }
        return .literal(value.string.flatMap { try? IRegexp($0) })
    }
}
