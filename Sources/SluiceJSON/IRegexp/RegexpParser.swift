/// What a pattern says.
indirect enum RegexpExpression {
    case scalar(UInt32)
    case set(ScalarSet)
    case start
    case end
    case sequence([RegexpExpression])
    case alternatives([RegexpExpression])
    case repeated(RegexpExpression, from: Int, upTo: Int?)
}

/// Reads a pattern by the grammar of RFC 9485, section 3; recursion is bounded by the nesting limit.
struct RegexpParser {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var nesting = 0

    init(_ pattern: String) { scalars = Array(pattern.unicodeScalars) }

    mutating func parse() throws(IRegexpError) -> RegexpExpression {
        let expression = try alternatives()
        guard position == scalars.count else { throw failed("no '(' for this ')'") }
        return expression
    }

    private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        position += 1
        return true
    }

    private func failed(_ message: String, at index: Int? = nil) -> IRegexpError {
        let before = scalars[..<(index ?? position)]
        let offset = before.reduce(0) { $0 + UTF8.width($1) }
        return IRegexpError(message: message, offset: offset)
    }

    private mutating func alternatives() throws(IRegexpError) -> RegexpExpression {
        var branches = [try branch()]
        while skip("|") { branches.append(try branch()) }
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    private mutating func branch() throws(IRegexpError) -> RegexpExpression {
        var pieces: [RegexpExpression] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            pieces.append(try quantified(try atom(scalar)))
        }
        return .sequence(pieces)
    }

    private mutating func atom(_ scalar: Unicode.Scalar) throws(IRegexpError) -> RegexpExpression {
        switch scalar {
        case "(":
            return try group()
        case "[":
            return .set(try classExpression())
        case "\\":
            return try escape()
        case "*", "+", "?", "{":
            throw failed("nothing to repeat before '\(scalar)'")
        case "]", "}":
            throw failed("'\(scalar)' has to be escaped")
        default:
            position += 1
            return switch scalar {
            case ".": .set(.dot)
            case "^": .start
            case "$": .end
            default: .scalar(scalar.value)
            }
        }
    }

    private mutating func group() throws(IRegexpError) -> RegexpExpression {
        let start = position
        guard nesting < IRegexp.maximumNesting else {
            throw failed("groups nest deeper than \(IRegexp.maximumNesting)")
        }
        position += 1
        nesting += 1
        let expression = try alternatives()
        nesting -= 1
        guard skip(")") else { throw failed("no ')' for this '('", at: start) }
        return expression
    }

    private mutating func escape() throws(IRegexpError) -> RegexpExpression {
        if let mask = try categoryEscape() {
            var set = ScalarSet()
            set.insert(categories: mask)
            set.complete(isNegated: false)
            return .set(set)
        }
        return .scalar(try scalarEscape())
    }

    private mutating func scalarEscape() throws(IRegexpError) -> UInt32 {
        position += 1
        guard let scalar = next else { throw failed("the pattern ends after '\\'") }
        let value: UInt32
        switch scalar {
        case "n": value = 0x0A
        case "r": value = 0x0D
        case "t": value = 0x09
        case "(", ")", "*", "+", "-", ".", "?", "[", "\\", "]", "^", "{", "|", "}":
            value = scalar.value
        default: throw failed("no such escape: '\\\(scalar)'", at: position - 1)
        }
        position += 1
        return value
    }

    /// The categories of `\p{…}` or `\P{…}`, nil where there is another escape.
    private mutating func categoryEscape() throws(IRegexpError) -> UInt32? {
        guard position + 1 < scalars.count else { return nil }
        let letter = scalars[position + 1]
        guard letter == "p" || letter == "P" else { return nil }
        let start = position
        position += 2
        guard skip("{") else { throw failed("expected '{' after '\\\(letter)'") }
        var name = ""
        while let scalar = next, scalar != "}", name.unicodeScalars.count < 3 {
            name.unicodeScalars.append(scalar)
            position += 1
        }
        guard skip("}"), let mask = ScalarSet.categories(named: name) else {
            throw failed("no such category", at: start)
        }
        return letter == "p" ? mask : ~mask & ScalarSet.allCategories
    }
}

// MARK: - Quantifiers

extension RegexpParser {
    private mutating func quantified(
        _ atom: RegexpExpression
    ) throws(IRegexpError) -> RegexpExpression {
        if skip("*") { return .repeated(atom, from: 0, upTo: nil) }
        if skip("+") { return .repeated(atom, from: 1, upTo: nil) }
        if skip("?") { return .repeated(atom, from: 0, upTo: 1) }
        let start = position
        guard skip("{") else { return atom }
        let least = try count()
        var most: Int? = least
        if skip(",") { most = next == "}" ? nil : try count() }
        guard skip("}") else { throw failed("expected '}'") }
        if let most, most < least { throw failed("a repeat from more to less", at: start) }
        return .repeated(atom, from: least, upTo: most)
    }

    /// A number of repeats; beyond all limits it stays where it is.
    private mutating func count() throws(IRegexpError) -> Int {
        let start = position
        var value = 0
        while let digit = next, digit >= "0", digit <= "9" {
            value = min(value * 10 + Int(digit.value - 0x30), 1_000_000_000)
            position += 1
        }
        guard position > start else { throw failed("expected a digit") }
        return value
    }
}

// MARK: - Classes

extension RegexpParser {
    private mutating func classExpression() throws(IRegexpError) -> ScalarSet {
        let start = position
        position += 1
        let isNegated = skip("^")
        var set = ScalarSet()
        var isEmpty = true
        if skip("-") {
            set.insert(0x2D...0x2D)
            isEmpty = false
        }
        while let scalar = next, scalar != "]" {
            if scalar == "-" {
                position += 1
                guard next == "]" else {
                    throw failed("'-' has to be escaped here", at: position - 1)
                }
                set.insert(0x2D...0x2D)
            } else {
                try classItem(into: &set)
            }
            isEmpty = false
        }
        guard !isEmpty || next == nil else { throw failed("an empty class") }
        guard skip("]") else { throw failed("no ']' for this '['", at: start) }
        set.complete(isNegated: isNegated)
        return set
    }

    private mutating func classItem(into set: inout ScalarSet) throws(IRegexpError) {
        if next == "\\", let mask = try categoryEscape() {
            set.insert(categories: mask)
            return
        }
        let start = position
        let first = try classScalar()
        guard next == "-", position + 1 < scalars.count, scalars[position + 1] != "]" else {
            set.insert(first...first)
            return
        }
        position += 1
        let last = try classScalar()
        guard first <= last else { throw failed("a range from higher to lower", at: start) }
        set.insert(first...last)
    }

    private mutating func classScalar() throws(IRegexpError) -> UInt32 {
        guard let scalar = next else { throw failed("the pattern ends within a class") }
        switch scalar {
        case "\\": return try scalarEscape()
        case "[", "]", "-": throw failed("'\(scalar)' has to be escaped here")
        default:
            position += 1
            return scalar.value
        }
    }
}
