public import SluiceJSON

extension Schema {
    /// A value that fits, for people to see: the schema's own example where it has one, else one that is
    /// made of its rules.
    ///
    /// Rules that combine schemas are looked at as far as it is easy; a value that the rules leave
    /// no simple choice for may not fit.
    public var sample: JSON { sample(depth: 0) }

    /// How deep samples go into schemas that contain themselves.
    private static let maximumDepth = 8

    private func sample(depth: Int) -> JSON {
        if let example { return example }
        if let defaultValue, !isSecret { return defaultValue }
        if let first = enumeration?.first { return first }
        guard depth < Self.maximumDepth else { return .null }
        if let first = alternatives.first { return first.sample(depth: depth + 1) }
        for case .reference(let reference) in assertions {
            if let target = try? reference.target() { return target.sample(depth: depth + 1) }
        }
        if self == Schema.any.described(about) { return ["id": 7, "text": "hello"] }
        if types.contains(.object) { return members(depth: depth) }
        if types.contains(.array) { return elements(depth: depth) }
        if types.contains(.string) { return JSON(text) }
        if !types.isDisjoint(with: .number) { return number }
        return types.contains(.boolean) ? true : .null
    }

    private func members(depth: Int) -> JSON {
        let required = properties.filter(\.isRequired)
        let shown = required.isEmpty ? properties : required
        let members = shown.map { ($0.name, $0.schema.sample(depth: depth + 1)) }
        return (try? JSON(object: members)) ?? .emptyObject
    }

    private func elements(depth: Int) -> JSON {
        let first = prefixItems + (prefixItems.isEmpty ? items.prefix(1) : [])
        var elements = first.map { $0.sample(depth: depth + 1) }
        let filler = items.first ?? .any
        while elements.count < min(minimumItems ?? 0, 16) {
            elements.append(filler.sample(depth: depth + 1))
        }
        return (try? JSON(array: Array(elements.prefix(max(0, maximumItems ?? .max)))))
            ?? .emptyArray
    }

    private var text: String {
        var text = "text"
        while text.unicodeScalars.count < min(minimumLength ?? 0, 64) { text += " text" }
        return String(text.prefix(max(0, maximumLength ?? .max)))
    }

    private var number: JSON {
        var least = minimum
        for case .above(let bound) in assertions {
            let floor = bound.int ?? 0
            least = JSON(floor == .max ? floor : floor + 1)
        }
        for case .multipleOf(let divisor) in assertions { return divisor }
        if let least { return least }
        if let maximum, (maximum.double ?? 1) < 1 { return maximum }
        return types.contains(.number) ? 1.5 : 1
    }
}
