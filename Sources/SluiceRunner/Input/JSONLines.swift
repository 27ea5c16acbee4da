import Sluice
import SluiceJSON
import SluiceSystem

/// Reads the JSON values of a file, one a line, from chunk to chunk.
///
/// Blank lines, CRLF, a byte order mark at the start and a last line without end are accepted.
struct JSONLines: ~Copyable {
    /// A line's value, or why it has none.
    enum Item {
        case value(JSON, line: Int)
        case broken(BrokenLine)
    }

    /// How many bytes to read at once.
    static let chunkBytes = 131_072

    private let path: String
    private var lines: LineReader
    private var parser = JSONParser()
    private var isAtEnd = false
    private var currentLine: ArraySlice<UInt8> = []

    /// - Parameter path: What messages call the file.
    init(path: String, maximumLineBytes: Int = LineReader.defaultMaximumLineBytes) {
        self.path = path
        lines = LineReader(maximumLineBytes: maximumLineBytes)
    }

    /// Takes the next bytes of the file, none at its end; call it when ``next()`` has no more.
    mutating func append(_ bytes: [UInt8]) {
        if bytes.isEmpty { isAtEnd = true } else { lines.append(bytes) }
    }

    /// The next line's value; nil where more bytes are needed, or at the end.
    mutating func next() -> Item? {
        if let line = lines.next() { return item(of: line) }
        guard isAtEnd else { return nil }
        isAtEnd = false
        return lines.finish().map { item(of: $0) }
    }

    /// The column, in Unicode scalars from 1, of a part of the value that ``next()`` gave last.
    func column(of part: JSON) -> Int {
        1 + currentLine.prefix(part.sourceRange.lowerBound).count { $0 & 0xC0 != 0x80 }
    }

    private mutating func item(of line: LineReader.Line) -> Item {
        currentLine = line.bytes
        guard !line.isTooLong else {
            return .broken(
                BrokenLine(
                    path: path, line: line.number, column: 1, code: "invalid_json",
                    reason: "the line is longer than \(lines.maximumLineBytes) bytes", text: ""))
        }
        do {
            return .value(try parser.parse(line.bytes), line: line.number)
        } catch {
            let text = String(decoding: line.bytes.prefix(4096), as: UTF8.self)
            return .broken(
                BrokenLine(
                    path: path, line: line.number, column: error.column, code: "invalid_json",
                    reason: error.message, text: text))
        }
    }
}

/// A line that gives no message.
struct BrokenLine: Sendable {
    let path: String
    let line: Int
    let column: Int
    /// `invalid_json` or `invalid_message`.
    let code: String
    let reason: String
    /// The line, shortened where it is long.
    let text: String

    /// `FILE:LINE:COLUMN`.
    var place: String { "\(path):\(line):\(column)" }

    /// The failure that goes as the flow's `onError` says.
    var failure: Failure {
        let details: [(String, JSON)] = [
            ("file", JSON(path)), ("line", JSON(line)), ("column", JSON(column)),
        ]
        return Failure(code, "\(place): \(reason)", details: try? JSON(object: details))
    }
}
