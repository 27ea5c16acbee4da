import SluiceSystem

/// Something wrong with a flow file, with its place.
public struct Diagnostic: Sendable, Hashable {
    /// How bad it is.
    public enum Severity: String, Sendable {
        /// The flow cannot run.
        case error
        /// The flow can run; somebody should look.
        case warning
    }

    /// How bad it is.
    public var severity: Severity
    /// A stable code such as `E012`; see Docs/diagnostics.md.
    public var code: String
    /// What is wrong.
    public var message: String
    /// The file.
    public var file: String
    /// The line, from 1; 0 where the file as a whole is meant.
    public var line: Int
    /// The column in Unicode scalars, from 1.
    public var column: Int
    /// How many scalars of the line are wrong.
    public var length: Int
    /// The text of the line; of a long one the part that a terminal shows, around the place.
    public var lineText: String
    /// The scalars of ``lineText`` that are wrong, from 0; nil where it is the whole line.
    var marked: Range<Int>?
    /// What to do about it, such as "did you mean `out`?".
    public var suggestion: String?

    /// Whether it says that nothing takes the failures of a node.
    public var isAboutOpenErrors: Bool { code == Code.unconnectedError.rawValue }

    /// `file:line:column: error: text`, the line with a caret, and the suggestion, printable.
    public var rendered: String {
        let place = line > 0 ? ":\(line):\(column)" : ""
        var lines = [
            Printable.line("\(file)\(place): \(severity.rawValue): \(message) [\(code)]")
        ]
        if line > 0 {
            let source = SourceLine(
                lineText, column: marked.map { $0.lowerBound + 1 } ?? column,
                length: marked?.count ?? length)
            let margin = String(repeating: " ", count: String(line).count)
            lines += ["  \(line) | \(source.text)", "  \(margin) | \(source.marks)"]
        }
        if let suggestion { lines.append("  \(Printable.line(suggestion))") }
        return lines.joined(separator: "\n")
    }
}

/// The codes of all diagnostics: never used for anything else, never given twice.
package enum Code: String, CaseIterable {
    case unreadableFile = "E001"
    case invalidJSON = "E002"
    case duplicateName = "E003"
    case unknownMember = "E004"
    case wrongValue = "E005"
    case missingMember = "E006"
    case invalidName = "E007"
    case unknownComponent = "E008"
    case unknownNode = "E009"
    case unknownPort = "E010"
    case wrongDirection = "E011"
    case repeatedEdge = "E012"
    case unknownSetting = "E013"
    case wrongSetting = "E014"
    case unsetVariable = "E015"
    case brokenExpression = "E016"
    case missingAfterMap = "E017"
    case unknownTarget = "E018"
    case impossiblePath = "E019"
    case impossibleType = "E020"
    case cycle = "E021"
    case recursiveFlow = "E022"
    case noErrorPort = "E023"
    case noConcurrency = "E024"
    case unsupportedVersion = "E025"
    case emptyFlow = "E026"
    case storeDisagreement = "E040"
    case secondReader = "E041"
    case fileConflict = "E042"
    case unreachableNode = "W101"
    case unconnectedError = "W102"
    case sharedStore = "W103"
    case needlessFeedback = "W104"
    case unusedParameter = "W120"
    case uselessNode = "W121"
    case unfedInput = "W122"
    case neverTrue = "W123"
    case bareExpression = "W124"
    case needlessBraces = "W125"
    case composedExpression = "W126"
    case untakenRemainder = "W127"
}
