internal import SluiceJSON

/// What is wrong with the text of an expression, and where.
struct SyntaxFault: Error {
    var message: String
    /// Byte range of the smallest wrong part; empty where something is absent.
    var span: Range<Int>
    var suggestion: String?
}

/// Reads one expression from UTF-8 bytes, by recursive descent.
///
/// From loosest to tightest: `? :`, `??`, `||`, `&&`, `== !=`, `< <= > >=`, `+ -`, `* / %`, unary
/// `! -`. Comparisons do not chain. The text after the expression is the caller's.
struct ExpressionParser {
    let bytes: [UInt8]
    var position: Int
    var nesting = 0
    /// Whether `args` is a value.
    var allowsArguments = false
    /// Whether `omit` was there.
    var hasOmit = false

    /// Parses a whole expression and computes what is constant in it.
    ///
    /// - Parameter finish: Looks at what follows, and says whether the expression is the value of a
    ///   member or an element, which `omit` leaves out.
    mutating func parseWhole(
        _ finish: (inout Self) throws(SyntaxFault) -> Bool
    ) throws(SyntaxFault) -> ExpressionNode {
        let root = try parseExpression()
        let isItem = try finish(&self)
        if hasOmit, let span = root.misplacedOmit(isItem: isItem) {
            throw SyntaxFault(
                message: "`omit` has no member or element to leave out here", span: span,
                suggestion: "it is the whole value of one: `$.a ?? omit`, `$.b ? 1 : omit`")
        }
        return root.folded()
    }

    /// Parses the expression that starts at `position`, blanks before it allowed, and leaves
    /// `position` behind it and the blanks that follow.
    mutating func parseExpression() throws(SyntaxFault) -> ExpressionNode {
        try enter()
        defer { nesting -= 1 }
        skipBlanks()
        let start = position
        var branches: [ExpressionNode.Branch] = []
        var last = try parseFallback()
        while take("?") {
            let value = try parseExpression()
            guard take(":") else { throw unexpected(wanting: "`:` of `? :`") }
            branches.append(ExpressionNode.Branch(condition: last, value: value))
            last = try parseFallback()
        }
        if branches.isEmpty { return last }
        return node(.choice(branches, otherwise: last), from: start)
    }

    private mutating func parseFallback() throws(SyntaxFault) -> ExpressionNode {
        let start = peekStart()
        var operands = [try parseOr()]
        while take("??") { operands.append(try parseOr()) }
        return operands.count == 1 ? operands[0] : node(.fallback(operands), from: start)
    }

    private mutating func parseOr() throws(SyntaxFault) -> ExpressionNode {
        let start = peekStart()
        var operands = [try parseAnd()]
        while take("||") { operands.append(try parseAnd()) }
        return operands.count == 1 ? operands[0] : node(.or(operands), from: start)
    }

    private mutating func parseAnd() throws(SyntaxFault) -> ExpressionNode {
        let start = peekStart()
        var operands = [try parseEquality()]
        while take("&&") { operands.append(try parseEquality()) }
        return operands.count == 1 ? operands[0] : node(.and(operands), from: start)
    }

    private mutating func parseEquality() throws(SyntaxFault) -> ExpressionNode {
        let start = peekStart()
        let left = try parseOrdering()
        guard let symbol = takeComparison(ordering: false) else { return left }
        let right = try parseOrdering()
        try refuseChain(ordering: false)
        return node(.comparison(symbol, left, right), from: start)
    }

    private mutating func parseOrdering() throws(SyntaxFault) -> ExpressionNode {
        let start = peekStart()
        let left = try parseSum()
        guard let symbol = takeComparison(ordering: true) else { return left }
        let right = try parseSum()
        try refuseChain(ordering: true)
        return node(.comparison(symbol, left, right), from: start)
    }

    private mutating func parseSum() throws(SyntaxFault) -> ExpressionNode {
        let start = peekStart()
        let first = try parseProduct()
        var terms: [ExpressionNode.Term] = []
        while let symbol = takeArithmetic([.add, .subtract]) {
            terms.append(ExpressionNode.Term(symbol: symbol, operand: try parseProduct()))
        }
        return terms.isEmpty ? first : node(.arithmetic(first, terms), from: start)
    }

    private mutating func parseProduct() throws(SyntaxFault) -> ExpressionNode {
        let start = peekStart()
        let first = try parseUnary()
        var terms: [ExpressionNode.Term] = []
        while let symbol = takeArithmetic([.multiply, .divide, .remainder]) {
            terms.append(ExpressionNode.Term(symbol: symbol, operand: try parseUnary()))
        }
        return terms.isEmpty ? first : node(.arithmetic(first, terms), from: start)
    }

    private mutating func parseUnary() throws(SyntaxFault) -> ExpressionNode {
        let start = peekStart()
        if !next(is: "!="), take("!") {
            try enter()
            defer { nesting -= 1 }
            return node(.not(try parseUnary()), from: start)
        }
        if take("-") {
            if let byte = current, byte.isDigit { return try parseNumber(from: start) }
            try enter()
            defer { nesting -= 1 }
            return node(.negate(try parseUnary()), from: start)
        }
        return try parsePostfix()
    }
}

// MARK: - Tokens

extension ExpressionParser {
    /// The byte at `position`, nil at the end.
    var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func skipBlanks() {
        while let byte = current, byte.isBlank { position += 1 }
    }

    /// Skips blanks and gives the position of what follows.
    mutating func peekStart() -> Int {
        skipBlanks()
        return position
    }

    /// Whether `token` comes next, at `position` exactly.
    func next(is token: StaticString) -> Bool {
        let length = token.utf8CodeUnitCount
        guard position + length <= bytes.count else { return false }
        return token.withUTF8Buffer { bytes[position..<position + length].elementsEqual($0) }
    }

    /// Takes `token`, blanks before it allowed, but not `?` from `??`.
    mutating func take(_ token: StaticString) -> Bool {
        skipBlanks()
        guard next(is: token) else { return false }
        if token.utf8CodeUnitCount == 1, next(is: "??") { return false }
        position += token.utf8CodeUnitCount
        return true
    }

    private mutating func takeComparison(ordering: Bool) -> ComparisonOperator? {
        skipBlanks()
        let candidates: [(StaticString, ComparisonOperator)] =
            ordering
            ? [("<=", .lessOrEqual), (">=", .greaterOrEqual), ("<", .less), (">", .greater)]
            : [("==", .equal), ("!=", .notEqual)]
        for (token, symbol) in candidates where next(is: token) {
            position += token.utf8CodeUnitCount
            return symbol
        }
        return nil
    }

    private mutating func takeArithmetic(_ symbols: [ArithmeticOperator]) -> ArithmeticOperator? {
        skipBlanks()
        guard let byte = current else { return nil }
        let symbol = ArithmeticOperator(rawValue: String(Unicode.Scalar(byte)))
        guard let symbol, symbols.contains(symbol) else { return nil }
        position += 1
        return symbol
    }

    private mutating func refuseChain(ordering: Bool) throws(SyntaxFault) {
        let start = peekStart()
        guard takeComparison(ordering: ordering) != nil else { return }
        throw SyntaxFault(
            message: "comparisons do not chain", span: start..<position,
            suggestion: "join them with `&&`, or use parentheses")
    }

    /// Counts one level of nesting; every caller leaves it again.
    mutating func enter() throws(SyntaxFault) {
        nesting += 1
        guard nesting <= MappingLimits.nesting else {
            throw SyntaxFault(
                message: "the expression is nested deeper than \(MappingLimits.nesting) levels",
                span: position..<position, suggestion: nil)
        }
    }

    /// A node that began at `start` and ends before the blanks at `position`.
    func node(_ kind: ExpressionNode.Kind, from start: Int) -> ExpressionNode {
        var end = position
        while end > start, bytes[end - 1].isBlank { end -= 1 }
        return ExpressionNode(kind: kind, span: start..<end)
    }
}
