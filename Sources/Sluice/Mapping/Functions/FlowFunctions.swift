/// What a flow file can ask for: its parameters and the variables around it.
///
/// The loader puts the values in the place of the calls, see ``Substitution``; a call that is left has
/// no flow around it, or an argument that is no string literal.
enum FlowFunctions {
    static let table: [Functions.Function] = [
        make("param", "param(name)", "The flow's parameter of that name, with its type."),
        make(
            "env", "env(name)",
            "The variable of that name from `--env` or the environment, a string."),
    ]

    private static func make(
        _ name: String, _ signature: String, _ summary: String
    ) -> Functions.Function {
        var function = Functions.Function(
            name: name, signature: signature, summary: summary, argumentCount: 1...1,
            takes: [.string], gives: .any
        ) { call throws(Fault) in
            throw call.fault("is known in flow files only")
        }
        function.isForFlows = true
        function.isConstant = false
        return function
    }
}
