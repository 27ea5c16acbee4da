/// Writes strings as JSON.
enum StringWriter {
    /// Appends a string in quotes.
    ///
    /// Returns whether there are escapes in it.
    ///
    /// Escaped are quotes, backslashes and control characters, nothing else.
    @inline(__always)
    static func append(_ string: UnsafeBufferPointer<UInt8>, to text: inout [UInt8]) -> Bool {
        text.append(UInt8(ascii: "\""))
        defer { text.append(UInt8(ascii: "\"")) }
        guard let escape = firstEscape(in: string, from: 0) else {
            text.append(contentsOf: string)
            return false
        }
        appendEscaped(string, firstEscape: escape, to: &text)
        return true
    }

    @inline(__always)
    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private static func firstEscape(
        in string: UnsafeBufferPointer<UInt8>, from start: Int
    ) -> Int? {
        var index = start
        while index < string.count {
            if needsEscape(string[index]) { return index }
            index += 1
        }
        return nil
    }

    @inline(never)
    private static func appendEscaped(
        _ string: UnsafeBufferPointer<UInt8>, firstEscape: Int, to text: inout [UInt8]
    ) {
        var copied = 0
        var next: Int? = firstEscape
        while let index = next {
            text.append(contentsOf: string[copied..<index])
            appendEscape(string[index], to: &text)
            copied = index + 1
            next = self.firstEscape(in: string, from: copied)
        }
        text.append(contentsOf: string[copied...])
    }

    private static func appendEscape(_ byte: UInt8, to text: inout [UInt8]) {
        text.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: text.append(UInt8(ascii: "b"))
        case 0x09: text.append(UInt8(ascii: "t"))
        case 0x0A: text.append(UInt8(ascii: "n"))
        case 0x0C: text.append(UInt8(ascii: "f"))
        case 0x0D: text.append(UInt8(ascii: "r"))
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): text.append(byte)
        default:
            let digits = Array("0123456789abcdef".utf8)
            text.append(contentsOf: "u00".utf8)
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
    }
}
