import Testing

/// A command line and what has to come of it.
struct CommandCase: Sendable, CustomTestStringConvertible {
    var arguments: [String]
    var input: String
    /// The whole standard output; nil where it does not matter.
    var output: String?
    /// Parts of standard error.
    var errors: [String]
    var code: Int32

    init(
        _ arguments: [String], input: String = "", output: String? = nil, errors: [String] = [],
        code: Int32 = 0
    ) {
        self.arguments = arguments
        self.input = input
        self.output = output
        self.errors = errors
        self.code = code
    }

    var testDescription: String { arguments.joined(separator: " ") }

    /// Runs the command and compares.
    func check(in folder: ScratchFolder? = nil) throws {
        let outcome = try Sluice().run(arguments, input: input, in: folder)
        if let output { #expect(outcome.output == output) }
        for part in errors { #expect(outcome.errors.contains(part), "\(outcome.errors)") }
        if errors.isEmpty, code == 0 { #expect(outcome.errors == "") }
        #expect(outcome.code == code, "\(outcome.errors)")
    }
}
