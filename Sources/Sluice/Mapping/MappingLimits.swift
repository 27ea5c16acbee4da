internal import SluiceJSON

/// The bounds that keep a template or its result from exhausting the process.
package enum MappingLimits {
    /// Longest expression, in UTF-8 bytes: room for any hand-written one.
    package static let expressionBytes = 65_536
    /// Deepest nesting of parentheses, calls, literals, unary operators and ternaries in one
    /// expression: parsing and evaluating recurse once a level.
    package static let nesting = 128
    /// Longest text that `+` or an interpolation may make, in UTF-8 bytes.
    package static let textBytes = 256 << 20
    /// Most memory that a value takes which a template or an expression makes, in bytes.
    package static let valueBytes = 256 << 20
    /// Longest text, or text of an array, that a function may make, in UTF-8 bytes.
    package static let resultBytes = 16 << 20
    /// Most values that a segment of a path may select.
    package static let nodes = 1_000_000
    /// Most steps that one evaluation of one expression may take: values looked at, eighths of
    /// members and of states of a regular expression, texts of 64 bytes read or made.
    package static let steps = 10_000_000
    /// Deepest nesting of a result, as for every value that a flow makes.
    package static let resultDepth = JSONLimits.valueDepth

    /// What one evaluation of one expression may take.
    static var budget: WorkBudget { WorkBudget(maximumNodes: nodes, steps: steps) }
}
