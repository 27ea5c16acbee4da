public import SluiceJSON
import SluiceSystem

/// What `${NAME}` stands for.
struct Variables {
    /// A parameter of the flow with its value.
    struct Parameter {
        var schema: Schema
        var value: JSON
        /// Whether nobody has given a value: ``value`` is one that fits, for checks.
        var isUnknown = false
        /// Where a path starts that is the value, if not at the folder of the file that uses it: at the
        /// current folder where it was given on the command line, at that of the file which gives it to a
        /// sub-flow.
        var folder: String?
    }

    /// Parameters of the flow that have a value.
    var parameters: [String: Parameter] = [:]
    /// Parameters whose value is missing or wrong, which has been noted.
    var broken: Set<String> = []
    /// Parameters without a value.
    var unset: Set<String> = []
    /// Text variables: from a file, then from the environment.
    var lookUp: @Sendable (String) -> String?

    /// Whether the flow declares the parameter.
    func declares(_ name: String) -> Bool {
        parameters[name] != nil || broken.contains(name) || unset.contains(name)
    }
}

extension Schema {
    /// A text of a command line or the environment as the value that is wanted.
    ///
    /// Where a string is the only thing that fits, `12` is the string; elsewhere it is read as JSON if
    /// it is JSON. A JSON string stands for what it spells in both.
    public func value(ofText text: String) -> JSON {
        guard let json = try? JSON(parsing: text) else { return JSON(text) }
        return possibleTypes == .string && json.kind != .string ? JSON(text) : json
    }

    /// A value that fits this schema and, if possible, another; for checks without a value.
    func sample(for wanted: Schema, named name: String) -> JSON {
        func candidates(_ schema: Schema) -> [JSON] {
            [schema.example, schema.defaultValue].compactMap(\.self) + (schema.enumeration ?? [])
                + [schema.minimum, schema.maximum].compactMap(\.self)
                + schema.anyOf.flatMap { $0.enumeration ?? [] }
        }
        let general: [JSON] = [JSON(name), 1, 0, true, [], [:], .null]
        let all = candidates(self) + candidates(wanted) + general
        let own = all.filter { mismatches($0).isEmpty }
        return own.first { wanted.mismatches($0).isEmpty } ?? own.first ?? JSON(name)
    }
}

/// The names that flow files may use.
enum Names {
    /// Of flows' nodes, ports and parameters: `[A-Za-z_][A-Za-z0-9_-]{0,63}`.
    static func isName(_ text: String) -> Bool {
        text.utf8.count <= 64 && isVariable(text)
    }

    static func isVariable(_ text: String) -> Bool {
        guard let first = text.utf8.first, isLetter(first) else { return false }
        return text.utf8.allSatisfy {
            isLetter($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
        }
    }

    /// The names that have been seen in one place: a set, or a list while they are few.
    struct Seen {
        private static let listed = 8
        private var list: [String] = []
        private var set = Set<Name>()

        /// Takes a name in; false where it is there already.
        mutating func insert(_ name: String) -> Bool {
            guard list.count >= Self.listed else {
                guard !list.has(name) else { return false }
                list.append(name)
                if list.count == Self.listed { set = Set(list.map { Name($0) }) }
                return true
            }
            return set.insert(Name(name)).inserted
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
    }
}

extension Substring {
    /// The first place of a text.
    package func range(of text: String) -> Swift.Range<Index>? {
        guard let first = text.utf8.first else { return startIndex..<startIndex }
        var start = startIndex
        while let place = utf8[start...].firstIndex(of: first) {
            if utf8[place...].starts(with: text.utf8) {
                return place..<utf8.index(place, offsetBy: text.utf8.count)
            }
            start = utf8.index(after: place)
        }
        return nil
    }

    /// The text without the white space at its ends.
    var withoutSpace: Substring {
        var text = self
        // Whole characters are only looked at where bytes do not tell.
        while let first = text.utf8.first, first <= 0x20 || first >= 0x80 {
            guard text.first?.isWhitespace == true else { break }
            text.removeFirst()
        }
        while let last = text.utf8.last, last <= 0x20 || last >= 0x80 {
            guard text.last?.isWhitespace == true else { break }
            text.removeLast()
        }
        return text
    }
}
