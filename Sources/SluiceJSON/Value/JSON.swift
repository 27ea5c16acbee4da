/// A JSON value: one immutable value in a document that all copies and subtrees share.
///
/// Text is kept as it came: member order, repeated names, escapes and the exact text of numbers.
/// Copying costs a reference count, and a subtree keeps its whole document alive. Names and strings
/// are compared by their Unicode scalars, never by canonical equivalence as `String` does.
public struct JSON: Sendable {
    /// What a value is.
    public enum Kind: UInt8, Sendable, Hashable, CustomStringConvertible {
        /// `null`.
        case null
        /// `true` or `false`.
        case bool
        /// A number.
        case number
        /// A string.
        case string
        /// An array.
        case array
        /// An object.
        case object

        /// The name of the kind, in lower case.
        public var description: String {
            switch self {
            case .null: "null"
            case .bool: "boolean"
            case .number: "number"
            case .string: "string"
            case .array: "array"
            case .object: "object"
            }
        }
    }

    let document: Document
    let place: UInt32

    @inline(__always)
    init(_ document: Document, _ place: UInt32) {
        self.document = document
        self.place = place
    }

    @inline(__always)
    var node: Node { document.node(place) }

    /// Lends the tape and the node of this value for the time of the call.
    @inline(__always)
    func withNode<R>(_ body: (Tape, Node) -> R) -> R {
        document.withTape { tape in body(tape, tape.node(place)) }
    }

    /// What the value is.
    public var kind: Kind { node.kind }

    /// Whether the value is `null`.
    public var isNull: Bool { kind == .null }

    /// The truth value, nil for anything else.
    public var bool: Bool? {
        withNode { tape, node in
            node.kind == .bool ? tape.text[Int(node.start)] == UInt8(ascii: "t") : nil
        }
    }

    /// The decoded string, nil for anything else.
    public var string: String? {
        withNode { tape, node in node.kind == .string ? tape.string(node) : nil }
    }

    /// The number, nil for anything else.
    public var number: JSONNumber? {
        withNode { tape, node in
            guard node.kind == .number else { return nil }
            return JSONNumber(validText: String(decoding: tape.bytes(node), as: UTF8.self))
        }
    }

    /// The number where it is an integer in range, however it is written: `10.0` and `1e1` are 10.
    public var int: Int? {
        withNode { tape, node in
            node.kind == .number ? NumberText(tape.bytes(node)).int : nil
        }
    }

    /// Whether this is a number that is spelt with digits only, a minus sign before them or not.
    ///
    /// Such a number is an integer, of any size.
    public var isSpeltAsInteger: Bool {
        withNode { tape, node in
            guard node.kind == .number else { return false }
            let text = tape.bytes(node)
            return text.dropFirst(text.first == UInt8(ascii: "-") ? 1 : 0).allSatisfy(ASCII.isDigit)
        }
    }

    /// The nearest double; nil for what is no number or too large for a double.
    public var double: Double? {
        withNode { tape, node in
            node.kind == .number ? NumberText(tape.bytes(node)).double : nil
        }
    }

    /// How many elements or members there are, 0 for scalars.
    public var count: Int {
        withNode { tape, node in tape.count(node, at: place) }
    }

    /// The value of the last member of that name; nil where there is none or this is no object.
    ///
    /// Time grows with the number of members.
    public subscript(name: String) -> JSON? {
        var name = name
        let found = name.withUTF8 { bytes in
            document.withTape { $0.lastMember(of: place, named: bytes) }
        }
        return found.map { JSON(document, $0) }
    }

    /// The element at a place counted from 0; nil where there is none or this is no array.
    ///
    /// Time grows with the index where elements have others below them; go through `elements` to see
    /// them all.
    public subscript(index: Int) -> JSON? {
        document.withTape { $0.element(of: place, at: index) }.map { JSON(document, $0) }
    }

    /// How many containers lie in one another: 0 for a scalar, 1 for `[]`.
    public var depth: Int {
        place == 0
            ? Int(document.header.depth) : document.withTape { $0.depth(at: place) }
    }

    /// The bytes of the value in the text it was parsed from, counted from the start of that text.
    ///
    /// For a value that was built, the place in the compact text of its document.
    public var sourceRange: Range<Int> {
        let node = self.node
        let base = Int(document.header.sourceOffset)
        return base + Int(node.start)..<base + Int(node.end)
    }
}
