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
        guard !schemas.isEmpty, let infers = function.infers else { return Schema(function.gives) }
        return infers(schemas)
    }
}
