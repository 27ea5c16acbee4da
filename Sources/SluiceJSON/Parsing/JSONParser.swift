/// Parses JSON text (RFC 8259), and keeps its scratch memory from one text to the next.
///
/// Refused are, beside what the grammar refuses, text that is not UTF-8, lone surrogates (escaped or
/// not), a byte order mark, containers that nest deeper than `maximumDepth`, and text longer than
/// 1 GiB + 64 MiB. Member names may repeat. A parse takes time linear in the text and does not
/// recurse. The scratch memory is 16 bytes a value of the largest text so far, but what is over 1 MiB
/// is given back after the text that needed it. One parser keeps one thread at a time busy.
///
/// `@unchecked Sendable`: the scratch memory has this one owner, which cannot be copied, and only
/// methods that need the parser for themselves touch it.
public struct JSONParser: ~Copyable, @unchecked Sendable {
    /// How many containers may lie in one another.
    public let maximumDepth: Int

    private var nodes: UnsafeMutablePointer<Node>
    private var capacity: Int

    private static let smallestCapacity = 64
    private static let largestKeptCapacity = 65_536

    /// Makes a parser; the scratch memory grows with the texts it sees.
    public init(maximumDepth: Int = JSONLimits.textDepth) {
        self.maximumDepth = maximumDepth
        capacity = Self.smallestCapacity
        nodes = .allocate(capacity: capacity)
    }

    deinit {
        nodes.deallocate()
    }

    /// Parses exactly one value, which may have white space around it.
    ///
    /// The bytes are copied. Throws the first error of the text; its offset counts from the first byte.
    public mutating func parse(_ bytes: UnsafeRawBufferPointer) throws(JSONError) -> JSON {
        try parse(bytes.assumingMemoryBound(to: UInt8.self))
    }

    /// Parses exactly one value, which may have white space around it.
    ///
    /// Throws the first error of the text; its offset counts from the first byte of the slice.
    public mutating func parse(_ bytes: ArraySlice<UInt8>) throws(JSONError) -> JSON {
        let result = bytes.withUnsafeBufferPointer { bytes -> Result<JSON, JSONError> in
            do throws(JSONError) {
                return .success(try parse(bytes))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    mutating func parse(_ text: UnsafeBufferPointer<UInt8>) throws(JSONError) -> JSON {
        guard let start = text.baseAddress else { throw JSONError(.end, at: 0, in: text) }
        guard text.count <= JSONLimits.textBytes else {
            throw JSONError(.tooLarge, at: 0, in: text)
        }
        var parser = TapeParser(
            from: start, count: text.count, maximumDepth: maximumDepth, nodes: nodes,
            capacity: capacity)
        let failure = Self.run(&parser)
        nodes = parser.nodes
        capacity = parser.capacity
        defer { shrink() }
        if let failure {
            let offset = failure.address - UInt(bitPattern: start)
            throw JSONError(failure.reason, at: Int(clamping: offset), in: text)
        }
        let header = Document.Header(
            textCount: nodes[0].end, nodeCount: UInt32(clamping: parser.count),
            sourceOffset: UInt32(clamping: parser.base - start),
            depth: UInt32(clamping: parser.deepest), isCompact: !parser.hasBlanks)
        return JSON(Document(header: header, nodes: nodes, text: parser.base), 0)
    }

    @inline(__always)
    private static func run(_ parser: inout TapeParser) -> ParseFailure? {
        do throws(ParseFailure) {
            try parser.parse()
            return nil
        } catch {
            return error
        }
    }

    private mutating func shrink() {
        guard capacity > Self.largestKeptCapacity else { return }
        nodes.deallocate()
        capacity = Self.smallestCapacity
        nodes = .allocate(capacity: capacity)
    }
}
