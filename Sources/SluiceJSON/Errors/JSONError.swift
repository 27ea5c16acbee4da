/// Why a text is no JSON, or why a value could not be built.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of error, for programs.
    public enum Code: String, Sendable, Hashable {
        /// The text breaks the grammar of RFC 8259.
        case syntax
        /// The text is not UTF-8.
        case invalidUTF8
        /// An escape such as `\uD800` without its other half.
        case loneSurrogate
        /// Arrays and objects nest deeper than allowed.
        case tooDeep
        /// The text is longer than a document may be.
        case tooLarge
        /// The text ends within the value.
        case unexpectedEnd
        /// A builder was called in an order that makes no value.
        case misuse
    }

    /// The kind of error, for programs.
    public var code: Code
    /// What is wrong, for people; without the place.
    public var message: String
    /// The byte at which the text goes wrong, from 0.
    public var offset: Int
    /// The line of that byte, from 1; lines end with a line feed.
    public var line: Int
    /// The column of that byte, from 1, in Unicode scalars.
    public var column: Int

    /// Makes an error from its parts.
    public init(code: Code, message: String, offset: Int = 0, line: Int = 1, column: Int = 1) {
        self.code = code
        self.message = message
        self.offset = offset
        self.line = line
        self.column = column
    }

    /// `line:column: message`.
    public var description: String { "\(line):\(column): \(message)" }
}

extension JSONError {
    /// Makes an error at a byte of a text, and finds its line and column.
    init(_ reason: ParseFailure.Reason, at offset: Int, in text: UnsafeBufferPointer<UInt8>) {
        var line = 1
        var column = 1
        for byte in text[..<min(offset, text.count)] {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        let found = offset < text.count ? text[offset] : nil
        self.init(
            code: reason.code, message: reason.message(found: found), offset: offset, line: line,
            column: column)
    }
}

/// A parser's error while the place is still an address.
struct ParseFailure: Error {
    enum Reason {
        case value, name, colon, commaOrBracket, commaOrBrace, trailing, escape, hexDigits
        case control, leadingZero, digit, literal, byteOrderMark
        case invalidUTF8, loneSurrogate, tooDeep, tooLarge, end
    }

    let reason: Reason
    let address: UInt

    @inline(never)
    init(_ reason: Reason, _ place: UnsafePointer<UInt8>) {
        self.reason = reason
        self.address = UInt(bitPattern: place)
    }
}

extension ParseFailure.Reason {
    var code: JSONError.Code {
        switch self {
        case .invalidUTF8: .invalidUTF8
        case .loneSurrogate: .loneSurrogate
        case .tooDeep: .tooDeep
        case .tooLarge: .tooLarge
        case .end: .unexpectedEnd
        default: .syntax
        }
    }

    func message(found byte: UInt8?) -> String {
        switch self {
        case .value: "expected a value, found \(Self.name(byte))"
        case .name: "expected a member name in double quotes, found \(Self.name(byte))"
        case .colon: "expected ':' after the member name, found \(Self.name(byte))"
        case .commaOrBracket: "expected ',' or ']', found \(Self.name(byte))"
        case .commaOrBrace: "expected ',' or '}', found \(Self.name(byte))"
        case .trailing: "expected nothing after the value, found \(Self.name(byte))"
        case .escape: "no such escape in a string: \(Self.name(byte))"
        case .hexDigits: "expected four hexadecimal digits after \\u"
        case .control: "a control character in a string has to be escaped: \(Self.name(byte))"
        case .leadingZero: "a number may not begin with a needless 0"
        case .digit: "expected a digit, found \(Self.name(byte))"
        case .literal: "expected true, false or null"
        case .byteOrderMark: "a byte order mark is not allowed"
        case .invalidUTF8: "the text is not valid UTF-8"
        case .loneSurrogate: "an escaped surrogate without its other half"
        case .tooDeep: "arrays and objects nest too deep"
        case .tooLarge: "the text is longer than \(JSONLimits.textBytes) bytes"
        case .end: "the text ends too early"
        }
    }

    private static func name(_ byte: UInt8?) -> String {
        guard let byte else { return "the end" }
        if byte > 0x20, byte < 0x7F { return "'\(Character(Unicode.Scalar(byte)))'" }
        let digits = String(byte, radix: 16, uppercase: true)
        return "byte 0x" + (digits.count < 2 ? "0" : "") + digits
    }
}
