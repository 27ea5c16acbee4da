import SluiceJSON

/// Writes values as parts of expressions and templates, so that they stay values.
enum CodeText {
    /// A literal of the mapping language that has the value.
    static func literal(_ json: JSON) -> String {
        switch json.kind {
        case .null, .bool, .number:
            return json.text
        case .string:
            return "'\(PathText.escaped(json.string ?? ""))'"
        case .array:
            return "[\(json.elements.map { literal($0) }.joined(separator: ", "))]"
        case .object:
            let members = json.members.map { member in
                "'\(PathText.escaped(member.name))': \(literal(member.value))"
            }
            return "{\(members.joined(separator: ", "))}"
        }
    }

    /// A template whose value is always this value.
    static func template(_ json: JSON) -> JSON {
        switch json.kind {
        case .null, .bool, .number:
            return json
        case .string:
            let text = json.string ?? ""
            return hasOpening(text.utf8) ? JSON(expression(text)) : json
        case .array:
            return (try? JSON(array: json.elements.map { template($0) })) ?? json
        case .object:
            return (try? JSON(object: json.members.map { ($0.name, template($0.value)) })) ?? json
        }
    }

    /// The expression, braces included, that is this text.
    static func expression(_ text: String) -> String { "{{'\(PathText.escaped(text))'}}" }

    /// Whether a template would find an expression in the text.
    static func hasOpening(_ text: some Sequence<UInt8>) -> Bool {
        var before: UInt8 = 0
        for byte in text {
            if byte == UInt8(ascii: "{"), before == byte { return true }
            before = byte
        }
        return false
    }
}
