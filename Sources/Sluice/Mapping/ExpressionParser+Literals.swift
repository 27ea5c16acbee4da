internal import SluiceJSON
import SluiceSystem

extension ExpressionParser {
    /// A number as JSON writes it; `start` is that of its sign, which is taken.
    mutating func parseNumber(from start: Int) throws(SyntaxFault) -> ExpressionNode {
        let digits = position
        takeDigits()
        if current == UInt8(ascii: ".") {
            position += 1
            takeDigits()
        }
        if let byte = current, byte | 0x20 == UInt8(ascii: "e") {
            position += 1
            if let sign = current, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
                position += 1
            }
            takeDigits()
        }
        while let byte = current, byte.isNamePart { position += 1 }
        let text = Text.string(bytes[digits..<position])
        let sign = start < digits ? "-" : ""
        guard let number = JSONNumber(sign + text) else {
            throw SyntaxFault(
                message: "`\(text)` is no number", span: digits..<position,
                suggestion: "numbers are written as in JSON: 0.5, 10, 1e3")
        }
        return node(.literal(.json(JSON(number))), from: start)
    }

    private mutating func takeDigits() {
        while let byte = current, byte.isDigit { position += 1 }
    }

    /// A string in single or double quotes, with the escapes of JSON paths (RFC 9535, 2.3.1.1).
    mutating func parseString() throws(SyntaxFault) -> String {
        let start = position
        let quote = bytes[position]
        position += 1
        var text: [UInt8] = []
        while let byte = current {
            switch byte {
            case quote:
                position += 1
                return Text.string(text)
            case UInt8(ascii: "\\"):
                try parseEscape(quote, into: &text)
            case 0..<0x20:
                throw SyntaxFault(
                    message: "a control character in a string", span: position..<position + 1,
                    suggestion: "write it as an escape such as \\n or \\u0009")
            default:
                text.append(byte)
                position += 1
            }
        }
        let mark = Text.string([quote])
        throw SyntaxFault(
            message: "the string is not closed: its `\(mark)` is missing", span: start..<position)
    }

    private mutating func parseEscape(_ quote: UInt8, into text: inout [UInt8])
        throws(SyntaxFault)
    {
        let start = position
        position += 1
        guard let byte = current else {
            throw SyntaxFault(message: "the string is not closed", span: start..<position)
        }
        position += 1
        switch byte {
        case quote, UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            let scalar = try parseScalar(from: start)
            text.append(contentsOf: Array(String(scalar).utf8))
        default:
            while let more = current, more & 0xC0 == 0x80 { position += 1 }
            throw SyntaxFault(
                message: "`\(Text.string(bytes[start..<position]))` is no escape",
                span: start..<position,
                suggestion:
                    "escapes are \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX and the string's quote")
        }
    }

    /// The scalar of `\uXXXX`, or of two of them that make a surrogate pair.
    private mutating func parseScalar(from start: Int) throws(SyntaxFault) -> Unicode.Scalar {
        let first = try parseHex(from: start)
        if let scalar = Unicode.Scalar(first) { return scalar }
        if first < 0xDC00, next(is: "\\u") {
            position += 2
            let second = try parseHex(from: start)
            if second >= 0xDC00, second <= 0xDFFF {
                let value = 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
                if let scalar = Unicode.Scalar(value) { return scalar }
            }
        }
        throw SyntaxFault(message: "half of a surrogate pair", span: start..<position)
    }

    private mutating func parseHex(from start: Int) throws(SyntaxFault) -> UInt32 {
        let end = min(position + 4, bytes.count)
        let digits = Text.string(bytes[position..<end])
        guard let value = Hexadecimal.number(digits, digits: 4, anyCase: true) else {
            throw SyntaxFault(
                message: "`\\u` needs four hexadecimal digits", span: start..<end)
        }
        position = end
        return UInt32(value)
    }
}
