public import SluiceJSON
import SluiceSystem

/// Values that are never shown to people: those of settings and parameters marked `writeOnly`.
///
/// Whoever prints what may hold one asks for the text without it. A secret of at least 6 bytes is hidden
/// wherever it stands, a shorter one only where it is the whole text, or in quotes, since it would be
/// found in text that has nothing to do with it.
public struct Secrets: Sendable {
    /// What stands in the place of a secret.
    public static let mask = "<secret>"
    /// The shortest secret, in bytes, that is looked for inside of longer text.
    static let shortestInside = FlowLimits.secretBytes

    private var whole: Set<Name> = []
    /// The ways in which secrets may be spelt in a text, longest first.
    private var inside: [[UInt8]] = []

    /// The most bytes that a secret takes inside of a text.
    var longest: Int { inside.first?.count ?? 0 }

    /// Creates an empty set.
    public init() {}

    /// Whether there is nothing to hide.
    public var isEmpty: Bool { whole.isEmpty }

    /// Adds a value with all the strings and numbers in it.
    public mutating func insert(_ json: JSON) {
        switch json.kind {
        case .null, .bool: break
        case .number: insert(json.text)
        // The text of the value is how a file spells it.
        case .string: insert(json.string ?? "", spelt: String(json.text.dropFirst().dropLast()))
        case .array: for element in json.elements { insert(element) }
        case .object: for member in json.members { insert(member.value) }
        }
    }

    private mutating func insert(_ text: String, spelt spelling: String? = nil) {
        guard !text.isEmpty, whole.insert(Name(text)).inserted else { return }
        let json = String(JSON(text).text.dropFirst().dropLast())
        let (single, double) = (PathText.escaped(text), PathText.escaped(text, quote: "\""))
        let isShort = text.utf8.count < Self.shortestInside
        // A short one is whole where it has quotes around it.
        let spellings =
            isShort
            ? ["'\(single)'", "\"\(double)\"", "\"\(json)\""]
            : [text, spelling ?? text, json, single, double, Printable.line(text)]
        for spelling in spellings {
            let bytes = Array(spelling.utf8)
            if !inside.contains(bytes) { inside.append(bytes) }
        }
        inside.sort { $0.count > $1.count }
    }

    /// Adds what a schema says is secret of a value.
    mutating func insert(_ json: JSON, of schema: Schema) {
        guard !schema.isSecret else { return insert(json) }
        for member in json.members { insert(member.value, of: schema.member(member.name)) }
        guard let items = schema.items.first else { return }
        for element in json.elements { insert(element, of: items) }
    }

    /// Adds the values of another set.
    public mutating func formUnion(_ other: Secrets) {
        for name in other.whole { insert(name.text) }
    }

    /// The text with the mask in the place of every secret.
    public func redacted(_ text: String) -> String {
        guard !isEmpty else { return text }
        if whole.contains(Name(text)) { return Self.mask }
        let bytes = Array(text.utf8)
        let places = places(in: bytes)
        guard !places.isEmpty else { return text }
        var result: [UInt8] = []
        var end = 0
        for place in places {
            result += bytes[end..<place.lowerBound]
            result += Self.mask.utf8
            end = place.upperBound
        }
        return String(decoding: result + bytes[end...], as: UTF8.self)
    }

    /// Where secrets stand inside of a text, from left to right.
    func places(in bytes: [UInt8]) -> [Range<Int>] {
        var found: [Range<Int>] = []
        guard !inside.isEmpty else { return [] }
        let firsts = Set(inside.map { $0[0] })
        var place = 0
        while place < bytes.count {
            if firsts.contains(bytes[place]),
                let spelling = inside.first(where: { bytes[place...].starts(with: $0) })
            {
                found.append(place..<place + spelling.count)
                place += spelling.count
            } else {
                place += 1
            }
        }
        return found
    }

    /// The value with the mask in the place of every secret.
    public func redacted(_ json: JSON) -> JSON {
        guard !isEmpty else { return json }
        switch json.kind {
        case .null, .bool:
            return json
        case .number:
            return whole.contains(Name(json.text)) ? JSON(Self.mask) : json
        case .string:
            return JSON(redacted(json.string ?? ""))
        case .array:
            return (try? JSON(array: json.elements.map { redacted($0) })) ?? JSON(Self.mask)
        case .object:
            let members = json.members.map { (redacted($0.name), redacted($0.value)) }
            return (try? JSON(object: members)) ?? JSON(Self.mask)
        }
    }
}

extension Schema {
    /// The secrets among the parts of a value.
    public func secrets(in json: JSON) -> Secrets {
        var secrets = Secrets()
        secrets.insert(json, of: self)
        return secrets
    }
}
