internal import SluiceJSON

/// A value while an expression is evaluated: JSON, or a scalar that is not a document yet.
///
/// A value that comes from the message stays `json`, so that its text is copied exactly.
enum Value: Sendable {
    case json(JSON)
    case bool(Bool)
    case int(Int)
    /// Always finite.
    case double(Double)
    case string(String)

    static let null = Value.json(.null)

    var kind: JSON.Kind {
        switch self {
        case .json(let json): json.kind
        case .bool: .bool
        case .int, .double: .number
        case .string: .string
        }
    }

    var isNull: Bool {
        if case .json(let json) = self { return json.isNull }
        return false
    }

    var bool: Bool? {
        switch self {
        case .bool(let bool): bool
        case .json(let json): json.bool
        case .int, .double, .string: nil
        }
    }

    var string: String? {
        switch self {
        case .string(let string): string
        case .json(let json): json.string
        case .bool, .int, .double: nil
        }
    }

    /// The number with its exact text, nil for other kinds.
    var number: JSONNumber? {
        switch self {
        case .json(let json): json.number
        case .int(let int): JSONNumber(int)
        case .double(let double): JSONNumber(double)
        case .bool, .string: nil
        }
    }

    /// How long the text of the value is, about; 0 for scalars that are never long.
    var byteCount: Int {
        switch self {
        case .json(let json): json.sourceRange.count
        case .string(let string): string.utf8.count
        case .bool, .int, .double: 0
        }
    }

    /// The steps that a function takes which looks at all of the value once.
    var workSteps: Int {
        guard case .json(let json) = self else { return byteCount / 64 }
        return json.sourceRange.count / 64 + json.count / 4
    }

    /// The array or object, nil for scalars.
    func container(_ kind: JSON.Kind) -> JSON? {
        guard case .json(let json) = self, json.kind == kind else { return nil }
        return json
    }

    /// The value as a document of its own; what came from the message is shared, not copied.
    var json: JSON {
        switch self {
        case .json(let json): json
        case .bool(let bool): JSON(bool)
        case .int(let int): JSON(int)
        case .double(let double): JSON(double) ?? .null
        case .string(let string): JSON(string)
        }
    }

    func append(to builder: inout JSONBuilder) {
        switch self {
        case .json(let json): builder.append(json)
        case .bool(let bool): builder.append(bool)
        case .int(let int): builder.append(int)
        case .double(let double):
            if let number = JSONNumber(double) {
                builder.append(number)
            } else {
                builder.appendNull()
            }
        case .string(let string): builder.append(string)
        }
    }

    /// What an interpolation shows: strings bare, numbers their text, containers compact JSON; nil
    /// for null.
    var interpolatedText: String? {
        switch self {
        case .string(let string): return string
        case .bool(let bool): return bool ? "true" : "false"
        case .int(let int): return String(int)
        case .double(let double): return Self.text(of: double)
        case .json(let json):
            if let string = json.string { return string }
            return json.isNull ? nil : json.text
        }
    }

    /// The shortest decimal text that reads back as `double`.
    static func text(of double: Double) -> String { JSONNumber(double)?.text ?? "null" }
}
