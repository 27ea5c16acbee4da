import SluiceJSON

/// Gives flow files and test files one form.
///
/// Two spaces for each level; the members of the file in the order in which they are documented,
/// others behind them as they came; objects and arrays on one line where they fit in 100 columns, but
/// `nodes`, `edges` and `cases` a line an item. Numbers, escapes and the order of all other members
/// stay as they are. Formatting what has been formatted changes nothing.
public enum FlowFormatter {
    /// The members of a test file, in the order in which they are written.
    package static let testMembers = [
        "$schema", "description", "component", "settings", "flow", "parameters", "variables",
        "mocks", "files", "cases",
    ]

    /// Formats the text of a file; a test file is told by its `cases`.
    public static func format(_ text: [UInt8], path: String) -> FormattedFile {
        let (parsed, problem) = FlowSource.parse(text, path: path)
        guard let source = parsed else {
            return FormattedFile(text: nil, diagnostics: problem.map { [$0] } ?? [])
        }
        var layout = JSONLayout()
        let isTest = source.json.members.contains { $0.isNamed("cases") }
        layout.order = isTest ? testMembers : FlowReader.Known.flow
        layout.tall = ["nodes", "edges", "cases"]
        layout.isRootTall = true
        layout.name = { String(decoding: source.bytes[$0.nameSourceRange], as: UTF8.self) }
        return FormattedFile(
            text: Array((layout.text(source.json) + "\n").utf8), diagnostics: [])
    }
}

/// The text of a file in its one form.
public struct FormattedFile: Sendable {
    /// The text; nil where the file is no JSON.
    public let text: [UInt8]?
    /// Why the file could not be read.
    public let diagnostics: [Diagnostic]
}
