public import SluiceJSON

/// A compiled expression without braces: a router's `when`, a filter, the `where` of `find`.
///
/// Compile once, evaluate for each message, from any thread.
public struct Expression: Sendable, CustomStringConvertible {
    let root: ExpressionNode
    /// The text that was compiled.
    public let text: String

    /// Compiles `text`.
    ///
    /// - Throws: ``ExpressionError`` with the first thing that is wrong.
    public init(_ text: String) throws(ExpressionError) {
        do {
            root = try Self.parse(Array(text.utf8))
        } catch {
            throw ExpressionError(
                expression: text, message: error.message, offset: error.span.lowerBound,
                length: error.span.count, suggestion: error.suggestion)
        }
        self.text = text
    }

    private static func parse(_ bytes: [UInt8]) throws(SyntaxFault) -> ExpressionNode {
        guard bytes.count <= MappingLimits.expressionBytes else {
            let limit = MappingLimits.expressionBytes
            throw SyntaxFault(message: "the expression is longer than \(limit) bytes", span: 0..<0)
        }
        var parser = ExpressionParser(bytes: bytes, position: 0)
        let root = try parser.parseExpression()
        guard parser.peekStart() == bytes.count else {
            throw parser.unexpected(wanting: "an operator or the end")
        }
        return root
    }

    /// The expression's value for `message`.
    ///
    /// - Throws: ``EvaluationError``, also for a path that finds nothing.
    public func evaluate(_ message: JSON, _ context: EvaluationContext) throws(EvaluationError)
        -> JSON
    {
        let evaluator = Evaluator(message: message, context: context, isTest: false)
        do {
            return try evaluator.value(of: root).json
        } catch {
            throw report(error, message)
        }
    }

    /// Whether the expression, read as a test, is true of `message`.
    ///
    /// In a test a path that finds nothing makes the comparison it stands in false, `!=` too; one
    /// that is itself a condition counts as false.
    ///
    /// - Throws: ``EvaluationError``, also for a value that is no boolean.
    public func holds(_ message: JSON, _ context: EvaluationContext) throws(EvaluationError)
        -> Bool
    {
        let evaluator = Evaluator(message: message, context: context, isTest: true)
        do {
            return try evaluator.condition(root, of: "a test")
        } catch {
            throw report(error, message)
        }
    }

    private func report(_ fault: Fault, _ message: JSON) -> EvaluationError {
        EvaluationError(fault, expression: text, at: "$", of: "", message: message)
    }

    /// The text that was compiled.
    public var description: String { text }
}

/// Why a text is no expression.
public struct ExpressionError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The text.
    public var expression: String
    /// What is wrong.
    public var message: String
    /// Byte offset of the smallest wrong part.
    public var offset: Int
    /// Length of that part in bytes; 0 where something is absent.
    public var length: Int
    /// What was probably meant, or how to say it.
    public var suggestion: String?

    /// Everything in one line.
    public var description: String {
        let hint = suggestion.map { " (\($0))" } ?? ""
        return "`\(expression)`, byte \(offset): \(message)\(hint)"
    }
}

extension EvaluationError {
    /// The public form of `fault`, which happened on `message`.
    init(
        _ fault: Fault, expression: String, at path: String, of location: String, message: JSON
    ) {
        var missing: String?
        if case .missingPath(let path, _) = fault { missing = path.description }
        self.init(
            location: location, templatePath: path, expression: expression,
            offset: fault.span.lowerBound, missingPath: missing,
            message: fault.message(for: message))
    }
}
