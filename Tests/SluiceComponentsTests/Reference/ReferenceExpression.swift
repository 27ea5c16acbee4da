/// An expression as the second interpreter has it: a tree that is written as text for the first and
/// evaluated by the simplest code that does what the documentation says.
indirect enum ReferenceExpression {
    case literal(ReferenceValue)
    case path([Step])
    case omit
    case list([ReferenceExpression])
    case object([(name: String, value: ReferenceExpression)])
    case not(ReferenceExpression)
    case binary(String, ReferenceExpression, ReferenceExpression)
    case choice(ReferenceExpression, ReferenceExpression, ReferenceExpression)
    case call(String, [ReferenceExpression])
    case part(ReferenceExpression, Step)

    enum Step {
        case name(String)
        case index(Int)

        var text: String {
            switch self {
            case .name(let name): "['\(name)']"
            case .index(let index): "[\(index)]"
            }
        }
    }

    /// Why there is no value.
    enum Failure: Error {
        case missing
        case omitted
        case failed
        /// The exact result is not known: doubles do not tell it.
        case unknown
    }

    // MARK: - As text

    var text: String {
        switch self {
        case .literal(let value): value.json
        case .path(let steps): "$" + steps.map(\.text).joined()
        case .omit: "omit"
        case .list(let list): "[" + list.map(\.text).joined(separator: ", ") + "]"
        case .object(let members):
            "{" + members.map { "'\($0.name)': \($0.value.text)" }.joined(separator: ", ") + "}"
        case .not(let operand): "!(\(operand.text))"
        case .binary(let symbol, let left, let right): "(\(left.text)) \(symbol) (\(right.text))"
        case .choice(let condition, let yes, let no):
            "(\(condition.text)) ? (\(yes.text)) : (\(no.text))"
        case .call(let name, let arguments):
            "\(name)(" + arguments.map(\.text).joined(separator: ", ") + ")"
        case .part(let whole, let step): "(\(whole.text))\(step.text)"
        }
    }

    // MARK: - As a value

    /// Whether the expression, read as a test, is true: a path that finds nothing makes its
    /// comparison false.
    func holds(_ message: ReferenceValue) throws(Failure) -> Bool {
        try bool(message, isTest: true)
    }

    func value(
        _ message: ReferenceValue, isTest: Bool = false
    ) throws(Failure) -> ReferenceValue {
        switch self {
        case .literal(let value): return value
        case .omit: throw .omitted
        case .path(let steps):
            var value = message
            for step in steps { value = try Self.take(step, from: value) }
            return value
        case .part(let whole, let step):
            return try Self.take(step, from: whole.value(message, isTest: isTest))
        case .list(let list):
            var result: [ReferenceValue] = []
            for element in list {
                if let value = try Self.item(element, message, isTest: isTest) {
                    result.append(value)
                }
            }
            return .list(result)
        case .object(let members):
            var result: [(name: String, value: ReferenceValue)] = []
            for member in members {
                if let value = try Self.item(member.value, message, isTest: isTest) {
                    result.append((member.name, value))
                }
            }
            return .members(result)
        case .not(let operand): return .bool(try !operand.bool(message, isTest: isTest))
        case .choice(let condition, let yes, let no):
            return try condition.bool(message, isTest: isTest)
                ? yes.value(message, isTest: isTest) : no.value(message, isTest: isTest)
        case .binary(let symbol, let left, let right):
            return try Self.binary(symbol, left, right, message, isTest: isTest)
        case .call(let name, let arguments):
            if name == "coalesce" {
                guard arguments.count > 1 else {
                    return try arguments[0].value(message, isTest: isTest)
                }
                return try Self.present(
                    arguments[0], or: .call(name, Array(arguments.dropFirst())), message,
                    isTest: isTest)
            }
            var values: [ReferenceValue] = []
            for argument in arguments { values.append(try argument.value(message, isTest: isTest)) }
            return try ReferenceFunctions.call(name, values)
        }
    }

    /// The value of a member or an element; nil where it is left out.
    static func item(
        _ expression: ReferenceExpression, _ message: ReferenceValue, isTest: Bool
    ) throws(Failure) -> ReferenceValue? {
        do {
            return try expression.value(message, isTest: isTest)
        } catch .omitted {
            return nil
        } catch {
            throw error
        }
    }

    private func bool(_ message: ReferenceValue, isTest: Bool) throws(Failure) -> Bool {
        do throws(Failure) {
            guard case .bool(let bool) = try value(message, isTest: isTest) else {
                throw Failure.failed
            }
            return bool
        } catch {
            guard isTest, error == .missing else { throw error }
            return false
        }
    }

    private static func take(
        _ step: Step, from value: ReferenceValue
    ) throws(Failure) -> ReferenceValue {
        switch (step, value) {
        case (.name(let name), .object(let members)):
            guard let member = members.last(where: { $0.name == name }) else { throw .missing }
            return member.value
        case (.index(let index), .list(let list)):
            let place = index < 0 ? list.count + index : index
            guard list.indices.contains(place) else { throw .missing }
            return list[place]
        default: throw .missing
        }
    }

    private static func present(
        _ left: ReferenceExpression, or right: ReferenceExpression, _ message: ReferenceValue,
        isTest: Bool
    ) throws(Failure) -> ReferenceValue {
        do {
            let value = try left.value(message, isTest: isTest)
            if value.kind != .null { return value }
        } catch .missing {
            // The other side counts.
        } catch {
            throw error
        }
        return try right.value(message, isTest: isTest)
    }

    private static func binary(
        _ symbol: String, _ left: ReferenceExpression, _ right: ReferenceExpression,
        _ message: ReferenceValue, isTest: Bool
    ) throws(Failure) -> ReferenceValue {
        switch symbol {
        case "??": return try present(left, or: right, message, isTest: isTest)
        case "&&":
            guard try left.bool(message, isTest: isTest) else { return .bool(false) }
            return .bool(try right.bool(message, isTest: isTest))
        case "||":
            if try left.bool(message, isTest: isTest) { return .bool(true) }
            return .bool(try right.bool(message, isTest: isTest))
        default: break
        }
        let isComparison = !["+", "-", "*", "/", "%"].contains(symbol)
        let first: ReferenceValue
        let second: ReferenceValue
        do throws(Failure) {
            first = try left.value(message, isTest: isTest)
            second = try right.value(message, isTest: isTest)
        } catch {
            guard isTest, isComparison, error == .missing else { throw error }
            return .bool(false)
        }
        switch symbol {
        case "==": return .bool(ReferenceFunctions.areEqual(first, second))
        case "!=": return .bool(!ReferenceFunctions.areEqual(first, second))
        case "<", "<=", ">", ">=":
            guard let order = ReferenceFunctions.order(first, second) else { throw .failed }
            return .bool(
                symbol == "<"
                    ? order < 0
                    : symbol == "<=" ? order <= 0 : symbol == ">" ? order > 0 : order >= 0)
        default:
            return try ReferenceFunctions.arithmetic(symbol, first, second)
        }
    }
}
