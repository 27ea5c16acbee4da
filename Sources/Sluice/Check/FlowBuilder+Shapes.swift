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
            checkNames(map, target, to, unit)
            guard problems.isEmpty else { return }
            carried = schema.closed
        } else if edge.map != nil, template == nil, edge.map?.string == nil {
            return
        }
        for misfit in carried.misfits(with: target) {
            let path = "$" + misfit.path.map { ".\($0)" }.joined()
            let value = FlowSource.nearest(
                misfit.path.map { .name($0) }, in: edge.map ?? edge.json)
            let isMissing = misfit.isMissing
            let text =
                isMissing
                ? "`\(edge.to.text)` needs `\(misfit.path.last ?? "")`, which "
                    + (edge.map == nil
                        ? "`\(edge.from.text)` does not give" : "the `map` does not give")
                : "`\(edge.to.text)` wants \(misfit.wanted) at \(path), gets \(misfit.found)"
            let range = isMissing && edge.map != nil ? value.opening : value.sourceRange
            note(isMissing ? .missingAfterMap : .impossibleType, text, range, unit.source)
        }
    }

    /// Members that a `map` makes and the port does not have: most likely misspelt.
    private mutating func checkNames(
        _ map: JSON, _ target: Schema, _ to: Plan.Place, _ unit: Unit
    ) {
        guard target.types == .object, !target.properties.isEmpty, map.kind == .object else {
            return
        }
        for member in map.members where target.property(member.name) == nil {
            note(
                .unknownTarget,
                "`\(plan.text(input: to))` has no member `\(member.name)`",
                unit.source.nameRange(ofValueAt: member.value.sourceRange), unit.source,
                suggestion: Spelling.closest(
                    to: member.name, among: target.properties.map(\.name)))
        }
    }
}

extension Schema {
    /// Something that cannot fit.
    struct Misfit {
        /// The members that lead to it.
        var path: [String] = []
        /// Whether a member that has to be there cannot be.
        var isMissing = false
        var wanted = ""
        var found = ""
    }

    /// What about values of this shape can never fit `target`.
    func misfits(with target: Schema) -> [Misfit] {
        let common = types.intersection(target.types)
        guard !common.isEmpty else {
            return [Misfit(wanted: target.types.article, found: types.article)]
        }
        if let values = enumeration, values.count == 1, let value = values.first,
            let mismatch = target.mismatches(value).first
        {
            let path = mismatch.path.compactMap { step -> String? in
                if case .name(let name) = step { return name }
                return nil
            }
            return [Misfit(path: path, wanted: target.types.article, found: value.summary)]
        }
        if types == .object { return memberMisfits(with: target) }
        if types == .array, let mine = items.first, let theirs = target.items.first,
            mine.types.isDisjoint(with: theirs.types)
        {
            return [
                Misfit(wanted: target.types.article, found: "an array of \(mine.types.article)")
            ]
        }
        return []
    }

    private func memberMisfits(with target: Schema) -> [Misfit] {
        guard target.types == .object else { return [] }
        var found: [Misfit] = []
        for property in target.properties {
            if let mine = self.property(property.name) {
                guard mine.isRequired || property.isRequired else { continue }
                found += mine.schema.misfits(with: property.schema).map { misfit in
                    var misfit = misfit
                    misfit.path.insert(property.name, at: 0)
                    return misfit
                }
            } else if property.isRequired, !allowsOtherMembers {
                found.append(Misfit(path: [property.name], isMissing: true))
            }
        }
        return found
    }
}
