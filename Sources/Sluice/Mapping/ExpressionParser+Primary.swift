internal import SluiceJSON

extension ExpressionParser {
    /// A path, literal, call or parenthesis, and the members and elements of it that follow.
    mutating func parsePostfix() throws(SyntaxFault) -> ExpressionNode {
        let start = peekStart()
        let whole = try parsePrimary()
        let end = peekStart()
        guard let byte = current, byte == UInt8(ascii: ".") || byte == UInt8(ascii: "[") else {
            return whole
        }
        let path: JSONPath
        do {
            (path, position) = try JSONPath.parseSegments(of: bytes, at: end)
        } catch {
            let place = min(max(error.offset, end), bytes.count)
            throw SyntaxFault(message: error.message, span: place..<place)
        }
        guard path.isSingular else {
            throw SyntaxFault(
                message: "only `.name`, `['name']` and `[index]` may follow a value",
                span: end..<position,
                suggestion: "other selectors follow a path that begins with `$`")
        }
        return node(.part(whole, path), from: start)
    }

    /// A path, literal, call or parenthesis.
    private mutating func parsePrimary() throws(SyntaxFault) -> ExpressionNode {
        let start = peekStart()
        guard let byte = current else { throw unexpected(wanting: "a value") }
        switch byte {
        case UInt8(ascii: "$"):
            return try parsePath()
        case UInt8(ascii: "'"), UInt8(ascii: "\""):
            return node(.literal(.string(try parseString())), from: start)
        case UInt8(ascii: "("):
            position += 1
            var inner = try parseExpression()
            guard take(")") else { throw unclosed(start, wanting: "`)`") }
            inner.span = start..<position
            return inner
        case UInt8(ascii: "["):
            position += 1
            return node(.array(try parseList(from: start, closedBy: "]")), from: start)
        case UInt8(ascii: "{"):
            position += 1
            return node(.object(try parseEntries(from: start)), from: start)
        case _ where byte.isDigit:
            return try parseNumber(from: start)
        case _ where byte.isNameStart:
            return try parseWord()
        default:
            throw unexpected(wanting: "a value")
        }
    }

    private mutating func parsePath() throws(SyntaxFault) -> ExpressionNode {
        let start = position
        do {
            let (path, end) = try JSONPath.parsePrefix(of: bytes, at: position)
            position = max(end, start + 1)
            let kind: ExpressionNode.Kind
            if let steps = path.singularSteps {
                kind = steps.isEmpty ? .root : .singular(path)
            } else {
                kind = .selection(path)
            }
            return node(kind, from: start)
        } catch {
            let place = min(max(error.offset, start), bytes.count)
            throw SyntaxFault(message: error.message, span: place..<place, suggestion: nil)
        }
    }

    /// A list of expressions up to `closing`, the opening one, at `start`, being taken.
    private mutating func parseList(
        from start: Int, closedBy closing: StaticString
    ) throws(SyntaxFault) -> [ExpressionNode] {
        if take(closing) { return [] }
        var elements: [ExpressionNode] = []
        repeat { elements.append(try parseExpression()) } while take(",")
        guard take(closing) else { throw unclosed(start, wanting: "`,` or `\(closing)`") }
        return elements
    }

    /// The members of an object literal, its `{`, at `opening`, being taken.
    private mutating func parseEntries(
        from opening: Int
    ) throws(SyntaxFault) -> [ExpressionNode.Entry] {
        if take("}") { return [] }
        var entries: [ExpressionNode.Entry] = []
        var names: Set<[UInt8]> = []
        repeat {
            let start = peekStart()
            let name = try parseName()
            guard names.insert(Array(name.utf8)).inserted else {
                throw SyntaxFault(
                    message: "the member `\(name)` is there twice", span: start..<position)
            }
            guard take(":") else { throw unexpected(wanting: "`:` after a member's name") }
            entries.append(ExpressionNode.Entry(name: name, value: try parseExpression()))
        } while take(",")
        guard take("}") else { throw unclosed(opening, wanting: "`,` or `}`") }
        return entries
    }

    /// The name of a member: a bare word or a string.
    private mutating func parseName() throws(SyntaxFault) -> String {
        guard let byte = current else { throw unexpected(wanting: "a member's name") }
        if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") { return try parseString() }
        guard byte.isNameStart else { throw unexpected(wanting: "a member's name") }
        return takeWord()
    }

    /// Takes the longest name at `position`.
    private mutating func takeWord() -> String {
        let start = position
        while let byte = current, byte.isNamePart { position += 1 }
        return Text.string(bytes[start..<position])
    }

    /// `true`, `false`, `null` or a call.
    private mutating func parseWord() throws(SyntaxFault) -> ExpressionNode {
        let start = position
        let word = takeWord()
        switch word {
        case "true": return node(.literal(.bool(true)), from: start)
        case "false": return node(.literal(.bool(false)), from: start)
        case "null": return node(.literal(.null), from: start)
        case "omit":
            hasOmit = true
            return node(.omit, from: start)
        case "args" where allowsArguments: return node(.arguments, from: start)
        default: break
        }
        let span = start..<position
        guard take("(") else { throw Self.strayWord(word, span) }
        guard let function = Functions.named(word) else {
            let guess = Spelling.closest(to: word, among: Functions.all.map(\.name))
            throw SyntaxFault(
                message: "there is no function `\(word)`", span: span,
                suggestion: guess.map { "did you mean `\($0)`?" })
        }
        let arguments = try parseList(from: position - 1, closedBy: ")")
        guard function.argumentCount.contains(arguments.count) else {
            throw SyntaxFault(
                message: "`\(word)` takes \(function.countText), not \(arguments.count)",
                span: start..<position, suggestion: function.signature)
        }
        guard !function.isForFlows else {
            throw SyntaxFault(
                message: "`\(word)` is known in flow files only, with a name in quotes", span: span,
                suggestion: "\(word)('NAME')")
        }
        var prepared = function
        if let body = try function.prepare?(arguments.map { $0.folded() }) { prepared.body = body }
        return node(.call(prepared, arguments), from: start)
    }

    private static func strayWord(_ word: String, _ span: Range<Int>) -> SyntaxFault {
        let suggestion =
            switch word {
            case "and": "did you mean `&&`?"
            case "or": "did you mean `||`?"
            case "not": "did you mean `!`?"
            case "args": "`args` belongs in the `where` of a request"
            case "True", "TRUE": "did you mean `true`?"
            case "False", "FALSE": "did you mean `false`?"
            case "Null", "NULL", "nil", "None", "undefined": "did you mean `null`?"
            case _ where Functions.named(word) != nil: "a call needs parentheses: `\(word)(…)`"
            default: "`$.\(word)` is the message's member, `'\(word)'` a string"
            }
        return SyntaxFault(
            message: "`\(word)` is no value", span: span, suggestion: suggestion)
    }

    /// What is said where a bracket that was opened at `opening` is not closed.
    func unclosed(_ opening: Int, wanting wanted: String) -> SyntaxFault {
        var fault = unexpected(wanting: wanted)
        guard current == nil || next(is: "}}") else { return fault }
        let bracket = Text.string(bytes[opening..<opening + 1])
        let place = Text.scalarCount(bytes[..<opening]) + 1
        fault.suggestion = "the `\(bracket)` of character \(place) is not closed"
        return fault
    }

    /// What is said of the text at `position` when it cannot go on there.
    func unexpected(wanting wanted: String) -> SyntaxFault {
        guard let byte = current else {
            return SyntaxFault(
                message: "the expression ends where \(wanted) should be",
                span: position..<position)
        }
        let found = Token.text(in: bytes, at: position)
        return SyntaxFault(
            message: "`\(found)` where \(wanted) should be",
            span: position..<position + found.utf8.count,
            suggestion: Token.suggestion(for: found, startingWith: byte))
    }
}

/// Names the text at which an expression cannot go on, for the error message.
private enum Token {
    /// The operator, word or single character at `place`.
    static func text(in bytes: [UInt8], at place: Int) -> String {
        let rest = bytes[place...].prefix(40)
        guard let first = rest.first else { return "" }
        if first.isNamePart { return Text.string(rest.prefix { $0.isNamePart }) }
        let symbols = Array("=!<>|&*+~?}".utf8)
        if symbols.contains(first) { return Text.string(rest.prefix(3) { symbols.contains($0) }) }
        return String(Unicode.Scalar(first))
    }

    static func suggestion(for found: String, startingWith byte: UInt8) -> String? {
        switch found {
        case "=", "===": "did you mean `==`?"
        case "!==", "<>": "did you mean `!=`?"
        case "|": "did you mean `||`? There are no pipes: write f(x)"
        case "&": "did you mean `&&`?"
        case "**": "did you mean `pow(x, y)`?"
        case "=~": "`match(s, 'pattern')` and `search(s, 'pattern')` match a string"
        case ".": "did you mean `$.`?"
        case "@": "did you mean `$`? `@` belongs in a filter such as `$[?@.n > 1]`"
        case "and": "did you mean `&&`?"
        case "or": "did you mean `||`?"
        default: nil
        }
    }
}

extension Collection where Element == UInt8 {
    /// The longest beginning, at most `limit` bytes, whose bytes all pass.
    fileprivate func prefix(_ limit: Int, while passes: (UInt8) -> Bool) -> [UInt8] {
        Array(self.prefix(limit).prefix(while: passes))
    }
}
