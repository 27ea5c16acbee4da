public import SluiceJSON

/// A typed JSON object: the settings of a component, or what goes through one of its ports.
///
/// One list of members serves reading, writing and the schema:
///
/// ```swift
/// struct Greeting: Message {
///     var name = ""
///     var times = 1
///     mutating func members(_ m: inout Members) throws(Failure) {
///         try m.required("name", &name, .length(1...100), about: "Whom to greet")
///         try m.optional("times", &times, .range(1...10))
///     }
/// }
/// ```
///
/// ``Members/rule(_:)`` says which members go together, and ``Members/rule(on:_:)`` what their values have
/// to be together. `sluice check` keeps to both where it knows a message before it is sent.
///
/// Unknown members of a message are ignored; unknown settings are refused when a flow is checked.
public protocol Message: Field {
    /// A value whose members have their defaults.
    init()
    /// Names every member once, in the order in which they are written.
    mutating func members(_ m: inout Members) throws(Failure)
    /// A value that shows people what is meant; nil for one that is made of the members' rules.
    static var example: JSON? { get }
}

extension Message {
    /// Most messages are shown well enough by their members.
    public static var example: JSON? { nil }

    /// An object with the members' schemas.
    public static var schema: Schema {
        var members = Members(.describe, of: .null)
        var blank = Self()
        // Describing visits every member and never throws.
        try? blank.members(&members)
        var schema = Schema.object(members.properties)
        schema.assertions = Schema.assertions(of: members.rules)
        schema.example = example
        schema.mistakes = members.mistakes
        return schema
    }

    /// Reads an object.
    public init(json: JSON) throws(Failure) {
        guard json.kind == .object else { throw .mismatch("an object", json) }
        self.init()
        var members = Members(.read, of: json)
        try self.members(&members)
    }

    /// Why no object can be read that has these members; nil where one may be.
    ///
    /// - Parameter unknown: Further members, of any value, which may be absent too.
    static func refusal(of known: JSON, unknown: [String]) -> Failure? {
        var message = Self()
        var members = Members(.read, of: known)
        members.unknown = unknown
        do throws(Failure) {
            try message.members(&members)
            return nil
        } catch {
            return error
        }
    }

    /// Writes an object; members that are absent are left out.
    public func append(to builder: inout JSONBuilder) {
        builder.beginObject()
        appendMembers(to: &builder)
        builder.endObject()
    }

    /// Writes the members that are there.
    public func appendMembers(to builder: inout JSONBuilder) {
        var copy = self
        var members = Members(.write, of: .null)
        swap(&members.builder, &builder)
        // Writing visits every member and never throws.
        try? copy.members(&members)
        swap(&members.builder, &builder)
    }
}
