/// Writes the tape of one text into memory that the parser lends it.
///
/// An open container keeps the index of its parent in `next` and, while another one is open within
/// it, counts its items in `end`; so there is no stack and no recursion.
struct TapeParser {
    private let start: UnsafePointer<UInt8>
    private let end: UnsafePointer<UInt8>
    private let maximumDepth: Int

    private(set) var nodes: UnsafeMutablePointer<Node>
    private(set) var capacity: Int
    private(set) var count = 0
    /// Where the value begins: nodes count their bytes from here.
    private(set) var base: UnsafePointer<UInt8>
    private(set) var deepest = 0
    private(set) var hasBlanks = false

    private static let noContainer = UInt32.max

    /// The text begins at `start`; `nodes` is memory that may be replaced by a larger one.
    init(
        from start: UnsafePointer<UInt8>, count: Int, maximumDepth: Int,
        nodes: UnsafeMutablePointer<Node>, capacity: Int
    ) {
        self.start = start
        self.end = start + count
        self.maximumDepth = maximumDepth
        self.nodes = nodes
        self.capacity = capacity
        base = start
    }

    /// Parses exactly one value with blanks around it.
    mutating func parse() throws(ParseFailure) {
        base = skipBlanks(start)
        hasBlanks = false
        let valueEnd = try parseValue(at: base)
        let valueHasBlanks = hasBlanks
        let last = skipBlanks(valueEnd)
        hasBlanks = valueHasBlanks
        guard last == end else { throw ParseFailure(.trailing, last) }
    }

    /// Parses one value and returns the first byte after it.
    private mutating func parseValue(
        at first: UnsafePointer<UInt8>
    ) throws(ParseFailure) -> UnsafePointer<UInt8> {
        var p = first
        var container = Self.noContainer
        var isObject = false
        var items: UInt32 = 0
        var depth = 0
        repeat {
            if isObject { p = try appendName(p) }
            guard p < end else { throw ParseFailure(.end, end) }
            let byte = p.pointee
            if byte == UInt8(ascii: "\"") {
                p = try appendString(p)
            } else if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
                depth += 1
                guard depth <= maximumDepth else { throw ParseFailure(.tooDeep, p) }
                deepest = max(deepest, depth)
                if container != Self.noContainer { nodes[Int(container)].end = items }
                isObject = byte == UInt8(ascii: "{")
                append(isObject ? .object : .array, from: p, to: p, next: container)
                container = UInt32(truncatingIfNeeded: count - 1)
                p = skipBlanks(p + 1)
                guard p < end else { throw ParseFailure(.end, end) }
                // Both closing marks come two after their opening marks.
                let isEmpty = p.pointee == byte + 2
                items = isEmpty ? 0 : 1
                guard isEmpty else { continue }
            } else if byte == UInt8(ascii: "-") || ASCII.isDigit(byte) {
                let numberEnd = try NumberScanner.end(from: p, to: end)
                appendScalar(.number, from: p, to: numberEnd)
                p = numberEnd
            } else {
                let (length, kind) = try Self.literal(at: p, end)
                appendScalar(kind, from: p, to: p + length)
                p += length
            }
            // A value, or the opening of an empty container, has ended: close what ends with it.
            while container != Self.noContainer {
                p = skipBlanks(p)
                guard p < end else { throw ParseFailure(.end, end) }
                let byte = p.pointee
                if byte == UInt8(ascii: ",") {
                    p = skipBlanks(p + 1)
                    items &+= 1
                    break
                }
                guard byte == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                    throw ParseFailure(isObject ? .commaOrBrace : .commaOrBracket, p)
                }
                p += 1
                depth -= 1
                container = close(container, items, at: p)
                guard container != Self.noContainer else { break }
                isObject = nodes[Int(container)].isObject
                items = nodes[Int(container)].end
            }
        } while container != Self.noContainer
        return p
    }

    /// Completes the node of a container and returns its parent.
    @inline(__always)
    private mutating func close(
        _ container: UInt32, _ items: UInt32, at p: UnsafePointer<UInt8>
    ) -> UInt32 {
        let node = nodes + Int(container)
        let parent = node.pointee.next
        node.pointee.count = Int(items)
        node.pointee.end = offset(p)
        node.pointee.next = UInt32(truncatingIfNeeded: count)
        return parent
    }

    @inline(__always)
    private mutating func skipBlanks(_ start: UnsafePointer<UInt8>) -> UnsafePointer<UInt8> {
        var p = start
        while p < end, p.pointee <= 0x20, ASCII.isBlank(p.pointee) {
            hasBlanks = true
            p += 1
        }
        return p
    }

    /// Appends a string; returns the first byte after it.
    @inline(__always)
    private mutating func appendString(
        _ p: UnsafePointer<UInt8>
    ) throws(ParseFailure) -> UnsafePointer<UInt8> {
        var hasEscapes = false
        let stringEnd = try StringScanner.end(from: p + 1, to: end, hasEscapes: &hasEscapes)
        appendScalar(.string, from: p, to: stringEnd, hasEscapes: hasEscapes)
        return stringEnd
    }

    /// Appends the name of a member; returns where its value begins.
    @inline(__always)
    private mutating func appendName(
        _ start: UnsafePointer<UInt8>
    ) throws(ParseFailure) -> UnsafePointer<UInt8> {
        guard start < end else { throw ParseFailure(.end, end) }
        guard start.pointee == UInt8(ascii: "\"") else { throw ParseFailure(.name, start) }
        let p = skipBlanks(try appendString(start))
        guard p < end else { throw ParseFailure(.end, end) }
        guard p.pointee == UInt8(ascii: ":") else { throw ParseFailure(.colon, p) }
        return skipBlanks(p + 1)
    }

    @inline(__always)
    private func offset(_ p: UnsafePointer<UInt8>) -> UInt32 {
        UInt32(truncatingIfNeeded: p - base)
    }

    @inline(__always)
    private mutating func append(
        _ kind: JSON.Kind, from start: UnsafePointer<UInt8>, to end: UnsafePointer<UInt8>,
        next: UInt32, hasEscapes: Bool = false
    ) {
        if count == capacity {
            nodes = Self.grown(nodes, capacity)
            capacity *= 2
        }
        nodes[count] = Node(
            kind: kind, start: offset(start), end: offset(end), next: next, hasEscapes: hasEscapes)
        count += 1
    }

    @inline(__always)
    private mutating func appendScalar(
        _ kind: JSON.Kind, from start: UnsafePointer<UInt8>, to end: UnsafePointer<UInt8>,
        hasEscapes: Bool = false
    ) {
        let next = UInt32(truncatingIfNeeded: count + 1)
        append(kind, from: start, to: end, next: next, hasEscapes: hasEscapes)
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
