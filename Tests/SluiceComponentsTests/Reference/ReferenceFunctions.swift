/// Operators and functions of the second interpreter.
enum ReferenceFunctions {
    typealias Failure = ReferenceExpression.Failure

    static func areEqual(_ left: ReferenceValue, _ right: ReferenceValue) -> Bool {
        switch (left, right) {
        case (.object(let a), .object(let b)):
            return a.count == b.count
                && a.allSatisfy { one in
                    b.contains { $0.name == one.name && areEqual($0.value, one.value) }
                }
        case (.list(let a), .list(let b)):
            return a.count == b.count && zip(a, b).allSatisfy { areEqual($0, $1) }
        default:
            guard left.kind == right.kind else { return false }
            return left.kind == .number ? order(left, right) == 0 : left == right
        }
    }

    /// The order of two numbers or two texts.
    static func order(_ left: ReferenceValue, _ right: ReferenceValue) -> Int? {
        switch (left, right) {
        case (.text(let a), .text(let b)):
            let (a, b) = (a.unicodeScalars.map(\.value), b.unicodeScalars.map(\.value))
            return a == b ? 0 : a.lexicographicallyPrecedes(b) ? -1 : 1
        case (.integer(let a), .integer(let b)): return a < b ? -1 : a == b ? 0 : 1
        default:
            guard left.kind == .number, right.kind == .number else { return nil }
            // The generated doubles are short, the integers beside them small: no digit is lost.
            guard let a = double(left), let b = double(right) else { return nil }
            return a < b ? -1 : a == b ? 0 : 1
        }
    }

    private static func double(_ value: ReferenceValue) -> Double? {
        switch value {
        case .integer(let integer): Double(integer)
        case .double(let double): double
        case .big(let digits): Double(digits)
        default: nil
        }
    }

    /// The value of a computed double: an integer where it is one.
    static func number(_ double: Double) throws(Failure) -> ReferenceValue {
        guard double.isFinite else { throw .failed }
        if double.magnitude <= 9_007_199_254_740_992, let integer = Int(exactly: double) {
            return .integer(integer)
        }
        return .double(double)
    }

    static func arithmetic(
        _ symbol: String, _ left: ReferenceValue, _ right: ReferenceValue
    ) throws(Failure) -> ReferenceValue {
        if symbol == "+", case .text(let a) = left, case .text(let b) = right {
            return .text(a + b)
        }
        if case .big = left { throw .failed }
        if case .big = right { throw .failed }
        if case .integer(let a) = left, case .integer(let b) = right {
            let exact: Int128
            switch symbol {
            case "+": exact = Int128(a) + Int128(b)
            case "-": exact = Int128(a) - Int128(b)
            case "*": exact = Int128(a) * Int128(b)
            default:
                guard b != 0 else { throw .failed }
                if symbol == "%" {
                    exact = Int128(a) % Int128(b)
                } else if Int128(a) % Int128(b) == 0 {
                    exact = Int128(a) / Int128(b)
                } else {
                    return try exactly(Double(a) / Double(b), of: left, right)
                }
            }
            guard let result = Int(exactly: exact) else { throw .failed }
            return .integer(result)
        }
        guard let a = double(left), let b = double(right) else { throw .failed }
        switch symbol {
        case "+": return try exactly(a + b, of: left, right)
        case "-": return try exactly(a - b, of: left, right)
        case "*": return try exactly(a * b, of: left, right)
        default:
            guard b != 0 else { throw .failed }
            let result = symbol == "/" ? a / b : a.truncatingRemainder(dividingBy: b)
            return try exactly(result, of: left, right)
        }
    }

    /// A result that is the nearest double where operands and result are small enough.
    private static func exactly(
        _ result: Double, of left: ReferenceValue, _ right: ReferenceValue
    ) throws(Failure) -> ReferenceValue {
        for operand in [left, right] {
            if case .integer(let integer) = operand, integer.magnitude > 1 << 53 { throw .unknown }
        }
        guard result.magnitude < 9_007_199_254_740_992 else { throw .unknown }
        return try number(result)
    }

    static func call(
        _ name: String, _ arguments: [ReferenceValue]
    ) throws(Failure) -> ReferenceValue {
        let second = arguments.count > 1 ? arguments[1] : .null
        switch (name, arguments[0], second) {
        case ("length", .text(let text), _): return .integer(text.unicodeScalars.count)
        case ("length", .list(let list), _): return .integer(list.count)
        case ("length", .object(let members), _): return .integer(members.count)
        case ("upper", .text(let text), _):
            return .text(String(String.UnicodeScalarView(text.unicodeScalars.map(upper))))
        case ("reverse", .text(let text), _):
            return .text(String(String.UnicodeScalarView(text.unicodeScalars.reversed())))
        case ("reverse", .list(let list), _): return .list(list.reversed())
        case ("first", .list(let list), _), ("last", .list(let list), _):
            guard let value = name == "first" ? list.first : list.last else { throw .missing }
            return value
        case ("keys", .object(let members), _): return .list(members.map { .text($0.name) })
        case ("values", .object(let members), _): return .list(members.map(\.value))
        case ("string", .text(let text), _): return .text(text)
        case ("string", let value, _): return .text(value.json)
        case ("split", .text(let text), .text(let separator)) where separator.utf8.count == 1:
            let parts = text.unicodeScalars.split(
                separator: separator.unicodeScalars.first ?? " ", omittingEmptySubsequences: false)
            return .list(parts.map { .text(String($0)) })
        case ("contains", .list(let list), let part):
            return .bool(list.contains { areEqual($0, part) })
        case ("hasprefix", .text(let text), .text(let part)):
            return .bool(text.unicodeScalars.starts(with: part.unicodeScalars))
        case ("abs", .integer(let integer), _) where integer != .min:
            return .integer(abs(integer))
        case ("abs", .double(let double), _): return try number(double.magnitude)
        case ("floor", .integer(let integer), _), ("round", .integer(let integer), _):
            return .integer(integer)
        case ("floor", .double(let double), _): return try number(double.rounded(.down))
        case ("round", .double(let double), _):
            return try number(double.rounded(.toNearestOrAwayFromZero))
        default: throw .failed
        }
    }

    private static func upper(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        ("a"..."z").contains(scalar)
            ? Unicode.Scalar(scalar.value - 32) ?? scalar : scalar == "é" ? "É" : scalar
    }
}
