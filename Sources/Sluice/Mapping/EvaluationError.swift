/// Why a template or an expression has no value for a message.
public struct EvaluationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What the template was compiled for, such as an edge: the `location` it was given.
    public var location: String
    /// The JSON path, inside the template, of the string with the expression; `$` for the whole.
    public var templatePath: String
    /// The expression's text, without braces.
    public var expression: String
    /// Byte offset of the part that is to blame in the decoded string that holds the expression.
    public var offset: Int
    /// The path that found nothing, where that is the reason.
    public var missingPath: String?
    /// The reason, for people.
    public var message: String
    /// The code of the failure that this causes: `expression_limit` where the work passes a limit, else
    /// `mapping_failed`.
    public var code: String

    /// Whether the work passes a limit, so that other messages would fare no better.
    public var isLimit: Bool { code == "expression_limit" }

    /// Everything in one line.
    public var description: String {
        var text = location.isEmpty ? "" : location
        if templatePath != "$" { text += text.isEmpty ? templatePath : " at \(templatePath)" }
        if !text.isEmpty { text += ": " }
        if expression.isEmpty { return text + message }
        return text + "`\(expression)`: \(message)"
    }

    /// Creates an error; the parts are described at the properties.
    public init(
        location: String = "", templatePath: String = "$", expression: String, offset: Int = 0,
        missingPath: String? = nil, message: String, code: String = "mapping_failed"
    ) {
        self.location = location
        self.templatePath = templatePath
        self.expression = expression
        self.offset = offset
        self.missingPath = missingPath
        self.message = message
        self.code = code
    }
}
