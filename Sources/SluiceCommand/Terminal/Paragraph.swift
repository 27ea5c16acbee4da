/// Running text.
enum Paragraph {
    /// The text in lines of at most `width` characters, broken at blanks; line feeds stay.
    static func wrapped(_ text: String, width: Int = 80) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.map { wrapped(line: $0, width) }.joined(separator: "\n")
    }

    private static func wrapped(line: Substring, _ width: Int) -> String {
        var result = ""
        var column = 0
        for word in line.split(separator: " ") {
            if column > 0, column + 1 + word.count > width {
                result += "\n"
                column = 0
            } else if column > 0 {
                result += " "
                column += 1
            }
            result += word
            column += word.count
        }
        return result
    }
}
