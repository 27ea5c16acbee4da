/// Two texts in two columns.
struct SideBySide {
    let left: String
    let right: String
    /// How many columns each text may have: with the margin of a report the two fit in 100.
    static let width = 46
    /// How many rows are shown.
    static let rowCount = 60

    /// A line for each row, the headings first.
    func rows(_ leftText: String, _ rightText: String) -> [String] {
        let columns = [(left, leftText), (right, rightText)].map { heading, text in
            [heading]
                + text.split(separator: "\n", omittingEmptySubsequences: false)
                .flatMap { Self.wrapped(String($0)) }
        }
        let count = columns.map(\.count).max() ?? 0
        var rows = (0..<min(count, Self.rowCount)).map { row in
            let cells = columns.map { row < $0.count ? $0[row] : "" }
            let blanks = Self.width - cells[0].unicodeScalars.count
            let line = cells[0] + String(repeating: " ", count: max(0, blanks)) + " | " + cells[1]
            return cells[1].isEmpty ? String(line.dropLast()) : line
        }
        if count > Self.rowCount { rows.append("... and \(count - Self.rowCount) more lines") }
        return rows
    }

    private static func wrapped(_ line: String) -> [String] {
        let scalars = Array(line.unicodeScalars)
        guard scalars.count > width else { return [line] }
        return stride(from: 0, to: scalars.count, by: width).map { start in
            var part = String.UnicodeScalarView()
            part.append(contentsOf: scalars[start..<min(start + width, scalars.count)])
            return String(part)
        }
    }
}
