/// Something that a store did and must not do.
struct Finding: Error, CustomStringConvertible {
    /// What kind of check found it, as `--skip` names it.
    let name: String
    /// The step of the life in which it was found; empty until the life adds it.
    var step = ""
    /// What was expected and what was found.
    let text: String

    init(_ name: String, _ text: String) {
        self.name = name
        self.text = text
    }

    var description: String { "\(name)@\(step): \(text)" }
}

/// The checks that the user asked to leave out: `NAME`, `@STEP`, or `NAME@STEP`.
struct Skips: Sendable {
    var words: Set<String> = []

    /// Whether a check in a step is left out.
    func contains(_ name: String, in step: String) -> Bool {
        words.contains(name) || words.contains("@\(step)") || words.contains("\(name)@\(step)")
    }
}
