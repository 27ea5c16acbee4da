/// Text as people may be shown it, whatever the data say that it was made of.
///
/// What would not be seen as it is, or would drive a terminal, stands as an escape: control
/// characters, line ends, and characters that are invisible or turn the direction of what follows.
/// Everything that prints for people goes through here.
package enum Printable {
    /// A text on one line; line ends in it are `\n`.
    package static func line(_ text: String) -> String {
        escaped(text, keepsLines: false) { escape($0) }
    }

    /// A text of several lines; what is between their line feeds is printable.
    package static func lines(_ text: String) -> String {
        escaped(text, keepsLines: true) { escape($0) }
    }

    /// A text in double quotes, in which nothing but these is shown by more than itself.
    package static func quoted(_ text: String) -> String {
        "\"\(line(escapingQuotes(text)))\""
    }

    /// A text with a backslash before each double quote and backslash, whatever combines with them.
    package static func escapingQuotes(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            if scalar == "\"" || scalar == "\\" { result.unicodeScalars.append("\\") }
            result.unicodeScalars.append(scalar)
        }
    }

    /// A JSON text, with line feeds between its members, that says the same in printable characters.
    package static func json(_ text: String) -> String {
        escaped(text, keepsLines: true) { scalar in
            scalar.utf16.map { "\\u" + Hexadecimal.text($0, digits: 4) }.joined()
        }
    }

    /// How a character is shown: itself, or an escape such as `\u{1b}`.
    package static func shown(_ scalar: Unicode.Scalar) -> String {
        isPrintable(scalar) ? String(scalar) : escape(scalar)
    }

    private static func escaped(
        _ text: String, keepsLines: Bool, _ escape: (Unicode.Scalar) -> String
    ) -> String {
        func isKept(_ scalar: Unicode.Scalar) -> Bool {
            isPrintable(scalar) || keepsLines && scalar == "\n"
        }
        guard !text.unicodeScalars.allSatisfy(isKept) else { return text }
        return text.unicodeScalars.reduce(into: "") { result, scalar in
            if isKept(scalar) {
                result.unicodeScalars.append(scalar)
            } else {
                result += escape(scalar)
            }
        }
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.value >= 0x7F else { return scalar.value >= 0x20 }
        return switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        default: "\\u{\(Hexadecimal.text(scalar.value, digits: 1))}"
        }
    }
}
