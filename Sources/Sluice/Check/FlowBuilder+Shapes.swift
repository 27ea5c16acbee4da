import SluiceJSON

extension FlowBuilder {
    /// Checks that what an edge carries can fit the port it leads to.
    mutating func checkShape(
        of edge: FlowDefinition.Edge, from: Plan.Place, to: Plan.Place, _ template: Template?,
        _ unit: Unit
    ) {
        let outputs = plan.nodes[from.node].ports.outputs
        let source = from.port < outputs.count ? outputs[from.port].schema : Failure.reportSchema
        let target = plan.nodes[to.node].ports.inputs[to.port].schema
        _ = (source, target, template)
    }
}
