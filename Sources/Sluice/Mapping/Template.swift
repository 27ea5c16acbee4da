public import SluiceJSON

/// A compiled `map`: any JSON whose strings may hold `{{expressions}}`.
///
/// A string that is one whole `{{expression}}` takes the value with its type; other strings with
/// expressions are interpolated; everything else is literal, names of members too. A member or an
/// element whose value is `omit` is left out. Compile once, evaluate for each message, from any thread.
public struct Template: Sendable {
    let root: TemplateNode
    /// What the template is for, such as an edge: errors begin with it.
    public let location: String

    /// Compiles a template.
    ///
    /// - Parameters:
    ///   - template: any JSON.
    ///   - location: what the template is for; errors begin with it.
    /// - Throws: ``TemplateError`` with every broken expression.
    public init(_ template: JSON, at location: String = "map") throws(TemplateError) {
        var compiler = TemplateCompiler()
        let root = compiler.compile(template, at: "$")
        var problems = compiler.problems
        if template.depth > MappingLimits.resultDepth {
            problems.append(.tooDeep)
        }
        guard problems.isEmpty else {
            throw TemplateError(location: location, problems: problems)
        }
        self.root = root
        self.location = location
    }

    /// Compiles a template that is one string, such as `{{$.a + 1}}` or `Hello {{$.name}}!`.
    ///
    /// - Throws: ``TemplateError`` with every broken expression.
    public init(_ text: String) throws(TemplateError) {
        try self.init(JSON(text), at: "")
    }

    /// A template of a node that is compiled already.
    init(root: TemplateNode) {
        self.root = root
        location = ""
    }

    /// Whether the template is `{{$}}`: its value is the message itself.
    public var isIdentity: Bool {
        if case .expression(let leaf) = root, case .root = leaf.node.kind { return true }
        return false
    }

    /// Whether the template has no expression: its value is always the same.
    public var isConstant: Bool {
        if case .literal = root { return true }
        return false
    }

    /// The template's value for `message`.
    ///
    /// A template that is one whole path gives the part of `message` that it finds, shared and not
    /// copied.
    ///
    /// - Throws: ``EvaluationError`` for the first expression that has no value, and for a result
    ///   that nests deeper than 480.
    public func evaluate(_ message: JSON, _ context: EvaluationContext) throws(EvaluationError)
        -> JSON
    {
        var builder = JSONBuilder(maximumDepth: MappingLimits.resultDepth)
        return try evaluate(message, context, reusing: &builder)
    }

    /// The template's value for `message`, made with a builder that keeps its memory from one
    /// message to the next.
    ///
    /// The builder is empty before and after, also when an error is thrown; its `maximumDepth`
    /// bounds the result.
    ///
    /// - Throws: ``EvaluationError``, as ``evaluate(_:_:)`` does.
    public func evaluate(
        _ message: JSON, _ context: EvaluationContext, reusing builder: inout JSONBuilder
    ) throws(EvaluationError) -> JSON {
        var evaluator = Evaluator(message: message, context: context)
        switch root {
        case .literal(let json):
            return json
        case .expression(let leaf):
            do {
                return try evaluator.value(of: leaf.node).json
            } catch {
                throw report(error, at: leaf.path, leaf.text, message)
            }
        case .text(let text):
            return JSON(try interpolate(text, with: &evaluator))
        case .array, .object:
            return try build(with: &evaluator, &builder)
        }
    }

    private func build(with evaluator: inout Evaluator, _ builder: inout JSONBuilder)
        throws(EvaluationError) -> JSON
    {
        let limit = builder.maximumBytes
        builder.maximumBytes = MappingLimits.valueBytes
        defer { builder.maximumBytes = limit }
        do {
            try write(root, with: &evaluator, to: &builder)
        } catch {
            builder.reset()
            throw error
        }
        do {
            return try builder.finish()
        } catch {
            throw EvaluationError(
                location: location, expression: "", message: error.message,
                code: error.code == .tooLarge ? "expression_limit" : "mapping_failed")
        }
    }

    private func write(
        _ node: TemplateNode, named name: String? = nil, with evaluator: inout Evaluator,
        to builder: inout JSONBuilder
    ) throws(EvaluationError) {
        if case .expression(let leaf) = node {
            // Before its name, because it may be left out.
            guard let value = try item(leaf, with: &evaluator) else { return }
            if let name { builder.name(name) }
            return value.append(to: &builder)
        }
        if let name { builder.name(name) }
        switch node {
        case .literal(let json):
            builder.append(json)
        case .expression:
            break
        case .text(let text):
            builder.append(try interpolate(text, with: &evaluator))
        case .array(let elements):
            builder.beginArray()
            for element in elements { try write(element, with: &evaluator, to: &builder) }
            builder.endArray()
        case .object(let members):
            builder.beginObject()
            for member in members {
                try write(member.value, named: member.name, with: &evaluator, to: &builder)
            }
            builder.endObject()
        }
    }

    /// The value of a string that is one whole expression; nil where it is `omit`.
    private func item(_ leaf: TemplateNode.Leaf, with evaluator: inout Evaluator)
        throws(EvaluationError) -> Value?
    {
        evaluator.budget = MappingLimits.budget
        do {
            return try evaluator.value(of: leaf.node)
        } catch {
            if error.isOmitted { return nil }
            throw report(error, at: leaf.path, leaf.text, evaluator.message)
        }
    }

    private func interpolate(_ text: TemplateNode.Interpolation, with evaluator: inout Evaluator)
        throws(EvaluationError) -> String
    {
        var result = ""
        for piece in text.pieces {
            switch piece {
            case .literal(let literal):
                result += literal
            case .expression(let node, let source):
                evaluator.budget = MappingLimits.budget
                do {
                    result += try evaluator.text(of: node)
                    try Text.checkLength(result.utf8.count, at: node.span)
                } catch {
                    throw report(error, at: text.path, source, evaluator.message)
                }
            }
        }
        return result
    }

    private func report(
        _ fault: Fault, at path: String, _ expression: String, _ message: JSON
    ) -> EvaluationError {
        EvaluationError(
            fault, expression: expression, at: path, of: location, message: message)
    }
}

extension Evaluator {
    /// What an interpolation shows of `node`.
    mutating func text(of node: ExpressionNode) throws(Fault) -> String {
        guard let text = try value(of: node).interpolatedText else {
            let what = "null has no text; give a default with `??`"
            throw .failed(what, span: node.span)
        }
        return text
    }
}
