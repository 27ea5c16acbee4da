import SluiceSystem

/// Writes the steps of a JSON path, such as the place of an expression in its template.
enum PathText {
    /// The step to the member `name`: `.name` where the shorthand can say it, else `['name']`.
    static func step(to name: String) -> String {
        let bytes = Array(name.utf8)
        let isShort = !bytes.isEmpty && !bytes[0].isDigit && bytes.allSatisfy(\.isNamePart)
        if isShort { return "." + name }
        return "['\(escaped(name))']"
    }

    /// The text as it stands inside the quotes of a string literal, of a path or of the mapping
    /// language.
    static func escaped(_ text: String, quote: Unicode.Scalar = "'") -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case quote, "\\":
                result.unicodeScalars.append("\\")
                result.unicodeScalars.append(scalar)
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case let control where control.value < 0x20:
                result += "\\u" + Hexadecimal.text(control.value, digits: 4)
            default: result.unicodeScalars.append(scalar)
            }
        }
    }
}

extension UInt8 {
    /// `0` to `9`.
    var isDigit: Bool { self >= 0x30 && self <= 0x39 }

    /// What a name without quotes may begin with: a letter, `_`, or any byte outside of ASCII.
    var isNameStart: Bool {
        (self | 0x20) >= 0x61 && (self | 0x20) <= 0x7A || self == 0x5F || self >= 0x80
    }

    /// What may follow in a name without quotes.
    var isNamePart: Bool { isNameStart || isDigit }

    /// Space, tab, line feed or carriage return.
    var isBlank: Bool { self == 0x20 || self == 0x09 || self == 0x0A || self == 0x0D }
}
