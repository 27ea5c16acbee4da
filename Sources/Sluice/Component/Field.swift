public import SluiceJSON

/// Anything a port can carry or a member can hold: `String`, `Int`, `Double`, `Bool`, `JSON`,
/// optionals and arrays of these, and every ``Message``.
public protocol Field: Sendable {
    /// The JSON Schema of the type.
    static var schema: Schema { get }
    /// The value that stands for "not there"; nil where the value has to be there.
    static var absent: Self? { get }
    /// Reads the value; throws ``Failure`` with the path of the smallest part that does not fit.
    init(json: JSON) throws(Failure)
    /// Writes the value as JSON; null where it stands for "not there".
    func append(to builder: inout JSONBuilder)
    /// Writes the members of a ``Message`` without the braces; nothing for other types.
    func appendMembers(to builder: inout JSONBuilder)
    /// The value as JSON, built in a builder that is empty before and after.
    ///
    /// - Throws: ``Failure`` (`too_deep`) where the value nests deeper than the builder allows.
    func encoded(with builder: inout JSONBuilder) throws(Failure) -> JSON
    /// Whether the value stands for "not there" and is left out of an object.
    var isAbsent: Bool { get }
}

extension Field {
    /// Most types have no value for "not there".
    public static var absent: Self? { nil }
    /// Most values are there.
    public var isAbsent: Bool { false }

    /// Only messages have members.
    public func appendMembers(to builder: inout JSONBuilder) {}
    /// Builds the value.
    public func encoded(with builder: inout JSONBuilder) throws(Failure) -> JSON {
        append(to: &builder)
        return try builder.finished()
    }
    /// The value as JSON.
    ///
    /// - Throws: ``Failure`` (`too_deep`) where the value nests deeper than 480 levels.
    public func encoded() throws(Failure) -> JSON {
        var builder = JSONBuilder()
        return try encoded(with: &builder)
    }
}

extension JSON: Field {
    /// Anything.
    public static var schema: Schema { .any }
    /// Every value fits.
    public init(json: JSON) throws(Failure) { self = json }
    /// Shares the text and tape of the value.
    public func append(to builder: inout JSONBuilder) { builder.append(self) }
    /// The value itself: nothing is copied.
    public func encoded(with builder: inout JSONBuilder) throws(Failure) -> JSON { self }
}

extension String: Field {
    /// A string.
    public static var schema: Schema { Schema(.string) }
    /// Reads a JSON string.
    public init(json: JSON) throws(Failure) {
        guard let string = json.string else { throw .mismatch("a string", json) }
        self = string
    }
    /// Writes a JSON string.
    public func append(to builder: inout JSONBuilder) { builder.append(self) }
}

extension Bool: Field {
    /// true or false.
    public static var schema: Schema { Schema(.boolean) }
    /// Reads true or false.
    public init(json: JSON) throws(Failure) {
        guard let bool = json.bool else { throw .mismatch("true or false", json) }
        self = bool
    }
    /// Writes true or false.
    public func append(to builder: inout JSONBuilder) { builder.append(self) }
}

extension Int: Field {
    /// A whole number.
    public static var schema: Schema { Schema(.integer) }
    /// Reads a whole number of 64 bits, however it is written (`10`, `10.0`, `1e1`).
    public init(json: JSON) throws(Failure) {
        guard let int = json.int else { throw .mismatch("a whole number of 64 bits", json) }
        self = int
    }
    /// Writes a whole number.
    public func append(to builder: inout JSONBuilder) { builder.append(self) }
}

extension Double: Field {
    /// A number.
    public static var schema: Schema { Schema(.number) }
    /// Reads the nearest double; a number out of its range does not fit.
    public init(json: JSON) throws(Failure) {
        guard let double = json.double else { throw .mismatch("a number", json) }
        self = double
    }
    /// Writes the shortest text that reads back as this number; null where it is not finite.
    public func append(to builder: inout JSONBuilder) { builder.append(JSON(self) ?? .null) }
}

extension Optional: Field where Wrapped: Field {
    /// The schema of what may be there.
    public static var schema: Schema { Wrapped.schema }
    /// nil stands for "not there".
    public static var absent: Self? { .some(nil) }
    /// Reads the value.
    public init(json: JSON) throws(Failure) { self = try Wrapped(json: json) }
    /// Writes the value, or null.
    public func append(to builder: inout JSONBuilder) {
        if let self { self.append(to: &builder) } else { builder.appendNull() }
    }
    /// Whether it is nil.
    public var isAbsent: Bool { self == nil }
}

extension Array: Field where Element: Field {
    /// An array of such elements.
    public static var schema: Schema { Schema.array(of: Element.schema) }
    /// Reads every element; a failure names the index.
    public init(json: JSON) throws(Failure) {
        guard json.kind == .array else { throw .mismatch("an array", json) }
        self = []
        reserveCapacity(json.count)
        for element in json.elements {
            do {
                append(try Element(json: element))
            } catch {
                throw error.under("[\(count)]")
            }
        }
    }
    /// Writes an array.
    public func append(to builder: inout JSONBuilder) {
        builder.beginArray()
        for element in self { element.append(to: &builder) }
        builder.endArray()
    }
}

extension JSONBuilder {
    /// What was built; a value that nests too deep is a failure of the message that caused it.
    mutating func finished() throws(Failure) -> JSON {
        do {
            return try finish()
        } catch {
            throw Failure("too_deep", error.message)
        }
    }
}

extension Failure {
    /// A value of another kind than is wanted.
    static func mismatch(_ wanted: String, _ found: JSON) -> Failure {
        .invalid("must be \(wanted), found \(found.summary)")
    }
}

extension JSON {
    /// The value in a few words for an error message: its kind, and its text where that is short.
    var summary: String {
        switch kind {
        case .null: return "null"
        case .array: return "an array of \(count)"
        case .object: return "an object"
        case .bool, .number, .string:
            guard textByteCount <= 40 else {
                return "a long \(kind == .string ? "string" : "number")"
            }
            return text
        }
    }
}
