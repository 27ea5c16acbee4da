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
    /// - Parameter allowsArguments: Whether `args` stands for what is given beside the message, as in
    ///   the `where` of a request.
    /// - Throws: ``ExpressionError`` with the first thing that is wrong.
    public init(_ text: String, allowsArguments: Bool = false) throws(ExpressionError) {
        do {
            root = try Self.parse(Array(text.utf8), allowsArguments)
        } catch {
            throw ExpressionError(
                expression: text, message: error.message, offset: error.span.lowerBound,
                length: error.span.count, suggestion: error.suggestion)
        }
        self.text = text
    }

    private static func parse(_ bytes: [UInt8], _ allowsArguments: Bool) throws(SyntaxFault)
        -> ExpressionNode
    {
        guard bytes.count <= MappingLimits.expressionBytes else {
            let limit = MappingLimits.expressionBytes
            throw SyntaxFault(message: "the expression is longer than \(limit) bytes", span: 0..<0)
        }
        var parser = ExpressionParser(bytes: bytes, position: 0)
        parser.allowsArguments = allowsArguments
        let start = parser.peekStart()
        guard !parser.next(is: "{{") else {
            throw SyntaxFault(
                message: "an expression stands here without braces", span: start..<start + 2,
                suggestion: "braces belong in a `map` and other templates: leave them out")
        }
        return try parser.parseWhole { parser throws(SyntaxFault) in
            guard parser.peekStart() == bytes.count else {
                throw parser.unexpected(wanting: "an operator or the end")
            }
            return false
        }
    }

    /// The expression's value for `message`.
    ///
    /// - Throws: ``EvaluationError``, also for a path that finds nothing.
    public func evaluate(_ message: JSON, _ context: EvaluationContext) throws(EvaluationError)
        -> JSON
    {
        var evaluator = Evaluator(message: message, context: context)
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
        var evaluator = Evaluator(message: message, context: context, form: .test)
        return try holds(&evaluator)
    }

    /// Whether the expression, read as the condition of a query, is true of a document.
    ///
    /// Besides what ``holds(_:_:)`` says, an order between values that have none, such as null and a
    /// number, is false.
    ///
    /// - Parameter arguments: What `args` stands for.
    /// - Throws: ``EvaluationError``, also for a value that is no boolean.
    public func selects(
        _ document: JSON, arguments: JSON = .emptyObject, _ context: EvaluationContext
    ) throws(EvaluationError) -> Bool {
        var evaluator = Evaluator(
            message: document, context: context, form: .query, arguments: arguments)
        return try holds(&evaluator)
    }

    private func holds(_ evaluator: inout Evaluator) throws(EvaluationError) -> Bool {
        do {
            return try evaluator.condition(root, of: "a test")
        } catch {
            throw report(error, evaluator.message)
        }
    }

    /// The first part of `args` that the expression needs and `arguments` does not have, such as
    /// `args.q`; what stands before a `??` is not needed.
    public func missingArgument(in arguments: JSON) -> String? {
        root.firstArgument { path in path.first(in: arguments) == nil }
            .map { "args\($0.description.dropFirst())" }
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

    /// Creates an error; the parts are described at the properties.
    public init(
        expression: String, message: String, offset: Int, length: Int, suggestion: String? = nil
    ) {
        self.expression = expression
        self.message = message
        self.offset = offset
        self.length = length
        self.suggestion = suggestion
    }

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
        var code = "mapping_failed"
        if case .limit = fault { code = "expression_limit" }
        self.init(
            location: location, templatePath: path, expression: expression,
            offset: fault.span.lowerBound, missingPath: missing,
            message: fault.message(for: message), code: code)
    }
}
