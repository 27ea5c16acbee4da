/// Columns of text for people.
struct Table {
    private var rows: [[String]] = []
    /// Columns whose texts end at the same place, as numbers do.
    private let rightAligned: Set<Int>

    init(rightAligned: Set<Int> = []) { self.rightAligned = rightAligned }

    /// Adds a row.
    mutating func add(_ cells: [String]) { rows.append(cells) }

    /// The rows, a line each, with two blanks between columns and none at the end.
    var text: String {
        let widths = rows.reduce(into: [Int]()) { widths, row in
            for (column, cell) in row.enumerated() {
                if column == widths.count { widths.append(0) }
                widths[column] = max(widths[column], cell.count)
            }
        }
        return rows.reduce(into: "") { text, row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let blanks = String(repeating: " ", count: widths[column] - cell.count)
                if column > 0 { line += "  " }
                line += rightAligned.contains(column) ? blanks + cell : cell + blanks
            }
            while line.last == " " { line.removeLast() }
            text += line + "\n"
        }
    }
}

extension Int {
    /// The number with commas between groups of three digits.
    var grouped: String {
        let digits = String(magnitude)
        var text = ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place).isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return self < 0 ? "-\(text)" : text
    }
}
