internal import SluiceJSON

/// Why an expression has no value: the internal, cheap form of ``EvaluationError``.
///
/// A missing value is told apart because `??`, `coalesce` and tests catch it and nothing else; what
/// `omit` leaves out is told apart because the container around it catches it.
enum Fault: Error {
    /// A path found nothing.
    case missingPath(JSONPath, span: Range<Int>)
    /// Steps behind an expression found nothing in its value; the path says them behind a `$`.
    case missingPart(JSONPath, of: JSON, span: Range<Int>)
    /// A function has no value to give, such as `first` of an empty array.
    case missingValue(String, span: Range<Int>)
    /// The value is `omit`.
    case omitted(span: Range<Int>)
    /// The work passes a limit.
    case limit(String, span: Range<Int>)
    /// Anything else: a wrong type, an overflow.
    case failed(String, span: Range<Int>)

    /// Whether `??` catches it.
    var isMissing: Bool {
        switch self {
        case .missingPath, .missingPart, .missingValue: true
        case .omitted, .limit, .failed: false
        }
    }

    /// Whether the value is `omit`.
    var isOmitted: Bool {
        if case .omitted = self { return true }
        return false
    }

    /// Byte range of the part of the expression that is to blame.
    var span: Range<Int> {
        switch self {
        case .missingPath(_, let span), .missingPart(_, _, let span), .missingValue(_, let span),
            .omitted(let span), .limit(_, let span), .failed(_, let span):
            span
        }
    }
}

extension Fault {
    /// The text for people, which says how far a path got in `message` before it found nothing.
    func message(for message: JSON) -> String {
        switch self {
        case .failed(let text, _), .limit(let text, _), .missingValue(let text, _):
            text
        case .missingPath(let path, _):
            "`\(path)` finds nothing" + Self.explanation(of: path, in: message, named: "$")
        case .missingPart(let path, let value, _):
            "`\(path.description.dropFirst())` finds nothing"
                + Self.explanation(of: path, in: value, named: "…")
        case .omitted:
            "`omit` leaves a member or an element out, and there is none"
        }
    }

    private static func explanation(
        of path: JSONPath, in message: JSON, named root: String
    ) -> String {
        var value = message
        var reached = root
        for step in path.singularSteps ?? [] {
            switch step {
            case .name(let name):
                guard value.kind == .object else {
                    return ": `\(reached)` is \(value.kind.article), not an object"
                }
                guard let next = value[name] else {
                    let names = value.members.lazy.prefix(1_000).map(\.name)
                    let guess = Spelling.closest(to: name, among: Array(names))
                    let hint = guess.map { "; did you mean `\($0)`?" } ?? ""
                    return ": `\(reached)` has no member `\(name)`\(hint)"
                }
                value = next
            case .index(let index):
                guard value.kind == .array else {
                    return ": `\(reached)` is \(value.kind.article), not an array"
                }
                guard let next = value[index < 0 ? value.count + index : index] else {
                    let size = value.count == 1 ? "1 element" : "\(value.count) elements"
                    return ": `\(reached)` has \(size)"
                }
                value = next
            }
            reached += step.pathText
        }
        return ""
    }
}

extension Fault {
    /// The fault of work that passes a limit.
    init(_ exceeded: WorkBudget.Exceeded, at span: Range<Int>) {
        switch exceeded {
        case .steps:
            self = .limit(
                "the expression takes more than \(MappingLimits.steps) steps", span: span)
        case .nodes:
            self = .limit(
                "the path selects more than \(MappingLimits.nodes) values", span: span)
        case .contents:
            self = .limit(
                "what the path selects holds more than \(MappingLimits.nodes) values or "
                    + "\(MappingLimits.nodes * 16 / 1_000_000) MB of text, and more than the message",
                span: span)
        }
    }
}

extension JSONPath.Step {
    /// The step as it is written in a path.
    var pathText: String {
        switch self {
        case .name(let name): PathText.step(to: name)
        case .index(let index): "[\(index)]"
        }
    }
}

extension JSON.Kind {
    /// The kind with its article, as error messages name it.
    var article: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
