extension JSON: CustomStringConvertible {
    /// The compact JSON text: members in order, numbers and escapes as they came.
    public var text: String {
        document.withTape { tape in
            let node = tape.node(place)
            if tape.isCompact || !node.isContainer {
                return String(decoding: tape.bytes(node), as: UTF8.self)
            }
            return String(unsafeUninitializedCapacity: node.byteCount) { target in
                target.baseAddress.map { tape.writeCompacted(place, to: $0) } ?? 0
            }
        }
    }

    /// The same as `text`.
    public var description: String { text }

    /// Appends the compact JSON text.
    public func write(to bytes: inout [UInt8]) {
        document.withTape { tape in
            let node = tape.node(place)
            if tape.isCompact || !node.isContainer {
                bytes.append(contentsOf: tape.bytes(node))
            } else {
                withUnsafeTemporaryAllocation(of: UInt8.self, capacity: node.byteCount) { target in
                    let count = target.baseAddress.map { tape.writeCompacted(place, to: $0) } ?? 0
                    bytes.append(contentsOf: UnsafeBufferPointer(rebasing: target[..<count]))
                }
            }
        }
    }

    /// How many bytes `write(to:)` appends; takes no time where the text has no white space.
    public var textByteCount: Int {
        document.withTape { tape in
            let node = tape.node(place)
            return tape.isCompact || !node.isContainer
                ? node.byteCount : tape.compactedByteCount(place)
        }
    }

    /// The JSON text with a line for each element and member; empty containers stay on one line.
    public func pretty(indent: Int = 2) -> String {
        var printer = PrettyPrinter(indent: indent)
        document.withTape { tape in
            tape.forEachToken(of: place) { token in
                if token.count == 1, let byte = token.first {
                    printer.append(byte)
                } else {
                    printer.append(contentsOf: token)
                }
            }
        }
        return String(decoding: printer.bytes, as: UTF8.self)
    }

    /// Whether both have the same compact text: number text, escapes, order and repeated names too.
    public func isIdentical(to other: JSON) -> Bool {
        if place == other.place, document.isSame(as: other.document) { return true }
        let count = textByteCount
        guard count == other.textByteCount else { return false }
        var left: [UInt8] = []
        var right: [UInt8] = []
        left.reserveCapacity(count)
        right.reserveCapacity(count)
        write(to: &left)
        other.write(to: &right)
        return left == right
    }
}

extension Tape {
    /// Calls with the tokens of the text in order: a punctuation mark, a scalar or a name.
    fileprivate func forEachToken(of index: UInt32, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        let root = node(index)
        var position = Int(root.start)
        func marks(upTo end: Int) {
            while position < end {
                if !ASCII.isBlank(text[position]) {
                    body(UnsafeBufferPointer(start: text + position, count: 1))
                }
                position += 1
            }
        }
        var current = index
        while current < root.next {
            let node = self.node(current)
            if !node.isContainer {
                marks(upTo: Int(node.start))
                body(bytes(node))
                position = Int(node.end)
            }
            current += 1
        }
        marks(upTo: Int(root.end))
    }
}

/// Lays out tokens of JSON in lines.
private struct PrettyPrinter {
    var bytes: [UInt8] = []
    private let indent: Int
    private var depth = 0
    private var isAfterOpening = false

    init(indent: Int) { self.indent = Swift.max(0, indent) }

    /// Appends a token of one byte, which is punctuation or a digit.
    mutating func append(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            startItem()
            bytes.append(byte)
            depth += 1
            isAfterOpening = true
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            depth -= 1
            if !isAfterOpening { newLine() }
            isAfterOpening = false
            bytes.append(byte)
        case UInt8(ascii: ","):
            bytes.append(byte)
            newLine()
        case UInt8(ascii: ":"):
            bytes.append(byte)
            bytes.append(UInt8(ascii: " "))
        default:
            startItem()
            bytes.append(byte)
        }
    }

    mutating func append(contentsOf token: UnsafeBufferPointer<UInt8>) {
        startItem()
        bytes.append(contentsOf: token)
    }

    private mutating func startItem() {
        if isAfterOpening { newLine() }
        isAfterOpening = false
    }

    private mutating func newLine() {
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: depth * indent))
    }
}
