/// The lines and columns of a text's bytes, found without counting from its start.
struct TextPlaces: Sendable {
    /// What lies before a byte.
    private struct Mark {
        var lines = 0
        var lineStart = 0
        /// Unicode scalars since the line's start.
        var scalars = 0

        mutating func pass(_ byte: UInt8, at index: Int) {
            if byte == 0x0A {
                lines += 1
                lineStart = index + 1
                scalars = 0
            } else if byte & 0xC0 != 0x80 {
                scalars += 1
            }
        }
    }

    /// How many bytes lie between two marks.
    private static let distance = 4096

    /// What lies before every 4096th byte.
    private let marks: [Mark]

    init(_ bytes: [UInt8]) {
        var marks: [Mark] = []
        marks.reserveCapacity(bytes.count / Self.distance + 1)
        var mark = Mark()
        for (index, byte) in bytes.enumerated() {
            if index.isMultiple(of: Self.distance) { marks.append(mark) }
            mark.pass(byte, at: index)
        }
        if bytes.count.isMultiple(of: Self.distance) { marks.append(mark) }
        self.marks = marks
    }

    /// The line and the column, both from 1, and the first byte of the line.
    ///
    /// - Parameter bytes: The text that these places are of.
    func place(of index: Int, in bytes: [UInt8]) -> (line: Int, column: Int, lineStart: Int) {
        let first = index / Self.distance
        var mark = marks[first]
        for place in (first * Self.distance)..<index { mark.pass(bytes[place], at: place) }
        return (mark.lines + 1, mark.scalars + 1, mark.lineStart)
    }
}
