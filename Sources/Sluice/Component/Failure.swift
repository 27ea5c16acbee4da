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

    /// `code: text`.
    public var description: String { "\(code): \(text)" }

    /// A value that does not fit what is wanted, found at `path` (`$` is the whole value).
    public static func invalid(_ wanted: String, at path: String = "$") -> Failure {
        var failure = Failure("invalid_message", wanted)
        failure.path = path
        return failure
    }

    /// Settings that hold a broken template, found at `path`.
    public static func broken(_ error: TemplateError, at path: String) -> Failure {
        let failures = error.problems.map {
            broken($0.message, at: path + $0.path.dropFirst(), $0.offset, $0.length, $0.suggestion)
        }
        return Failure(all: failures) ?? .invalid("\(error)", at: path)
    }

    /// The first of several mistakes, with the rest as ``others``; nil where there is none.
    public init?(all failures: [Failure]) {
        guard let first = failures.first else { return nil }
        self = first
        others += failures.dropFirst().flatMap { [$0] + $0.others }
    }

    /// Settings that hold a broken expression, found at `path`.
    public static func broken(_ error: ExpressionError, at path: String) -> Failure {
        broken(error.message, at: path, error.offset, error.length, error.suggestion)
    }

    /// A broken expression; `offset` and `length` are bytes of the decoded string at `path`.
    private static func broken(
        _ text: String, at path: String, _ offset: Int, _ length: Int, _ suggestion: String?
    ) -> Failure {
        var details: JSON = ["path": JSON(path), "offset": JSON(offset), "length": JSON(length)]
        if let suggestion { details = details.setting(["suggestion"], to: JSON(suggestion)) }
        return Failure("broken_expression", text, details: details)
    }

    /// Where in the message the failure lies, as a JSON path; nil when it is not about a place.
    var path: String? {
        didSet { details = path.map { ["path": JSON($0)] } ?? details }
    }

    /// The same failure seen from one level further out.
    func under(_ step: String) -> Failure {
        guard let path, path.hasPrefix("$") else { return self }
        var outer = self
        outer.path = "$\(step)\(path.dropFirst())"
        return outer
    }

    /// The same failure without secrets in what is said about it.
    func hiding(_ secrets: Secrets) -> Failure {
        guard !secrets.isEmpty else { return self }
        var failure = self
        failure.text = secrets.redacted(text)
        failure.details = details.map { secrets.redacted($0) }
        return failure
    }

    /// What leaves by `error`: the failure with the node and the message it belongs to.
    func report(node: String, port: String?, message: JSON) -> JSON {
        var builder = JSONBuilder(maximumDepth: Outbox.maximumReplyDepth)
        write(to: &builder, node: node, port: port, message: message)
        if let report = try? builder.finish() { return report }
        // The message nests so deep that it does not fit inside another value.
        write(to: &builder, node: node, port: port, message: .null)
        return (try? builder.finish()) ?? .null
    }

    private func write(
        to builder: inout JSONBuilder, node: String, port: String?, message: JSON
    ) {
        builder.beginObject()
        builder.member("context", message.isNull ? .null : message["context"] ?? .null)
        builder.member("error", path.map { $0 == "$" ? text : "\($0): \(text)" } ?? text)
        builder.member("code", code)
        builder.member("node", node)
        builder.member("port", port.map { JSON($0) } ?? .null)
        builder.member("retryable", isRetryable)
        builder.member("diskFull", isDiskFull)
        builder.member("message", message)
        if let details { builder.member("details", details) }
        builder.endObject()
    }

    /// The shape of what leaves by `error`.
    static let reportSchema: Schema = {
        let members: [(String, Schema, String)] = [
            ("context", .any, "The message's `context`, or null"),
            ("error", Schema(.string), "What happened, for people"),
            ("code", Schema(.string), "A stable word for programs"),
            ("node", Schema(.string), "The node that failed"),
            ("port", Schema([.string, .null]), "The input port, null where there is none"),
            ("retryable", Schema(.boolean), "Whether the same message may succeed later"),
            ("diskFull", Schema(.boolean), "Whether the cause is a full store or device"),
            ("message", .any, "What was delivered"),
        ]
        var schema = Schema.object(
            members.map { Schema.Property($0, $1.described($2), isRequired: true) })
        schema.properties.append(
            Schema.Property(
                "details", Schema(.object).described("More facts for programs"), isRequired: false))
        return schema
    }()

    /// The same for checks of what certainly leaves.
    static let closedReportSchema = reportSchema.closed

    /// The code of what was interrupted because the run was stopped.
    static let cancelledCode = "cancelled"

    /// What was interrupted because the run was stopped.
    static let cancelled = Failure(
        cancelledCode, "the run was stopped while this message was handled")

    /// The failure that stands for any thrown error.
    static func wrapping(_ error: any Error) -> Failure {
        if let failure = error as? Failure { return failure }
        if let conflict = error as? FileConflict {
            return Failure("invalid_settings", "\(conflict.text); \(conflict.remedy)")
        }
        if let error = error as? FileError {
            return Failure("io", error.description, isDiskFull: error.isNoSpace)
        }
        if error is CancellationError {
            return cancelled
        }
        return Failure("component_failed", "\(error)")
    }
}
