import SluiceJSON

/// JSON as the second interpreter of the tests has it: plain values, nothing shared with the first.
enum ReferenceValue {
    case null
    case bool(Bool)
    /// An integer of any size, as decimal text.
    case integer(Int)
    case big(String)
    case double(Double)
    case text(String)
    case list([ReferenceValue])
    /// Members in order, names once.
    case object([Member])

    struct Member {
        var name: String
        var value: ReferenceValue
    }

    /// An object of members in order.
    static func members(_ members: [(name: String, value: ReferenceValue)]) -> ReferenceValue {
        .object(members.map { Member(name: $0.name, value: $0.value) })
    }

    /// The value as compact JSON.
    var json: String {
        switch self {
        case .null: "null"
        case .bool(let bool): bool ? "true" : "false"
        case .integer(let integer): "\(integer)"
        case .big(let digits): digits
        case .double(let double): Self.text(of: double)
        case .text(let text): Self.quoted(text)
        case .list(let list): "[" + list.map(\.json).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { Self.quoted($0.name) + ":" + $0.value.json }.joined(separator: ",")
                + "}"
        }
    }

    /// The shortest text of a double, as Sluice spells it.
    static func text(of double: Double) -> String {
        var text = "\(double)".replacing("e+", with: "e")
        if text.hasSuffix(".0") { text.removeLast(2) }
        return text
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for character in text.unicodeScalars {
            switch character {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(character)
            }
        }
        return result + "\""
    }

    /// What the value is called.
    var kind: Kind {
        switch self {
        case .null: .null
        case .bool: .bool
        case .integer, .big, .double: .number
        case .text: .text
        case .list: .list
        case .object: .object
        }
    }

    enum Kind { case null, bool, number, text, list, object }
}

extension ReferenceValue: Equatable {
    static func == (left: ReferenceValue, right: ReferenceValue) -> Bool { left.json == right.json }
}
