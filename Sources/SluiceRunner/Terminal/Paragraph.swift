/// Running text.
enum Paragraph {
    /// How long lines may be that people like to read.
    static let greatestWidth = 100

    /// The text in lines of at most `width` characters, broken at blanks; line feeds stay.
    static func wrapped(_ text: String, width: Int = 80) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.map { $0.wrapped(to: width).joined(separator: "\n") }
            .joined(separator: "\n")
    }

    /// The same, where a line feed in the text is but a blank and an empty line ends a paragraph.
    static func filled(_ text: String, width: Int) -> String {
        let paragraphs = text.split(separator: "\n\n").map { $0.replacing("\n", with: " ") }
        return wrapped(
            paragraphs.joined(separator: "\n\n"), width: min(width, greatestWidth))
    }
}

extension StringProtocol {
    /// Lines of at most `width` characters, where no word is longer.
    func wrapped(to width: Int) -> ArraySlice<String> {
        var lines: [String] = []
        var column = 0
        for word in split(separator: " ") {
            if let last = lines.indices.last, column + 1 + word.count <= width {
                lines[last] += " \(word)"
                column += 1 + word.count
            } else {
                lines.append(String(word))
                column = word.count
            }
        }
        return lines[...]
    }
}
