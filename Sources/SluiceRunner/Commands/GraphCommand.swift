import Sluice
import SluiceSystem

extension Command {
    private static let language = Option(
        name: "format", value: "FORMAT", about: "mermaid (the default) or dot",
        values: .choice(["mermaid", "dot"]))

    /// `sluice graph`.
    static let graph = Command(
        name: "graph",
        summary: "Print a flow as a picture in text",
        discussion: """
            Sub-flows are frames around their nodes, exported ports are rounded ends. Edges from `error`
            are dashed, those marked `feedback` dotted.
            """,
        operands: [Operand(name: "FLOW", about: "The flow file", values: .file)],
        options: [language, FlowSettings.set, .environment],
        examples: [
            "\(.program) graph chat.json > chat.mmd",
            "\(.program) graph chat.json --format dot | dot -Tsvg > chat.svg",
        ]
    ) { arguments, terminal in
        let flow = try FlowSettings(arguments).load(arguments.first, assuming: true)
        guard let plan = flow.plan else {
            for diagnostic in flow.diagnostics where diagnostic.severity == .error {
                terminal.note(.lines(diagnostic.rendered))
            }
            return flow.failureCode
        }
        let graph = FlowGraph(plan)
        try terminal.print(.lines(arguments[language] == "dot" ? graph.dot : graph.mermaid))
        return .success
    }
}
