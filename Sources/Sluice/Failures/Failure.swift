public import SluiceJSON
import SluiceSystem

/// Why a message could not be handled: what a component throws and what leaves by `error`.
///
/// `code` is a stable word in snake_case for programs, `text` a sentence for people. Only failures
/// that say so are tried again by an edge's `retry`: repeating an operation whose effect already
/// took place would duplicate it, so the default is no.
public struct Failure: Error, Sendable, CustomStringConvertible {
    /// A stable word in snake_case, such as `conflict`.
    public var code: String
    /// What happened, for people.
    public var text: String
    /// Whether the same message may succeed later.
    public var isRetryable: Bool
    /// Whether the cause is a full store or a full device.
    public var isDiskFull: Bool
    /// More facts for programs; an object, or nil.
    public var details: JSON?
    /// What else is wrong, of settings that have several mistakes: `check` reports all of them.
    public var others: [Failure] = []

    /// Creates a failure.
    public init(
        _ code: String, _ text: String, isRetryable: Bool = false, isDiskFull: Bool = false,
        details: JSON? = nil
    ) {
        self.code = code
        self.text = text
        self.isRetryable = isRetryable
        self.isDiskFull = isDiskFull
        self.details = details
    }

    /// Whether a text can be a code: a word in snake_case.
    package static func isCode(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_")
            }
    }

    /// `code: text`.
    public var description: String { "\(code): \(text)" }

    /// A value that does not fit what is wanted, found at `path` (`$` is the whole value).
    public static func invalid(_ wanted: String, at path: String = "$") -> Failure {
        var failure = Failure("invalid_message", wanted)
        failure.path = path
        return failure
    }

    /// The first of several mistakes, with the rest as ``others``; nil where there is none.
    public init?(all failures: [Failure]) {
        guard let first = failures.first else { return nil }
        self = first
        others += failures.dropFirst().flatMap { [$0] + $0.others }
    }

    /// Where in the message the failure lies, as a JSON path; nil when it is not about a place.
    var path: String? {
        didSet { details = path.map { ["path": JSON($0)] } ?? details }
    }

    /// The same failure seen from one level further out.
    public func under(_ step: String) -> Failure {
        guard let path, path.hasPrefix("$") else { return self }
        var outer = self
        outer.path = "$\(step)\(path.dropFirst())"
        return outer
    }
}
