/// What to make of a quote that is out of place.
///
/// Two readings go on behind it, one outside and one inside of quotes. At every later quote one of
/// them enters a quoted field where the other leaves one, so sooner or later one of them breaks down;
/// the other is right.
struct CSVDoubt {
    /// What the quote was.
    enum Verdict {
        /// The field goes on outside of quotes, up to the next delimiter.
        case outside
        /// The field goes on inside of quotes.
        case inside
    }

    /// Reads the quotes of CSV as RFC 4180 has them.
    private struct Reading {
        enum State {
            case start
            case plain
            case quoted
            case quote
        }

        var state: State
        /// How many delimiters stood outside of quotes.
        var delimiters = 0

        /// Goes on by a byte; false where the reading breaks down.
        mutating func take(_ byte: UInt8, delimiter: UInt8) -> Bool {
            let isQuote = byte == CSVParser.quote
            switch state {
            case .quoted:
                if isQuote { state = .quote }
                return true
            case .quote where isQuote:
                state = .quoted
                return true
            case .start where isQuote:
                state = .quoted
                return true
            case .start, .plain, .quote:
                if byte == delimiter {
                    delimiters += 1
                    state = .start
                } else if byte == CSVParser.lineFeed || byte == CSVParser.carriageReturn {
                    state = .start
                } else {
                    guard state != .quote, !isQuote else { return false }
                    state = .plain
                }
                return true
            }
        }

        func endsRow(with byte: UInt8) -> Bool {
            state == .start && (byte == CSVParser.lineFeed || byte == CSVParser.carriageReturn)
        }
    }

    /// How many fields the row has to have where the reading outside of quotes is right.
    ///
    /// The end of the row then decides; nil where any number will do.
    let wantedFields: Int?
    /// The fields of the row before this one.
    let fieldsBefore: Int
    /// How many bytes behind the quote have been read.
    private(set) var count = 0
    private var outside = Reading(state: .plain)
    private var inside = Reading(state: .quoted)

    /// A doubt that only what follows decides.
    init() {
        wantedFields = nil
        fieldsBefore = 0
    }

    /// A doubt that the number of fields decides.
    init(wantedFields: Int, fieldsBefore: Int) {
        self.wantedFields = wantedFields
        self.fieldsBefore = fieldsBefore
    }

    /// Goes on by a byte behind the quote.
    mutating func take(_ byte: UInt8, delimiter: UInt8) -> Verdict? {
        count += 1
        let outsideHolds = outside.take(byte, delimiter: delimiter)
        if wantedFields != nil {
            guard outsideHolds else { return .inside }
            return outside.endsRow(with: byte) ? verdictAtEnd : nil
        }
        // Where both break down, the next quote is out of place as well, inside of the field.
        guard outsideHolds else { return .inside }
        return inside.take(byte, delimiter: delimiter) ? nil : .outside
    }

    /// The verdict where nothing has decided for too long.
    var verdictTooFar: Verdict { wantedFields == nil ? .outside : .inside }

    /// The verdict where nothing follows.
    var verdictAtEnd: Verdict {
        if outside.state == .quoted { return .inside }
        guard let wantedFields else { return .outside }
        return fieldsBefore + 1 + outside.delimiters == wantedFields ? .outside : .inside
    }
}
