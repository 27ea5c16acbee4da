import Sluice
import SluiceJSON
import SluiceSystem

/// What a field of CSV text becomes.
struct CSVType: Sendable {
    enum Kind: String, CaseIterable {
        case string, number, integer, boolean
    }

    var kind = Kind.string
    /// Whether an empty field is null.
    var isOptional = false

    /// The words that settings may use.
    static let words = Kind.allCases.flatMap { [$0.rawValue, $0.rawValue + "?"] }

    init() {}

    /// Reads `number`, `integer?` and the like; nil for other texts.
    init?(_ word: String) {
        guard let kind = Kind(rawValue: word.hasSuffix("?") ? String(word.dropLast()) : word) else {
            return nil
        }
        self.kind = kind
        isOptional = word.hasSuffix("?")
    }

    /// What settings call the type.
    var word: String { isOptional ? kind.rawValue + "?" : kind.rawValue }

    /// The value of a field; nil where it is of another type.
    ///
    /// Numbers keep their text.
    func value(of field: String) -> JSON? {
        if isOptional, field.isEmpty { return .some(.null) }
        switch kind {
        case .string: return JSON(field)
        case .number: return JSONNumber(field).map { JSON($0) }
        case .integer:
            guard let number = JSONNumber(field), number.isInteger else { return nil }
            return JSON(number)
        case .boolean:
            return field == "true" ? .some(.true) : field == "false" ? .some(.false) : nil
        }
    }
}

/// The types of columns by name, as settings give them.
struct CSVTypes: Field {
    var byName: [Name: CSVType] = [:]

    init() {}

    static var schema: Schema {
        var word = Schema(.string)
        word.enumeration = CSVType.words.map { JSON($0) }
        var schema = Schema(.object)
        schema.otherMembers = [word]
        return schema
    }

    init(json: JSON) throws(Failure) {
        guard json.kind == .object else { throw .invalid("must be an object") }
        for member in json.members {
            guard let word = member.value.string, let type = CSVType(word) else {
                let words = CSVType.words.map { "\"\($0)\"" }.joined(separator: ", ")
                throw .invalid("must be one of \(words)", at: "$['\(member.name)']")
            }
            byName[Name(member.name)] = type
        }
    }

    func append(to builder: inout JSONBuilder) {
        builder.beginObject()
        for (name, type) in byName.sorted(by: { $0.key < $1.key }) {
            builder.member(name.text, type.word)
        }
        builder.endObject()
    }
}
