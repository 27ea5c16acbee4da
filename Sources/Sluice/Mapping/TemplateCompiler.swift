internal import SluiceJSON

/// Turns a template's JSON into nodes and collects what is wrong.
struct TemplateCompiler {
    private(set) var problems: [Template.Problem] = []
    /// How many strings with expressions have become constants.
    private var foldings = 0

    /// - Parameter isItem: Whether the value is that of a member or an element, which may be `omit`.
    mutating func compile(_ json: JSON, at path: String, isItem: Bool = false) -> TemplateNode {
        switch json.kind {
        case .null, .bool, .number:
            return .literal(json)
        case .string:
            return compileString(json, at: path, isItem: isItem)
        case .array:
            let before = foldings
            var elements: [TemplateNode] = []
            for (index, element) in json.elements.enumerated() {
                elements.append(compile(element, at: "\(path)[\(index)]", isItem: true))
            }
            return folded(.array(elements), of: json, since: before)
        case .object:
            let before = foldings
            var members: [TemplateNode.Member] = []
            for member in json.members {
                let place = path + PathText.step(to: member.name)
                let value = compile(member.value, at: place, isItem: true)
                members.append(TemplateNode.Member(name: member.name, value: value))
            }
            return folded(.object(members), of: json, since: before)
        }
    }

    /// The container `node` made from `json` as a constant where all that is in it is one.
    private func folded(_ node: TemplateNode, of json: JSON, since before: Int) -> TemplateNode {
        guard node.parts.allSatisfy(\.isLiteral) else { return node }
        if foldings == before { return .literal(json) }
        let template = Template(root: node)
        // What nests too deep stays as it is, for the message to fail.
        return (try? template.evaluate(.null, .system)).map(TemplateNode.literal) ?? node
    }

    private mutating func compileString(
        _ json: JSON, at path: String, isItem: Bool
    ) -> TemplateNode {
        let bytes = Array((json.string ?? "").utf8)
        guard let first = Self.opening(in: bytes, from: 0) else { return .literal(json) }
        var pieces: [TemplateNode.Piece] = []
        var literalStart = 0
        var next: Int? = first
        while let open = next {
            if literalStart < open {
                pieces.append(.literal(Text.string(bytes[literalStart..<open])))
            }
            let piece: TemplateNode.Piece?
            // `omit` may be the whole of a string only.
            let mayOmit = isItem && open == 0
            (piece, literalStart) = compileExpression(
                in: bytes, after: open + 2, at: path, mayOmit: mayOmit)
            if let piece { pieces.append(piece) }
            next = Self.opening(in: bytes, from: literalStart)
        }
        if literalStart < bytes.count {
            pieces.append(.literal(Text.string(bytes[literalStart...])))
        }
        if pieces.count == 1, case .expression(let node, let source) = pieces[0] {
            guard case .literal(let value) = node.kind else {
                return .expression(TemplateNode.Leaf(node: node, path: path, text: source))
            }
            foldings += 1
            return .literal(value.json)
        }
        return joined(pieces, at: path)
    }

    /// Joins literal pieces, among them expressions that are constants such as `'{{'`.
    private mutating func joined(_ pieces: [TemplateNode.Piece], at path: String) -> TemplateNode {
        var joined: [TemplateNode.Piece] = []
        for piece in pieces {
            var text: String?
            if case .literal(let literal) = piece { text = literal }
            if case .expression(let node, _) = piece, case .literal(let value) = node.kind {
                text = value.interpolatedText
            }
            if let text, case .literal(let before)? = joined.last {
                joined[joined.count - 1] = .literal(before + text)
            } else {
                joined.append(text.map(TemplateNode.Piece.literal) ?? piece)
            }
        }
        if joined.count == 1, case .literal(let text) = joined[0] {
            foldings += 1
            return .literal(JSON(text))
        }
        return .text(TemplateNode.Interpolation(pieces: joined, path: path))
    }

    /// Compiles the expression that begins at `start`; gives it, nil where it is broken, and the
    /// offset behind its `}}`.
    private mutating func compileExpression(
        in bytes: [UInt8], after start: Int, at path: String, mayOmit: Bool
    ) -> (TemplateNode.Piece?, end: Int) {
        var parser = ExpressionParser(bytes: bytes, position: start)
        do throws(SyntaxFault) {
            let node = try parser.parseWhole { parser throws(SyntaxFault) in
                guard parser.next(is: "}}") else { throw Self.unclosed(parser, from: start - 2) }
                return mayOmit && parser.position + 2 == bytes.count
            }
            let end = parser.position
            guard end - start <= MappingLimits.expressionBytes else {
                let limit = MappingLimits.expressionBytes
                throw SyntaxFault(
                    message: "the expression is longer than \(limit) bytes", span: start..<start)
            }
            let source = Self.trimmed(bytes[start..<end])
            return (.expression(node, source: source), end + 2)
        } catch {
            let end = Self.closing(in: bytes, from: start)
            problems.append(Self.problem(error, in: bytes, start..<(end ?? bytes.count), at: path))
            return (nil, end.map { $0 + 2 } ?? bytes.count)
        }
    }

    private static func unclosed(
        _ parser: ExpressionParser, from opening: Int
    ) -> SyntaxFault {
        guard parser.current == nil else {
            return parser.unexpected(wanting: "an operator or `}}`")
        }
        var fault = parser.unexpected(wanting: "`}}`")
        let place = Text.scalarCount(parser.bytes[..<opening]) + 1
        fault.suggestion = "the `{{` of character \(place) is not closed"
        return fault
    }

    private static func problem(
        _ fault: SyntaxFault, in bytes: [UInt8], _ range: Range<Int>, at path: String
    ) -> Template.Problem {
        Template.Problem(
            path: path, offset: fault.span.lowerBound, length: fault.span.count,
            expression: trimmed(bytes[range]), message: fault.message,
            suggestion: fault.suggestion)
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
        let head = bytes.drop(while: \.isBlank)
        let end = head.lastIndex { !$0.isBlank }.map { $0 + 1 } ?? head.startIndex
        return Text.string(head[..<end])
    }

    /// The offset of the first `{{` at or behind `start`.
    private static func opening(in bytes: [UInt8], from start: Int) -> Int? {
        var place = start
        while place + 1 < bytes.count {
            if bytes[place] == UInt8(ascii: "{"), bytes[place + 1] == UInt8(ascii: "{") {
                return place
            }
            place += 1
        }
        return nil
    }

    /// The offset of the `}}` that ends a broken expression: outside of quotes and inner braces
    /// where these pair up, else the first one.
    private static func closing(in bytes: [UInt8], from start: Int) -> Int? {
        var braces = 0
        var place = start
        var first: Int?
        while place < bytes.count {
            let byte = bytes[place]
            let isClosing = byte == UInt8(ascii: "}") && bytes.dropFirst(place + 1).first == byte
            if isClosing {
                if braces <= 0 { return place }
                first = first ?? place
            }
            switch byte {
            case UInt8(ascii: "{"): braces += 1
            case UInt8(ascii: "}"): braces -= 1
            case UInt8(ascii: "'"), UInt8(ascii: "\""):
                place = endOfString(in: bytes, from: place) ?? place
            default: break
            }
            place += 1
        }
        return first
    }

    /// The offset of the quote that ends the string which begins at `start`.
    private static func endOfString(in bytes: [UInt8], from start: Int) -> Int? {
        var place = start + 1
        while place < bytes.count {
            if bytes[place] == UInt8(ascii: "\\") {
                place += 1
            } else if bytes[place] == bytes[start] {
                return place
            }
            place += 1
        }
        return nil
    }
}

extension TemplateNode {
    /// Whether it has no expression.
    var isLiteral: Bool {
        if case .literal = self { return true }
        return false
    }
}
