import SluiceJSON

/// What `${NAME}` stands for.
struct Variables {
    /// Parameters of the flow, with their JSON values.
    var parameters: [String: JSON] = [:]
    /// Parameters whose value is missing or wrong, which has been noted.
    var unknown: Set<String> = []
    /// Text variables: from a file, then from the environment.
    var lookUp: @Sendable (String) -> String?

    /// What a string leaf becomes.
    enum Result {
        case value(JSON)
        /// Some have no value; none are listed where only ``unknown`` parameters are missing.
        case missing([(name: String, offset: Int, length: Int)])
        case broken(String, offset: Int)
    }

    /// Replaces the variables of one string.
    ///
    /// - Parameter wanted: What the place wants: a whole `${NAME}` is read as JSON where that is no
    ///   string.
    func resolve(_ text: String, wanted: Schema) -> Result {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return .value(JSON(text)) }
        var output = ""
        var missing: [(name: String, offset: Int, length: Int)] = []
        var rest = Substring(text)
        var parts = 0
        var whole: JSON?
        var isUnknown = false
        while let dollar = rest.range(of: "${") {
            let before = rest[..<dollar.lowerBound]
            if before.ends(with: "$") {
                output += Substring(before.utf8.dropLast())
                output += "${"
                parts += 2
                rest = rest[dollar.upperBound...]
                continue
            }
            output += before
            parts += before.isEmpty ? 1 : 2
            let offset = text.utf8.distance(from: text.startIndex, to: dollar.lowerBound)
            guard let close = rest[dollar.upperBound...].firstIndex(ofASCII: "}") else {
                return .broken("`${` is not closed by `}`", offset: offset)
            }
            let inner = rest[dollar.upperBound..<close]
            let (name, fallback) = Variables.split(inner)
            guard Names.isVariable(name) else {
                return .broken(
                    "`\(name)` is no name for a variable; `$${` stands for `${`", offset: offset)
            }
            if unknown.contains(name) {
                isUnknown = true
            } else if let value = parameters[name] {
                whole = value
                output += value.string ?? value.text
            } else if let value = lookUp(name) ?? fallback {
                whole = Variables.typed(value, wanted)
                output += value
            } else {
                missing.append((name, offset, inner.utf8.count + 3))
            }
            rest = rest[rest.utf8.index(after: close)...]
        }
        guard missing.isEmpty, !isUnknown else { return .missing(missing) }
        if parts == 1, rest.isEmpty, let whole { return .value(whole) }
        return .value(JSON(output + rest))
    }

    private static func split(_ inner: Substring) -> (name: String, fallback: String?) {
        guard let mark = inner.range(of: ":-") else { return (String(inner), nil) }
        return (String(inner[..<mark.lowerBound]), String(inner[mark.upperBound...]))
    }

    /// A variable's text as JSON, where a string is not what is wanted.
    private static func typed(_ text: String, _ wanted: Schema) -> JSON {
        guard !wanted.types.contains(.string), let json = try? JSON(parsing: text) else {
            return JSON(text)
        }
        return json
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

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
    }
}

extension Substring {
    /// The first place of a text.
    package func range(of text: String) -> Swift.Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if utf8[start...].starts(with: text.utf8) {
                return start..<utf8.index(start, offsetBy: text.utf8.count)
            }
            start = utf8.index(after: start)
        }
        return nil
    }
}
