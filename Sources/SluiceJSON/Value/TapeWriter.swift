/// Memory for a document that is being built: compact text and its nodes.
///
/// Copies share the memory until one of them is written to: `makeUnique` comes before all writing.
///
/// `@unchecked Sendable`: memory that copies share is never written to, and it is freed after the
/// last of them.
struct TapeWriter: @unchecked Sendable {
    private(set) var text: UnsafeMutablePointer<UInt8>
    private(set) var textCount = 0
    private var textCapacity: Int
    private(set) var nodes: UnsafeMutablePointer<Node>
    private(set) var nodeCount = 0
    /// How much memory that takes.
    var byteCount: Int { textCount + nodeCount * MemoryLayout<Node>.stride }
    private var nodeCapacity: Int
    private var owner: Owner

    private static let smallestTextCapacity = 256
    private static let smallestNodeCapacity = 32
    /// Memory beyond these is given back when the writer is emptied.
    private static let largestKeptTextCapacity = 1 << 20
    private static let largestKeptNodeCapacity = 1 << 16

    /// Frees the memory after the last copy.
    private final class Owner {
        var text: UnsafeMutablePointer<UInt8>
        var nodes: UnsafeMutablePointer<Node>

        init(_ text: UnsafeMutablePointer<UInt8>, _ nodes: UnsafeMutablePointer<Node>) {
            self.text = text
            self.nodes = nodes
        }

        deinit {
            text.deallocate()
            nodes.deallocate()
        }
    }

    init() {
        self.init(
            Owner(
                .allocate(capacity: Self.smallestTextCapacity),
                .allocate(capacity: Self.smallestNodeCapacity)))
    }

    private init(_ owner: Owner) {
        textCapacity = Self.smallestTextCapacity
        nodeCapacity = Self.smallestNodeCapacity
        text = owner.text
        nodes = owner.nodes
        self.owner = owner
    }

    /// A writer without memory: a copy takes its own when `makeUnique` is called first.
    static let unused = TapeWriter(Owner(.allocate(capacity: 0), .allocate(capacity: 0)))

    @inline(__always)
    mutating func makeUnique() {
        if !isKnownUniquelyReferenced(&owner) { copyMemory() }
    }

    @inline(never)
    private mutating func copyMemory() {
        let (oldText, oldNodes) = (text, nodes)
        text = .allocate(capacity: textCapacity)
        nodes = .allocate(capacity: nodeCapacity)
        text.update(from: oldText, count: textCount)
        nodes.update(from: oldNodes, count: nodeCount)
        owner = Owner(text, nodes)
    }

    mutating func removeAll() {
        if textCapacity > Self.largestKeptTextCapacity
            || nodeCapacity > Self.largestKeptNodeCapacity
        {
            self = .unused
        } else {
            textCount = 0
            nodeCount = 0
        }
    }

    /// Makes room for so many more bytes, and returns where they begin.
    @inline(__always)
    mutating func reserveText(_ count: Int) -> UnsafeMutablePointer<UInt8> {
        if textCapacity - textCount < count { growText(count) }
        return text + textCount
    }

    /// Counts bytes that were written where `reserveText` said.
    @inline(__always)
    mutating func advanceText(_ count: Int) { textCount += count }

    /// Makes room for so many more nodes, and returns where they begin.
    @inline(__always)
    mutating func reserveNodes(_ count: Int) -> UnsafeMutablePointer<Node> {
        if nodeCapacity - nodeCount < count { growNodes(count) }
        return nodes + nodeCount
    }

    /// Counts nodes that were written where `reserveNodes` said.
    @inline(__always)
    mutating func advanceNodes(_ count: Int) { nodeCount += count }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        reserveText(1).pointee = byte
        textCount += 1
    }

    @inline(__always)
    mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let start = bytes.baseAddress else { return }
        reserveText(bytes.count).update(from: start, count: bytes.count)
        textCount += bytes.count
    }

    @inline(__always)
    mutating func append(_ node: Node) {
        reserveNodes(1).pointee = node
        nodeCount += 1
    }

    /// Appends the node of a scalar whose text, up to here, has just been written.
    @inline(__always)
    mutating func appendScalar(_ kind: JSON.Kind, from start: Int, hasEscapes: Bool = false) {
        append(
            Node(
                kind: kind, start: UInt32(clamping: start), end: UInt32(clamping: textCount),
                next: UInt32(truncatingIfNeeded: nodeCount + 1), hasEscapes: hasEscapes))
    }

    @inline(never)
    private mutating func growText(_ count: Int) {
        textCapacity = max(textCapacity * 2, textCount + count)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: textCapacity)
        larger.update(from: text, count: textCount)
        text.deallocate()
        text = larger
        owner.text = larger
    }

    @inline(never)
    private mutating func growNodes(_ count: Int) {
        nodeCapacity = max(nodeCapacity * 2, nodeCount + count)
        let larger = UnsafeMutablePointer<Node>.allocate(capacity: nodeCapacity)
        larger.update(from: nodes, count: nodeCount)
        nodes.deallocate()
        nodes = larger
        owner.nodes = larger
    }
}
