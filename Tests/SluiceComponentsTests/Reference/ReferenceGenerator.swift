import SluiceSystem

/// Makes random messages, expressions and templates for both interpreters.
struct ReferenceGenerator {
    var random: SplitMix

    init(seed: UInt64) { random = SplitMix(seed: seed) }

    mutating func pick<T>(_ items: [T]) -> T {
        items[Int.random(in: 0..<items.count, using: &random)]
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

    private static let names = ["a", "b", "c", "n", "list"]

    // MARK: - Values

    mutating func scalar() -> ReferenceValue {
        switch number(0...9) {
        case 0: .null
        case 1: .bool(number(0...1) == 1)
        case 2, 3: .integer(number(-20...20))
        case 4: .integer(pick([.max, .min, .max - 1, 1 << 53]))
        case 5: .double(pick([0.5, -2.25, 1e-7, 0.1]))
        case 6: .big("12345678901234567890123")
        default: .text(pick(["", "x", "a,b", "é", "y\"z", "back\\slash", "line\nfeed"]))
        }
    }

    mutating func value(_ depth: Int) -> ReferenceValue {
        guard depth > 0, number(0...2) > 0 else { return scalar() }
        if number(0...1) == 0 {
            return .list((0..<number(0...3)).map { _ in value(depth - 1) })
        }
        return .members(members { generator in generator.value(depth - 1) })
    }

    /// A message: an object of some of the names.
    mutating func message() -> ReferenceValue {
        .members(members { generator in generator.value(2) })
    }

    private mutating func members<T>(
        _ make: (inout ReferenceGenerator) -> T
    ) -> [(name: String, value: T)] {
        Self.names.filter { _ in number(0...2) > 0 }.map { ($0, make(&self)) }
    }

    // MARK: - Expressions

    private mutating func step() -> ReferenceExpression.Step {
        number(0...3) > 0 ? .name(pick(Self.names)) : .index(number(-2...2))
    }

    /// An expression of at most so many operators in one another; `mayOmit` where it is the value of
    /// a member or an element.
    mutating func expression(_ depth: Int, mayOmit: Bool = false) -> ReferenceExpression {
        if mayOmit, number(0...9) == 0 { return .omit }
        guard depth > 0 else {
            return number(0...2) == 0
                ? .literal(literal()) : .path((0..<number(1...2)).map { _ in step() })
        }
        switch number(0...9) {
        case 0, 1:
            return .binary(
                pick(["+", "-", "*", "/", "%"]), expression(depth - 1), expression(depth - 1))
        case 2:
            return .binary(
                pick(["==", "!=", "<", "<=", ">", ">=", "&&", "||"]), expression(depth - 1),
                expression(depth - 1))
        case 3:
            return .binary(
                "??", expression(depth - 1, mayOmit: mayOmit),
                expression(depth - 1, mayOmit: mayOmit))
        case 4:
            return .choice(
                pick([
                    .binary("==", expression(depth - 1), expression(depth - 1)),
                    .literal(.bool(true)), .path([.name("b")]),
                ]), expression(depth - 1, mayOmit: mayOmit), expression(depth - 1, mayOmit: mayOmit)
            )
        case 5:
            return .list((0..<number(0...3)).map { _ in expression(depth - 1, mayOmit: true) })
        case 6: return .object(members { $0.expression(depth - 1, mayOmit: true) })
        case 7: return .part(expression(depth - 1), step())
        case 8: return .not(expression(depth - 1))
        default: return call(depth, mayOmit: mayOmit)
        }
    }

    /// A literal that the language can spell.
    private mutating func literal() -> ReferenceValue {
        let value = scalar()
        if case .integer(.min) = value { return .integer(.max) }
        return value
    }

    private mutating func call(_ depth: Int, mayOmit: Bool) -> ReferenceExpression {
        let name = pick([
            "length", "upper", "reverse", "first", "last", "keys", "values", "string", "split",
            "contains", "hasprefix", "abs", "floor", "round", "coalesce",
        ])
        switch name {
        case "coalesce":
            return .call(
                name,
                [expression(depth - 1, mayOmit: mayOmit), expression(depth - 1, mayOmit: mayOmit)])
        case "split": return .call(name, [expression(depth - 1), .literal(.text(","))])
        case "contains":
            return .call(name, [.list([expression(depth - 1)]), expression(depth - 1)])
        case "hasprefix": return .call(name, [expression(depth - 1), expression(depth - 1)])
        default: return .call(name, [expression(depth - 1)])
        }
    }

    // MARK: - Templates

    mutating func template(_ depth: Int, mayOmit: Bool = false) -> ReferenceTemplate {
        guard depth > 0, number(0...3) > 0 else { return leaf(mayOmit: mayOmit) }
        if number(0...1) == 0 {
            return .list((0..<number(0...3)).map { _ in template(depth - 1, mayOmit: true) })
        }
        return .object(members { $0.template(depth - 1, mayOmit: true) })
    }

    private mutating func leaf(mayOmit: Bool) -> ReferenceTemplate {
        switch number(0...5) {
        case 0: return .literal(scalar())
        case 1: return .whole(.literal(literal()))
        case 2:
            let pieces: [ReferenceTemplate.Piece] = [
                .literal(pick(["x", "a: ", "}", "é"])), .expression(expression(1)),
                .literal(pick(["", " and "])),
                .expression(.literal(pick([.text("{{"), literal()]))),
            ]
            return .text(pieces)
        default: return .whole(expression(number(0...3), mayOmit: mayOmit))
        }
    }
}
