public import SluiceJSON

extension Schema {
    /// The schema as JSON Schema, draft 2020-12, without `$schema`.
    public var json: JSON {
        guard self != .any else { return true }
        var members: [(String, JSON)] = []
        appendTypes(to: &members)
        if !about.isEmpty { members.append(("description", JSON(about))) }
        appendObjectKeywords(to: &members)
        if !prefixItems.isEmpty {
            members.append(("prefixItems", Schema.list(prefixItems.map(\.json))))
        }
        if let first = items.first { members.append(("items", first.json)) }
        if !anyOf.isEmpty { members.append(("anyOf", Schema.list(anyOf.map(\.json)))) }
        if let enumeration, !isSecret { members.append(("enum", Schema.list(enumeration))) }
        let values: [(String, JSON?)] = [
            ("minimum", minimum), ("maximum", maximum),
            ("minLength", minimumLength.map { JSON($0) }),
            ("maxLength", maximumLength.map { JSON($0) }),
            ("pattern", pattern.map { JSON($0) }),
            ("minItems", minimumItems.map { JSON($0) }),
            ("maxItems", maximumItems.map { JSON($0) }),
            ("uniqueItems", hasUniqueItems ? true : nil),
            ("default", isSecret ? nil : defaultValue),
            ("examples", isSecret ? nil : example.map { Schema.list([$0]) }),
            ("writeOnly", isSecret ? true : nil),
            ("format", role.map { JSON($0.rawValue) }),
        ]
        members += values.compactMap { name, value in value.map { (name, $0) } }
        for assertion in assertions { members += assertion.keywords }
        appendDependencies(to: &members)
        for keyword in ["$defs", "definitions"] {
            let parts = definitions.filter { $0.keyword == keyword }.map {
                ($0.name, $0.schema.json)
            }
            if !parts.isEmpty { members.append((keyword, Schema.dictionary(parts))) }
        }
        return Schema.dictionary(members)
    }

    private func appendTypes(to members: inout [(String, JSON)]) {
        guard types != .any else { return }
        let names = types.names.map { JSON($0) }
        members.append(("type", names.count == 1 ? names[0] : Schema.list(names)))
    }

    private func appendObjectKeywords(to members: inout [(String, JSON)]) {
        if !properties.isEmpty {
            members.append(
                ("properties", Schema.dictionary(properties.map { ($0.name, $0.schema.json) })))
            let required = properties.filter(\.isRequired).map { JSON($0.name) }
            if !required.isEmpty { members.append(("required", Schema.list(required))) }
        }
        if !patternProperties.isEmpty {
            let patterns = patternProperties.map { ($0.pattern, $0.schema.json) }
            members.append(("patternProperties", Schema.dictionary(patterns)))
        }
        if !allowsOtherMembers {
            members.append(("additionalProperties", false))
        } else if let other = otherMembers.first {
            members.append(("additionalProperties", other.json))
        }
    }

    /// The rules about members that go with others, which have one keyword together.
    private func appendDependencies(to members: inout [(String, JSON)]) {
        var required: [(String, JSON)] = []
        var schemas: [(String, JSON)] = []
        for assertion in assertions {
            switch assertion {
            case .dependentRequired(let name, let needed):
                required.append((name, Schema.list(needed.map { JSON($0) })))
            case .dependentSchema(let name, let schema): schemas.append((name, schema.json))
            default: break
            }
        }
        if !required.isEmpty { members.append(("dependentRequired", Schema.dictionary(required))) }
        if !schemas.isEmpty { members.append(("dependentSchemas", Schema.dictionary(schemas))) }
    }

    // Schemas nest as deep as Swift types do, far below the limit of a JSON value; `null` would
    // only appear where somebody's own schema went beyond it.
    fileprivate static func list(_ values: [JSON]) -> JSON { (try? JSON(array: values)) ?? .null }
    fileprivate static func dictionary(_ members: [(String, JSON)]) -> JSON {
        (try? JSON(object: members)) ?? .null
    }
}

extension Schema.Assertion {
    /// The keywords that say it.
    fileprivate var keywords: [(String, JSON)] {
        switch self {
        case .above(let bound): [("exclusiveMinimum", bound)]
        case .below(let bound): [("exclusiveMaximum", bound)]
        case .multipleOf(let divisor): [("multipleOf", divisor)]
        case .maximumBytes(let count): [("x-maxBytes", JSON(count))]
        case .minimumProperties(let count): [("minProperties", JSON(count))]
        case .maximumProperties(let count): [("maxProperties", JSON(count))]
        case .propertyNames(let schema): [("propertyNames", schema.json)]
        case .allOf(let schemas): [("allOf", Schema.list(schemas.map(\.json)))]
        case .oneOf(let schemas): [("oneOf", Schema.list(schemas.map(\.json)))]
        case .not(let schema): [("not", schema.json)]
        case .reference(let reference): [("$ref", JSON(reference.pointer))]
        case .annotation(let name, let value): [(name, value)]
        case .contains(let schema, let least, let most):
            [("contains", schema.json), ("minContains", JSON(least))]
                + (most.map { [("maxContains", JSON($0))] } ?? [])
        case .conditional(let condition, let then, let otherwise):
            [("if", condition.json)] + (then.map { [("then", $0.json)] } ?? [])
                + (otherwise.map { [("else", $0.json)] } ?? [])
        case .dependentRequired, .dependentSchema: []
        }
    }
}

extension Schema.Types {
    /// The names of JSON Schema, `number` standing for `integer` too.
    public var names: [String] {
        var names: [String] = []
        if contains(.null) { names.append("null") }
        if contains(.boolean) { names.append("boolean") }
        if contains(.number) {
            names.append("number")
        } else if contains(.integer) {
            names.append("integer")
        }
        if contains(.string) { names.append("string") }
        if contains(.array) { names.append("array") }
        if contains(.object) { names.append("object") }
        return names
    }

    /// The type of that name in JSON Schema.
    init?(named name: String) {
        switch name {
        case "null": self = .null
        case "boolean": self = .boolean
        case "integer": self = .integer
        case "number": self = .number
        case "string": self = .string
        case "array": self = .array
        case "object": self = .object
        default: return nil
        }
    }

    /// The type of a value.
    init(of value: JSON) {
        switch value.kind {
        case .null: self = .null
        case .bool: self = .boolean
        case .number: self = value.number?.isInteger == true ? .integer : .number
        case .string: self = .string
        case .array: self = .array
        case .object: self = .object
        }
    }
}
