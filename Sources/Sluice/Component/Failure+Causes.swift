import SluiceJSON
import SluiceSystem

// Failures that stand for what else went wrong.
extension Failure {
    /// Settings that hold a broken template, found at `path`.
    public static func broken(_ error: TemplateError, at path: String) -> Failure {
        let failures = error.problems.map {
            broken($0.message, at: path + $0.path.dropFirst(), $0.offset, $0.length, $0.suggestion)
        }
        return Failure(all: failures) ?? .invalid("\(error)", at: path)
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
