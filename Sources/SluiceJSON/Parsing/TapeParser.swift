/// Writes the tape of one text into memory that the parser lends it.
///
/// An open container keeps the index of its parent in `next` and counts its children in `end`, so
/// there is no stack and no recursion.
struct TapeParser {
    let start: UnsafePointer<UInt8>
    let end: UnsafePointer<UInt8>
    let maximumDepth: Int

    var nodes: UnsafeMutablePointer<Node>
    var capacity: Int
    private var p: UnsafePointer<UInt8>
    private(set) var count = 0
    private(set) var deepest = 0
    private(set) var hasBlanks = false
    /// Where the value begins: nodes count their bytes from here.
    private(set) var base: UnsafePointer<UInt8>

    init(
        _ text: UnsafeBufferPointer<UInt8>, from start: UnsafePointer<UInt8>, maximumDepth: Int,
        nodes: UnsafeMutablePointer<Node>, capacity: Int
    ) {
        self.start = start
        self.end = start + text.count
        self.maximumDepth = maximumDepth
        self.nodes = nodes
        self.capacity = capacity
        p = start
        base = start
    }

    private static let noParent = UInt32.max

    /// The index of the first byte after the value, counted from `base`.
    var byteCount: Int { Int(nodes[0].end) }

    @inline(__always)
    private mutating func skipBlanks() {
        while p < end, p.pointee <= 0x20, ASCII.isBlank(p.pointee) {
            hasBlanks = true
            p += 1
        }
    }

    @inline(__always)
    private var offset: UInt32 { UInt32(truncatingIfNeeded: p - base) }

    @inline(__always)
    private mutating func append(
        _ kind: JSON.Kind, from start: UInt32, next: UInt32, hasEscapes: Bool = false
    ) {
        if count == capacity {
            nodes = Self.grown(nodes, capacity)
            capacity *= 2
        }
        nodes[count] = Node(
            kind: kind, start: start, end: offset, next: next, hasEscapes: hasEscapes)
        count += 1
    }

    @inline(__always)
    private mutating func appendScalar(
        _ kind: JSON.Kind, from start: UInt32, hasEscapes: Bool = false
    ) {
        append(
            kind, from: start, next: UInt32(truncatingIfNeeded: count + 1), hasEscapes: hasEscapes)
    }

    @inline(never)
    private static func grown(
        _ nodes: UnsafeMutablePointer<Node>, _ count: Int
    ) -> UnsafeMutablePointer<Node> {
        let larger = UnsafeMutablePointer<Node>.allocate(capacity: count * 2)
        larger.update(from: nodes, count: count)
        nodes.deallocate()
        return larger
    }

    /// Parses exactly one value with blanks around it.
    mutating func parse() throws(ParseFailure) {
        skipBlanks()
        hasBlanks = false
        base = p
        var container = Self.noParent
        var depth = 0
        repeat {
            // A value is due, blanks are skipped.
            guard p < end else { throw ParseFailure(.end, end) }
            switch p.pointee {
            case UInt8(ascii: "\""):
                try appendString()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                deepest = max(deepest, depth)
                guard depth <= maximumDepth else { throw ParseFailure(.tooDeep, p) }
                if try open(&container) { continue }
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                let start = offset
                p = try NumberScanner.end(from: p, to: end)
                appendScalar(.number, from: start)
            default:
                try appendLiteral()
            }
            // A value has ended: close what ends with it.
            while container != Self.noParent, try close(&container) { depth -= 1 }
        } while container != Self.noParent
        let valueHadBlanks = hasBlanks
        skipBlanks()
        hasBlanks = valueHadBlanks
        guard p == end else { throw ParseFailure(.trailing, p) }
    }

    /// Opens a container and goes to its first value.
    ///
    /// Returns false where the next byte closes it.
    @inline(__always)
    private mutating func open(_ container: inout UInt32) throws(ParseFailure) -> Bool {
        let isObject = p.pointee == UInt8(ascii: "{")
        let start = offset
        p += 1
        append(isObject ? .object : .array, from: start, next: container)
        let index = count - 1
        nodes[index].end = 0
        container = UInt32(truncatingIfNeeded: index)
        skipBlanks()
        guard p < end else { throw ParseFailure(.end, end) }
        if isObject {
            if p.pointee == UInt8(ascii: "}") { return false }
            nodes[index].end = 1
            try appendName()
            return true
        }
        if p.pointee == UInt8(ascii: "]") { return false }
        nodes[index].end = 1
        return true
    }

    /// Goes on after a value.
    ///
    /// Returns true where that closed the container, false at the next value.
    @inline(__always)
    private mutating func close(_ container: inout UInt32) throws(ParseFailure) -> Bool {
        skipBlanks()
        guard p < end else { throw ParseFailure(.end, end) }
        let index = Int(container)
        let isObject = nodes[index].isObject
        let byte = p.pointee
        if byte == UInt8(ascii: ",") {
            p += 1
            nodes[index].end &+= 1
            skipBlanks()
            if isObject { try appendName() }
            return false
        }
        guard byte == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
            throw ParseFailure(isObject ? .commaOrBrace : .commaOrBracket, p)
        }
        p += 1
        container = nodes[index].next
        nodes[index].count = Int(nodes[index].end)
        nodes[index].end = offset
        nodes[index].next = UInt32(truncatingIfNeeded: count)
        return true
    }

    @inline(__always)
    private mutating func appendString() throws(ParseFailure) {
        let start = offset
        var hasEscapes = false
        p = try StringScanner.end(from: p + 1, to: end, hasEscapes: &hasEscapes)
        appendScalar(.string, from: start, hasEscapes: hasEscapes)
    }

    /// The name of a member and its colon.
    @inline(__always)
    private mutating func appendName() throws(ParseFailure) {
        guard p < end else { throw ParseFailure(.end, end) }
        guard p.pointee == UInt8(ascii: "\"") else { throw ParseFailure(.name, p) }
        try appendString()
        skipBlanks()
        guard p < end else { throw ParseFailure(.end, end) }
        guard p.pointee == UInt8(ascii: ":") else { throw ParseFailure(.colon, p) }
        p += 1
        skipBlanks()
    }

    @inline(__always)
    private mutating func appendLiteral() throws(ParseFailure) {
        let start = offset
        let (length, kind) = try Self.literal(at: p, end)
        p += length
        appendScalar(kind, from: start)
    }

    @inline(__always)
    private static func literal(
        at p: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
    ) throws(ParseFailure) -> (Int, JSON.Kind) {
        if end - p >= 5 {
            let word = UnsafeRawPointer(p).loadUnaligned(as: UInt32.self).littleEndian
            if word == 0x6C6C_756E { return (4, .null) }
            if word == 0x6575_7274 { return (4, .bool) }
            if word == 0x736C_6166, p[4] == UInt8(ascii: "e") { return (5, .bool) }
        }
        return try slowLiteral(at: p, end)
    }

    /// Literals at the end of the text, and the errors.
    @inline(never)
    private static func slowLiteral(
        at p: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
    ) throws(ParseFailure) -> (Int, JSON.Kind) {
        let literal: (text: StaticString, kind: JSON.Kind)
        switch p.pointee {
        case UInt8(ascii: "n"): literal = ("null", .null)
        case UInt8(ascii: "t"): literal = ("true", .bool)
        case UInt8(ascii: "f"): literal = ("false", .bool)
        case 0xEF where end - p >= 3 && p[1] == 0xBB && p[2] == 0xBF:
            throw ParseFailure(.byteOrderMark, p)
        case 0x80... where UTF8Sequence.length(at: p, end: end) == 0:
            throw ParseFailure(.invalidUTF8, p)
        default: throw ParseFailure(.value, p)
        }
        for index in 0..<literal.text.utf8CodeUnitCount {
            guard p + index < end else { throw ParseFailure(.end, end) }
            guard p[index] == literal.text.utf8Start[index] else {
                throw ParseFailure(.literal, p)
            }
        }
        return (literal.text.utf8CodeUnitCount, literal.kind)
    }
}
