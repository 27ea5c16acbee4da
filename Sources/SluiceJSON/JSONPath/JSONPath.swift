/// A JSONPath query (RFC 9535), compiled once.
///
/// First version: names and indices only.
public struct JSONPath: Sendable, Hashable, CustomStringConvertible {
    /// One step of a path that leads to at most one value.
    public enum Step: Sendable, Hashable {
        /// The member of that name.
        case name(String)
        /// The element at that place; negative counts from the end.
        case index(Int)
    }

    private let source: String
    /// The steps of a singular path, else nil.
    public let singularSteps: [Step]?

    /// `$`.
    public static let root = JSONPath(source: "$", steps: [])

    private init(source: String, steps: [Step]) {
        self.source = source
        singularSteps = steps
    }

    /// Compiles a path.
    ///
    /// Throws where it breaks the grammar or a rule of types of RFC 9535.
    public init(_ text: String) throws(JSONPathError) {
        let bytes = Array(text.utf8)
        let (path, end) = try Self.parsePrefix(of: bytes, at: 0)
        guard end == bytes.count else {
            throw JSONPathError(message: "expected the end of the path", offset: end)
        }
        self = path
    }

    /// Compiles the longest path that begins at an offset; `end` is the first byte after it.
    public static func parsePrefix(
        of bytes: [UInt8], at offset: Int
    ) throws(JSONPathError) -> (path: JSONPath, end: Int) {
        guard bytes.indices.contains(offset), bytes[offset] == UInt8(ascii: "$") else {
            throw JSONPathError(message: "expected '$'", offset: offset)
        }
        var steps: [Step] = []
        var end = offset + 1
        func isName(_ byte: UInt8) -> Bool {
            byte >= 0x80 || byte == UInt8(ascii: "_") || ASCII.isDigit(byte)
                || byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z")
        }
        while end + 1 < bytes.count {
            if bytes[end] == UInt8(ascii: "."), isName(bytes[end + 1]) {
                let name = bytes[(end + 1)...].prefix(while: isName)
                steps.append(.name(String(decoding: name, as: UTF8.self)))
                end = name.endIndex
            } else if bytes[end] == UInt8(ascii: "[") {
                let digits = bytes[(end + 1)...].prefix { $0 != UInt8(ascii: "]") }
                guard let index = Int(String(decoding: digits, as: UTF8.self)) else {
                    throw JSONPathError(message: "expected an index", offset: end + 1)
                }
                steps.append(.index(index))
                end = min(digits.endIndex + 1, bytes.count)
            } else {
                break
            }
        }
        let source = String(decoding: bytes[offset..<end], as: UTF8.self)
        return (JSONPath(source: source, steps: steps), end)
    }

    /// Whether the path leads to at most one value, by its form.
    public var isSingular: Bool { singularSteps != nil }

    /// The text of the path.
    public var description: String { source }

    /// The first value that the path leads to.
    public func first(in root: JSON) -> JSON? {
        var value: JSON? = root
        for step in singularSteps ?? [] {
            switch step {
            case .name(let name): value = value?[name]
            case .index(let index):
                value = value.flatMap { $0[index < 0 ? $0.count + index : index] }
            }
        }
        return value
    }

    /// All values that the path leads to, in the order of RFC 9535.
    public func values(in root: JSON) -> [JSON] { first(in: root).map { [$0] } ?? [] }

    /// The same with their normalized paths.
    public func nodes(in root: JSON) -> [(path: String, value: JSON)] {
        values(in: root).map { (source, $0) }
    }
}

/// Why a text is no JSONPath.
public struct JSONPathError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, for people.
    public var message: String
    /// The byte of the given text at which it goes wrong.
    public var offset: Int

    /// Makes an error from its parts.
    public init(message: String, offset: Int) {
        self.message = message
        self.offset = offset
    }

    /// The message and the offset.
    public var description: String { "\(message), at byte \(offset)" }
}
