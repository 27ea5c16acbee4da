public import SluiceJSON

extension Schema {
    /// Reads the supported part of JSON Schema; any other keyword is refused by its path, because a
    /// rule that is silently not applied is worse than none.
    ///
    /// - Throws: ``Failure`` (`invalid_schema`) with `details.path`.
    public init(parsing json: JSON) throws(Failure) {
        if let bool = json.bool {
            self = .any
            if !bool { enumeration = [] }
            return
        }
        guard json.kind == .object else {
            throw Schema.broken("a schema is an object, true or false")
        }
        self = .any
        for member in json.members {
            do {
                try read(member.name, member.value)
            } catch {
                throw error.under(".\(member.name)")
            }
        }
        let required = json["required"]?.elements.compactMap(\.string) ?? []
        for name in required {
            if let index = properties.lastIndex(where: { $0.name.isSame(as: name) }) {
                properties[index].isRequired = true
            } else {
                properties.append(Property(name, .any, isRequired: true))
            }
        }
    }

    private mutating func read(_ keyword: String, _ value: JSON) throws(Failure) {
        switch keyword {
        case "type": try readTypes(value)
        case "properties":
            for member in value.members {
                do {
                    let schema = try Schema(parsing: member.value)
                    properties.append(Property(member.name, schema, isRequired: false))
                } catch {
                    throw error.under(".\(member.name)")
                }
            }
        case "required", "$schema", "$id", "$comment": break
        case "additionalProperties":
            let other = try Schema(parsing: value)
            allowsOtherMembers = value.bool != false
            otherMembers = allowsOtherMembers && other != .any ? [other] : []
        case "items": items = [try Schema(parsing: value)]
        case "anyOf", "oneOf":
            for alternative in value.elements { anyOf.append(try Schema(parsing: alternative)) }
        case "enum": enumeration = Array(value.elements)
        case "const": enumeration = [value]
        case "minimum": minimum = value
        case "maximum": maximum = value
        case "minLength": minimumLength = try Int(json: value)
        case "maxLength": maximumLength = try Int(json: value)
        case "minItems": minimumItems = try Int(json: value)
        case "maxItems": maximumItems = try Int(json: value)
        case "uniqueItems": hasUniqueItems = try Bool(json: value)
        case "pattern":
            let text = try String(json: value)
            guard (try? IRegexp(text)) != nil else {
                throw Schema.broken("is no I-Regexp (RFC 9485)")
            }
            pattern = text
        case "title", "description": about = about.isEmpty ? value.string ?? "" : about
        case "default": defaultValue = value
        case "examples": example = value[0]
        case "writeOnly": isSecret = value.bool ?? false
        case "format": language = Language(rawValue: value.string ?? "")
        default: throw Schema.broken("the keyword `\(keyword)` is not supported")
        }
    }

    private mutating func readTypes(_ value: JSON) throws(Failure) {
        let names = value.string.map { [$0] } ?? value.elements.compactMap(\.string)
        types = []
        for name in names {
            guard let type = Types(named: name) else {
                throw Schema.broken("there is no type `\(name)`")
            }
            types.insert(type)
        }
    }

    private static func broken(_ text: String) -> Failure {
        var failure = Failure.invalid(text)
        failure.code = "invalid_schema"
        return failure
    }
}
