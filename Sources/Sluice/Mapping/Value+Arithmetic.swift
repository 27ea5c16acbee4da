internal import SluiceJSON

/// A number as arithmetic sees it: an integer of 64 bits, or a double.
enum Operand {
    case int(Int)
    case double(Double)

    var double: Double {
        switch self {
        case .int(let int): Double(int)
        case .double(let double): double
        }
    }

    /// The number as a double where no digit is lost.
    fileprivate var exactDouble: Double? {
        switch self {
        case .int(let int): int.magnitude <= Value.largestExactInteger ? Double(int) : nil
        case .double(let double): double
        }
    }
}

extension Value {
    /// Up to this magnitude every integer is a double.
    static let largestExactInteger: UInt = 9_007_199_254_740_992

    /// The number for arithmetic; nil for other kinds and for what ``operandFault(at:)`` names.
    ///
    /// An integer is what is spelt with digits only; anything else is the nearest double.
    var operand: Operand? {
        switch self {
        case .int(let int): return .int(int)
        case .double(let double): return .double(double)
        case .json(let json):
            if json.isSpeltAsInteger { return json.int.map(Operand.int) }
            return json.double.map(Operand.double)
        case .bool, .string: return nil
        }
    }

    /// Why the number cannot be computed with.
    func operandFault(at span: Range<Int>) -> Fault {
        let text = (interpolatedText ?? "").prefix(40)
        guard case .json(let json) = self, json.isSpeltAsInteger else {
            return .failed("\(text) is beyond the range of a double", span: span)
        }
        let what = "\(text) is an integer beyond 64 bits, which can be compared and passed on only"
        return .failed(what, span: span)
    }

    /// A computed double: an integer where it is one that a double holds exactly, an error where
    /// it is not finite.
    static func computed(_ double: Double, by name: String, at span: Range<Int>) throws(Fault)
        -> Value
    {
        guard double.isFinite else {
            throw .failed("the result of `\(name)` is not a finite number", span: span)
        }
        if double.magnitude <= Double(largestExactInteger), let int = Int(exactly: double) {
            return .int(int)
        }
        return .double(double)
    }

    /// A computed number: an integer where it is one of 64 bits, else the nearest double.
    static func computed(_ number: ExactNumber, by name: String, at span: Range<Int>)
        throws(Fault) -> Value
    {
        if let int = number.int { return .int(int) }
        return try computed(number.double, by: name, at: span)
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
            throw (operand == nil ? self : right).operandFault(at: span)
        }
        if case (.int(let first), .int(let second)) = (first, second) {
            self = try Self.integers(first, symbol, second, at: span)
        } else {
            self = try Self.numbers(first, symbol, second, at: span)
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
                return try numbers(.int(left), symbol, .int(right), at: span)
            }
        case .remainder:
            guard right != 0 else { throw .failed("division by zero", span: span) }
            // Int.min % -1 is 0, though the division overflows.
            return .int(right == -1 ? 0 : left % right)
        }
        guard !result.overflow else { throw overflow("\(left) \(symbol.rawValue) \(right)", span) }
        return .int(result.partialValue)
    }

    /// Computes with doubles, or with integers whose quotient is none.
    private static func numbers(
        _ left: Operand, _ symbol: ArithmeticOperator, _ right: Operand, at span: Range<Int>
    ) throws(Fault) -> Value {
        if symbol == .divide || symbol == .remainder, right.double == 0 {
            throw .failed("division by zero", span: span)
        }
        if let first = left.exactDouble, let second = right.exactDouble {
            let result = rounded(first, symbol, second)
            // Between these bounds the exact result may be an integer that no double is.
            let isClear =
                result.magnitude < Double(largestExactInteger)
                || result.magnitude > 9_223_372_036_854_775_808
            if isClear || !result.isFinite {
                return try computed(result, by: symbol.rawValue, at: span)
            }
        }
        let (first, second) = (ExactNumber(left), ExactNumber(right))
        return try computed(exact(first, symbol, second), by: symbol.rawValue, at: span)
    }

    private static func rounded(
        _ left: Double, _ symbol: ArithmeticOperator, _ right: Double
    ) -> Double {
        switch symbol {
        case .add: left + right
        case .subtract: left - right
        case .multiply: left * right
        case .divide: left / right
        case .remainder: left.truncatingRemainder(dividingBy: right)
        }
    }

    private static func exact(
        _ left: ExactNumber, _ symbol: ArithmeticOperator, _ right: ExactNumber
    ) -> ExactNumber {
        switch symbol {
        case .add: return left + right
        case .subtract:
            var negative = right
            negative.isNegative.toggle()
            return left + negative
        case .multiply: return left * right
        case .divide: return left / right
        case .remainder: return left % right
        }
    }

    /// The fault of an integer result that needs more than 64 bits.
    static func overflow(_ what: String, _ span: Range<Int>) -> Fault {
        .failed("\(what) overflows 64 bits", span: span)
    }

    private static func mismatch(
        _ left: Value, _ symbol: ArithmeticOperator, _ right: Value, at span: Range<Int>
    ) -> Fault {
        let kinds = "\(left.kind.article) and \(right.kind.article)"
        let nullHint = left.isNull || right.isNull ? "; give a default with `??`" : ""
        guard symbol == .add else {
            let what = "`\(symbol.rawValue)` needs two numbers, not \(kinds)\(nullHint)"
            return .failed(what, span: span)
        }
        let isConvertible = left.kind == .string || right.kind == .string
        let hint =
            nullHint.isEmpty && isConvertible ? "; string(…) and number(…) convert" : nullHint
        return .failed("`+` adds two numbers or joins two strings, not \(kinds)\(hint)", span: span)
    }
}
