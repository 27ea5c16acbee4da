import SluiceJSON

// Text that was most likely meant as an expression, and expressions that are made of data.
extension FlowBuilder {
    /// Warns of texts in a template that would be expressions if they stood in braces.
    ///
    /// - Parameter schema: What the value of the template is for.
    mutating func noteTexts(ofTemplate json: JSON, for schema: Schema, _ source: FlowSource) {
        guard schema.role != .expression else { return }
        switch json.kind {
        case .string:
            guard let text = json.string, Expression.looksLike(text) else { return }
            note(
                .bareExpression, "`\(text)` is text here: an expression stands in braces",
                json.sourceRange, source, suggestion: "{{\(text)}}")
        case .array:
            for element in json.elements {
                noteTexts(ofTemplate: element, for: schema.items.first ?? .any, source)
            }
        case .object:
            for member in json.members {
                noteBraces(inNameOf: member, source)
                let known = schema.property(member.name)?.schema ?? .any
                noteTexts(ofTemplate: member.value, for: known, source)
            }
        case .null, .bool, .number:
            break
        }
    }

    /// Warns of texts in settings that are no templates and have braces as those have.
    ///
    /// - Parameter owner: What the texts are settings of, as messages call it.
    mutating func noteTexts(
        ofSettings json: JSON, _ schema: Schema, _ source: FlowSource, owner: String = "the setting"
    ) {
        guard schema.role != .template else {
            return noteTexts(ofTemplate: json, for: .any, source)
        }
        switch json.kind {
        case .string:
            guard let text = json.string, let offset = Self.braces(in: text) else { return }
            let isExpression = schema.role == .expression
            // A broken expression is told as such.
            guard !isExpression || (try? Expression(text)) != nil else { return }
            note(
                .needlessBraces,
                isExpression
                    ? "`{{` in a string of an expression is text"
                    : "`{{` is text here: \(owner) is no template",
                source.range(inStringAt: json.sourceRange, offset: offset, length: 2), source)
        case .array:
            for element in json.elements {
                noteTexts(
                    ofSettings: element, schema.items.first ?? .any, source, owner: owner)
            }
        case .object:
            for member in json.members {
                noteBraces(inNameOf: member, source)
                let known = schema.property(member.name)?.schema ?? schema.otherMembers.first
                noteTexts(ofSettings: member.value, known ?? .any, source, owner: owner)
            }
        case .null, .bool, .number:
            break
        }
    }

    /// Warns of texts in the values of parameters that have braces as templates have: a value is never
    /// code.
    mutating func noteTexts(
        ofParameters values: [(FlowDefinition.Parameter, JSON?)], _ source: FlowSource
    ) {
        for case (let parameter, let value?) in values {
            noteTexts(
                ofSettings: value, parameter.schema, source,
                owner: "the value of the parameter `\(parameter.name)`")
        }
    }

    /// Warns of braces in the name of a member, which is never a template.
    private mutating func noteBraces(inNameOf member: JSON.Member, _ source: FlowSource) {
        guard Self.braces(in: member.name) != nil else { return }
        note(
            .needlessBraces, "`{{` is text here: the name of a member is no template",
            member.nameSourceRange, source)
    }

    /// The offset of the first `{{` that a `}}` follows.
    private static func braces(in text: String) -> Int? {
        guard text.utf8.contains(UInt8(ascii: "{")) else { return nil }
        let bytes = Array(text.utf8)
        guard let start = Text.occurrences(of: Array("{{".utf8), in: bytes, limit: 1).first else {
            return nil
        }
        let rest = Array(bytes[start...])
        let isClosed = !Text.occurrences(of: Array("}}".utf8), in: rest, limit: 1).isEmpty
        return isClosed ? start : nil
    }

    /// Warns of members that the port reads as expressions and that a `map` makes of data.
    mutating func noteMadeExpressions(
        _ template: Template, for target: Schema, _ edge: FlowDefinition.Edge, _ source: FlowSource
    ) {
        for property in target.properties where property.schema.role == .expression {
            guard template.composes(property.name) else { continue }
            let place = edge.map?[property.name] ?? edge.map ?? edge.json
            note(
                .composedExpression,
                "`\(property.name)` is put together from data, which can change what it asks for",
                place.sourceRange, source,
                advice: "give the data in `args`: `\"where\": \"$.city == args.q\", \"args\": …`")
        }
    }
}

extension Expression {
    /// Whether a text is an expression that reads something by a path, such as `$.id`.
    ///
    /// A condition is not meant: it is text for who asks questions, such as the `where` of a request.
    fileprivate static func looksLike(_ text: String) -> Bool {
        let hasPath = zip(text.utf8, text.utf8.dropFirst()).contains { byte, next in
            byte == UInt8(ascii: "$")
                && (next == UInt8(ascii: ".") || next == UInt8(ascii: "["))
        }
        guard hasPath, let root = (try? Expression(text))?.root else { return false }
        return root.hasPath && !root.isCondition
    }
}

extension Template {
    /// Whether the value of a member is text that is put together from parts of the message.
    func composes(_ member: String) -> Bool {
        switch root {
        case .object(let members):
            switch members.last(where: { Text.isEqual($0.name, member) })?.value {
            case .text: true
            case .expression(let leaf): leaf.node.composes
            case .literal, .array, .object, nil: false
            }
        case .expression(let leaf):
            leaf.node.entry(named: member)?.composes ?? false
        case .literal, .text, .array:
            false
        }
    }
}

extension ExpressionNode {
    /// Whether a path is somewhere in it.
    fileprivate var hasPath: Bool {
        switch kind {
        case .root, .singular, .selection: true
        default: parts.contains(where: \.hasPath)
        }
    }

    /// Whether it is an operator whose value is true or false.
    fileprivate var isCondition: Bool {
        switch kind {
        case .comparison, .and, .or, .not: true
        default: false
        }
    }

    /// Whether the value is made by an operator or a function from something that a path finds.
    fileprivate var composes: Bool {
        if let passed { return passed.contains(where: \.composes) }
        switch kind {
        case .arithmetic, .call: return hasPath
        default: return false
        }
    }

    /// The value of a member of an object literal.
    fileprivate func entry(named name: String) -> ExpressionNode? {
        guard case .object(let entries) = kind else { return nil }
        return entries.last { Text.isEqual($0.name, name) }?.value
    }
}
