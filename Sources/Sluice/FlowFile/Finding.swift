/// Something wrong with a flow, before it is told: what is secret is known when all has been read.
struct Finding: Hashable {
    /// Where it is.
    enum Place: Hashable {
        case file(FlowSource, FlowSource.Range)
        /// An option of the command line, such as `--set log.label`.
        case commandLine(String)
    }

    var code: Code
    var text: String
    var place: Place
    var suggestion: String?

    var isError: Bool { !code.rawValue.hasPrefix("W") }

    /// The diagnostic, without secrets.
    func diagnostic(hiding secrets: Secrets) -> Diagnostic {
        switch place {
        case .file(let source, let range):
            return source.diagnostic(
                code, text, at: range, suggestion: suggestion, hiding: secrets)
        case .commandLine(let option):
            return Diagnostic(
                severity: isError ? .error : .warning, code: code.rawValue,
                message: secrets.redacted(text), file: option, line: 0, column: 0, length: 0,
                lineText: "", suggestion: suggestion.map { secrets.redacted($0) })
        }
    }
}

extension FlowSource: Hashable {
    /// Whether both are one reading of a file.
    package static func == (left: FlowSource, right: FlowSource) -> Bool { left === right }

    /// Hashes which reading it is.
    package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
