public import SluiceJSON

/// A compiled `map`: any JSON whose strings may hold `{{expressions}}`.
///
/// A string that is one whole `{{expression}}` takes the value with its type; other strings with
/// expressions are interpolated; everything else is literal, names of members too. Compile once,
/// evaluate for each message, from any thread.
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
        guard compiler.problems.isEmpty else {
            throw TemplateError(location: location, problems: compiler.problems)
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
        let evaluator = Evaluator(message: message, context: context, isTest: false)
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
            return JSON(try interpolate(text, with: evaluator))
        case .array, .object:
            return try build(with: evaluator, &builder)
        }
    }

    private func build(with evaluator: Evaluator, _ builder: inout JSONBuilder)
        throws(EvaluationError) -> JSON
    {
        do {
            try write(root, with: evaluator, to: &builder)
        } catch {
            // Only to empty it: what was built so far is no value.
            _ = try? builder.finish()
            throw error
        }
        do {
            return try builder.finish()
        } catch {
            throw EvaluationError(location: location, expression: "", message: error.message)
        }
    }

    private func write(
        _ node: TemplateNode, with evaluator: Evaluator, to builder: inout JSONBuilder
    ) throws(EvaluationError) {
        switch node {
        case .literal(let json):
            builder.append(json)
        case .expression(let leaf):
            do {
                try evaluator.value(of: leaf.node).append(to: &builder)
            } catch {
                throw report(error, at: leaf.path, leaf.text, evaluator.message)
            }
        case .text(let text):
            builder.append(try interpolate(text, with: evaluator))
        case .array(let elements):
            builder.beginArray()
            for element in elements { try write(element, with: evaluator, to: &builder) }
            builder.endArray()
        case .object(let members):
            builder.beginObject()
            for member in members {
                builder.name(member.name)
                try write(member.value, with: evaluator, to: &builder)
            }
            builder.endObject()
        }
    }

    private func interpolate(_ text: TemplateNode.Interpolation, with evaluator: Evaluator)
        throws(EvaluationError) -> String
    {
        var result = ""
        for piece in text.pieces {
            switch piece {
            case .literal(let literal):
                result += literal
            case .expression(let node, let source):
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
    func text(of node: ExpressionNode) throws(Fault) -> String {
        guard let text = try value(of: node).interpolatedText else {
            let what = "null has no text; give a default with `??`"
            throw .failed(what, span: node.span)
        }
        return text
    }
}
