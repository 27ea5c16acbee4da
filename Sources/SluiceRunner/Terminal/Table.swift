import Sluice
import SluiceSystem

/// Columns of text for people.
struct Table {
    private var rows: [[String]] = []
    /// Columns whose texts end at the same place, as numbers do.
    private let rightAligned: Set<Int>

    /// How narrow a column may become whose texts are broken.
    private static let leastWidth = 24
    /// How far a text is indented that has no space beside its row.
    private static let indent = 6

    init(rightAligned: Set<Int> = []) { self.rightAligned = rightAligned }

    /// Adds a row; a cell is one line, whatever it has in it.
    mutating func add(_ cells: [String]) { rows.append(cells.map(Printable.line)) }

    /// The rows, a line each, with two blanks between columns and none at the end.
    var text: String { lines.map { "\($0)\n" }.joined() }

    /// The same in lines of at most `width` characters, where that can be had by breaking the texts
    /// of the last column at blanks.
    ///
    /// Where there is little space for them, they stand below their rows.
    func text(width: Int) -> String {
        let widths = widths
        guard let last = widths.indices.last, last > 0 else { return text }
        let start = widths[..<last].reduce(0) { $0 + $1 + 2 }
        guard start + widths[last] > width else { return text }
        let isBeside = width - start >= Self.leastWidth
        let indent = isBeside ? start : Self.indent
        var heads = Table(rightAligned: rightAligned)
        for row in rows { heads.add(Array(row.prefix(last))) }
        return zip(rows, heads.lines).reduce(into: "") { text, row in
            let (cells, head) = row
            var lines = (cells.count > last ? cells[last] : "").wrapped(to: width - indent)
            text += head
            if isBeside, let first = lines.popFirst() {
                text += String(repeating: " ", count: start - head.count) + first
            }
            text += "\n"
            for line in lines { text += String(repeating: " ", count: indent) + line + "\n" }
        }
    }

    private var widths: [Int] {
        rows.reduce(into: []) { widths, row in
            for (column, cell) in row.enumerated() {
                if column == widths.count { widths.append(0) }
                widths[column] = max(widths[column], cell.count)
            }
        }
    }

    private var lines: [String] {
        let widths = widths
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let blanks = String(repeating: " ", count: widths[column] - cell.count)
                if column > 0 { line += "  " }
                line += rightAligned.contains(column) ? blanks + cell : cell + blanks
            }
            while line.last == " " { line.removeLast() }
            return line
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
