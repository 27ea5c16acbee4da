internal import Glibc
internal import SluiceJSON

/// Functions of numbers: exact on integers of 64 bits, doubles otherwise.
enum NumberFunctions {
    static let table = [
        Functions.Function(
            name: "sum", signature: "sum(array) or sum(x, …)",
            summary: "The sum, 0 of nothing.", argumentCount: 1...Int.max,
            takes: [[.number, .array]], gives: .number,
            infers: FunctionShapes.sum,
            body: sum),
        Functions.Function(
            name: "avg", signature: "avg(array) or avg(x, …)",
            summary: "The mean; missing where the array is empty.",
            argumentCount: 1...Int.max, takes: [[.number, .array]], gives: .number,
            body: average),
        Functions.Function(
            name: "min", signature: "min(array) or min(x, …)",
            summary: "The smallest number or string; missing where the array is empty.",
            argumentCount: 1...Int.max, takes: [[.number, .string, .array]],
            gives: [.number, .string],
            body: minimum),
        Functions.Function(
            name: "max", signature: "max(array) or max(x, …)",
            summary: "The largest number or string; missing where the array is empty.",
            argumentCount: 1...Int.max, takes: [[.number, .string, .array]],
            gives: [.number, .string],
            body: maximum),
        Functions.Function(
            name: "abs", signature: "abs(x)", summary: "Without its sign.",
            argumentCount: 1...1, takes: [.number], gives: .number,
            infers: FunctionShapes.number,
            body: absolute),
        Functions.Function(
            name: "ceil", signature: "ceil(x)", summary: "The next integer up.",
            argumentCount: 1...1, takes: [.number], gives: .number,
            body: ceiling),
        Functions.Function(
            name: "floor", signature: "floor(x)", summary: "The next integer down.",
            argumentCount: 1...1, takes: [.number], gives: .number,
            body: floor),
        Functions.Function(
            name: "round", signature: "round(x[, digits])",
            summary:
                "To the nearest integer, or to digits behind the point; halves away from zero.",
            argumentCount: 1...2, takes: [.number, .integer], gives: .number,
            body: round),
        Functions.Function(
            name: "sqrt", signature: "sqrt(x)", summary: "The square root.",
            argumentCount: 1...1, takes: [.number], gives: .number,
            body: squareRoot),
        Functions.Function(
            name: "pow", signature: "pow(x, y)",
            summary: "x to the power of y; exact for integers where y is not below 0.",
            argumentCount: 2...2, takes: [.number], gives: .number,
            body: power),
    ]

    /// The elements of one array argument, or the arguments themselves.
    private static func items(of call: FunctionCall) -> [Value] {
        if call.values.count == 1, let array = call.values[0].container(.array) {
            return array.elements.map(Value.json)
        }
        return call.values
    }

    private static func operands(of call: FunctionCall) throws(Fault) -> [Operand] {
        var operands: [Operand] = []
        for item in items(of: call) {
            guard item.kind == .number else {
                throw call.fault("numbers are needed, not \(item.kind.article)")
            }
            guard let operand = item.operand else { throw item.operandFault(at: call.span) }
            operands.append(operand)
        }
        return operands
    }

    /// The exact total where all operands are integers; 128 bits hold 2^64 of them.
    private static func exactTotal(_ operands: [Operand]) -> Int128? {
        var total: Int128 = 0
        for operand in operands {
            guard case .int(let int) = operand else { return nil }
            total += Int128(int)
        }
        return total
    }

    @Sendable static func sum(_ call: FunctionCall) throws(Fault) -> Value {
        let operands = try operands(of: call)
        if let total = exactTotal(operands) {
            guard let int = Int(exactly: total) else { throw Value.overflow("the sum", call.span) }
            return .int(int)
        }
        return try call.computed(exactSum(operands).divided(by: 1))
    }

    @Sendable static func average(_ call: FunctionCall) throws(Fault) -> Value {
        let operands = try operands(of: call)
        guard !operands.isEmpty else { throw call.nothing("the array is empty") }
        if let total = exactTotal(operands) {
            let (quotient, rest) = total.quotientAndRemainder(dividingBy: Int128(operands.count))
            if rest == 0, let int = Int(exactly: quotient) { return .int(int) }
        }
        return try call.computed(exactSum(operands).divided(by: UInt64(operands.count)))
    }

    private static func exactSum(_ operands: [Operand]) -> ExactSum {
        var sum = ExactSum()
        for operand in operands { sum.add(operand) }
        return sum
    }

    @Sendable static func minimum(_ call: FunctionCall) throws(Fault) -> Value {
        try extreme(call) { $0 < 0 }
    }

    @Sendable static func maximum(_ call: FunctionCall) throws(Fault) -> Value {
        try extreme(call) { $0 > 0 }
    }

    /// The first item that beats all others.
    private static func extreme(_ call: FunctionCall, _ beats: (Int) -> Bool) throws(Fault)
        -> Value
    {
        let items = items(of: call)
        guard var best = items.first else { throw call.nothing("the array is empty") }
        for item in items {
            guard let order = item.order(to: best) else {
                let kinds = "\(best.kind.article) and \(item.kind.article)"
                throw call.fault(
                    item.kind == best.kind
                        ? "numbers or strings are needed, not \(item.kind.article)"
                        : "numbers or strings alone are needed, not \(kinds)")
            }
            if beats(order) { best = item }
        }
        return best
    }

    @Sendable static func absolute(_ call: FunctionCall) throws(Fault) -> Value {
        switch try call.operand(0) {
        case .int(let int):
            guard int != .min else { throw Value.overflow("the absolute value", call.span) }
            return .int(abs(int))
        case .double(let double): return try call.computed(double.magnitude)
        }
    }

    @Sendable static func ceiling(_ call: FunctionCall) throws(Fault) -> Value {
        try rounded(call, .up)
    }

    @Sendable static func floor(_ call: FunctionCall) throws(Fault) -> Value {
        try rounded(call, .down)
    }

    @Sendable static func round(_ call: FunctionCall) throws(Fault) -> Value {
        guard call.values.count > 1 else { return try rounded(call, .toNearestOrAwayFromZero) }
        let digits = try call.integer(1)
        switch try call.operand(0) {
        case .int(let int):
            return digits < 0 ? .int(try rounded(int, to: digits, call)) : .int(int)
        case .double(let double):
            return try call.computed(DecimalText(double).rounded(to: digits))
        }
    }

    /// Rounds to a number of digits below 0: tens, hundreds and so on.
    private static func rounded(_ int: Int, to digits: Int, _ call: FunctionCall)
        throws(Fault) -> Int
    {
        // Ten to the twentieth is more than twice any integer.
        guard digits > -20 else { return 0 }
        let unit = (digits..<0).reduce(Int128(1)) { unit, _ in unit * 10 }
        let magnitude = (Int128(int.magnitude) + unit / 2) / unit * unit
        guard let result = Int(exactly: int < 0 ? -magnitude : magnitude) else {
            throw Value.overflow("`round`", call.span)
        }
        return result
    }

    private static func rounded(_ call: FunctionCall, _ rule: FloatingPointRoundingRule)
        throws(Fault) -> Value
    {
        switch try call.operand(0) {
        case .int(let int): .int(int)
        case .double(let double): try call.computed(double.rounded(rule))
        }
    }

    @Sendable static func squareRoot(_ call: FunctionCall) throws(Fault) -> Value {
        let operand = try call.operand(0)
        guard operand.double >= 0 else { throw call.fault("the number is below 0") }
        guard case .int(let int) = operand, int.magnitude > Value.largestExactInteger else {
            return try call.computed(operand.double.squareRoot())
        }
        return try call.computed(exactSquareRoot(int))
    }

    /// The square root of an integer that no double holds, with more digits than one has.
    private static func exactSquareRoot(_ int: Int) -> ExactNumber {
        let square = UInt128(int) << 62
        var root = UInt128(Double(square).squareRoot())
        // One step of Newton's method leaves an error of 1 at most.
        if root > 0 { root = (root + square / root) / 2 }
        while root * root > square { root -= 1 }
        while (root + 1) * (root + 1) <= square { root += 1 }
        return ExactNumber(
            isNegative: false, magnitude: root, exponent: -31, isCut: root * root < square)
    }

    @Sendable static func power(_ call: FunctionCall) throws(Fault) -> Value {
        let base = try call.operand(0)
        let exponent = try call.operand(1)
        if case (.int(let base), .int(let exponent)) = (base, exponent), exponent >= 0 {
            return .int(try integerPower(base, exponent, call))
        }
        return try call.computed(Glibc.pow(base.double, exponent.double))
    }

    private static func integerPower(_ base: Int, _ exponent: Int, _ call: FunctionCall)
        throws(Fault) -> Int
    {
        if base == 0 || base == 1 { return exponent == 0 ? 1 : base }
        if base == -1 { return exponent % 2 == 0 ? 1 : -1 }
        var result = 1
        // Another base overflows after 63 rounds at the latest.
        for _ in 0..<min(exponent, 64) {
            let next = result.multipliedReportingOverflow(by: base)
            guard !next.overflow else {
                throw Value.overflow("\(base) to the \(exponent)", call.span)
            }
            result = next.partialValue
        }
        return result
    }
}
