/// The bounds that keep a template or its result from exhausting the process.
enum MappingLimits {
    /// Longest expression, in UTF-8 bytes: room for any hand-written one.
    static let expressionBytes = 65_536
    /// Deepest nesting of parentheses, calls, literals, unary operators and ternaries in one
    /// expression: parsing and evaluating recurse once a level.
    static let nesting = 128
    /// Longest text that `+`, `join`, `replace` or an interpolation may make, in UTF-8 bytes.
    static let textBytes = 256 << 20
    /// Deepest nesting of a result, as for every value that a flow makes.
    static let resultDepth = 480
}
