/// Builds one JSON document from its beginning to its end.
///
/// Text and nodes are written directly; appending an existing value copies its text and its nodes and
/// takes nothing apart. Calls in an order that makes no value, a depth over `maximumDepth` and a text
/// over 1 GiB + 64 MiB are kept in mind and reported by `finish()`; nothing traps. Keeps its memory
/// from one document to the next.
public struct JSONBuilder: Sendable {
    /// How many containers may lie in one another.
    public let maximumDepth: Int
    /// How much memory a value may take, in bytes.
    public var maximumBytes: Int

    private var writer = TapeWriter.unused
    /// The innermost open container, whose `next` has the index of its parent and whose `end` counts
    /// its items until it is closed.
    private var container = noContainer
    private var depth = 0
    private var deepest = 0
    private var expects = Expectation.value
    private var failure: JSONError?

    private static let noContainer = UInt32.max

    private enum Expectation { case value, name, valueOfMember, nothing }

    /// Makes an empty builder.
    ///
    /// Values made by flows nest at most 480 deep.
    public init(maximumDepth: Int = JSONLimits.valueDepth, maximumBytes: Int = .max) {
        self.maximumDepth = maximumDepth
        self.maximumBytes = maximumBytes
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
        guard expects == .name else { return misused("name") }
        writer.makeUnique()
        separate()
        appendString(name)
        writer.append(UInt8(ascii: ":"))
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
        let start = writer.textCount
        writer.appendDigits(of: value)
        writer.appendScalar(.number, from: start)
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
        let start = writer.textCount
        var text = value.text
        text.withUTF8 { writer.append($0) }
        writer.appendScalar(.number, from: start)
        endValue()
    }

    /// Appends an existing value with its exact text.
    public mutating func append(_ value: JSON) {
        guard beginValue() else { return }
        let depth = self.depth + value.depth
        guard depth <= maximumDepth else { return failedTooDeep() }
        guard writer.textCount + value.node.byteCount <= JSONLimits.textBytes else {
            return failedTooLarge()
        }
        deepest = max(deepest, depth)
        value.document.withTape { tape in tape.copy(value.place, to: &writer) }
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
        return JSON(Document(writer, depth: deepest), 0)
    }

    /// Empties the builder for the next document; what was built so far is dropped.
    public mutating func reset() {
        writer.removeAll()
        container = Self.noContainer
        depth = 0
        deepest = 0
        expects = .value
        failure = nil
    }
}

extension JSONBuilder {
    private mutating func failed(_ code: JSONError.Code, _ message: String) {
        if failure == nil {
            failure = JSONError(code: code, message: message, offset: writer.textCount)
        }
    }

    private mutating func failedTooDeep() {
        failed(.tooDeep, "arrays and objects nest deeper than \(maximumDepth)")
    }

    private mutating func failedTooLarge() {
        let text = "the text is longer than \(JSONLimits.textBytes) bytes"
        let isText = writer.byteCount <= maximumBytes
        failed(.tooLarge, isText ? text : "the value takes more than \(maximumBytes) bytes")
    }

    private mutating func misused(_ call: String) {
        failed(.misuse, "the builder expected \(expects), not \(call)")
    }

    /// Writes the comma before an item of the open container, and counts the item.
    @inline(__always)
    private mutating func separate() {
        let node = writer.nodes + Int(container)
        if node.pointee.end > 0 { writer.append(UInt8(ascii: ",")) }
        node.pointee.end &+= 1
    }

    @inline(__always)
    private mutating func beginValue() -> Bool {
        guard failure == nil else { return false }
        writer.makeUnique()
        switch expects {
        case .value:
            if container != Self.noContainer { separate() }
        case .valueOfMember:
            break
        case .name, .nothing:
            misused("a value")
            return false
        }
        return true
    }

    @inline(__always)
    private mutating func endValue() {
        if writer.textCount > JSONLimits.textBytes || writer.byteCount > maximumBytes {
            failedTooLarge()
        }
        if container == Self.noContainer {
            expects = .nothing
        } else {
            expects = writer.nodes[Int(container)].isObject ? .name : .value
        }
    }

    private mutating func begin(_ kind: JSON.Kind, _ bracket: UInt8) {
        guard beginValue() else { return }
        guard depth < maximumDepth else { return failedTooDeep() }
        depth += 1
        deepest = max(deepest, depth)
        let start = UInt32(clamping: writer.textCount)
        let parent = container
        container = UInt32(truncatingIfNeeded: writer.nodeCount)
        writer.append(Node(kind: kind, start: start, end: 0, next: parent))
        writer.append(bracket)
        expects = kind == .object ? .name : .value
    }

    private mutating func end(_ kind: JSON.Kind, _ bracket: UInt8) {
        guard failure == nil else { return }
        guard container != Self.noContainer, expects != .valueOfMember,
            writer.nodes[Int(container)].kind == kind
        else { return misused("the end of an \(kind)") }
        writer.makeUnique()
        writer.append(bracket)
        let node = writer.nodes + Int(container)
        container = node.pointee.next
        depth -= 1
        node.pointee.count = Int(node.pointee.end)
        node.pointee.end = UInt32(clamping: writer.textCount)
        node.pointee.next = UInt32(truncatingIfNeeded: writer.nodeCount)
        endValue()
    }

    @inline(__always)
    private mutating func appendString(_ string: String) {
        var string = string
        let start = writer.textCount
        let hasEscapes = string.withUTF8 { StringWriter.append($0, to: &writer) }
        writer.appendScalar(.string, from: start, hasEscapes: hasEscapes)
    }

    private mutating func appendLiteral(_ literal: StaticString, _ kind: JSON.Kind) {
        guard beginValue() else { return }
        let start = writer.textCount
        literal.withUTF8Buffer { writer.append($0) }
        writer.appendScalar(kind, from: start)
        endValue()
    }
}

extension TapeWriter {
    /// Appends an integer in decimal.
    fileprivate mutating func appendDigits(of value: Int) {
        var left = value.magnitude
        var count = value < 0 ? 1 : 0
        repeat {
            count += 1
            left /= 10
        } while left > 0
        let target = reserveText(count)
        left = value.magnitude
        var position = count
        repeat {
            position -= 1
            let (quotient, remainder) = left.quotientAndRemainder(dividingBy: 10)
            target[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: remainder)
            left = quotient
        } while left > 0
        if value < 0 { target[0] = UInt8(ascii: "-") }
        advanceText(count)
    }
}
