import Sluice
import SluiceJSON

/// A condition that a test file sets in the place of a value: `{"$above": 3}`.
enum Predicate: Sendable {
    /// Whether the value is there at all.
    case exists(Bool)
    /// A string that the I-Regexp (RFC 9485) matches as a whole.
    case matches(IRegexp)
    /// A number greater than this.
    case above(JSONNumber)
    /// A number less than this.
    case below(JSONNumber)
    /// A value of one of these types of JSON Schema.
    case type([String])
    /// A string with this part, or an array with an element that fits.
    case contains(Pattern)
    /// A value that fits one of these; none for any value at all.
    case any([Pattern])
    /// A value that is equal: no member more.
    case exactly(JSON)

    static let names = [
        "$exists", "$matches", "$above", "$below", "$type", "$contains", "$any", "$exactly",
    ]

    func mismatch(_ value: JSON?) -> Pattern.Mismatch? {
        if case .exists(let wanted) = self {
            guard (value != nil) != wanted else { return nil }
            return Pattern.Mismatch(
                text: value.map { "expected nothing there, received \($0.shown)" }
                    ?? "expected something there, it is not there")
        }
        guard let value else {
            return Pattern.Mismatch(text: "expected \(wanted), it is not there")
        }
        guard !holds(of: value) else { return nil }
        return Pattern.Mismatch(text: "expected \(wanted), received \(value.shown)")
    }

    private func holds(of value: JSON) -> Bool {
        switch self {
        case .exists(let wanted): return wanted
        case .matches(let regexp): return value.string.map { regexp.matches($0) } ?? false
        case .above(let bound): return value.number.map { $0 > bound } ?? false
        case .below(let bound): return value.number.map { $0 < bound } ?? false
        case .type(let names): return names.contains { value.hasType($0) }
        case .contains(let part):
            if let string = value.string { return part.json.string.map(string.has) ?? false }
            return value.elements.contains { part.mismatch($0) == nil }
        case .any(let patterns):
            return patterns.isEmpty || patterns.contains { $0.mismatch(value) == nil }
        case .exactly(let other): return value == other
        }
    }

    private var wanted: String {
        switch self {
        case .exists: "something there"
        case .matches(let regexp): "a string that matches `\(regexp)`"
        case .above(let bound): "a number above \(bound)"
        case .below(let bound): "a number below \(bound)"
        case .type(let names): "a value of type \(names.joined(separator: " or "))"
        case .contains(let part): "a string or an array that contains \(part.json.shown)"
        case .any(let patterns):
            patterns.isEmpty
                ? "any value" : "one of \(patterns.map(\.json.shown).joined(separator: ", "))"
        case .exactly(let other): "exactly \(other.shown)"
        }
    }

    /// The names of types that `$type` knows.
    static let types = ["null", "boolean", "integer", "number", "string", "array", "object"]
}

extension JSON {
    /// Whether JSON Schema says that the value has this type.
    fileprivate func hasType(_ name: String) -> Bool {
        name == "integer" ? number?.isInteger == true : kind.description == name
    }
}

extension String {
    /// Whether a text is part of this one, compared by Unicode scalars.
    fileprivate func has(_ part: String) -> Bool {
        let (text, wanted) = (Array(utf8), Array(part.utf8))
        guard let first = wanted.first else { return true }
        guard text.count >= wanted.count else { return false }
        return (0...(text.count - wanted.count)).contains { start in
            text[start] == first && text[start..<(start + wanted.count)].elementsEqual(wanted)
        }
    }
}
