package import SluiceJSON
import SluiceSystem

/// Reads the JSON values of a file, one a line, from chunk to chunk.
///
/// Blank lines, CRLF, a byte order mark at the start and a last line without end are accepted.
package struct JSONLines: ~Copyable {
    /// A line's value, or why it has none.
    package enum Item {
        case value(JSON, line: Int)
        case broken(BrokenLine)
    }

    private let path: String
    private var lines: LineReader
    private var parser = JSONParser()
    private var isAtEnd = false
    private var currentLine: ArraySlice<UInt8> = []

    /// - Parameter path: What messages call the file.
    package init(path: String, maximumLineBytes: Int = LineReader.defaultMaximumLineBytes) {
        self.path = path
        lines = LineReader(maximumLineBytes: maximumLineBytes)
    }

    /// Takes the next bytes of the file, none at its end; call it when ``next()`` has no more.
    package mutating func append(_ bytes: [UInt8]) {
        if bytes.isEmpty { isAtEnd = true } else { lines.append(bytes) }
    }

    /// The next line's value; nil where more bytes are needed, or at the end.
    package mutating func next() -> Item? {
        if let line = lines.next() { return item(of: line) }
        guard isAtEnd else { return nil }
        isAtEnd = false
        return lines.finish().map { item(of: $0) }
    }

    /// The column, in Unicode scalars from 1, of a part of the value that ``next()`` gave last.
    package func column(of part: JSON) -> Int {
        1 + currentLine.prefix(part.sourceRange.lowerBound).count { $0 & 0xC0 != 0x80 }
    }

    private mutating func item(of line: LineReader.Line) -> Item {
        currentLine = line.bytes
        guard !line.isTooLong else {
            return .broken(
                BrokenLine(
                    path: path, line: line.number, column: 1,
                    reason: "the line is longer than \(lines.maximumLineBytes) bytes", text: []))
        }
        do {
            return .value(try parser.parse(line.bytes), line: line.number)
        } catch {
            return .broken(
                BrokenLine(
                    path: path, line: line.number, column: error.column, reason: error.message,
                    text: line.bytes))
        }
    }
}

/// A line that gives no message.
package struct BrokenLine: Sendable {
    /// What messages call the file.
    package let path: String
    /// The line's number, from 1.
    package let line: Int
    /// The place in the line, in Unicode scalars from 1.
    package let column: Int
    /// `invalid_json` or `invalid_message`.
    package let code: String
    /// What is wrong.
    package let reason: String
    /// The line, its first ``shownBytes`` where it has more; empty where it is longer than allowed.
    package let text: String

    /// How much of a line is shown.
    package static let shownBytes = FlowLimits.shownBytes

    /// A line that gives no message.
    package init(
        path: String, line: Int, column: Int, code: String = "invalid_json", reason: String,
        text: some Collection<UInt8>
    ) {
        self.path = path
        self.line = line
        self.column = column
        self.code = code
        self.reason = reason
        self.text = String(decoding: text.prefix(Self.shownBytes), as: UTF8.self)
    }

    /// `FILE:LINE:COLUMN`.
    package var place: String { "\(path):\(line):\(column)" }

    /// The failure that goes as the flow's `onError` says.
    package var failure: Failure {
        let details: [(String, JSON)] = [
            ("file", JSON(path)), ("line", JSON(line)), ("column", JSON(column)),
        ]
        return Failure(code, "\(place): \(reason)", details: try? JSON(object: details))
    }
}

extension JSON {
    /// Writes the value as a line to the end of `bytes`.
    package func writeLine(to bytes: inout [UInt8]) {
        write(to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
    }
}
