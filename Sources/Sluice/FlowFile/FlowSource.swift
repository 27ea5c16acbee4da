package import SluiceJSON
import SluiceSystem

/// The text of a flow or test file, and where things stand in it.
package final class FlowSource: Sendable {
    /// The file.
    package let path: String
    /// The text, without a byte order mark.
    package let bytes: [UInt8]
    /// The value.
    package let json: JSON
    /// Made when the first diagnostic asks for a line.
    private let cachedLines = Lock<SourceLines?>(nil)

    private init(path: String, bytes: [UInt8], json: JSON) {
        self.path = path
        self.bytes = bytes
        self.json = json
    }

    /// The line and column at which a place begins, both from 1.
    package func position(of range: Range) -> (line: Int, column: Int) {
        let (lines, start) = (lines(), min(max(0, range.lowerBound), bytes.count))
        let line = lines.line(of: start)
        let first = lines.range(of: line, in: bytes).lowerBound
        return (line + 1, lines.scalars(in: first..<start, of: bytes) + 1)
    }

    /// A place in the file: a range of bytes.
    package typealias Range = Swift.Range<Int>

    /// Reads the text of a file; what is wrong with it comes instead.
    package static func parse(
        _ text: [UInt8], path: String
    ) -> (source: FlowSource?, problem: Diagnostic?) {
        var text = text
        if text.starts(with: LineReader.byteOrderMark) { text.removeFirst(3) }
        do {
            return (FlowSource(path: path, bytes: text, json: try JSON(parsing: text)), nil)
        } catch {
            let source = FlowSource(path: path, bytes: text, json: .null)
            let (what, range) = JSONTrouble(error, in: text).told
            return (nil, source.diagnostic(.invalidJSON, what, at: range))
        }
    }

    /// The diagnostic for a place.
    package func diagnostic(
        _ code: Code, _ message: String, at range: Range, suggestion: String? = nil,
        hiding secrets: Secrets = Secrets()
    ) -> Diagnostic {
        let lines = lines()
        let start = min(max(0, range.lowerBound), bytes.count)
        let line = lines.line(of: start)
        let text = lines.range(of: line, in: bytes)
        let end = min(max(start, range.upperBound), text.upperBound)
        let excerpt = Excerpt(
            of: text, in: bytes, marking: start..<max(start, end), hiding: secrets)
        return Diagnostic(
            severity: code.rawValue.hasPrefix("W") ? .warning : .error, code: code.rawValue,
            message: secrets.redacted(message), file: path, line: line + 1,
            column: lines.scalars(in: text.lowerBound..<start, of: bytes) + 1,
            length: lines.scalars(in: start..<max(start, end), of: bytes),
            lineText: excerpt.text, marked: excerpt.marked,
            suggestion: suggestion.map { secrets.redacted($0) })
    }

    private func lines() -> SourceLines {
        cachedLines.withLock { cached in
            if let cached { return cached }
            let lines = SourceLines(bytes)
            cached = lines
            return lines
        }
    }

    /// The place of a member's name, quotes included, given the place of its value.
    package func nameRange(ofValueAt range: Range) -> Range {
        var index = range.lowerBound - 1
        while index >= 0, bytes[index] != UInt8(ascii: ":") { index -= 1 }
        while index >= 0, bytes[index] != UInt8(ascii: "\"") { index -= 1 }
        let end = index + 1
        index -= 1
        while index >= 0 {
            if bytes[index] == UInt8(ascii: "\"") {
                let slashes = bytes[..<index].reversed().prefix { $0 == UInt8(ascii: "\\") }.count
                if slashes.isMultiple(of: 2) { return index..<end }
            }
            index -= 1
        }
        return range
    }

    /// The place inside a string of the file that stands for a range of its decoded UTF-8 bytes.
    package func range(inStringAt range: Range, offset: Int, length: Int) -> Range {
        ranges(inStringAt: range, of: [(offset, length)])[0]
    }

    /// The same for a string whose text is known: most have no escapes and need not be read again.
    func range(inString text: String, at range: Range, offset: Int, length: Int) -> Range {
        guard text.utf8.count == range.count - 2 else {
            return self.range(inStringAt: range, offset: offset, length: length)
        }
        let start = range.lowerBound + 1 + offset
        return start..<start + length
    }

    /// The same for several ranges that follow each other, in one pass.
    func ranges(inStringAt range: Range, of parts: [(offset: Int, length: Int)]) -> [Range] {
        var source = range.lowerBound + 1
        var decoded = 0
        func advance(to goal: Int) {
            while source < range.upperBound - 1, decoded < goal {
                let (width, size) = unit(at: source)
                source += width
                decoded += size
            }
        }
        return parts.map { offset, length in
            advance(to: offset)
            let start = source
            advance(to: offset + length)
            return start..<max(start, source)
        }
    }

    /// How many bytes a character of a string takes in the file, and how many decoded.
    private func unit(at index: Int) -> (width: Int, size: Int) {
        guard bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count else { return (1, 1) }
        guard bytes[index + 1] == UInt8(ascii: "u"), index + 6 <= bytes.count else { return (2, 1) }
        let digits = String(decoding: bytes[(index + 2)..<(index + 6)], as: UTF8.self)
        switch Hexadecimal.number(digits, digits: 4, anyCase: true) ?? 0 {
        case ..<0x80: return (6, 1)
        case ..<0x800: return (6, 2)
        case 0xD800..<0xDC00: return (12, 4)
        default: return (6, 3)
        }
    }

    /// Where in a node's settings a failure lies: the string's part where it says which.
    package func range(of failure: Failure, in settings: JSON) -> Range {
        let steps = [JSONPath.Step](pathText: failure.details?["path"]?.string ?? "$")
        let value = FlowSource.nearest(steps, in: settings)
        guard value.string != nil, let offset = failure.details?["offset"]?.int else {
            return value.sourceRange
        }
        return range(
            inStringAt: value.sourceRange, offset: offset,
            length: failure.details?["length"]?.int ?? 1)
    }

    /// The value at a path from `root`, or the nearest one above it that the file has.
    package static func nearest(_ steps: [JSONPath.Step], in root: JSON) -> JSON {
        var value = root
        for step in steps {
            let next: JSON? =
                switch step {
                case .name(let name): value[name]
                case .index(let index): value[index]
                }
            guard let next else { break }
            value = next
        }
        return value
    }
}

extension Array where Element == JSONPath.Step {
    /// The steps of a JSON path in text, such as `$.collections[1].name`; those before the first that
    /// is not understood.
    init(pathText: String) {
        self = (try? JSONPath(pathText))?.singularSteps ?? []
    }
}
