internal import Glibc
internal import SluiceJSON

/// Functions of numbers: exact on integers of 64 bits, doubles otherwise.
enum NumberFunctions {
    static let table = [
        Functions.Function(
            name: "sum", signature: "sum(array) or sum(x, …)",
            summary: "The sum, 0 of nothing.", argumentCount: 1...Int.max,
            takes: [[.number, .array]], gives: .number,
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
            name: "round", signature: "round(x)",
            summary: "The nearest integer, halves away from zero.",
            argumentCount: 1...1, takes: [.number], gives: .number,
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
            guard let operand = item.operand else {
                let found =
                    item.kind == .number ? "one beyond the range of a double" : item.kind.article
                throw call.fault("numbers are needed, not \(found)")
            }
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
        return try call.computed(operands.reduce(0) { $0 + $1.double })
    }

    @Sendable static func average(_ call: FunctionCall) throws(Fault) -> Value {
        let operands = try operands(of: call)
        guard !operands.isEmpty else { throw call.nothing("the array is empty") }
        if let total = exactTotal(operands) {
            let (quotient, rest) = total.quotientAndRemainder(dividingBy: Int128(operands.count))
            if rest == 0, let int = Int(exactly: quotient) { return .int(int) }
            return try call.computed(Double(total) / Double(operands.count))
        }
        return try call.computed(operands.reduce(0) { $0 + $1.double } / Double(operands.count))
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
        try rounded(call, .toNearestOrAwayFromZero)
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
        let double = try call.operand(0).double
        guard double >= 0 else { throw call.fault("the number is below 0") }
        return try call.computed(double.squareRoot())
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
