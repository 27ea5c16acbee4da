/// Finds the end of a JSON string, and checks its escapes and its UTF-8 on the way.
enum StringScanner {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// Marks the bytes of a word that need a closer look: quote, backslash, control, not ASCII.
    ///
    /// The lowest mark is exact; above it there may be false ones.
    @inline(__always)
    static func special(_ word: UInt64) -> UInt64 {
        let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
        let found =
            ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)
            | (word &- ones &* 0x20) | word
        return found & highs
    }

    /// Returns the first byte after the closing quote; `start` is the first after the opening one.
    @inline(__always)
    static func end(
        from start: UnsafePointer<UInt8>, to end: UnsafePointer<UInt8>, hasEscapes: inout Bool
    ) throws(ParseFailure) -> UnsafePointer<UInt8> {
        var p = start
        while p + 8 <= end {
            let word = UnsafeRawPointer(p).loadUnaligned(as: UInt64.self).littleEndian
            let marks = special(word)
            guard marks != 0 else {
                p += 8
                continue
            }
            p += marks.trailingZeroBitCount >> 3
            if p.pointee == UInt8(ascii: "\"") { return p + 1 }
            break
        }
        let (place, escapes) = try slowEnd(from: p, to: end)
        hasEscapes = escapes
        return place
    }

    /// The same, for strings with escapes or other letters than ASCII, and the end of the text.
    @inline(never)
    private static func slowEnd(
        from start: UnsafePointer<UInt8>, to end: UnsafePointer<UInt8>
    ) throws(ParseFailure) -> (UnsafePointer<UInt8>, Bool) {
        var p = start
        var hasEscapes = false
        while true {
            while p + 8 <= end {
                let word = UnsafeRawPointer(p).loadUnaligned(as: UInt64.self).littleEndian
                let marks = special(word)
                guard marks == 0 else {
                    p += marks.trailingZeroBitCount >> 3
                    break
                }
                p += 8
            }
            guard p < end else { throw ParseFailure(.end, end) }
            let byte = p.pointee
            if byte >= 0x80 {
                repeat {
                    let length = UTF8Sequence.length(at: p, end: end)
                    guard length > 0 else { throw ParseFailure(.invalidUTF8, p) }
                    p += length
                } while p < end && p.pointee >= 0x80
            } else if byte == UInt8(ascii: "\"") {
                return (p + 1, hasEscapes)
            } else if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                p = try escapeEnd(at: p, to: end)
            } else if byte < 0x20 {
                throw ParseFailure(.control, p)
            } else {
                p += 1
            }
        }
    }

    /// Returns the first byte after the escape, or the pair of surrogates, that begins at `start`.
    private static func escapeEnd(
        at start: UnsafePointer<UInt8>, to end: UnsafePointer<UInt8>
    ) throws(ParseFailure) -> UnsafePointer<UInt8> {
        guard start + 1 < end else { throw ParseFailure(.end, end) }
        switch start[1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
            UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return start + 2
        case UInt8(ascii: "u"):
            break
        default:
            throw ParseFailure(.escape, start + 1)
        }
        let unit = try self.unit(at: start + 2, to: end)
        guard unit >= 0xD800, unit < 0xE000 else { return start + 6 }
        guard unit < 0xDC00 else { throw ParseFailure(.loneSurrogate, start) }
        let pair = start + 6
        guard pair < end else { throw ParseFailure(.end, end) }
        guard pair[0] == UInt8(ascii: "\\") else { throw ParseFailure(.loneSurrogate, start) }
        guard pair + 1 < end else { throw ParseFailure(.end, end) }
        guard pair[1] == UInt8(ascii: "u") else { throw ParseFailure(.loneSurrogate, start) }
        let low = try self.unit(at: pair + 2, to: end)
        guard low >= 0xDC00, low < 0xE000 else { throw ParseFailure(.loneSurrogate, start) }
        return pair + 6
    }

    private static func unit(
        at start: UnsafePointer<UInt8>, to end: UnsafePointer<UInt8>
    ) throws(ParseFailure) -> UInt32 {
        var value: UInt32 = 0
        for index in 0..<4 {
            guard start + index < end else { throw ParseFailure(.end, end) }
            guard let digit = ASCII.hexValue(start[index]) else {
                throw ParseFailure(.hexDigits, start + index)
            }
            value = value << 4 | UInt32(digit)
        }
        return value
    }
}

/// Well-formed sequences of UTF-8 (Unicode 15, table 3-7).
enum UTF8Sequence {
    /// The bytes of the sequence that begins here, or 0 where it is not well-formed.
    @inline(__always)
    static func length(at p: UnsafePointer<UInt8>, end: UnsafePointer<UInt8>) -> Int {
        let first = p[0]
        let left = end - p
        switch first {
        case 0..<0x80:
            return 1
        case 0xC2...0xDF:
            return left >= 2 && isContinuation(p[1]) ? 2 : 0
        case 0xE0...0xEF:
            guard left >= 3, isContinuation(p[1]), isContinuation(p[2]) else { return 0 }
            // Neither overlong nor a surrogate.
            if first == 0xE0, p[1] < 0xA0 { return 0 }
            if first == 0xED, p[1] >= 0xA0 { return 0 }
            return 3
        case 0xF0...0xF4:
            guard left >= 4, isContinuation(p[1]), isContinuation(p[2]), isContinuation(p[3])
            else { return 0 }
            // Neither overlong nor beyond U+10FFFF.
            if first == 0xF0, p[1] < 0x90 { return 0 }
            if first == 0xF4, p[1] >= 0x90 { return 0 }
            return 4
        default:
            return 0
        }
    }

    @inline(__always)
    private static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }
}
