internal import SluiceJSON

/// A number as arithmetic sees it: exact where it is an integer of 64 bits, else a double.
enum Operand {
    case int(Int)
    case double(Double)

    var double: Double {
        switch self {
        case .int(let int): Double(int)
        case .double(let double): double
        }
    }
}

extension Value {
    /// The number for arithmetic; nil for other kinds and for what no double can hold (`1e400`).
    var operand: Operand? {
        switch self {
        case .int(let int): return .int(int)
        case .double(let double): return .double(double)
        case .json(let json):
            if let int = json.int { return .int(int) }
            return json.double.map(Operand.double)
        case .bool, .string: return nil
        }
    }

    /// A computed double: an integer where it is one that a double holds exactly, an error where
    /// it is not finite.
    static func computed(_ double: Double, by name: String, at span: Range<Int>) throws(Fault)
        -> Value
    {
        guard double.isFinite else {
            throw .failed("the result of `\(name)` is not a finite number", span: span)
        }
        if double.magnitude <= 9_007_199_254_740_992, let int = Int(exactly: double) {
            return .int(int)
        }
        return .double(double)
    }

    /// Makes the value `self symbol right`: numbers, or strings for `+`.
    mutating func combine(_ symbol: ArithmeticOperator, _ right: Value, at span: Range<Int>)
        throws(Fault)
    {
        if symbol == .add, kind == .string, let tail = right.string {
            return try append(tail, at: span)
        }
        guard kind == .number, right.kind == .number else {
            throw Self.mismatch(self, symbol, right, at: span)
        }
        guard let first = operand, let second = right.operand else {
            let culprit = operand == nil ? self : right
            let text = culprit.interpolatedText ?? ""
            throw .failed("\(text.prefix(40)) is beyond the range of a double", span: span)
        }
        if case (.int(let first), .int(let second)) = (first, second) {
            self = try Self.integers(first, symbol, second, at: span)
        } else {
            self = try Self.doubles(first.double, symbol, second.double, at: span)
        }
    }

    private mutating func append(_ tail: String, at span: Range<Int>) throws(Fault) {
        var text = string ?? ""
        // Lets go of the other reference, so that a chain of `+` grows one string in place.
        self = .null
        try Text.checkLength(text.utf8.count + tail.utf8.count, at: span)
        text += tail
        self = .string(text)
    }

    private static func integers(
        _ left: Int, _ symbol: ArithmeticOperator, _ right: Int, at span: Range<Int>
    ) throws(Fault) -> Value {
        let result: (partialValue: Int, overflow: Bool)
        switch symbol {
        case .add: result = left.addingReportingOverflow(right)
        case .subtract: result = left.subtractingReportingOverflow(right)
        case .multiply: result = left.multipliedReportingOverflow(by: right)
        case .divide:
            guard right != 0 else { throw .failed("division by zero", span: span) }
            result = left.dividedReportingOverflow(by: right)
            if !result.overflow, left % right != 0 {
                return try computed(Double(left) / Double(right), by: "/", at: span)
            }
        case .remainder:
            guard right != 0 else { throw .failed("division by zero", span: span) }
            // Int.min % -1 is 0, though the division overflows.
            return .int(right == -1 ? 0 : left % right)
        }
        guard !result.overflow else { throw overflow("\(left) \(symbol.rawValue) \(right)", span) }
        return .int(result.partialValue)
    }

    private static func doubles(
        _ left: Double, _ symbol: ArithmeticOperator, _ right: Double, at span: Range<Int>
    ) throws(Fault) -> Value {
        let result: Double
        switch symbol {
        case .add: result = left + right
        case .subtract: result = left - right
        case .multiply: result = left * right
        case .divide:
            guard right != 0 else { throw .failed("division by zero", span: span) }
            result = left / right
        case .remainder:
            guard right != 0 else { throw .failed("division by zero", span: span) }
            result = left.truncatingRemainder(dividingBy: right)
        }
        return try computed(result, by: symbol.rawValue, at: span)
    }

    /// The fault of an integer result that needs more than 64 bits.
    static func overflow(_ what: String, _ span: Range<Int>) -> Fault {
        .failed("\(what) overflows 64 bits", span: span)
    }

    private static func mismatch(
        _ left: Value, _ symbol: ArithmeticOperator, _ right: Value, at span: Range<Int>
    ) -> Fault {
        let kinds = "\(left.kind.article) and \(right.kind.article)"
        guard symbol == .add else {
            return .failed("`\(symbol.rawValue)` needs two numbers, not \(kinds)", span: span)
        }
        let isConvertible = left.kind == .string || right.kind == .string
        let hint = isConvertible ? "; string(…) and number(…) convert" : ""
        return .failed("`+` adds two numbers or joins two strings, not \(kinds)\(hint)", span: span)
    }
}
