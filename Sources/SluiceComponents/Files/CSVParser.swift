import Sluice
import SluiceSystem

/// Cuts CSV text (RFC 4180) into rows of fields, chunk by chunk.
///
/// Rows end with LF, CRLF or CR, the last one also without; a byte order mark at the start is dropped;
/// blank lines are left out. A row with a quote out of place is broken, and is nevertheless read to its
/// end field by field, so that a quoted field of it never becomes rows; what such a quote was is for
/// ``CSVDoubt`` to say. A quoted field that is not closed costs the line that it begins on, not what
/// follows. Memory is bounded by the chunk and the longest allowed row; where a quoted field goes on,
/// by ``heldBytes``.
struct CSVParser {
    /// A row, or what is wrong with it.
    struct Row: Equatable {
        /// The line on which the row begins, from 1.
        var line: Int
        /// The line on which it ends.
        var lastLine: Int
        /// The fields' bytes one after another, without quotes.
        var bytes: [UInt8] = []
        /// Where each field ends in `bytes`.
        var ends: [Int] = []
        /// Why the row cannot be read.
        var problem: String?
        /// What stands in the file for a row that cannot be read, without the line's end; the first
        /// ``CSVParser/shownBytes`` of one that is longer than allowed.
        var text: [UInt8] = []

        /// The bytes of the field of an index.
        func field(_ index: Int) -> ArraySlice<UInt8> {
            bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
        }

        /// The text of the field of an index; nil where it is not UTF-8.
        func text(_ index: Int) -> String? {
            let field = field(index)
            // `String(validating:as:)` is generic: it took a tenth of the time of a whole flow.
            guard let text = try? UTF8Span(validating: field.span) else { return nil }
            return String(copying: text)
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
    }

    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let quote: UInt8 = 0x22
    /// How much of a row that is too long is kept to be shown.
    static let shownBytes = FlowLimits.shownBytes
    /// How far a quoted field is read on for its end: 64 MiB, or the longest allowed row.
    static let leastHeldBytes = ComponentLimits.lineBytes.usual
    /// How many rows are given at once.
    private static let rowsAtOnce = 1_024
    /// How far is read on for what a quote out of place was.
    private static let doubtBytes = 1_048_576
    /// After so many fields that were read on in vain to one place, no field before that place may
    /// have more than one line: else a hostile text would be read again for each of its lines.
    private static let maximumReturns = 8

    private let delimiter: UInt8
    private let maximumRowBytes: Int
    private let heldBytes: Int
    private let isLenient: Bool

    /// What has been read and is not yet cut into rows, from the beginning of a row on.
    private var buffer: [UInt8] = []
    /// How many bytes came before the buffer.
    private var base = 0
    private var index = 0
    private var rowStart = 0
    private var fieldStart = 0
    private var fieldLine = 1
    private var state = State.start
    private var line = 1
    private var row = Row(line: 1, lastLine: 1)
    private var hasQuotes = false
    /// How many fields of the row have ended.
    private var fieldCount = 0
    /// How many fields the last sound row had; 0 before there is one.
    private var usualFields = 0
    /// What is not decided yet; `index` stands behind the quote meanwhile.
    private var doubt: CSVDoubt?
    /// Whether the byte before was a CR, of which a LF may be the second half.
    private var isAfterCarriageReturn = false
    /// What is kept of a broken row whose beginning has left the buffer.
    private var head: [UInt8]?
    private var mayHaveMark = true
    private var returns = 0
    private var furthestReturn = 0
    private var rows: [Row] = []
    /// Whether no more bytes come, and whether the last row has ended.
    private var isAtEnd = false
    private var hasEnded = false

    /// - Parameter isLenient: Whether a quote inside of a field stands for itself: in a field without
    ///   quotes, and in a quoted one unless the field's end follows.
    init(
        delimiter: UInt8, maximumRowBytes: Int, isLenient: Bool = false,
        heldBytes: Int = CSVParser.leastHeldBytes
    ) {
        self.delimiter = delimiter
        self.maximumRowBytes = maximumRowBytes
        self.heldBytes = max(heldBytes, maximumRowBytes)
        self.isLenient = isLenient
    }

    /// The rows that end within the next bytes; those beyond the first thousand are the ``rest()``.
    mutating func parse(_ chunk: [UInt8]) -> [Row] {
        dropParsed()
        if buffer.isEmpty { buffer = chunk } else { buffer += chunk }
        guard !mayHaveMark || takeMark(isAtEnd: false) else { return [] }
        return rest()
    }

    /// The last rows: what stands where the text does not end with a line's end, and what follows a
    /// quoted field that is not closed; those beyond the first thousand are the ``rest()``.
    mutating func finish() -> [Row] {
        if mayHaveMark { _ = takeMark(isAtEnd: true) }
        isAtEnd = true
        return rest()
    }

    /// More rows of what has been read; none where there are no more, so that a long text of rows is
    /// never held as rows all at once.
    mutating func rest() -> [Row] {
        run()
        while isAtEnd, mayGiveMore, doubt != nil || state == .quoted {
            if let doubt { settle(doubt.verdictAtEnd) } else { returnToFirstLine() }
            run()
        }
        if isAtEnd, mayGiveMore, !hasEnded {
            hasEnded = true
            endRow(at: buffer.count)
        }
        if mayGiveMore, !isAtEnd { dropLongRow() }
        defer { rows = [] }
        return rows
    }

    /// Whether fewer rows have been found than are given at once: all that could be cut has been.
    private var mayGiveMore: Bool { rows.count < Self.rowsAtOnce }

    /// Skips a byte order mark; false where more bytes are needed to know.
    private mutating func takeMark(isAtEnd: Bool) -> Bool {
        let hasMark = buffer.starts(with: LineReader.byteOrderMark)
        guard hasMark || isAtEnd || !LineReader.byteOrderMark.starts(with: buffer) else {
            return false
        }
        mayHaveMark = false
        if hasMark { index = LineReader.byteOrderMark.count }
        rowStart = index
        return true
    }

    private mutating func dropParsed() {
        guard rowStart > 0 else { return }
        buffer.removeFirst(rowStart)
        base += rowStart
        index -= rowStart
        fieldStart -= rowStart
        rowStart = 0
    }

    /// Keeps only the beginning of a long row that cannot be read, and the quoted field that is not
    /// at its end.
    private mutating func dropLongRow() {
        let end = state == .quoted || state == .quote || doubt != nil ? fieldStart : index
        guard row.problem != nil, end - rowStart > max(maximumRowBytes, Self.shownBytes) else {
            return
        }
        if head == nil { head = Array(buffer[rowStart..<end].prefix(Self.shownBytes)) }
        rowStart = end
    }

    // MARK: Bytes

    private mutating func run() {
        let text = buffer
        while index < text.count, mayGiveMore {
            if doubt != nil {
                guard weigh(text) else { return }
                continue
            }
            let end = endOfText(in: text, from: index)
            if end > index {
                isAfterCarriageReturn = false
                append(text[index..<end])
                index = end
                checkLength()
            } else {
                let byte = text[index]
                index += 1
                take(byte)
                checkLength()
            }
        }
    }

    /// Where the bytes end that are nothing but part of the field.
    private func endOfText(in text: [UInt8], from start: Int) -> Int {
        var end = start
        switch state {
        case .plain:
            while end < text.count, text[end] != delimiter, text[end] != Self.lineFeed,
                text[end] != Self.carriageReturn, text[end] != Self.quote
            { end += 1 }
        case .quoted:
            while end < text.count, text[end] != Self.quote, text[end] != Self.lineFeed,
                text[end] != Self.carriageReturn
            { end += 1 }
        case .start, .quote: break
        }
        return end
    }

    private mutating func take(_ byte: UInt8) {
        let isSecondHalf = isAfterCarriageReturn && byte == Self.lineFeed
        isAfterCarriageReturn = byte == Self.carriageReturn
        if state == .quoted { return takeQuoted(byte, isSecondHalf: isSecondHalf) }
        if isSecondHalf, state == .start, index == rowStart + 1 {
            rowStart = index
            return
        }
        if byte == Self.lineFeed || byte == Self.carriageReturn { return endRow(at: index - 1) }
        switch state {
        case .start where byte == Self.quote:
            hasQuotes = true
            fieldStart = index - 1
            fieldLine = line
            state = .quoted
        case .start, .plain: takePlain(byte)
        case .quote: takeAfterQuote(byte)
        case .quoted: break
        }
    }

    private mutating func takeQuoted(_ byte: UInt8, isSecondHalf: Bool) {
        guard byte != Self.quote else { return state = .quote }
        append(CollectionOfOne(byte))
        guard byte == Self.lineFeed || byte == Self.carriageReturn else { return }
        if !isSecondHalf { line += 1 }
        if returns >= Self.maximumReturns, base + index < furthestReturn { returnToFirstLine() }
    }

    private mutating func takePlain(_ byte: UInt8) {
        switch byte {
        case delimiter: endField()
        case Self.quote where !isLenient:
            spoil("a quote inside of a field that is not quoted")
            // Behind blanks it may be meant to begin a quoted field.
            if fieldStart >= rowStart,
                buffer[fieldStart..<(index - 1)].allSatisfy({ $0 == 0x20 || $0 == 0x09 })
            {
                fieldStart = index - 1
                fieldLine = line
                doubt = CSVDoubt()
            }
        default:
            if state == .start { fieldStart = index - 1 }
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
        case _ where line > fieldLine && isFieldStart(at: index - 2):
            // What looks like the field's end may begin another field. The row may also end here as
            // it should, as long as it would not do that on its first line.
            let fields = fieldCount + 1
            guard !isLenient, usualFields > fields else { return returnToFirstLine() }
            doubt = CSVDoubt(wantedFields: usualFields, fieldsBefore: fieldCount)
            index -= 1
        case _ where isLenient:
            state = .quoted
            append([Self.quote, byte])
        default:
            spoil(Self.textBehindQuotes)
            doubt = CSVDoubt()
            index -= 1
        }
    }

    private static let textBehindQuotes = "text after a quoted field"

    /// Reads on for what decides the doubt; false where more bytes are needed.
    private mutating func weigh(_ text: [UInt8]) -> Bool {
        guard var doubt else { return true }
        while index + doubt.count < text.count {
            var verdict = doubt.take(text[index + doubt.count], delimiter: delimiter)
            // So far ahead nothing is held back for it.
            if verdict == nil, doubt.count > Self.doubtBytes { verdict = doubt.verdictTooFar }
            guard let verdict else { continue }
            self.doubt = doubt
            settle(verdict)
            return true
        }
        self.doubt = doubt
        return false
    }

    private mutating func settle(_ verdict: CSVDoubt.Verdict) {
        let isAnotherField = doubt?.wantedFields != nil
        doubt = nil
        switch verdict {
        case .inside where isAnotherField: returnToFirstLine()
        case .inside: state = .quoted
        case .outside:
            spoil(Self.textBehindQuotes)
            state = .plain
        }
    }

    /// Whether a field could begin with the quote at a place, or with those before it.
    private func isFieldStart(at place: Int) -> Bool {
        guard let before = buffer[rowStart..<place].last(where: { $0 != Self.quote }) else {
            return false
        }
        return [delimiter, Self.lineFeed, Self.carriageReturn].contains(before)
    }

    private mutating func append(_ bytes: some Collection<UInt8>) {
        guard row.problem == nil else { return }
        row.bytes.append(contentsOf: bytes)
    }

    @inline(__always)
    private mutating func checkLength() {
        if index - rowStart > maximumRowBytes { refuseLength() }
    }

    private mutating func refuseLength() {
        spoil(Self.tooLong)
        // Where a field is quoted, only reading on tells where the row ends.
        if state == .quoted, index - fieldStart > heldBytes { returnToFirstLine() }
    }

    private static let tooLong = "the row is longer than allowed"

    // MARK: Fields and rows

    private mutating func endField() {
        if row.problem == nil { row.ends.append(row.bytes.count) }
        fieldCount += 1
        state = .start
    }

    /// Says what is wrong with the row, unless something is already.
    private mutating func spoil(_ problem: String) {
        guard row.problem == nil else { return }
        row.problem = problem
        row.bytes = []
        row.ends = []
    }

    /// Takes a quoted field for one that is not closed: its row ends with the line on which the field
    /// begins, and reading goes on behind it.
    private mutating func returnToFirstLine() {
        let place = base + index
        if place > furthestReturn { returns = 0 }
        returns += 1
        furthestReturn = max(furthestReturn, place)
        let end = buffer[fieldStart..<index].firstIndex {
            $0 == Self.lineFeed || $0 == Self.carriageReturn
        }
        if row.problem == Self.tooLong { row.problem = nil }
        spoil("a quoted field is not closed")
        line = fieldLine
        guard let end else {
            index = min(index, fieldStart + heldBytes + 1)
            state = .plain
            return
        }
        isAfterCarriageReturn = buffer[end] == Self.carriageReturn
        index = end + 1
        endRow(at: end)
    }

    private mutating func endRow(at end: Int) {
        let isBlank = row.ends.isEmpty && row.bytes.isEmpty && !hasQuotes
        row.lastLine = line
        if row.problem != nil {
            row.text = text(to: end)
            rows.append(row)
        } else if !isBlank {
            endField()
            usualFields = fieldCount
            rows.append(row)
        }
        line += 1
        row = Row(line: line, lastLine: line)
        rowStart = index
        hasQuotes = false
        fieldCount = 0
        head = nil
        state = .start
    }

    /// What stands in the file for the row that ends.
    private func text(to end: Int) -> [UInt8] {
        if let head { return head }
        let text = buffer[rowStart..<end]
        return Array(text.count > maximumRowBytes ? text.prefix(Self.shownBytes) : text)
    }
}
