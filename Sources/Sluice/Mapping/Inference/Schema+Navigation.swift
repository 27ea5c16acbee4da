internal import SluiceJSON

extension Schema {
    /// What following one step of a path leads to.
    enum Following {
        case found(Schema)
        /// No value that fits has it: why, to be read after the path so far, and what may be meant.
        case impossible(String, suggestion: String?)
    }

    /// The shape of what `step` finds in values that fit.
    func following(_ step: JSONPath.Step) -> Following {
        let own = ownFollowing(step)
        guard case .found(let base) = own, !anyOf.isEmpty else { return own }
        var found: [Schema] = []
        var refusal: Following?
        for alternative in anyOf {
            let result = alternative.following(step)
            if case .found(let schema) = result {
                found.append(schema)
            } else if refusal == nil || alternative.types.contains(.object) {
                refusal = result
            }
        }
        if found.isEmpty, let refusal { return refusal }
        return .found(base == .any ? Schema(union: found) : base)
    }

    /// The same, alternatives aside.
    private func ownFollowing(_ step: JSONPath.Step) -> Following {
        switch step {
        case .name(let name):
            guard possibleTypes.contains(.object) else {
                return .impossible("is \(possibleTypes.article), not an object", suggestion: nil)
            }
            if let property = properties.last(where: { Text.isEqual($0.name, name) }) {
                return .found(property.schema)
            }
            guard allowsOtherMembers || !patternProperties.isEmpty else {
                let near = Spelling.closest(to: name, among: properties.map(\.name))
                return .impossible("has no member `\(name)`", suggestion: near)
            }
            return .found(patternProperties.isEmpty ? otherMembers.first ?? .any : .any)
        case .index(let index):
            guard possibleTypes.contains(.array) else {
                return .impossible("is \(possibleTypes.article), not an array", suggestion: nil)
            }
            if let maximumItems, index >= maximumItems || index < -maximumItems {
                return .impossible("has at most \(maximumItems) elements", suggestion: nil)
            }
            guard prefixItems.isEmpty else {
                return .found(prefixItems.indices.contains(index) ? prefixItems[index] : .any)
            }
            return .found(items.first ?? .any)
        }
    }

    /// The named members of the schema and of its alternatives.
    var namedProperties: [Property] { properties + anyOf.flatMap(\.namedProperties) }

    /// The kinds of values that fit, alternatives and enumeration considered.
    var possibleTypes: Types {
        var result = types
        if !anyOf.isEmpty {
            result.formIntersection(anyOf.reduce(Types()) { $0.union($1.possibleTypes) })
        }
        if let enumeration, !enumeration.isEmpty {
            result.formIntersection(enumeration.reduce(Types()) { $0.union(Types(of: $1)) })
        }
        return result
    }

    /// The shape of the elements of the arrays that fit.
    var possibleItems: Schema {
        if let first = items.first, prefixItems.isEmpty { return first }
        let arrays = anyOf.filter { $0.possibleTypes.contains(.array) }
        return arrays.isEmpty ? .any : Schema(union: arrays.map(\.possibleItems))
    }

    /// The schema without null, where that is easy to say.
    var withoutNull: Schema {
        var result = self
        result.types.remove(.null)
        result.anyOf = anyOf.filter { $0.possibleTypes != .null }
        result.enumeration = enumeration?.filter { !$0.isNull }
        return result
    }

    /// The numbers that fit, as their kind alone.
    var numeric: Schema { Schema(possibleTypes.allowsFractions ? .number : .integer) }

    /// What typed ports emit: objects with named members that have no other ones, at any depth.
    ///
    /// An object without named members stays open.
    public var closed: Schema {
        var result = self
        result.properties = properties.map { property in
            Property(property.name, property.schema.closed, isRequired: property.isRequired)
        }
        if !properties.isEmpty, otherMembers.isEmpty { result.allowsOtherMembers = false }
        result.otherMembers = otherMembers.map(\.closed)
        result.patternProperties = patternProperties.map { .init($0.pattern, $0.schema.closed) }
        result.prefixItems = prefixItems.map(\.closed)
        result.items = items.map(\.closed)
        result.anyOf = anyOf.map(\.closed)
        return result
    }
}

extension Schema.Types {
    /// Whether a number that is no integer fits.
    var allowsFractions: Bool { contains(.number) }

    /// Whether two such values may be two numbers or two strings.
    func canPair(with other: Schema.Types) -> Bool {
        let areNumbers = !isDisjoint(with: .number) && !other.isDisjoint(with: .number)
        return areNumbers || contains(.string) && other.contains(.string)
    }

    /// The kinds in words, such as `a string or null`.
    var article: String {
        let words = names.map { name in
            switch name {
            case "null": "null"
            case "integer", "array", "object": "an \(name)"
            default: "a \(name)"
            }
        }
        guard let last = words.last else { return "nothing" }
        let head = words.dropLast().joined(separator: ", ")
        return head.isEmpty ? last : "\(head) or \(last)"
    }
}
