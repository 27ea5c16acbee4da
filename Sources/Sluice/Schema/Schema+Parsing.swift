public import SluiceJSON
import SluiceSystem

extension Schema {
    /// Reads a JSON Schema (draft 2020-12).
    ///
    /// References lead to other parts of the same document. A keyword that is not known is refused by
    /// its path, because a rule that is silently not applied is worse than none; so is one whose value
    /// has the wrong form. `format` and other keywords that only tell something are kept and rule
    /// nothing out.
    ///
    /// - Throws: ``Failure`` (`invalid_schema`) with `details.path`.
    public init(parsing json: JSON) throws(Failure) {
        do {
            let document = SchemaDocument(json)
            self = try Schema(json, in: document)
            try SchemaReferences(document).check(self)
        } catch {
            var failure = error
            failure.code = "invalid_schema"
            throw failure
        }
    }

    /// Reads a part of a document.
    init(_ json: JSON, in document: SchemaDocument) throws(Failure) {
        var reader = SchemaReader(document)
        self = try reader.read(json)
    }

    static func broken(_ text: String) -> Failure { .invalid(text) }

    /// What is wrong with a schema at a place, as a sentence.
    static func sentence(_ text: String, about place: [JSONPath.Step]) -> String {
        guard ["must ", "is ", "leads "].contains(where: text.begins) else { return text }
        for case .name(let keyword) in place.reversed() { return "`\(keyword)` \(text)" }
        return "the schema \(text)"
    }
}

/// Reads one schema of a document, keyword by keyword.
private struct SchemaReader {
    let document: SchemaDocument
    private var schema = Schema.any

    init(_ document: SchemaDocument) { self.document = document }

    mutating func read(_ json: JSON) throws(Failure) -> Schema {
        schema = .any
        if let bool = json.bool {
            if !bool { schema.enumeration = [] }
            return schema
        }
        guard json.kind == .object else {
            throw Schema.broken("a schema is an object, true or false")
        }
        for member in json.members {
            do {
                try read(member.name, member.value, of: json)
            } catch {
                throw error.under(PathText.step(to: member.name))
            }
        }
        for name in json["required"]?.elements.compactMap(\.string) ?? [] {
            if let index = schema.properties.lastIndex(where: { $0.name.isSame(as: name) }) {
                schema.properties[index].isRequired = true
            } else {
                schema.properties.append(Schema.Property(name, .any, isRequired: true))
            }
        }
        narrowTypes()
        return schema
    }

    private mutating func read(
        _ keyword: String, _ value: JSON, of json: JSON
    ) throws(Failure) {
        if try readPlain(keyword, value) { return }
        if try readObject(keyword, value) { return }
        if try readArray(keyword, value, of: json) { return }
        if try readCombination(keyword, value, of: json) { return }
        if try readNote(keyword, value) { return }
        throw Schema.broken("the keyword `\(keyword)` is not supported")
    }

    // MARK: Keywords

    /// Those of numbers and strings, and of all values.
    private mutating func readPlain(_ keyword: String, _ value: JSON) throws(Failure) -> Bool {
        switch keyword {
        case "type": schema.types = try types(value)
        case "enum": allow(try list(value))
        case "const": allow([value])
        case "minimum": schema.minimum = try number(value)
        case "maximum": schema.maximum = try number(value)
        case "exclusiveMinimum": schema.assertions.append(.above(try number(value)))
        case "exclusiveMaximum": schema.assertions.append(.below(try number(value)))
        case "multipleOf":
            guard let divisor = value.number.flatMap(Divisor.init) else {
                throw Schema.broken("must be a number above 0 of at most 18 digits")
            }
            schema.assertions.append(.multipleOf(JSON(divisor.number)))
        case "minLength": schema.minimumLength = try count(value)
        case "maxLength": schema.maximumLength = try count(value)
        case "pattern": schema.pattern = try pattern(value)
        default: return false
        }
        return true
    }

    private mutating func readObject(_ keyword: String, _ value: JSON) throws(Failure) -> Bool {
        switch keyword {
        case "properties":
            for (name, part) in try schemas(byName: value) {
                schema.properties.append(Schema.Property(name, part, isRequired: false))
            }
        case "required": _ = try names(value)
        case "additionalProperties":
            let other = try inner(value)
            schema.allowsOtherMembers = value.bool != false
            schema.otherMembers = schema.allowsOtherMembers && other != .any ? [other] : []
        case "patternProperties":
            for (name, part) in try schemas(byName: value) {
                do {
                    schema.patternProperties.append(.init(try pattern(JSON(name)), part))
                } catch {
                    throw error.under(".\(name)")
                }
            }
        case "propertyNames": schema.assertions.append(.propertyNames(try inner(value)))
        case "minProperties": schema.assertions.append(.minimumProperties(try count(value)))
        case "maxProperties": schema.assertions.append(.maximumProperties(try count(value)))
        case "dependentRequired", "dependentSchemas", "dependencies":
            guard value.kind == .object else { throw .mismatch("an object", value) }
            for member in value.members {
                do {
                    schema.assertions.append(
                        keyword == "dependentSchemas"
                            || member.value.kind != .array
                                && keyword == "dependencies"
                            ? .dependentSchema(member.name, try inner(member.value))
                            : .dependentRequired(member.name, try names(member.value)))
                } catch {
                    throw error.under(PathText.step(to: member.name))
                }
            }
        default: return false
        }
        return true
    }

    private mutating func readArray(
        _ keyword: String, _ value: JSON, of json: JSON
    ) throws(Failure) -> Bool {
        switch keyword {
        case "items":
            guard value.kind != .array else {
                throw Schema.broken("is one schema; `prefixItems` takes a list of them")
            }
            schema.items = [try inner(value)]
        case "prefixItems": schema.prefixItems = try alternatives(value)
        case "contains":
            schema.assertions.append(
                .contains(
                    try inner(value), atLeast: try json["minContains"].map(count) ?? 1,
                    atMost: try json["maxContains"].map(count)))
        case "minContains", "maxContains": _ = try count(value)
        case "minItems": schema.minimumItems = try count(value)
        case "maxItems": schema.maximumItems = try count(value)
        case "uniqueItems": schema.hasUniqueItems = try Bool(json: value)
        default: return false
        }
        return true
    }

    private mutating func readCombination(
        _ keyword: String, _ value: JSON, of json: JSON
    ) throws(Failure) -> Bool {
        switch keyword {
        case "anyOf": schema.anyOf = try alternatives(value)
        case "allOf": schema.assertions.append(.allOf(try alternatives(value)))
        case "oneOf": schema.assertions.append(.oneOf(try alternatives(value)))
        case "not": schema.assertions.append(.not(try inner(value)))
        case "if":
            schema.assertions.append(
                .conditional(
                    try inner(value), then: try json["then"].map(inner),
                    otherwise: try json["else"].map(inner)))
        case "then", "else": _ = try inner(value)
        case "$ref":
            let pointer = try document.pointer(of: try String(json: value))
            schema.assertions.append(
                .reference(Schema.Reference(pointer: pointer, document: document)))
        case "$defs", "definitions":
            for (name, part) in try schemas(byName: value) {
                schema.definitions.append(
                    Schema.Definition(keyword: keyword, name: name, schema: part))
            }
        default: return false
        }
        return true
    }

    /// Those that rule nothing out.
    private mutating func readNote(_ keyword: String, _ value: JSON) throws(Failure) -> Bool {
        switch keyword {
        case "title", "description":
            schema.about = schema.about.isEmpty ? value.string ?? "" : schema.about
        case "default": schema.defaultValue = value
        case "examples": schema.example = value[0]
        case "writeOnly": schema.isSecret = value.bool ?? false
        case "format" where Schema.Role(rawValue: value.string ?? "") != nil:
            schema.role = Schema.Role(rawValue: value.string ?? "")
        case "format", "$anchor", "$comment", "readOnly", "deprecated", "contentEncoding",
            "contentMediaType", "contentSchema":
            schema.assertions.append(.annotation(keyword, value))
        case "$schema": break
        case "$id": try checkIdentifier(value)
        default: return keyword.begins(with: "x-")
        }
        return true
    }

    /// Refuses a part with a name of its own, from which references in it would start.
    private func checkIdentifier(_ value: JSON) throws(Failure) {
        let text = try String(json: value)
        guard document.identifier.isSame(as: text) || text.begins(with: "#") else {
            throw Schema.broken("only the schema as a whole has an `$id`")
        }
    }

    // MARK: Values

    private func inner(_ value: JSON) throws(Failure) -> Schema {
        try Schema(value, in: document)
    }

    private func alternatives(_ value: JSON) throws(Failure) -> [Schema] {
        var schemas: [Schema] = []
        for element in try list(value) {
            do {
                schemas.append(try inner(element))
            } catch {
                throw error.under("[\(schemas.count)]")
            }
        }
        guard !schemas.isEmpty else { throw Schema.broken("must have at least one schema") }
        return schemas
    }

    private func schemas(byName value: JSON) throws(Failure) -> [(String, Schema)] {
        guard value.kind == .object else { throw .mismatch("an object", value) }
        var schemas: [(String, Schema)] = []
        for member in value.members {
            do {
                schemas.append((member.name, try inner(member.value)))
            } catch {
                throw error.under(PathText.step(to: member.name))
            }
        }
        return schemas
    }

    private mutating func allow(_ values: [JSON]) {
        schema.enumeration = schema.enumeration?.filter { values.contains($0) } ?? values
    }

    private func types(_ value: JSON) throws(Failure) -> Schema.Types {
        var names: [String] = []
        if let name = value.string { names = [name] } else { names = try self.names(value) }
        var types: Schema.Types = []
        for name in names {
            guard let type = Schema.Types(named: name) else {
                throw Schema.broken("there is no type `\(name)`")
            }
            types.insert(type)
        }
        guard !names.isEmpty else { throw Schema.broken("must have at least one type") }
        return types
    }

    private func names(_ value: JSON) throws(Failure) -> [String] { try [String](json: value) }

    private func list(_ value: JSON) throws(Failure) -> [JSON] {
        guard value.kind == .array else { throw .mismatch("an array", value) }
        return Array(value.elements)
    }

    private func number(_ value: JSON) throws(Failure) -> JSON {
        guard value.number != nil else { throw .mismatch("a number", value) }
        return value
    }

    private func count(_ value: JSON) throws(Failure) -> Int {
        guard let count = value.int, count >= 0 else {
            throw .mismatch("a whole number from 0 on", value)
        }
        return count
    }

    private func pattern(_ value: JSON) throws(Failure) -> String {
        let text = try String(json: value)
        guard (try? IRegexp(text)) != nil else {
            throw Schema.broken("is no I-Regexp (RFC 9485)")
        }
        return text
    }

    // MARK: Types

    /// Leaves only the types that combinations and references let through, so that the kind of a value
    /// is known without them.
    private mutating func narrowTypes() {
        if !schema.anyOf.isEmpty { narrow(toOneOf: schema.anyOf) }
        for assertion in schema.assertions {
            switch assertion {
            case .allOf(let schemas):
                for part in schemas { schema.types.formIntersection(part.types) }
            case .oneOf(let schemas): narrow(toOneOf: schemas)
            case .reference(let reference):
                schema.types.formIntersection(reference.plainTypes)
            default: break
            }
        }
    }

    private mutating func narrow(toOneOf schemas: [Schema]) {
        schema.types.formIntersection(schemas.reduce(Schema.Types()) { $0.union($1.types) })
    }
}

extension Schema.Reference {
    /// The types that the target names by itself, or the ones to which it refers in turn.
    fileprivate var plainTypes: Schema.Types {
        var types = Schema.Types.any
        var next = pointer
        for _ in 0..<32 {
            guard let json = try? document.json(at: next) else { return types }
            let names = json["type"].map {
                $0.string.map { [$0] } ?? $0.elements.compactMap(\.string)
            }
            if let names {
                types.formIntersection(
                    names.reduce(Schema.Types()) { $0.union(Schema.Types(named: $1) ?? .any) })
            }
            guard let text = json["$ref"]?.string, let pointer = try? document.pointer(of: text)
            else { return types }
            next = pointer
        }
        return types
    }
}
