public import SluiceJSON
import SluiceSystem

extension Schema {
    /// A rule beyond the plain ones: what a schema that people write may say as well.
    public indirect enum Assertion: Sendable, Equatable {
        /// `exclusiveMinimum`: a number has to be greater.
        case above(JSON)
        /// `exclusiveMaximum`: a number has to be less.
        case below(JSON)
        /// `multipleOf`: a number has to be this one some whole number of times.
        case multipleOf(JSON)
        /// The greatest length of a string in bytes of UTF-8, which JSON Schema has no keyword for.
        case maximumBytes(Int)
        /// `minProperties`: the least count of an object's members.
        case minimumProperties(Int)
        /// `maxProperties`: the greatest count of an object's members.
        case maximumProperties(Int)
        /// `propertyNames`: what the names of members have to be.
        case propertyNames(Schema)
        /// `dependentRequired`: members that have to be there where the named one is.
        case dependentRequired(String, [String])
        /// `dependentSchemas`: what an object has to be where the named member is there.
        case dependentSchema(String, Schema)
        /// `contains`, with `minContains` and `maxContains`: how many elements have to fit.
        case contains(Schema, atLeast: Int, atMost: Int?)
        /// `allOf`: all of these have to fit.
        case allOf([Schema])
        /// `oneOf`: exactly one of these has to fit.
        case oneOf([Schema])
        /// `not`: this must not fit.
        case not(Schema)
        /// `if`, `then`, `else`.
        case conditional(Schema, then: Schema?, otherwise: Schema?)
        /// `$ref`: what another part of the same document says.
        case reference(Reference)
        /// A keyword that says something about the value and rules nothing out, such as `format`.
        case annotation(String, JSON)
    }

    /// Members whose names match a pattern.
    public struct PatternProperty: Sendable, Equatable {
        /// An I-Regexp (RFC 9485) that some part of the name matches.
        public var pattern: String
        /// The shape of the members' values.
        public var schema: Schema

        /// Creates a rule for the members of these names.
        public init(_ pattern: String, _ schema: Schema) {
            self.pattern = pattern
            self.schema = schema
        }
    }

    /// A reference to another part of the document that a schema was read from.
    public struct Reference: Sendable, Equatable {
        /// Where it leads: `#` and a JSON Pointer (RFC 6901).
        public let pointer: String
        let document: SchemaDocument

        /// What it leads to.
        ///
        /// Read anew at each call: a schema that contains itself is no value that could be held.
        func target() throws(Failure) -> Schema {
            try Schema(document.json(at: pointer), in: document)
        }

        /// Whether both lead to the same place of the same document.
        public static func == (left: Self, right: Self) -> Bool {
            left.pointer.isSame(as: right.pointer)
                && (left.document === right.document || left.document.json == right.document.json)
        }
    }

    /// The alternatives that people read: those of `anyOf`, else those of `oneOf`.
    public var alternatives: [Schema] {
        if !anyOf.isEmpty { return anyOf }
        for case .oneOf(let schemas) in assertions where Schema.soleMembers(of: schemas) == nil {
            return schemas
        }
        return []
    }

    /// The members of which each of the schemas wants one and says nothing else; nil for others.
    static func soleMembers(of schemas: [Schema]) -> [String]? {
        let names = schemas.compactMap { schema -> String? in
            guard schema.properties.count == 1, let property = schema.properties.first,
                property.isRequired, property.schema == .any
            else { return nil }
            var rest = schema
            rest.properties = []
            rest.types.insert(.any)
            return rest == .any ? property.name : nil
        }
        return names.count == schemas.count ? names : nil
    }

    /// What is wrong where not just one of several members is there.
    static func choiceText(_ names: [String], fitting count: Int) -> String {
        let list = names.map { "`\($0)`" }.joined(separator: " or ")
        guard count > 0 else { return "needs \(list)" }
        return "takes \(list), not \(names.count == 2 ? "both" : "\(count) of them")"
    }

    /// What is wrong where a member lacks another one beside it.
    static func neededText(_ name: String, by user: String) -> String {
        "`\(user)` needs `\(name)` beside it"
    }

    /// Whether the schema speaks of these members of an object and of nothing else in it.
    func speaksOnly(of names: [String]) -> Bool {
        anyOf.isEmpty && patternProperties.isEmpty && otherMembers.isEmpty
            && properties.allSatisfy { names.has($0.name) }
            && assertions.allSatisfy { $0.speaksOnly(of: names) }
    }
}

extension Schema.Assertion {
    /// Whether the rule speaks of these members of an object and of nothing else in it.
    func speaksOnly(of names: [String]) -> Bool {
        switch self {
        case .annotation, .minimumProperties, .maximumProperties: true
        case .dependentRequired(let name, let needed): ([name] + needed).allSatisfy(names.has)
        case .allOf(let schemas), .oneOf(let schemas):
            schemas.allSatisfy { $0.speaksOnly(of: names) }
        case .not(let schema): schema.speaksOnly(of: names)
        case .conditional(let condition, let then, let otherwise):
            [condition, then, otherwise].allSatisfy { $0?.speaksOnly(of: names) ?? true }
        default: false
        }
    }
}
