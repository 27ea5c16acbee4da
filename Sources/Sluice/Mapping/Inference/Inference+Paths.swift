internal import SluiceJSON

extension Inference {
    /// The schema of what `path`, written at `span`, finds; a problem is noted where no message of
    /// the source's shape has it.
    mutating func schema(ofPath path: JSONPath, at span: Range<Int>) -> Schema {
        let unknown = path.isSingular ? Schema.any : Schema(.array)
        guard span.count <= PathParts.longest else { return unknown }
        let parts = PathParts(path)
        var reached = "$"
        guard let base = walk(parts.prefix, from: source, &reached, at: span.lowerBound) else {
            return unknown
        }
        if let steps = path.singularSteps {
            return steps.count == parts.prefix.count ? base : unknown
        }
        guard parts.isEveryItem else { return Schema(.array) }
        let types = base.possibleTypes
        guard !types.isDisjoint(with: [.array, .object]) else {
            let end = span.lowerBound + parts.prefixLength
            blame(
                end..<span.upperBound, "`\(path)` finds nothing: `\(reached)` is \(types.article)",
                .nothing)
            return Schema(.array)
        }
        guard !types.contains(.object) else { return Schema(.array) }
        reached += "[*]"
        let items = base.possibleItems
        guard let found = walk(parts.suffix, from: items, &reached, at: span.lowerBound) else {
            return Schema(.array)
        }
        return .array(of: found)
    }

    /// The schema of a member or an element of the value of `whole`.
    mutating func schema(
        ofPart path: JSONPath, of whole: ExpressionNode, at span: Range<Int>
    ) -> Schema {
        var found = schema(of: whole)
        for step in path.singularSteps ?? [] {
            switch found.following(step) {
            case .found(let next): found = next
            case .impossible(let reason, let near):
                blame(
                    whole.span.upperBound..<span.upperBound,
                    "`\(path.description.dropFirst())` finds nothing: `…` \(reason)",
                    suggestion: near.map { "did you mean `\($0)`?" }, .missing)
                return .any
            }
        }
        return found
    }

    /// Follows `steps`; nil where one of them cannot be, after noting that.
    private mutating func walk(
        _ steps: [PathParts.Step], from start: Schema, _ reached: inout String, at offset: Int
    ) -> Schema? {
        var schema = start
        for step in steps {
            switch schema.following(step.step) {
            case .found(let next):
                schema = next
                reached += step.step.pathText
            case .impossible(let reason, let near):
                let range = step.range.lowerBound + offset..<step.range.upperBound + offset
                let suggestion = near ?? elsewhere(step.step)
                blame(
                    range, "`\(reached)` \(reason)",
                    suggestion: suggestion.map { "did you mean `\($0)`?" }, .missing)
                return nil
            }
        }
        return schema
    }

    /// The path of a member of that name in another place of the source, the shallowest first.
    private func elsewhere(_ step: JSONPath.Step) -> String? {
        guard case .name(let name) = step else { return nil }
        var level: [(path: String, schema: Schema)] = [("$", source)]
        for _ in 0..<4 {
            var next: [(path: String, schema: Schema)] = []
            for (path, schema) in level {
                for property in schema.namedProperties {
                    let place = path + PathText.step(to: property.name)
                    if Text.isEqual(property.name, name) { return place }
                    next.append((place, property.schema))
                }
            }
            level = Array(next.prefix(1_000))
        }
        return nil
    }
}

/// A path cut into the steps whose place in its text is known.
///
/// A cut is right where the text before it is a singular path of its own, since no longer path
/// begins differently.
struct PathParts {
    struct Step {
        var step: JSONPath.Step
        /// Byte range in the path's text, without the dot of a shorthand.
        var range: Range<Int>
    }

    /// The longest path that is cut, in bytes: the work grows with the square.
    static let longest = 4_096

    /// The steps up to the first segment that may select several values.
    private(set) var prefix: [Step] = []
    /// The steps behind a `[*]` that follows the prefix.
    private(set) var suffix: [Step] = []
    /// Whether the rest of the path is `[*]` and the steps of the suffix.
    private(set) var isEveryItem = false
    /// Length of the prefix with its `$`, in bytes.
    private(set) var prefixLength = 1

    init(_ path: JSONPath) {
        let bytes = Array(path.description.utf8)
        (prefix, prefixLength) = Self.steps(of: bytes)
        let wildcards = [Array("[*]".utf8), Array(".*".utf8)]
        let rest = bytes[prefixLength...]
        guard let wildcard = wildcards.first(where: { rest.starts(with: $0) }) else { return }
        let start = prefixLength + wildcard.count
        let tail = Array("$".utf8) + bytes[start...]
        let (steps, length) = Self.steps(of: tail)
        guard length == tail.count else { return }
        isEveryItem = true
        suffix = steps.map { step in
            let range = step.range.lowerBound + start - 1..<step.range.upperBound + start - 1
            return Step(step: step.step, range: range)
        }
    }

    /// The longest beginning of `bytes` that is a singular path: its steps and its length.
    private static func steps(of bytes: [UInt8]) -> ([Step], Int) {
        var steps: [Step] = []
        var end = 1
        for cut in bytes.indices.dropFirst(2) + [bytes.count] where cut > end {
            let isBoundary =
                cut == bytes.count || bytes[cut] == UInt8(ascii: ".")
                || bytes[cut] == UInt8(ascii: "[")
            guard isBoundary else { continue }
            let text = Text.string(bytes[..<cut])
            guard let known = (try? JSONPath(text))?.singularSteps, let last = known.last,
                known.count == steps.count + 1
            else { continue }
            let marks = bytes[end..<cut].prefix { $0.isBlank || $0 == UInt8(ascii: ".") }
            steps.append(Step(step: last, range: end + marks.count..<cut))
            end = cut
        }
        return (steps, end)
    }
}
