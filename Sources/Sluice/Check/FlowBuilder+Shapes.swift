import SluiceJSON

extension FlowBuilder {
    /// Checks that what an edge carries can fit the port it leads to.
    ///
    /// Only what is certain is noted: a member that may be missing, or a value of an unknown type,
    /// shows when the flow runs.
    mutating func checkShape(
        of edge: FlowDefinition.Edge, from: Plan.Place, to: Plan.Place, _ template: Template?,
        _ unit: Unit
    ) {
        let outputs = plan.nodes[from.node].ports.outputs
        let emitted = from.port < outputs.count ? outputs[from.port].schema : Failure.reportSchema
        var carried = emitted.closed
        let target = plan.nodes[to.node].ports.inputs[to.port].schema
        if let template, let map = edge.map {
            let (schema, problems) = template.infer(from: carried)
            for problem in problems {
                note(
                    .impossiblePath, problem.message, place(of: problem, in: map, unit.source),
                    unit.source, advice: problem.suggestion)
            }
            carried = schema
            noteStrays(schema.strays(of: target), map, edge, unit)
            guard problems.isEmpty else { return }
        }
        for conflict in carried.conflicts(with: target) {
            let value = FlowSource.nearest(conflict.path, in: edge.map ?? edge.json)
            let place = conflict.path.isEmpty ? "" : " at \(conflict.pathText)"
            note(
                conflict.isMissing ? .missingAfterMap : .impossibleType,
                "`\(edge.to.text)`\(place): \(conflict.text)",
                conflict.isMissing && edge.map != nil ? value.opening : value.sourceRange,
                unit.source)
        }
    }

    /// Members that a `map` makes and the port does not have: most likely misspelt.
    private mutating func noteStrays(
        _ strays: [Schema.Mismatch], _ map: JSON, _ edge: FlowDefinition.Edge, _ unit: Unit
    ) {
        for stray in strays {
            let value = FlowSource.nearest(stray.path, in: map)
            note(
                .unknownTarget, "`\(edge.to.text)`: \(stray.text)",
                unit.source.nameRange(ofValueAt: value.sourceRange), unit.source,
                suggestion: stray.suggestion)
        }
    }
}
