public import Sluice
import SluiceSystem

/// What became of the cases of one test file.
public struct TestFileResult: Sendable {
    /// The file.
    public let path: String
    /// What is wrong with the test file or its flow, in which case nothing of it ran.
    public let diagnostics: [Diagnostic]
    /// The cases that ran, in the order of the file.
    public let cases: [TestCaseResult]

    /// Whether the file could not be run.
    public var isBroken: Bool { !diagnostics.isEmpty }
}

/// What became of one case.
public struct TestCaseResult: Sendable {
    /// The case's name.
    public let name: String
    /// The line at which it stands.
    public let line: Int
    /// What came out otherwise than expected; a case ends with the first step that has any.
    public let problems: [TestProblem]
    /// How long the case took by a real clock.
    public let duration: Duration

    /// Whether everything came out as expected.
    public var hasPassed: Bool { problems.isEmpty }
}

/// Something that came out otherwise than a test expected.
public struct TestProblem: Sendable {
    /// The test file.
    public let file: String
    /// The line at which the step stands.
    public let line: Int
    /// The column at which the step stands.
    public let column: Int
    /// The step, from 1; 0 for the start.
    public let step: Int
    /// The output port; nil where the problem is not about one.
    public var port: String?
    /// The place of the first difference as a JSON path; nil where there is none.
    public var path: String?
    /// What is wrong, for people.
    public let text: String
    /// The message that was expected, as JSON; nil for none.
    public var expected: String?
    /// The message that came, as JSON; nil for none.
    public var received: String?

    /// `file:line:column: step N: text`, then what was expected and what came, side by side, printable.
    public var rendered: String {
        let place = step == 0 ? "" : "step \(step): "
        let head = Printable.line("\(file):\(line):\(column): \(place)\(text)")
        guard expected != nil || received != nil else { return head }
        let rows = SideBySide(left: "expected", right: "received")
            .rows(
                Printable.lines(expected ?? "(nothing)"), Printable.lines(received ?? "(nothing)"))
        return ([head] + rows.map { "    \($0)" }).joined(separator: "\n")
    }
}
