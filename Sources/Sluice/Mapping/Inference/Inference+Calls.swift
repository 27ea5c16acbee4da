extension Inference {
    /// The schema of a call, a problem being noted for each argument of the wrong type.
    mutating func schema(
        ofCall function: Functions.Function, _ arguments: [ExpressionNode]
    ) -> Schema {
        if function.isLazy {
            let node = ExpressionNode(kind: .fallback(arguments), span: 0..<0)
            return schema(of: node)
        }
        let ordinals = ["first", "second", "third", "fourth"]
        var schemas: [Schema] = []
        for (index, argument) in arguments.enumerated() {
            let wanted = index < function.takes.count ? function.takes[index] : function.takes.last
            let place =
                arguments.count == 1 || index >= ordinals.count
                ? "" : " as its \(ordinals[index]) argument"
            schemas.append(
                require(wanted ?? .any, of: argument, for: "`\(function.name)`", as: place))
        }
        return Self.value(of: function, schemas)
    }

    /// The schema of a call's value where it depends on the arguments, or what it always is.
    private static func value(of function: Functions.Function, _ arguments: [Schema]) -> Schema {
        guard let first = arguments.first else { return Schema(function.gives) }
        switch function.name {
        case "first", "last":
            return first.possibleItems
        case "sort", "unique":
            return .array(of: first.possibleItems)
        case "reverse":
            let types = first.possibleTypes.intersection([.string, .array])
            return types == .array ? .array(of: first.possibleItems) : Schema(types)
        case "split", "keys":
            return .array(of: Schema(.string))
        case "number", "abs":
            return first.possibleTypes.isSubset(of: .number) ? first.numeric : Schema(.number)
        case "sum":
            let items = arguments.count == 1 && !first.possibleTypes.isDisjoint(with: .array)
            guard !items, arguments.allSatisfy({ $0.numeric.types == .integer }) else {
                return Schema(.number)
            }
            return Schema(.integer)
        default:
            return Schema(function.gives)
        }
    }
}
