/// Shapes of values that depend on the arguments of a call.
enum FunctionShapes {
    /// An element of the first argument.
    @Sendable static func element(_ arguments: [Schema]) -> Schema { arguments[0].possibleItems }

    /// An array of elements of the first argument.
    @Sendable static func elements(_ arguments: [Schema]) -> Schema {
        .array(of: arguments[0].possibleItems)
    }

    /// What the first argument is: a string, or an array of its elements.
    @Sendable static func stringOrElements(_ arguments: [Schema]) -> Schema {
        let types = arguments[0].possibleTypes.intersection([.string, .array])
        return types == .array ? elements(arguments) : Schema(types)
    }

    /// An array of strings.
    @Sendable static func strings(_ arguments: [Schema]) -> Schema { .array(of: Schema(.string)) }

    /// A number of the kind that the first argument is.
    @Sendable static func number(_ arguments: [Schema]) -> Schema {
        arguments[0].possibleTypes.isSubset(of: .number) ? arguments[0].numeric : Schema(.number)
    }

    /// An integer where all arguments are integers.
    @Sendable static func sum(_ arguments: [Schema]) -> Schema {
        let isList = arguments.count == 1 && !arguments[0].possibleTypes.isDisjoint(with: .array)
        let isInteger = !isList && arguments.allSatisfy { $0.numeric.types == .integer }
        return Schema(isInteger ? .integer : .number)
    }
}
