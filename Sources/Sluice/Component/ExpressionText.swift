public import SluiceJSON

/// The text of an expression without braces, as a setting or a member of a message; a check knows it
/// as such.
public struct ExpressionText: Field {
    /// The text.
    public var text: String

    /// Makes a text, empty where none is given.
    public init(_ text: String = "") { self.text = text }

    /// A string that is an expression.
    public static var schema: Schema {
        var schema = Schema(.string)
        schema.role = .expression
        return schema
    }

    /// Reads a JSON string.
    public init(json: JSON) throws(Failure) { text = try String(json: json) }

    /// Writes a JSON string.
    public func append(to builder: inout JSONBuilder) { builder.append(text) }
}

/// A template: any JSON whose strings may hold `{{expressions}}`, as a setting; a check knows it as
/// such.
public struct TemplateValue: Field {
    /// The template.
    public var json: JSON

    /// Any JSON that is a template.
    public static var schema: Schema {
        var schema = Schema.any
        schema.role = .template
        return schema
    }

    /// Every value fits.
    public init(json: JSON) { self.json = json }

    /// Shares the text of the value.
    public func append(to builder: inout JSONBuilder) { builder.append(json) }
}
