// The failures that a component gives, and what it does beyond its messages.
extension Ports {
    /// What handling a message may do beyond what leaves by the outputs.
    public enum Effects: String, Sendable {
        /// Nothing: what leaves follows from what came.
        case none
        /// It reads or writes files of the run, stores among them.
        case files
        /// Anything, such as a request to another system.
        case outside
    }

    /// Says with which codes the component fails beside those that any node may give; without codes that
    /// it never does.
    ///
    /// A component that says so gives no others: a test that uses `Harness` or `sluice test` shows those
    /// as failures with the code `undeclared_failure`.
    public mutating func fails(with codes: String...) {
        let known = failureCodes ?? []
        failureCodes = known + codes.filter { !known.contains($0) }
    }

    /// The codes that any node may give: of messages that do not fit or could not go on, of time limits,
    /// and of errors that are no ``Failure``.
    static let commonCodes: Set<String> = [
        "invalid_message", "mapping_failed", "expression_limit", "too_deep", "timeout",
        "value_too_large", "feedback_overflow", "too_many_rounds", "component_failed",
        "foreign_output",
        Failure.cancelledCode,
    ]

    /// Whether a node may give the code.
    func mayFail(with code: String) -> Bool {
        failureCodes.map { $0.contains(code) || Ports.commonCodes.contains(code) } ?? true
    }

    /// The codes that are no words in snake_case, as mistakes of the declaration.
    var mistakesInCodes: [String] {
        (failureCodes ?? []).filter { !Failure.isCode($0) }.map {
            "the failure code `\($0)` is no word in snake_case"
        }
    }
}
