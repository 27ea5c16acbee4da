/// Writes strings as JSON.
enum StringWriter {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// Appends a string in quotes, and returns whether there are escapes in it.
    ///
    /// Escaped are quotes, backslashes and control characters, nothing else.
    @inline(__always)
    static func append(
        _ string: UnsafeBufferPointer<UInt8>, to writer: inout TapeWriter
    ) -> Bool {
        let target = writer.reserveText(string.count + 2)
        target[0] = UInt8(ascii: "\"")
        guard let source = string.baseAddress, string.count > 0 else {
            target[1] = UInt8(ascii: "\"")
            writer.advanceText(2)
            return false
        }
        let plain = copyPlain(source, string.count, to: target + 1)
        guard plain < string.count else {
            target[1 + plain] = UInt8(ascii: "\"")
            writer.advanceText(plain + 2)
            return false
        }
        writer.advanceText(1 + plain)
        appendEscaped(source + plain, string.count - plain, to: &writer)
        return true
    }

    /// A string without escapes, nil where there have to be some.
    static func plain(_ string: UnsafeBufferPointer<UInt8>) -> JSON? {
        var isPlain = true
        let document = Document(kind: .string, textCount: string.count + 2) { text in
            text[0] = UInt8(ascii: "\"")
            text[string.count + 1] = UInt8(ascii: "\"")
            guard let source = string.baseAddress else { return }
            isPlain = copyPlain(source, string.count, to: text + 1) == string.count
        }
        return isPlain ? JSON(document, 0) : nil
    }

    /// A string whatever is in it.
    static func escaped(_ string: UnsafeBufferPointer<UInt8>) -> JSON {
        var writer = TapeWriter()
        let hasEscapes = append(string, to: &writer)
        writer.appendScalar(.string, from: 0, hasEscapes: hasEscapes)
        return JSON(Document(writer, depth: 0), 0)
    }

    /// Copies up to the first byte that needs an escape; returns how many bytes that were.
    @inline(__always)
    private static func copyPlain(
        _ source: UnsafePointer<UInt8>, _ count: Int, to target: UnsafeMutablePointer<UInt8>
    ) -> Int {
        var index = 0
        while index + 8 <= count {
            let word = UnsafeRawPointer(source + index).loadUnaligned(as: UInt64.self)
            if needsEscape(word.littleEndian) { break }
            UnsafeMutableRawPointer(target + index).storeBytes(of: word, as: UInt64.self)
            index += 8
        }
        while index < count, !needsEscape(source[index]) {
            target[index] = source[index]
            index += 1
        }
        return index
    }

    /// Whether one of eight bytes needs an escape.
    @inline(__always)
    private static func needsEscape(_ word: UInt64) -> Bool {
        let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
        let control = (word &- ones &* 0x20) & ~word
        let found = ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | control
        return found & highs != 0
    }

    @inline(__always)
    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    /// Appends the rest of a string, which begins with a byte to escape, and the closing quote.
    @inline(never)
    private static func appendEscaped(
        _ source: UnsafePointer<UInt8>, _ count: Int, to writer: inout TapeWriter
    ) {
        var index = 0
        while index < count {
            if needsEscape(source[index]) {
                appendEscape(source[index], to: &writer)
                index += 1
            } else {
                let target = writer.reserveText(count - index)
                let plain = copyPlain(source + index, count - index, to: target)
                writer.advanceText(plain)
                index += plain
            }
        }
        writer.append(UInt8(ascii: "\""))
    }

    private static func appendEscape(_ byte: UInt8, to writer: inout TapeWriter) {
        writer.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: writer.append(UInt8(ascii: "b"))
        case 0x09: writer.append(UInt8(ascii: "t"))
        case 0x0A: writer.append(UInt8(ascii: "n"))
        case 0x0C: writer.append(UInt8(ascii: "f"))
        case 0x0D: writer.append(UInt8(ascii: "r"))
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): writer.append(byte)
        default:
            writer.append(UInt8(ascii: "u"))
            for digit in [0, 0, byte >> 4, byte & 15] { writer.append(ASCII.hexDigit(digit)) }
        }
    }
}
