/// One entry of a tape: a value, or the name of a member.
///
/// A container is followed by the nodes of what it holds, in the order of the text; a member is the
/// node of its name (a string), then its value.
struct Node {
    /// Where the text of the value begins, in bytes from the beginning of the document.
    var start: UInt32
    /// The first byte after the text of the value.
    var end: UInt32
    /// The index of the first node after this one and all below it.
    var next: UInt32
    /// Three bits of kind, one for escapes, the rest counts the children and saturates.
    private var info: UInt32

    static let size = MemoryLayout<Node>.stride

    static let maximumCount = 1 << 28 - 1

    @inline(__always)
    init(kind: JSON.Kind, start: UInt32, end: UInt32, next: UInt32, hasEscapes: Bool = false) {
        self.start = start
        self.end = end
        self.next = next
        self.info = UInt32(kind.rawValue) | (hasEscapes ? 8 : 0)
    }

    @inline(__always)
    var kind: JSON.Kind { JSON.Kind(rawValue: UInt8(truncatingIfNeeded: info & 7)) ?? .null }

    @inline(__always)
    var isContainer: Bool { info & 7 >= UInt32(JSON.Kind.array.rawValue) }

    @inline(__always)
    var isObject: Bool { info & 7 == UInt32(JSON.Kind.object.rawValue) }

    @inline(__always)
    var hasEscapes: Bool { info & 8 != 0 }

    /// Elements or members; `maximumCount` stands for that many or more.
    @inline(__always)
    var count: Int {
        get { Int(info >> 4) }
        set {
            info = (info & 15) | UInt32(truncatingIfNeeded: min(newValue, Self.maximumCount)) << 4
        }
    }

    @inline(__always)
    var byteCount: Int { Int(end &- start) }

    /// The same node in a document where its text and its index lie elsewhere.
    @inline(__always)
    func moved(text: UInt32, index: UInt32) -> Node {
        var node = self
        node.start &+= text
        node.end &+= text
        node.next &+= index
        return node
    }
}
