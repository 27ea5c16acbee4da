/// Builds one JSON document from its beginning to its end.
///
/// Text and nodes are written directly; appending an existing value copies its text and its nodes and
/// takes nothing apart. Calls in an order that makes no value, a depth over `maximumDepth` and a text
/// over 1 GiB + 64 MiB are kept in mind and reported by `finish()`; nothing traps. Keeps its memory
/// from one document to the next.
public struct JSONBuilder: Sendable {
    /// How many containers may lie in one another.
    public let maximumDepth: Int

    private(set) var text: [UInt8] = []
    private(set) var nodes: [Node] = []
    /// The containers that are open, outermost first.
    private var open: [UInt32] = []
    private var deepest = 0
    private var expects = Expectation.value
    private var failure: JSONError?

    private enum Expectation { case value, name, valueOfMember, nothing }

    /// Makes an empty builder.
    ///
    /// Values made by flows nest at most 480 deep.
    public init(maximumDepth: Int = 480) {
        self.maximumDepth = maximumDepth
    }

    /// Begins an object; `name` and a value, or `member`, add to it.
    public mutating func beginObject() { begin(.object, UInt8(ascii: "{")) }

    /// Ends the object begun last.
    public mutating func endObject() { end(.object, UInt8(ascii: "}")) }

    /// Begins an array; every value appended adds an element.
    public mutating func beginArray() { begin(.array, UInt8(ascii: "[")) }

    /// Ends the array begun last.
    public mutating func endArray() { end(.array, UInt8(ascii: "]")) }

    /// Writes the name of the next member.
    ///
    /// Names may repeat.
    public mutating func name(_ name: String) {
        guard failure == nil else { return }
        guard expects == .name, let object = open.last else { return misused("name") }
        separate(Int(object))
        appendString(name)
        text.append(UInt8(ascii: ":"))
        expects = .valueOfMember
    }

    /// Appends a string.
    public mutating func append(_ value: String) {
        guard beginValue() else { return }
        appendString(value)
        endValue()
    }

    /// Appends an integer.
    public mutating func append(_ value: Int) {
        guard beginValue() else { return }
        var value = value
        let start = text.count
        var digits = (UInt64(0), UInt64(0), UInt64(0))
        let isNegative = value < 0
        withUnsafeMutableBytes(of: &digits) { buffer in
            var position = buffer.count
            repeat {
                position -= 1
                let (quotient, remainder) = value.quotientAndRemainder(dividingBy: 10)
                buffer[position] =
                    UInt8(ascii: "0") + UInt8(truncatingIfNeeded: remainder.magnitude)
                value = quotient
            } while value != 0
            if isNegative {
                position -= 1
                buffer[position] = UInt8(ascii: "-")
            }
            text.append(contentsOf: buffer[position...])
        }
        appendScalarNode(.number, from: start)
        endValue()
    }

    /// Appends a truth value.
    public mutating func append(_ value: Bool) {
        appendLiteral(value ? "true" : "false", .bool)
    }

    /// Appends `null`.
    public mutating func appendNull() { appendLiteral("null", .null) }

    /// Appends a number with its exact text.
    public mutating func append(_ value: JSONNumber) {
        guard beginValue() else { return }
        let start = text.count
        text.append(contentsOf: value.text.utf8)
        appendScalarNode(.number, from: start)
        endValue()
    }

    /// Appends an existing value with its exact text.
    public mutating func append(_ value: JSON) {
        guard beginValue() else { return }
        let depth = open.count + value.depth
        guard depth <= maximumDepth else { return failedTooDeep() }
        guard text.count + value.node.byteCount <= Document.maximumTextCount else {
            return failedTooLarge()
        }
        deepest = max(deepest, depth)
        value.document.withTape { tape in
            if tape.isCompact {
                tape.copy(value.place, to: &text, &nodes)
            } else {
                tape.copyCompacted(value.place, to: &text, &nodes)
            }
        }
        endValue()
    }

    /// Adds a member to the open object.
    public mutating func member(_ name: String, _ value: JSON) {
        self.name(name)
        append(value)
    }

    /// Adds a member to the open object.
    public mutating func member(_ name: String, _ value: String) {
        self.name(name)
        append(value)
    }

    /// Adds a member to the open object.
    public mutating func member(_ name: String, _ value: Int) {
        self.name(name)
        append(value)
    }

    /// Adds a member to the open object.
    public mutating func member(_ name: String, _ value: Bool) {
        self.name(name)
        append(value)
    }

    /// Gives the document and empties the builder for the next one.
    ///
    /// Throws the first error: `tooDeep`, `tooLarge`, or `misuse` where the calls made no value.
    public mutating func finish() throws(JSONError) -> JSON {
        if failure == nil, expects != .nothing { misused("finish") }
        defer { reset() }
        if let failure { throw failure }
        return text.withUnsafeBufferPointer { text in
            nodes.withUnsafeBufferPointer { nodes in
                guard let text = text.baseAddress, let root = nodes.baseAddress else {
                    return .null
                }
                let header = Document.Header(
                    textCount: root.pointee.end, nodeCount: UInt32(clamping: nodes.count),
                    sourceOffset: 0, depth: UInt32(clamping: deepest),
                    isCompact: true)
                return JSON(Document(header: header, nodes: root, text: text), 0)
            }
        }
    }

    private mutating func reset() {
        text.removeAll(keepingCapacity: true)
        nodes.removeAll(keepingCapacity: true)
        open.removeAll(keepingCapacity: true)
        deepest = 0
        expects = .value
        failure = nil
    }
}

extension JSONBuilder {
    private mutating func failed(_ code: JSONError.Code, _ message: String) {
        if failure == nil {
            failure = JSONError(code: code, message: message, offset: text.count)
        }
    }

    private mutating func failedTooDeep() {
        failed(.tooDeep, "arrays and objects nest deeper than \(maximumDepth)")
    }

    private mutating func failedTooLarge() {
        failed(.tooLarge, "the text is longer than \(Document.maximumTextCount) bytes")
    }

    private mutating func misused(_ call: String) {
        failed(.misuse, "the builder expected \(expects), not \(call)")
    }

    /// Writes the comma before an item of a container, and counts the item.
    private mutating func separate(_ container: Int) {
        if nodes[container].end > 0 { text.append(UInt8(ascii: ",")) }
        nodes[container].end += 1
    }

    private mutating func beginValue() -> Bool {
        guard failure == nil else { return false }
        switch expects {
        case .value:
            if let container = open.last { separate(Int(container)) }
        case .valueOfMember:
            break
        case .name, .nothing:
            misused("a value")
            return false
        }
        return true
    }

    private mutating func endValue() {
        if text.count > Document.maximumTextCount {
            failedTooLarge()
        }
        guard let container = open.last else {
            expects = .nothing
            return
        }
        expects = nodes[Int(container)].isObject ? .name : .value
    }

    /// An open container counts its items in `end`, as the parser does.
    private mutating func begin(_ kind: JSON.Kind, _ bracket: UInt8) {
        guard beginValue() else { return }
        guard open.count < maximumDepth else {
            return failedTooDeep()
        }
        open.append(UInt32(clamping: nodes.count))
        deepest = max(deepest, open.count)
        nodes.append(Node(kind: kind, start: UInt32(clamping: text.count), end: 0, next: 0))
        text.append(bracket)
        expects = kind == .object ? .name : .value
    }

    private mutating func end(_ kind: JSON.Kind, _ bracket: UInt8) {
        guard failure == nil else { return }
        guard let container = open.last, nodes[Int(container)].kind == kind,
            expects != .valueOfMember
        else { return misused("the end of an \(kind)") }
        text.append(bracket)
        open.removeLast()
        let count = Int(nodes[Int(container)].end)
        nodes[Int(container)].count = count
        nodes[Int(container)].end = UInt32(clamping: text.count)
        nodes[Int(container)].next = UInt32(clamping: nodes.count)
        endValue()
    }

    private mutating func appendString(_ string: String) {
        var string = string
        let start = text.count
        let hasEscapes = string.withUTF8 { StringWriter.append($0, to: &text) }
        appendScalarNode(.string, from: start, hasEscapes: hasEscapes)
    }

    private mutating func appendLiteral(_ literal: StaticString, _ kind: JSON.Kind) {
        guard beginValue() else { return }
        let start = text.count
        literal.withUTF8Buffer { text.append(contentsOf: $0) }
        appendScalarNode(kind, from: start)
        endValue()
    }

    private mutating func appendScalarNode(
        _ kind: JSON.Kind, from start: Int, hasEscapes: Bool = false
    ) {
        nodes.append(
            Node(
                kind: kind, start: UInt32(clamping: start), end: UInt32(clamping: text.count),
                next: UInt32(clamping: nodes.count + 1), hasEscapes: hasEscapes))
    }
}
