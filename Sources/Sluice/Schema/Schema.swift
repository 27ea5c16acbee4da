public import SluiceJSON
import SluiceSystem

/// The shape of JSON values, as JSON Schema (draft 2020-12) says it.
///
/// What components declare has fields of its own; the rest of what people write is in ``assertions``.
public struct Schema: Sendable, Equatable {
    /// The kinds of JSON values; an integer is a number too.
    public struct Types: OptionSet, Sendable, Hashable {
        /// The bits.
        public let rawValue: UInt8
        /// Creates a set from its bits.
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        /// null.
        public static let null = Types(rawValue: 1)
        /// true and false.
        public static let boolean = Types(rawValue: 2)
        /// Whole numbers, `10.0` and `1e1` among them.
        public static let integer = Types(rawValue: 4)
        /// All numbers.
        public static let number = Types(rawValue: 12)
        /// Strings.
        public static let string = Types(rawValue: 16)
        /// Arrays.
        public static let array = Types(rawValue: 32)
        /// Objects.
        public static let object = Types(rawValue: 64)
        /// Everything.
        public static let any: Types = [.null, .boolean, .number, .string, .array, .object]
    }

    /// What a setting's or a message's string is read as, beyond its type.
    public enum Role: String, Sendable, Hashable {
        /// An expression without braces.
        case expression = "sluice-expression"
        /// A template: any JSON whose strings may hold `{{expressions}}`.
        case template = "sluice-template"
        /// The path of a file, from the flow file's folder; `-` is a standard stream.
        case file = "sluice-file"
    }

    /// A named member of an object.
    public struct Property: Sendable, Equatable {
        /// The member's name.
        public var name: String
        /// The shape of its value.
        public var schema: Schema
        /// Whether the member has to be there.
        public var isRequired: Bool
        /// Whether a template names the member, though `omit` may leave it out.
        var isNamedByTemplate = false

        /// Creates a property.
        public init(_ name: String, _ schema: Schema, isRequired: Bool) {
            self.name = name
            self.schema = schema
            self.isRequired = isRequired
        }

        /// Whether both are the same; names are compared by Unicode scalars.
        public static func == (left: Self, right: Self) -> Bool {
            left.name.isSame(as: right.name) && left.schema == right.schema
                && left.isRequired == right.isRequired
        }
    }

    /// Which kinds of values fit.
    public var types: Types
    /// The named members, in order.
    public var properties: [Property] = []
    /// Whether an object may have members that are not named.
    public var allowsOtherMembers = true
    /// The shape of members that are not named; empty for "anything", else one schema.
    public var otherMembers: [Schema] = []
    /// The shape of members by patterns of their names, whether or not they are named too.
    public var patternProperties: [PatternProperty] = []
    /// The shapes of an array's first elements, one by one.
    public var prefixItems: [Schema] = []
    /// The shape of an array's elements behind those; empty for "anything", else one schema.
    public var items: [Schema] = []
    /// The alternatives of which one has to fit; empty for "no alternatives".
    public var anyOf: [Schema] = []
    /// The only values that fit; nil for "any".
    public var enumeration: [JSON]?
    /// The smallest number that fits.
    public var minimum: JSON?
    /// The largest number that fits.
    public var maximum: JSON?
    /// The least length of a string in Unicode scalars.
    public var minimumLength: Int?
    /// The greatest length of a string in Unicode scalars.
    public var maximumLength: Int?
    /// An I-Regexp (RFC 9485) that some part of a string matches, as in JSON Schema; `^` and `$` stand
    /// for its beginning and end.
    public var pattern: String?
    /// The least count of an array.
    public var minimumItems: Int?
    /// The greatest count of an array.
    public var maximumItems: Int?
    /// Whether the elements of an array have to differ.
    public var hasUniqueItems = false
    /// What the value is for.
    public var about = ""
    /// The value that stands where none is given.
    public var defaultValue: JSON?
    /// A value that fits.
    public var example: JSON?
    /// Whether the value is never shown.
    public var isSecret = false
    /// What the value is read as; a `format` of JSON Schema.
    public var role: Role?
    /// All other rules, each of which has to hold.
    public var assertions: [Assertion] = []
    /// The only value that fits, where it is an array or object that is known as a whole.
    var constant: JSON?
    /// Parts of the document to which references lead.
    var definitions: [Definition] = []

    /// Mistakes in the declaration of a type of message, such as a length for a number.
    var mistakes: [String] = []

    /// A part of a document that has a name and is used by references only.
    struct Definition: Sendable, Equatable {
        /// `$defs`, or `definitions` as older documents have it.
        var keyword: String
        var name: String
        var schema: Schema
    }

    /// A schema of some kinds of values.
    public init(_ types: Types) { self.types = types }

    /// Fits everything.
    public static let any = Schema(.any)

    /// An array of such elements.
    public static func array(of items: Schema) -> Schema {
        var schema = Schema(.array)
        if items != .any { schema.items = [items] }
        schema.mistakes = items.mistakes
        return schema
    }

    /// An object with these members.
    public static func object(_ properties: [Property]) -> Schema {
        var schema = Schema(.object)
        schema.properties = properties
        return schema
    }

    /// The value, where only one fits.
    var onlyValue: JSON? {
        if let constant { return constant }
        return enumeration?.count == 1 ? enumeration?.first : nil
    }

    /// The property of that name.
    public func property(_ name: String) -> Property? {
        properties.last { $0.name.isSame(as: name) }
    }

    /// The same schema with what the value is for.
    func described(_ about: String) -> Schema {
        guard !about.isEmpty else { return self }
        var schema = self
        schema.about = about
        return schema
    }
}
