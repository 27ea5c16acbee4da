import SluiceJSON

/// What is wrong with a text that is no JSON, told by what people forget: a quote or a bracket.
struct JSONTrouble {
    /// The text for people, and the place.
    let told: (text: String, range: Range<Int>)

    init(_ error: JSONError, in text: [UInt8]) {
        let range = error.offset..<min(text.count, error.offset + 1)
        let open = Opened(text, before: min(error.offset, text.count))
        let byte = error.offset < text.count ? text[error.offset] : 0
        let isLineEnd = byte == 0x0A || byte == 0x0D
        if text.allSatisfy({ $0 <= 0x20 }) {
            told = ("the file is empty", range)
        } else if let quote = open.quote, isLineEnd || error.code == .unexpectedEnd {
            told = ("the string is not closed: its `\"` is missing", quote..<error.offset)
        } else if let bracket = open.brackets.last,
            error.code == .unexpectedEnd || byte == 0x5D || byte == 0x7D
        {
            let name = String(Unicode.Scalar(text[bracket]))
            let place = Self.place(of: bracket, in: text)
            told = ("\(error.message): the `\(name)` of \(place) is not closed", range)
        } else {
            told = (error.message, range)
        }
    }

    private static func place(of offset: Int, in text: [UInt8]) -> String {
        let lines = SourceLines(text)
        let line = lines.line(of: offset)
        let start = lines.range(of: line, in: text).lowerBound
        return "line \(line + 1), column \(lines.scalars(in: start..<offset, of: text) + 1)"
    }

    /// What is open at a place of a text that is JSON up to there.
    private struct Opened {
        var brackets: [Int] = []
        var quote: Int?

        init(_ text: [UInt8], before end: Int) {
            var place = 0
            while place < end {
                let byte = text[place]
                if quote != nil {
                    if byte == UInt8(ascii: "\\") { place += 1 }
                    if byte == UInt8(ascii: "\"") { quote = nil }
                } else if byte == UInt8(ascii: "\"") {
                    quote = place
                } else if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
                    brackets.append(place)
                } else if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
                    _ = brackets.popLast()
                }
                place += 1
            }
        }
    }
}
