/// Cuts CSV text (RFC 4180) into rows of fields, chunk by chunk.
///
/// Rows end with LF or CRLF, the last one also without; a byte order mark at the start is dropped;
/// blank lines are left out. Memory is bounded by the chunk and the longest allowed row.
struct CSVParser {
    /// A row, or what is wrong with it.
    struct Row: Equatable {
        /// The line on which the row begins, from 1.
        var line: Int
        /// The fields' bytes one after another, without quotes.
        var bytes: [UInt8] = []
        /// Where each field ends in `bytes`.
        var ends: [Int] = []
        /// Why the row cannot be read.
        var problem: String?

        /// The bytes of the field of an index.
        func field(_ index: Int) -> ArraySlice<UInt8> {
            bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
        }

        /// The text of the field of an index; nil where it is not UTF-8.
        func text(_ index: Int) -> String? {
            String(validating: field(index), as: UTF8.self)
        }

        /// The texts of all fields, whatever they hold.
        var approximateTexts: [String] {
            ends.indices.map { String(decoding: field($0), as: UTF8.self) }
        }
    }

    private enum State {
        /// At the start of a field.
        case start
        /// In a field without quotes.
        case plain
        /// In a quoted field.
        case quoted
        /// After a quote in a quoted field: its end, or the first of two.
        case quote
        /// After a CR that follows a quoted field.
        case carriageReturn
        /// In the rest of a row that cannot be read.
        case broken
    }

    private static let lineFeed: UInt8 = 0x0A
    private static let carriageReturn: UInt8 = 0x0D
    private static let quote: UInt8 = 0x22
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private let delimiter: UInt8
    private let maximumRowBytes: Int
    private var state = State.start
    private var line = 1
    private var row = Row(line: 1)
    private var hasQuotes = false
    /// How many bytes of the mark have been seen; nil once it is too late for one.
    private var markBytes: Int? = 0
    private var rows: [Row] = []

    init(delimiter: UInt8, maximumRowBytes: Int) {
        self.delimiter = delimiter
        self.maximumRowBytes = maximumRowBytes
    }

    /// The rows that end within the next bytes.
    mutating func parse(_ chunk: [UInt8]) -> [Row] {
        var index = 0
        while index < chunk.count {
            let end = markBytes == nil ? endOfText(in: chunk, from: index) : index
            if end > index {
                append(chunk[index..<end])
                index = end
            } else {
                if markBytes == nil { take(chunk[index]) } else { takeFirst(chunk[index]) }
                index += 1
            }
        }
        defer { rows = [] }
        return rows
    }

    /// Where the bytes end that are nothing but part of the field.
    private func endOfText(in chunk: [UInt8], from start: Int) -> Int {
        var end = start
        switch state {
        case .plain:
            while end < chunk.count, chunk[end] != delimiter, chunk[end] != Self.lineFeed,
                chunk[end] != Self.quote
            { end += 1 }
        case .quoted:
            while end < chunk.count, chunk[end] != Self.quote, chunk[end] != Self.lineFeed {
                end += 1
            }
        case .start, .quote, .carriageReturn, .broken: break
        }
        return end
    }

    /// The last row, where the text does not end with a line's end.
    mutating func finish() -> Row? {
        if let seen = markBytes { Self.byteOrderMark[..<seen].forEach { take($0) } }
        if state == .quoted { spoil("a quoted field is not closed") }
        endRow()
        return rows.popLast()
    }

    private mutating func takeFirst(_ byte: UInt8) {
        let seen = markBytes ?? 0
        if byte == Self.byteOrderMark[seen] {
            markBytes = seen + 1 < Self.byteOrderMark.count ? seen + 1 : nil
        } else {
            markBytes = nil
            Self.byteOrderMark[..<seen].forEach { take($0) }
            take(byte)
        }
    }

    private mutating func take(_ byte: UInt8) {
        switch state {
        case .start where byte == Self.quote:
            hasQuotes = true
            state = .quoted
        case .start, .plain:
            takePlain(byte)
        case .quoted:
            if byte == Self.quote { state = .quote } else { append(CollectionOfOne(byte)) }
            if byte == Self.lineFeed { line += 1 }
        case .quote:
            takeAfterQuote(byte)
        case .carriageReturn:
            if byte == Self.lineFeed { endRow() } else { spoil("text after a quoted field") }
        case .broken:
            if byte == Self.lineFeed { endRow() }
        }
    }

    private mutating func takePlain(_ byte: UInt8) {
        switch byte {
        case delimiter: endField()
        case Self.lineFeed:
            if row.bytes.count > row.ends.last ?? 0, row.bytes.last == Self.carriageReturn {
                row.bytes.removeLast()
            }
            endRow()
        case Self.quote: spoil("a quote inside of a field that is not quoted")
        default:
            state = .plain
            append(CollectionOfOne(byte))
        }
    }

    private mutating func takeAfterQuote(_ byte: UInt8) {
        switch byte {
        case Self.quote:
            state = .quoted
            append(CollectionOfOne(byte))
        case delimiter: endField()
        case Self.lineFeed: endRow()
        case Self.carriageReturn: state = .carriageReturn
        default: spoil("text after a quoted field")
        }
    }

    private mutating func append(_ bytes: some Collection<UInt8>) {
        row.bytes.append(contentsOf: bytes)
        if row.bytes.count > maximumRowBytes { spoil("the row is longer than allowed") }
    }

    private mutating func endField() {
        row.ends.append(row.bytes.count)
        state = .start
    }

    private mutating func spoil(_ problem: String) {
        row.problem = problem
        row.bytes = []
        row.ends = []
        state = .broken
    }

    private mutating func endRow() {
        let isBlank = row.ends.isEmpty && row.bytes.isEmpty && !hasQuotes
        if row.problem != nil {
            rows.append(row)
        } else if !isBlank {
            endField()
            rows.append(row)
        }
        line += 1
        row = Row(line: line)
        hasQuotes = false
        state = .start
    }
}
