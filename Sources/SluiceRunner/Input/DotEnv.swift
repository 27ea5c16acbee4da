import Sluice
import SluiceSystem

/// Variables read from a file of `NAME=value` lines.
///
/// Blank lines and lines that begin with `#` are skipped, `export` before a name too. A value in
/// single quotes is taken as it stands, one in double quotes knows `\n`, `\r`, `\t`, `\"`, `\\` and
/// `\$`, and a bare one ends at a `#` after white space. Of two lines with one name the later stands.
struct DotEnv: Sendable {
    /// A line that cannot be read.
    struct Broken: Error, Sendable, CustomStringConvertible {
        let path: String
        let line: Int
        let reason: String

        var description: String { "\(path):\(line): \(reason)" }
    }

    /// The variables.
    private(set) var variables: [String: String] = [:]

    /// Reads a file.
    ///
    /// Throws `FileError`, and ``Broken`` for the first line that cannot be read.
    init(contentsOf path: String) throws {
        let bytes = try FileStream.contents(of: path)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
            let line = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0
            throw Broken(path: path, line: line + 1, reason: "the line is not UTF-8")
        }
        try self.init(text, path: path)
    }

    /// Reads a text as if it stood in the file `path`.
    init(_ text: String, path: String) throws(Broken) {
        let scalars = Array(text.unicodeScalars.drop { $0 == "\u{FEFF}" })
        let lines = scalars.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            do throws(Reason) {
                try read(line)
            } catch {
                throw Broken(path: path, line: index + 1, reason: error.text)
            }
        }
    }

    private struct Reason: Error { let text: String }
    private typealias Line = ArraySlice<Unicode.Scalar>

    private mutating func read(_ line: Line) throws(Reason) {
        var line = DotEnv.trimmed(line)
        guard let first = line.first, first != "#" else { return }
        if line.starts(with: "export ".unicodeScalars) { line = DotEnv.trimmed(line.dropFirst(7)) }
        guard let equals = line.firstIndex(of: "=") else {
            throw Reason(text: "expected NAME=value")
        }
        let name = DotEnv.text(DotEnv.trimmed(line[..<equals]))
        guard DotEnv.isName(name) else {
            throw Reason(text: "`\(name)` is no name for a variable")
        }
        variables[name] = try DotEnv.value(DotEnv.trimmed(line[line.index(after: equals)...]))
    }

    private static func value(_ line: Line) throws(Reason) -> String {
        guard let quote = line.first, quote == "\"" || quote == "'" else {
            var isBlank = true
            let bare = line.prefix { scalar in
                defer { isBlank = scalar.properties.isWhitespace }
                return !(isBlank && scalar == "#")
            }
            return text(trimmed(bare))
        }
        var value = String.UnicodeScalarView()
        var rest = line.dropFirst()
        while let scalar = rest.popFirst() {
            if scalar == quote {
                guard trimmed(rest).first ?? "#" == "#" else {
                    throw Reason(text: "expected nothing after the closing quote")
                }
                return String(value)
            }
            if scalar == "\\", quote == "\"", let next = rest.popFirst() {
                value.append(contentsOf: escaped(next).unicodeScalars)
            } else {
                value.append(scalar)
            }
        }
        throw Reason(text: "the quote is not closed")
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "n": "\n"
        case "r": "\r"
        case "t": "\t"
        case "\"", "\\", "$": String(Character(scalar))
        default: "\\\(scalar)"
        }
    }

    private static func trimmed(_ line: Line) -> Line {
        var line = line.drop(while: \.properties.isWhitespace)
        while line.last?.properties.isWhitespace == true { line.removeLast() }
        return line
    }

    private static func text(_ line: Line) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: line)
        return String(view)
    }

    private static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte)
                || (0x41...0x5A).contains(byte & 0xDF)
        }
    }
}
