/// Text about a program in which `\(.program)` stands for its name, such as `"\(.program) list"`.
struct ProgramText: Sendable, ExpressibleByStringInterpolation {
    /// What may be put into the text.
    enum Name { case program }

    /// What stands before, between and behind the names.
    private let parts: [String]

    init(stringLiteral text: String) { parts = [text] }

    init(stringInterpolation text: Parts) { parts = text.parts }

    /// Whether nothing is in it.
    var isEmpty: Bool { parts == [""] }

    /// The text of a program that has this name.
    func text(of program: String) -> String { parts.joined(separator: program) }

    /// What a text is put together from.
    struct Parts: StringInterpolationProtocol {
        fileprivate var parts = [""]

        init(literalCapacity: Int, interpolationCount: Int) {
            parts.reserveCapacity(interpolationCount + 1)
        }

        mutating func appendLiteral(_ literal: String) { parts[parts.count - 1] += literal }

        mutating func appendInterpolation(_ name: Name) { parts.append("") }
    }
}
