import Sluice
import SluiceSystem

/// Text for people: what is put into it from elsewhere is shown on one line and cannot drive the
/// terminal.
///
/// What stands in the program's own text stays as it is, and so do notes that are put into a note.
struct Note: Sendable, ExpressibleByStringInterpolation {
    /// The text as it is written.
    private(set) var text: String

    init(stringLiteral text: String) { self.text = text }

    init(stringInterpolation parts: Parts) { text = parts.text }

    private init(text: String) { self.text = text }

    /// A text of several lines, such as a table.
    static func lines(_ text: String) -> Note { Note(text: Printable.lines(text)) }

    /// JSON, which says the same in printable characters.
    static func json(_ text: String) -> Note { Note(text: Printable.json(text)) }

    /// The note in a colour of the terminal.
    func painted(_ colour: String) -> Note { Note(text: "\u{1B}[\(colour)m\(text)\u{1B}[0m") }

    static func + (left: Note, right: Note) -> Note { Note(text: left.text + right.text) }

    static func += (left: inout Note, right: Note) { left.text += right.text }

    /// What a note is put together from.
    struct Parts: StringInterpolationProtocol {
        fileprivate var text = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity * 2)
        }

        mutating func appendLiteral(_ literal: String) { text += literal }

        mutating func appendInterpolation(_ note: Note) { text += note.text }

        mutating func appendInterpolation<Value>(_ value: Value) {
            text += Printable.line("\(value)")
        }
    }
}
