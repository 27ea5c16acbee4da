/// A JSONPath query (RFC 9535, whole), compiled once and then used any number of times.
///
/// The functions are `length`, `count`, `match`, `search` and `value`; patterns are I-Regexp, and one
/// that is no valid I-Regexp matches nothing, as the RFC has it. Of members with one name, a name
/// selector gives the last, a wildcard all. Evaluation does not recurse into the document. Two paths
/// are equal where their texts are.
public struct JSONPath: Sendable, Hashable, CustomStringConvertible {
    /// One step of a singular path.
    public enum Step: Sendable, Hashable {
        /// The member of that name.
        case name(String)
        /// The element at that place; negative counts from the end.
        case index(Int)

        /// Whether both are the same step; names are compared by Unicode scalars.
        public static func == (left: Self, right: Self) -> Bool {
            switch (left, right) {
            case (.name(let left), .name(let right)): left.utf8.elementsEqual(right.utf8)
            case (.index(let left), .index(let right)): left == right
            default: false
            }
        }

        /// Feeds the step to a hasher.
        public func hash(into hasher: inout Hasher) {
            switch self {
            case .name(let name): for byte in name.utf8 { hasher.combine(byte) }
            case .index(let index): hasher.combine(index)
            }
        }
    }

    /// How deep parentheses, filters and functions may lie in one another.
    public static let maximumNesting = 64

    private let source: [UInt8]
    private let query: PathQuery

    /// `$`.
    public static let root = JSONPath(
        source: [UInt8(ascii: "$")], query: PathQuery(isAbsolute: true, segments: []))

    private init(source: [UInt8], query: PathQuery) {
        self.source = source
        self.query = query
    }

    /// Compiles a path.
    ///
    /// Throws where it breaks the grammar or the type rules of RFC 9535, or a limit is passed.
    public init(_ text: String) throws(JSONPathError) {
        let bytes = Array(text.utf8)
        let (path, end) = try Self.parsePrefix(of: bytes, at: 0)
        guard end == bytes.count else {
            throw JSONPathError(message: "expected '.', '[' or the end of the path", offset: end)
        }
        self = path
    }

    /// Compiles the longest path that begins at an offset; `end` is the first byte after it.
    ///
    /// Blanks after the path are not consumed, and a `.` or `[` after blanks belongs to it. Errors
    /// have the offset in `bytes`.
    public static func parsePrefix(
        of bytes: [UInt8], at offset: Int
    ) throws(JSONPathError) -> (path: JSONPath, end: Int) {
        var parser = PathParser(bytes, at: offset)
        let query = try parser.query()
        let end = parser.position
        return (JSONPath(source: Array(bytes[offset..<end]), query: query), end)
    }

    /// Compiles the longest run of segments that begins at an offset, as a path with a `$` before them.
    ///
    /// In other respects as ``parsePrefix(of:at:)``.
    public static func parseSegments(
        of bytes: [UInt8], at offset: Int
    ) throws(JSONPathError) -> (path: JSONPath, end: Int) {
        var parser = PathParser(bytes, at: offset)
        let query = try parser.segments(isAbsolute: true)
        let end = parser.position
        let source = [UInt8(ascii: "$")] + bytes[offset..<end]
        return (JSONPath(source: source, query: query), end)
    }

    /// Whether the path leads to at most one value, by its form: names and indices only.
    public var isSingular: Bool { query.singularSteps != nil }

    /// The steps of a singular path, else nil.
    public var singularSteps: [Step]? {
        query.singularSteps?.map { step in
            switch step {
            case .name(let name): .name(String(decoding: name, as: UTF8.self))
            case .index(let index): .index(index)
            }
        }
    }

    /// The text of the path.
    public var description: String { String(decoding: source, as: UTF8.self) }

    /// Whether the texts of the paths are the same.
    public static func == (left: Self, right: Self) -> Bool { left.source == right.source }

    /// Feeds the text of the path to a hasher.
    public func hash(into hasher: inout Hasher) { hasher.combine(source) }
}

extension JSONPath {
    /// The first value that the path leads to, nil where there is none.
    ///
    /// A singular path allocates nothing.
    public func first(in root: JSON) -> JSON? {
        guard let steps = query.singularSteps else {
            return places(in: root).first.map { JSON(root.document, $0) }
        }
        let place = root.document.withTape { $0.place(of: steps, from: root.place) }
        return place.map { JSON(root.document, $0) }
    }

    /// The same within a budget.
    ///
    /// - Throws: ``WorkBudget/Exceeded`` where the budget does not suffice.
    public func first(
        in root: JSON, within budget: inout WorkBudget
    ) throws(WorkBudget.Exceeded) -> JSON? {
        guard let steps = query.singularSteps else {
            return try places(in: root, within: &budget).first.map { JSON(root.document, $0) }
        }
        let place = try root.document.withTape { tape throws(WorkBudget.Exceeded) in
            try tape.place(of: steps, from: root.place, within: &budget)
        }
        return place.map { JSON(root.document, $0) }
    }

    /// All values that the path leads to, in the order of RFC 9535, repeats included.
    ///
    /// Time and memory are linear in what each segment selects; several descendant segments in one
    /// path may select a value once for each way to it. For paths or values from elsewhere there is
    /// ``values(in:within:)``.
    public func values(in root: JSON) -> [JSON] {
        if query.singularSteps != nil { return first(in: root).map { [$0] } ?? [] }
        return places(in: root).map { JSON(root.document, $0) }
    }

    /// The same within a budget.
    ///
    /// - Throws: ``WorkBudget/Exceeded`` where the budget does not suffice.
    public func values(
        in root: JSON, within budget: inout WorkBudget
    ) throws(WorkBudget.Exceeded) -> [JSON] {
        let places = try places(in: root, within: &budget)
        try root.document.withTape { tape throws(WorkBudget.Exceeded) in
            try tape.checkContents(of: places, in: root.place, within: budget)
        }
        return places.map { JSON(root.document, $0) }
    }

    /// The same with their normalized paths (RFC 9535, section 2.7).
    public func nodes(in root: JSON) -> [(path: String, value: JSON)] {
        let places = self.places(in: root)
        let paths = root.document.withTape { tape in
            NormalizedPaths(tape: tape, root: root.place).paths(to: places)
        }
        return zip(paths, places).map { (path: $0, value: JSON(root.document, $1)) }
    }

    private func places(in root: JSON) -> [UInt32] {
        var budget = WorkBudget.unlimited
        // What has no limit exceeds none.
        return (try? places(in: root, within: &budget)) ?? []
    }

    private func places(
        in root: JSON, within budget: inout WorkBudget
    ) throws(WorkBudget.Exceeded) -> [UInt32] {
        try root.document.withTape { tape throws(WorkBudget.Exceeded) in
            var evaluator = PathEvaluator(tape: tape, root: root.place, budget: budget)
            defer { budget = evaluator.budget }
            return try evaluator.places(query, from: root.place)
        }
    }
}

/// Why a text is no JSONPath.
public struct JSONPathError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, for people; without the place.
    public var message: String
    /// The byte of the given text at which it goes wrong, from 0.
    public var offset: Int

    /// Makes an error from its parts.
    public init(message: String, offset: Int) {
        self.message = message
        self.offset = offset
    }

    /// The message and the offset.
    public var description: String { "\(message), at byte \(offset)" }
}
