public import SluiceJSON

extension Schema {
    /// The schema as JSON Schema, draft 2020-12, without `$schema`.
    public var json: JSON {
        guard self != .any else { return true }
        var members: [(String, JSON)] = []
        appendTypes(to: &members)
        if !about.isEmpty { members.append(("description", JSON(about))) }
        appendObjectKeywords(to: &members)
        if let first = items.first { members.append(("items", first.json)) }
        if !anyOf.isEmpty { members.append(("anyOf", Schema.list(anyOf.map(\.json)))) }
        if let enumeration { members.append(("enum", Schema.list(enumeration))) }
        let values: [(String, JSON?)] = [
            ("minimum", minimum), ("maximum", maximum),
            ("minLength", minimumLength.map { JSON($0) }),
            ("maxLength", maximumLength.map { JSON($0) }),
            ("pattern", pattern.map { JSON($0) }),
            ("minItems", minimumItems.map { JSON($0) }),
            ("maxItems", maximumItems.map { JSON($0) }),
            ("uniqueItems", hasUniqueItems ? true : nil),
            ("default", isSecret ? nil : defaultValue),
            ("examples", example.map { Schema.list([$0]) }),
            ("writeOnly", isSecret ? true : nil),
            ("format", language.map { JSON($0.rawValue) }),
        ]
        members += values.compactMap { name, value in value.map { (name, $0) } }
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
        if !allowsOtherMembers {
            members.append(("additionalProperties", false))
        } else if let other = otherMembers.first {
            members.append(("additionalProperties", other.json))
        }
    }

    // Schemas nest as deep as Swift types do, far below the limit of a JSON value; `null` would
    // only appear where somebody's own schema went beyond it.
    private static func list(_ values: [JSON]) -> JSON { (try? JSON(array: values)) ?? .null }
    private static func dictionary(_ members: [(String, JSON)]) -> JSON {
        (try? JSON(object: members)) ?? .null
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
