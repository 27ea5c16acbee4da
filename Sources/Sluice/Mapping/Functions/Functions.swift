internal import SluiceJSON

/// The functions of the mapping language.
public enum Functions {
    /// One function: what documentation and `did you mean` need to know of it.
    public struct Function: Sendable, CustomStringConvertible {
        /// The name, in lower case.
        public let name: String
        /// The call with its arguments, optional ones in brackets: `substr(s, start[, length])`.
        public let signature: String
        /// What it gives, in one sentence.
        public let summary: String
        /// How many arguments it takes; `Int.max` stands for any number.
        public let argumentCount: ClosedRange<Int>
        /// The kinds that each argument may have; the last stands for all that follow.
        let takes: [Schema.Types]
        /// The kinds that the value may have.
        let gives: Schema.Types
        /// The shape of the value where it depends on those of the arguments; nil where it does not.
        var infers: Inferring?
        /// Computes the value of a call; takes steps for what is not linear in the arguments.
        var body: Body
        /// Whether the flow loader puts a value in its place, so that no call of it is left.
        public internal(set) var isForFlows = false
        /// Whether later arguments are evaluated only when earlier ones are missing or null.
        var isLazy = false
        /// Whether the value is the same wherever the arguments are.
        var isConstant = true
        /// Gives another body for calls some of whose arguments are literals, such as a pattern that is
        /// then compiled once; nil where there is none for these arguments.
        var prepare: (@Sendable ([ExpressionNode]) throws(SyntaxFault) -> Body?)?

        /// Gives the shape of a call's value by those of its arguments, of which there is one at least.
        typealias Inferring = @Sendable ([Schema]) -> Schema
        typealias Body = @Sendable (FunctionCall, inout WorkBudget) throws(Fault) -> Value

        /// The signature.
        public var description: String { signature }

        /// The number of arguments in words, such as `1 or 2 arguments`.
        var countText: String {
            let (low, high) = (argumentCount.lowerBound, argumentCount.upperBound)
            let noun = high == 1 ? "argument" : "arguments"
            if low == high { return low == 0 ? "no arguments" : "\(low) \(noun)" }
            if high == .max { return "at least \(low) argument\(low == 1 ? "" : "s")" }
            return high == low + 1 ? "\(low) or \(high) \(noun)" : "\(low) to \(high) \(noun)"
        }
    }

    /// All functions, in the order in which the documentation lists them.
    public static let all: [Function] =
        TextFunctions.table + ConversionFunctions.table + ListFunctions.table
        + NumberFunctions.table + TimeFunctions.table + IdentityFunctions.table
        + FlowFunctions.table

    /// The function called `name`, or nil.
    public static func named(_ name: String) -> Function? { byName[name] }

    private static let byName = Dictionary(
        all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
}

extension Functions.Function {
    /// A function whose work is linear in its arguments.
    init(
        name: String, signature: String, summary: String, argumentCount: ClosedRange<Int>,
        takes: [Schema.Types], gives: Schema.Types, infers: Inferring? = nil,
        body: @escaping @Sendable (FunctionCall) throws(Fault) -> Value, isLazy: Bool = false,
        isConstant: Bool = true
    ) {
        self.init(
            name: name, signature: signature, summary: summary, argumentCount: argumentCount,
            takes: takes, gives: gives, infers: infers,
            body: { call, _ throws(Fault) in try body(call) }, isLazy: isLazy,
            isConstant: isConstant)
    }
}
