/// Reads a query by the grammar of RFC 9535; recursion is bounded by the nesting limit.
///
/// This file has segments and selectors, `PathParser+Filters.swift` what stands after `?`.
struct PathParser {
    let bytes: [UInt8]
    var position: Int
    private var nesting = 0
    private var absoluteQueries = 0

    init(_ bytes: [UInt8], at offset: Int) {
        self.bytes = bytes
        position = offset
    }

    var next: UInt8? { bytes.indices.contains(position) ? bytes[position] : nil }

    func byte(after count: Int) -> UInt8? {
        count < bytes.count - position ? bytes[position + count] : nil
    }

    func failed(_ message: String, at offset: Int? = nil) -> JSONPathError {
        JSONPathError(message: message, offset: offset ?? position)
    }

    mutating func skip(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    mutating func skipBlanks() {
        while let byte = next, ASCII.isBlank(byte) { position += 1 }
    }

    /// Goes on where there is such a byte, after blanks or not; else stays before the blanks.
    mutating func skipAfterBlanks(_ byte: UInt8) -> Bool {
        let start = position
        skipBlanks()
        if skip(byte) { return true }
        position = start
        return false
    }

    mutating func nested<R>(
        _ body: (inout PathParser) throws(JSONPathError) -> R
    ) throws(JSONPathError) -> R {
        guard nesting < JSONPath.maximumNesting else {
            throw failed("parts of the path nest deeper than \(JSONPath.maximumNesting)")
        }
        nesting += 1
        defer { nesting -= 1 }
        return try body(&self)
    }

    /// A query that begins with `$`, or where `@` stands for something with `@`.
    mutating func query(allowsCurrent: Bool = false) throws(JSONPathError) -> PathQuery {
        let isAbsolute = next == UInt8(ascii: "$")
        guard isAbsolute || allowsCurrent && next == UInt8(ascii: "@") else {
            throw failed(allowsCurrent ? "expected '$' or '@'" : "expected '$'")
        }
        position += 1
        return try segments(isAbsolute: isAbsolute)
    }

    /// The segments of a query behind its `$` or `@`.
    mutating func segments(isAbsolute: Bool) throws(JSONPathError) -> PathQuery {
        var segments: [PathSegment] = []
        while let segment = try segment() { segments.append(segment) }
        if isAbsolute { absoluteQueries += 1 }
        return PathQuery(isAbsolute: isAbsolute, segments: segments, number: absoluteQueries)
    }

    /// The next segment; nil, before the blanks, where the query ends.
    private mutating func segment() throws(JSONPathError) -> PathSegment? {
        let start = position
        skipBlanks()
        switch next {
        case UInt8(ascii: "["):
            return PathSegment(isDescendant: false, selectors: try bracketed())
        case UInt8(ascii: "."):
            position += 1
            let isDescendant = skip(UInt8(ascii: "."))
            if isDescendant, next == UInt8(ascii: "[") {
                return PathSegment(isDescendant: true, selectors: try bracketed())
            }
            return PathSegment(isDescendant: isDescendant, selectors: [try shorthand()])
        default:
            position = start
            return nil
        }
    }

    private mutating func shorthand() throws(JSONPathError) -> PathSelector {
        if skip(UInt8(ascii: "*")) { return .wildcard }
        let start = position
        while let byte = next, Self.isNameByte(byte), position > start || !ASCII.isDigit(byte) {
            try skipScalar()
        }
        guard position > start else { throw failed("expected a name or '*' after '.'") }
        return .name(Array(bytes[start..<position]))
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        let lowercase = byte | 0x20
        return byte >= 0x80 || byte == UInt8(ascii: "_") || ASCII.isDigit(byte)
            || lowercase >= UInt8(ascii: "a") && lowercase <= UInt8(ascii: "z")
    }

    /// Goes over one scalar of UTF-8.
    mutating func skipScalar() throws(JSONPathError) {
        let length = bytes.withUnsafeBufferPointer { bytes in
            bytes.baseAddress.map {
                UTF8Sequence.length(at: $0 + position, end: $0 + bytes.count)
            }
        }
        guard let length, length > 0 else { throw failed("the path is not valid UTF-8") }
        position += length
    }

    private mutating func bracketed() throws(JSONPathError) -> [PathSelector] {
        position += 1
        var selectors: [PathSelector] = []
        repeat {
            skipBlanks()
            selectors.append(try selector())
            skipBlanks()
        } while skip(UInt8(ascii: ","))
        guard skip(UInt8(ascii: "]")) else { throw failed("expected ',' or ']'") }
        return selectors
    }

    private mutating func selector() throws(JSONPathError) -> PathSelector {
        switch next {
        case UInt8(ascii: "'"), UInt8(ascii: "\""):
            return .name(try string())
        case UInt8(ascii: "*"):
            position += 1
            return .wildcard
        case UInt8(ascii: "?"):
            position += 1
            skipBlanks()
            return .filter(try nested { parser throws(JSONPathError) in try parser.condition() })
        case UInt8(ascii: ":"), UInt8(ascii: "-"), (UInt8(ascii: "0")...UInt8(ascii: "9"))?:
            return try indexOrSlice()
        default:
            throw failed("expected a name in quotes, an index, a slice, '*' or '?'")
        }
    }

    private mutating func indexOrSlice() throws(JSONPathError) -> PathSelector {
        let start = next == UInt8(ascii: ":") ? nil : try integer()
        guard skipAfterBlanks(UInt8(ascii: ":")) else {
            guard let start else { throw failed("expected an index") }
            return .index(start)
        }
        let end = try optionalInteger()
        let step = skipAfterBlanks(UInt8(ascii: ":")) ? try optionalInteger() : nil
        return .slice(from: start, to: end, step: step ?? 1)
    }

    private mutating func optionalInteger() throws(JSONPathError) -> Int? {
        let start = position
        skipBlanks()
        if let byte = next, byte == UInt8(ascii: "-") || ASCII.isDigit(byte) {
            return try integer()
        }
        position = start
        return nil
    }

    /// An integer without needless zeros, in the range of I-JSON.
    private mutating func integer() throws(JSONPathError) -> Int {
        let start = position
        let isNegative = skip(UInt8(ascii: "-"))
        let digits = position
        var value = 0
        while let byte = next, ASCII.isDigit(byte) {
            position += 1
            value = value * 10 + Int(byte & 15)
            guard value < 1 << 53 else { throw failed("an integer beyond 2^53 - 1", at: start) }
        }
        guard position > digits else { throw failed("expected a digit") }
        guard bytes[digits] != UInt8(ascii: "0") || position == digits + 1 && !isNegative else {
            throw failed("an integer may not begin with a needless 0 or be -0", at: start)
        }
        return isNegative ? -value : value
    }
}
