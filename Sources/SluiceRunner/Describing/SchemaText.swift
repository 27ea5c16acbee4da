import Sluice
import SluiceJSON

/// Schemas as people read them.
enum SchemaText {
    /// The kind of value: `string`, `array of objects`, `"a" or "b"`.
    static func kind(of schema: Schema) -> String {
        if let values = schema.enumeration, !schema.isSecret {
            return values.map(\.text).joined(separator: " or ")
        }
        if !schema.alternatives.isEmpty {
            return schema.alternatives.map(kind).joined(separator: " or ")
        }
        guard schema.types != .any else { return "any" }
        let names = schema.types.names.map { name -> String in
            guard name == "array", let items = schema.items.first else { return name }
            return "array of \(kind(of: items))"
        }
        return names.joined(separator: " or ")
    }

    /// What a value has to be beyond its kind, and what stands where none is given.
    static func rules(of schema: Schema, isRequired: Bool?) -> [String] {
        var rules: [String] = []
        if isRequired == true { rules.append("required") }
        rules += range(schema.minimum?.text, schema.maximum?.text, "")
        let isNotBlank = schema.pattern == ".*[^ \\t\\n\\r].*"
        if isNotBlank {
            rules.append("not blank")
        } else {
            rules += range(
                schema.minimumLength.map(String.init), schema.maximumLength.map(String.init),
                "character")
            if let pattern = schema.pattern { rules.append("like \(pattern)") }
        }
        rules += range(
            schema.minimumItems.map(String.init), schema.maximumItems.map(String.init), "item")
        if schema.hasUniqueItems { rules.append("no item twice") }
        rules += schema.assertions.compactMap(rule)
        if schema.isSecret { rules.append("never shown") }
        if let value = schema.defaultValue, !schema.isSecret {
            rules.append("default \(value.text)")
        }
        return rules
    }

    private static func rule(_ assertion: Schema.Assertion) -> String? {
        switch assertion {
        case .above(let bound): "more than \(bound.text)"
        case .below(let bound): "less than \(bound.text)"
        case .multipleOf(let divisor): "a multiple of \(divisor.text)"
        case .minimumProperties(let count): "at least \(count) members"
        case .maximumProperties(let count): "at most \(count) members"
        case .annotation("format", let format): format.string.map { "format \($0)" }
        default: nil
        }
    }

    private static func range(_ low: String?, _ high: String?, _ noun: String) -> [String] {
        let unit = noun.isEmpty ? "" : (high ?? low) == "1" ? " \(noun)" : " \(noun)s"
        return switch (low, high) {
        case (let low?, let high?): ["\(low) to \(high)\(unit)"]
        case (let low?, nil): ["at least \(low)\(unit)"]
        case (nil, let high?): ["at most \(high)\(unit)"]
        case (nil, nil): []
        }
    }

    /// The members of an object, a row each, those of inner objects under them.
    static func addRows(of schema: Schema, to table: inout Table, indent: String) {
        for property in schema.properties {
            let inner = property.schema
            let facts = [kind(of: inner)] + rules(of: inner, isRequired: property.isRequired)
            table.add([indent + property.name, facts.joined(separator: ", "), inner.about])
            addRows(of: inner, to: &table, indent: indent + "  ")
            for items in inner.items { addRows(of: items, to: &table, indent: indent + "  ") }
            for choice in inner.alternatives {
                addRows(of: choice, to: &table, indent: indent + "  ")
            }
        }
    }
}
