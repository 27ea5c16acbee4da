internal import SluiceJSON

/// One node of a compiled expression, with the bytes of the text it was written in.
///
/// Chains of one precedence are flat lists: an expression of ten thousand terms is one level deep.
struct ExpressionNode: Sendable {
    indirect enum Kind: Sendable {
        case literal(Value)
        case root
        /// A path that selects at most one value.
        case singular(JSONPath)
        /// A path that may select several: its value is an array.
        case selection(JSONPath)
        /// A member or element of another expression's value; the path says it behind a `$`.
        case part(ExpressionNode, JSONPath)
        /// The `args` of a request.
        case arguments
        /// What leaves the member or element out that it is the value of.
        case omit
        case not(ExpressionNode)
        case negate(ExpressionNode)
        case and([ExpressionNode])
        case or([ExpressionNode])
        case fallback([ExpressionNode])
        case comparison(ComparisonOperator, ExpressionNode, ExpressionNode)
        case arithmetic(ExpressionNode, [Term])
        case choice([Branch], otherwise: ExpressionNode)
        case array([ExpressionNode])
        case object([Entry])
        case call(Functions.Function, [ExpressionNode])
    }

    /// An operator and its right operand in a chain such as `a + b - c`.
    struct Term: Sendable {
        var symbol: ArithmeticOperator
        var operand: ExpressionNode
    }

    /// One `condition ? value` of a chain `c1 ? v1 : c2 ? v2 : v3`.
    struct Branch: Sendable {
        var condition: ExpressionNode
        var value: ExpressionNode
    }

    /// One member of an object literal.
    struct Entry: Sendable {
        var name: String
        var value: ExpressionNode
    }

    var kind: Kind
    /// Byte range in the decoded string that holds the expression.
    var span: Range<Int>
}

/// An operator of numbers; `+` also joins strings.
enum ArithmeticOperator: String, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case remainder = "%"
}

/// An operator whose result is a boolean made from two values.
enum ComparisonOperator: String, Sendable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="

    /// Whether the operator asks for an order, which only numbers and strings have.
    var isOrdering: Bool { self != .equal && self != .notEqual }
}
