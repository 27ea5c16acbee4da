/// Every broken expression of a template.
public struct TemplateError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What the template was compiled for: the `location` it was given.
    public var location: String
    /// The problems in the order of the template's text; never empty.
    public var problems: [Template.Problem]

    /// One line a problem.
    public var description: String {
        problems.map { location.isEmpty ? "\($0)" : "\(location): \($0)" }.joined(separator: "\n")
    }
}

extension Template {
    /// Something wrong with one expression of a template.
    public struct Problem: Sendable, Hashable, CustomStringConvertible {
        /// The JSON path, inside the template, of the string with the expression; `$` for the whole.
        public var path: String
        /// Byte offset of the smallest wrong part in that string, decoded.
        public var offset: Int
        /// Length of that part in bytes; 0 where something is absent.
        public var length: Int
        /// The expression's text, without braces.
        public var expression: String
        /// What is wrong.
        public var message: String
        /// What was probably meant, or how to say it.
        public var suggestion: String?
        /// Whether a `??` catches it, or a guard may keep the expression from it: not each message fails.
        public var isCaught = false
        /// Whether the whole expression fails because of it, whatever the message, also as a test.
        var isFailure = false

        /// A template that no message can be made of.
        static let tooDeep = Problem(
            path: "$", offset: 0, length: 0, expression: "",
            message: "it nests deeper than \(MappingLimits.resultDepth) levels, as no message may")

        /// Everything in one line.
        public var description: String {
            let hint = suggestion.map { " (\($0))" } ?? ""
            return "\(path), byte \(offset): \(message)\(hint)"
        }
    }
}
