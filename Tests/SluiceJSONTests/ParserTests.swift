import SluiceJSON
import Testing

@Suite struct ParserTests {
    struct Refusal: Sendable, CustomTestStringConvertible {
        let text: [UInt8]
        let code: JSONError.Code
        let offset: Int
        let line: Int
        let column: Int
        let message: String

        init(
            _ text: String, _ code: JSONError.Code, at offset: Int, line: Int = 1,
            column: Int? = nil, _ message: String
        ) {
            self.init(Array(text.utf8), code, at: offset, line: line, column: column, message)
        }

        init(
            _ text: [UInt8], _ code: JSONError.Code, at offset: Int, line: Int = 1,
            column: Int? = nil, _ message: String
        ) {
            self.text = text
            self.code = code
            self.offset = offset
            self.line = line
            self.column = column ?? offset + 1
            self.message = message
        }

        var testDescription: String { String(decoding: text, as: UTF8.self) }
    }

    static let refusals = [
        Refusal("", .unexpectedEnd, at: 0, "the text ends too early"),
        Refusal(" \n ", .unexpectedEnd, at: 3, line: 2, column: 2, "the text ends too early"),
        Refusal("[1,", .unexpectedEnd, at: 3, "the text ends too early"),
        Refusal("tru", .unexpectedEnd, at: 3, "the text ends too early"),
        Refusal("\"a", .unexpectedEnd, at: 2, "the text ends too early"),
        Refusal("-", .unexpectedEnd, at: 1, "the text ends too early"),
        Refusal("1.", .unexpectedEnd, at: 2, "the text ends too early"),
        Refusal(#""\u00"#, .unexpectedEnd, at: 5, "the text ends too early"),
        Refusal(
            "{}\n{}", .syntax, at: 3, line: 2, column: 1,
            "expected nothing after the value, found '{'"),
        Refusal("[1 2]", .syntax, at: 3, "expected ',' or ']', found '2'"),
        Refusal("[1}", .syntax, at: 2, "expected ',' or ']', found '}'"),
        Refusal("{\"é\":\n  x}", .syntax, at: 9, line: 2, column: 3, "expected a value, found 'x'"),
        Refusal(
            "{\"é\" 1}", .syntax, at: 6, line: 1, column: 6,
            "expected ':' after the member name, found '1'"),
        Refusal("{\"a\":1 \"b\"}", .syntax, at: 7, "expected ',' or '}', found '\"'"),
        Refusal("{a:1}", .syntax, at: 1, "expected a member name in double quotes, found 'a'"),
        Refusal("{\"a\":1,}", .syntax, at: 7, "expected a member name in double quotes, found '}'"),
        Refusal("[1,]", .syntax, at: 3, "expected a value, found ']'"),
        Refusal("[,1]", .syntax, at: 1, "expected a value, found ','"),
        Refusal("01", .syntax, at: 0, "a number may not begin with a needless 0"),
        Refusal("-x", .syntax, at: 1, "expected a digit, found 'x'"),
        Refusal("1.e5", .syntax, at: 2, "expected a digit, found 'e'"),
        Refusal("1e+", .unexpectedEnd, at: 3, "the text ends too early"),
        Refusal("+1", .syntax, at: 0, "expected a value, found '+'"),
        Refusal("nul1", .syntax, at: 0, "expected true, false or null"),
        Refusal("True", .syntax, at: 0, "expected a value, found 'T'"),
        Refusal(
            "\"\u{1}\"", .syntax, at: 1,
            "a control character in a string has to be escaped: byte 0x01"),
        Refusal(
            "\"a\nb\"", .syntax, at: 2,
            "a control character in a string has to be escaped: byte 0x0A"),
        Refusal(#""\x""#, .syntax, at: 2, "no such escape in a string: 'x'"),
        Refusal(#""\u12G4""#, .syntax, at: 5, "expected four hexadecimal digits after \\u"),
        Refusal("\u{FEFF}1", .syntax, at: 0, "a byte order mark is not allowed"),
        Refusal(#""\ud800""#, .loneSurrogate, at: 1, "an escaped surrogate without its other half"),
        Refusal(#""\udc00""#, .loneSurrogate, at: 1, "an escaped surrogate without its other half"),
        Refusal(
            #""a\ud800\n""#, .loneSurrogate, at: 2, "an escaped surrogate without its other half"),
        Refusal(
            #""\ud800\ud800""#, .loneSurrogate, at: 1, "an escaped surrogate without its other half"
        ),
        Refusal([0x22, 0x80, 0x22], .invalidUTF8, at: 1, "the text is not valid UTF-8"),
        Refusal([0x22, 0xC0, 0xAF, 0x22], .invalidUTF8, at: 1, "the text is not valid UTF-8"),
        Refusal(
            [0x22, 0xE0, 0x80, 0x80, 0x22], .invalidUTF8, at: 1, "the text is not valid UTF-8"),
        Refusal(
            [0x22, 0xED, 0xA0, 0x80, 0x22], .invalidUTF8, at: 1, "the text is not valid UTF-8"),
        Refusal(
            [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], .invalidUTF8, at: 1, "the text is not valid UTF-8"
        ),
        Refusal(
            [0x22, 0x61, 0xE2, 0x82, 0x22], .invalidUTF8, at: 2, "the text is not valid UTF-8"),
        Refusal([0x22, 0xC3], .invalidUTF8, at: 1, "the text is not valid UTF-8"),
        Refusal([0x5B, 0xFF], .invalidUTF8, at: 1, "the text is not valid UTF-8"),
    ]

    @Test(arguments: refusals) func errorsSayWhatAndWhere(refusal: Refusal) {
        let expected = JSONError(
            code: refusal.code, message: refusal.message, offset: refusal.offset,
            line: refusal.line,
            column: refusal.column)
        #expect(throws: expected) { try JSON(parsing: refusal.text) }
    }

    @Test func aParserIsReusableAfterErrorsAndCountsFromTheSlice() throws {
        var parser = JSONParser()
        let bytes = Array("xx[1,?] [2]".utf8)
        let error = #expect(throws: JSONError.self) { try parser.parse(bytes[2...]) }
        #expect(error?.offset == 3)
        let value = try parser.parse(bytes[7...])
        #expect(value == [2])
        #expect(value.sourceRange == 1..<4)
        #expect(throws: JSONError.self) {
            try parser.parse(UnsafeRawBufferPointer(start: nil, count: 0))
        }
        #expect(throws: JSONError.self) { try parser.parse([]) }
        let raw = try Array("{}".utf8).withUnsafeBytes { try parser.parse($0) }
        #expect(raw == .emptyObject)
    }

    @Test func textsOver1GiBAndSlackAreRefusedUnread() {
        let text = UnsafeMutableRawBufferPointer.allocate(
            byteCount: 1 << 30 + 1 << 27, alignment: 1)
        defer { text.deallocate() }
        text[0] = UInt8(ascii: "1")
        var parser = JSONParser()
        let error = #expect(throws: JSONError.self) {
            try parser.parse(UnsafeRawBufferPointer(text))
        }
        #expect(error?.code == .tooLarge)
    }

    @Test func largeTextsGrowTheScratchAndGiveItBack() throws {
        var parser = JSONParser()
        let large = Array(("[" + String(repeating: "0,", count: 300_000) + "0]").utf8)
        for _ in 0..<3 {
            #expect(try parser.parse(large[...]).count == 300_001)
            #expect(try parser.parse(Array("[1]".utf8)[...]).count == 1)
        }
    }

    @Test(arguments: [("[", "]"), (#"{"a":"#, "}"), (#"[{"a":"#, "}]")])
    func nestingIsBounded(opening: String, closing: String) throws {
        let levels = opening.filter { "[{".contains($0) }.count
        func nested(_ depth: Int) -> String {
            let count = depth / levels
            return String(repeating: opening, count: count) + "1"
                + String(repeating: closing, count: count)
        }
        #expect(try JSON(parsing: nested(512)).depth == 512)
        let error = #expect(throws: JSONError.self) { try JSON(parsing: nested(512 + levels)) }
        #expect(error?.code == .tooDeep)
        #expect(try JSON(parsing: nested(10), maximumDepth: 10).depth == 10)
        #expect(throws: JSONError.self) { try JSON(parsing: nested(10), maximumDepth: 9) }
    }

    @Test func scalarsAreAllowedWhereNoContainerIs() throws {
        #expect(try JSON(parsing: "1", maximumDepth: 0) == 1)
        #expect(throws: JSONError.self) { try JSON(parsing: "[]", maximumDepth: 0) }
    }

    @Test(arguments: ["[", #"{"a":"#, "[[],"]) func depthBombsAreRefusedEarly(opening: String) {
        let bomb = String(repeating: opening, count: 1_000_000)
        let error = #expect(throws: JSONError.self) { try JSON(parsing: bomb) }
        #expect(error?.code == .tooDeep)
    }

    @Test(arguments: ["\"", "{\"a\":\"", "[1,\""], 0..<20)
    func stringsOfAllLengthsEndAtTheirQuote(prefix: String, length: Int) throws {
        let content = String(repeating: "x", count: length)
        for (piece, decoded) in [("", ""), (#"\n"#, "\n"), ("é", "é"), (#"\ud83d\ude00"#, "😀")] {
            let text = "[\"" + content + piece + content + "\",1]"
            let json = try JSON(parsing: text)
            #expect(json[0]?.string == content + decoded + content)
            #expect(json[1]?.int == 1)
        }
        #expect(throws: JSONError.self) { try JSON(parsing: prefix + content) }
    }
}
