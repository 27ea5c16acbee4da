internal import SluiceJSON

// Functions that match a string against an I-Regexp.
extension TextFunctions {
    /// The function `match`, or `search`, which looks for the pattern anywhere.
    static func pattern(_ name: String, _ summary: String, anywhere: Bool) -> Functions.Function {
        Functions.Function(
            name: name, signature: "\(name)(s, pattern)", summary: summary, argumentCount: 2...2,
            takes: [.string], gives: .boolean,
            body: { call, budget throws(Fault) in
                let pattern = try regularExpression(of: call, within: &budget)
                return try accepts(call, pattern, anywhere, within: &budget)
            },
            prepare: { arguments throws(SyntaxFault) in
                guard let pattern = try literalPattern(arguments) else { return nil }
                return { call, budget throws(Fault) in
                    try accepts(call, pattern, anywhere, within: &budget)
                }
            })
    }

    private static func accepts(
        _ call: FunctionCall, _ pattern: IRegexp, _ anywhere: Bool, within budget: inout WorkBudget
    ) throws(Fault) -> Value {
        let text = try call.string(0)
        do {
            return .bool(try pattern.accepts(text, anywhere: anywhere, within: &budget))
        } catch {
            throw Fault(error, at: call.span)
        }
    }

    /// The pattern that is the second argument's value.
    private static func regularExpression(
        of call: FunctionCall, within budget: inout WorkBudget
    ) throws(Fault) -> IRegexp {
        let text = try call.string(1)
        let pattern: IRegexp
        do {
            pattern = try IRegexp(text)
        } catch {
            throw call.fault("the pattern is no I-Regexp: \(error)")
        }
        do {
            try budget.spend(pattern.stateCount / 8)
        } catch {
            throw Fault(error, at: call.span)
        }
        return pattern
    }

    /// The second argument, compiled; nil where it is not known before the call.
    private static func literalPattern(
        _ arguments: [ExpressionNode]
    ) throws(SyntaxFault) -> IRegexp? {
        guard let argument = arguments.last, case .literal(let value) = argument.kind,
            let text = value.string
        else { return nil }
        do {
            return try IRegexp(text)
        } catch {
            throw SyntaxFault(
                message: "the pattern is no I-Regexp: \(error)", span: argument.span,
                suggestion: "patterns are those of RFC 9485")
        }
    }
}
