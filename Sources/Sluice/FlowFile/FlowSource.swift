package import SluiceJSON

/// The text of a flow or test file, and where things stand in it.
package final class FlowSource: Sendable {
    /// The file.
    package let path: String
    /// The text, without a byte order mark.
    package let bytes: [UInt8]
    /// The value.
    package let json: JSON
    private let places: TextPlaces

    private init(path: String, bytes: [UInt8], json: JSON) {
        self.path = path
        self.bytes = bytes
        self.json = json
        places = TextPlaces(bytes)
    }

    /// The line and column at which a place begins, both from 1.
    package func position(of range: Range) -> (line: Int, column: Int) {
        let place = places.place(of: min(max(0, range.lowerBound), bytes.count), in: bytes)
        return (place.line, place.column)
    }

    /// A place in the file: a range of bytes.
    package typealias Range = Swift.Range<Int>

    /// Reads the text of a file; what is wrong with it comes instead.
    package static func parse(
        _ text: [UInt8], path: String
    ) -> (source: FlowSource?, problem: Diagnostic?) {
        var text = text
        if text.starts(with: [0xEF, 0xBB, 0xBF]) { text.removeFirst(3) }
        do {
            return (FlowSource(path: path, bytes: text, json: try JSON(parsing: text)), nil)
        } catch {
            let source = FlowSource(path: path, bytes: text, json: .null)
            let range = error.offset..<min(text.count, error.offset + 1)
            let what = text.allSatisfy { $0 <= 0x20 } ? "the file is empty" : error.message
            return (nil, source.diagnostic(.invalidJSON, what, at: range))
        }
    }

    /// The diagnostic for a place.
    package func diagnostic(
        _ code: Code, _ message: String, at range: Range, suggestion: String? = nil
    ) -> Diagnostic {
        let start = min(max(0, range.lowerBound), bytes.count)
        let (line, column, lineStart) = places.place(of: start, in: bytes)
        let lineEnd = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
        let end = min(max(start, range.upperBound), lineEnd)
        var text = String(decoding: bytes[lineStart..<lineEnd], as: UTF8.self)
        if text.unicodeScalars.last == "\r" { text.unicodeScalars.removeLast() }
        return Diagnostic(
            severity: code.rawValue.hasPrefix("W") ? .warning : .error, code: code.rawValue,
            message: message, file: path,
            line: line, column: column,
            length: String(decoding: bytes[start..<end], as: UTF8.self).unicodeScalars.count,
            lineText: text, suggestion: suggestion)
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
        var source = range.lowerBound + 1
        var decoded = 0
        var start: Int?
        while source < range.upperBound - 1 {
            if decoded >= offset, start == nil { start = source }
            if decoded >= offset + length, let start { return start..<source }
            let (width, size) = unit(at: source)
            source += width
            decoded += size
        }
        return (start ?? source)..<max(start ?? source, source)
    }

    /// How many bytes a character of a string takes in the file, and how many decoded.
    private func unit(at index: Int) -> (width: Int, size: Int) {
        guard bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count else { return (1, 1) }
        guard bytes[index + 1] == UInt8(ascii: "u"), index + 6 <= bytes.count else { return (2, 1) }
        let digits = String(decoding: bytes[(index + 2)..<(index + 6)], as: UTF8.self)
        switch UInt32(digits, radix: 16) ?? 0 {
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
