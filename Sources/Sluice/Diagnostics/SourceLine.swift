import SluiceSystem

/// A line of a source as people are shown it, and the marks under the part that is meant.
///
/// A tab is shown as blanks, so that the marks stand under the text however wide a terminal's are.
public struct SourceLine: Sendable {
    /// The line.
    public let text: String
    /// Blanks, and a `^` under each character of the part.
    public let marks: String

    private static let tab = "    "

    /// Creates the line with a part of it.
    ///
    /// - Parameters:
    ///   - column: Where the part begins, in Unicode scalars from 1.
    ///   - length: How many scalars it has; at least one mark is made.
    public init(_ line: String, column: Int, length: Int) {
        let part = max(0, column - 1)..<max(0, column - 1) + max(1, length)
        var text = ""
        var marks = ""
        for (place, scalar) in line.unicodeScalars.enumerated() {
            let shown = scalar == "\t" ? Self.tab : Printable.shown(scalar)
            text += shown
            guard place < part.upperBound else { continue }
            let mark = part.contains(place) ? "^" : " "
            marks += String(repeating: mark, count: shown.unicodeScalars.count)
        }
        // The part may begin or end behind the line.
        for place in line.unicodeScalars.count..<max(line.unicodeScalars.count, part.upperBound) {
            marks += part.contains(place) ? "^" : " "
        }
        self.text = text
        self.marks = marks
    }
}
