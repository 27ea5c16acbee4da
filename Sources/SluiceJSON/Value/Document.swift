/// The memory of one JSON document: its nodes, then its text, in one allocation.
///
/// `@unchecked Sendable`: a document is written once, before anybody else sees it, and never changed.
struct Document: @unchecked Sendable {
    struct Header {
        var textCount: UInt32
        var nodeCount: UInt32
        /// Bytes that came before the value in the text it was parsed from.
        var sourceOffset: UInt32
        /// Of the value at the root.
        var depth: UInt32
        /// Whether the text has no white space between tokens.
        var isCompact: Bool
    }

    private let buffer: ManagedBuffer<Header, Node>

    /// Makes a document whose nodes and text `fill` writes; `header` says how many there are.
    @inline(__always)
    init(
        header: Header,
        fill: (_ nodes: UnsafeMutablePointer<Node>, _ text: UnsafeMutablePointer<UInt8>) -> Void
    ) {
        let nodeCount = Int(header.nodeCount)
        let textNodes = (Int(header.textCount) + Node.size - 1) / Node.size
        buffer = ManagedBuffer<Header, Node>
            .create(minimumCapacity: nodeCount + textNodes) { _ in header }
        buffer.withUnsafeMutablePointerToElements { elements in
            let text = UnsafeMutableRawPointer(elements + nodeCount)
            fill(elements, text.assumingMemoryBound(to: UInt8.self))
        }
    }

    /// Copies nodes and text; `header` says how many there are.
    init(header: Header, nodes: UnsafePointer<Node>, text: UnsafePointer<UInt8>) {
        self.init(header: header) { targetNodes, targetText in
            targetNodes.update(from: nodes, count: Int(header.nodeCount))
            targetText.update(from: text, count: Int(header.textCount))
        }
    }

    /// A document of one scalar or one empty container, whose text `fill` writes.
    @inline(__always)
    init(
        kind: JSON.Kind, textCount: Int, fill: (_ text: UnsafeMutablePointer<UInt8>) -> Void
    ) {
        let node = Node(kind: kind, start: 0, end: UInt32(clamping: textCount), next: 1)
        let header = Header(
            textCount: node.end, nodeCount: 1, sourceOffset: 0, depth: node.isContainer ? 1 : 0,
            isCompact: true)
        self.init(header: header) { nodes, text in
            nodes[0] = node
            fill(text)
        }
    }

    /// Copies what a writer has, which is one value.
    init(_ writer: TapeWriter, depth: Int) {
        let header = Header(
            textCount: UInt32(clamping: writer.textCount),
            nodeCount: UInt32(clamping: writer.nodeCount), sourceOffset: 0,
            depth: UInt32(clamping: depth), isCompact: true)
        self.init(header: header, nodes: writer.nodes, text: writer.text)
    }

    @inline(__always)
    var header: Header { buffer.withUnsafeMutablePointerToHeader { $0.pointee } }

    @inline(__always)
    func node(_ index: UInt32) -> Node {
        buffer.withUnsafeMutablePointerToElements { $0[Int(index)] }
    }

    /// Lends the tape for the time of the call.
    @inline(__always)
    func withTape<R, E: Error>(_ body: (Tape) throws(E) -> R) throws(E) -> R {
        try buffer.withUnsafeMutablePointers { (header, elements) throws(E) -> R in
            let text = UnsafeRawPointer(elements + Int(header.pointee.nodeCount))
            return try body(
                Tape(
                    nodes: UnsafePointer(elements),
                    text: text.assumingMemoryBound(to: UInt8.self),
                    isCompact: header.pointee.isCompact))
        }
    }

    func isSame(as other: Document) -> Bool { buffer === other.buffer }
}

/// The nodes and the text of a document, valid while the document lends them.
struct Tape {
    let nodes: UnsafePointer<Node>
    let text: UnsafePointer<UInt8>
    let isCompact: Bool

    @inline(__always)
    func node(_ index: UInt32) -> Node { nodes[Int(index)] }

    /// The text of a node as it stands, quotes included.
    @inline(__always)
    func bytes(_ node: Node) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: text + Int(node.start), count: node.byteCount)
    }

    /// What stands between the quotes of a string.
    @inline(__always)
    func content(_ node: Node) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: text + Int(node.start) + 1, count: node.byteCount - 2)
    }

    /// The number of elements or members below a container.
    func count(_ node: Node, at index: UInt32) -> Int {
        guard node.count == Node.maximumCount else { return node.count }
        var count = 0
        var child = index + 1
        while child < node.next {
            if node.isObject { child += 1 }
            child = self.node(child).next
            count += 1
        }
        return count
    }

    /// How many containers lie in one another at most: 0 for a scalar, 1 for `[]`.
    func depth(at index: UInt32) -> Int {
        let root = node(index)
        guard root.isContainer else { return 0 }
        guard (index + 1..<root.next).contains(where: { node($0).isContainer }) else { return 1 }
        var ends: [UInt32] = []
        var deepest = 0
        var current = index
        while current < root.next {
            while let last = ends.last, last <= current { ends.removeLast() }
            let node = self.node(current)
            if node.isContainer {
                ends.append(node.next)
                deepest = max(deepest, ends.count)
            }
            current += 1
        }
        return deepest
    }
}
