import SluiceJSON

extension FlowBuilder {
    /// Gives the parameters of the flow that is run their values: those given, else the defaults.
    mutating func setParameters(_ unit: inout Unit) {
        for parameter in unit.definition.parameters {
            if let value = loader.parameters[parameter.name] {
                unit.variables.parameters[parameter.name] = value
            } else if let value = parameter.defaultValue {
                setDefault(value, of: parameter, &unit)
            }
        }
    }

    /// Gives a sub-flow's parameters their values: those of the node that uses it, else the
    /// defaults.
    ///
    /// A value that is missing or wrong is noted here, once, and not again wherever it is read.
    mutating func setParameters(
        _ unit: inout Unit, of node: FlowDefinition.Node, in outer: Unit
    ) {
        let parameters = unit.definition.parameters
        let settings = overridden(node.settings, outer.prefix + node.name)
        for parameter in parameters {
            let name = parameter.name
            if let value = settings[name] {
                unit.variables.parameters[name] = setting(value, of: parameter, node, outer)
            } else if let value = parameter.defaultValue {
                setDefault(value, of: parameter, &unit)
            } else {
                note(
                    .missingMember, "the sub-flow's parameter `\(name)` has no value",
                    original(node).sourceRange, outer.source)
            }
            if unit.variables.parameters[name] == nil { unit.variables.unknown.insert(name) }
        }
        for member in settings.members
        where !parameters.map(\.name).has(member.name) {
            let range =
                node.settings[member.name].map { outer.source.nameRange(ofValueAt: $0.sourceRange) }
            note(
                .unknownSetting, "the sub-flow has no parameter `\(member.name)`",
                range ?? original(node).sourceRange, outer.source,
                suggestion: Spelling.closest(to: member.name, among: parameters.map(\.name)))
        }
    }

    /// The value of a parameter that the node gives; nil where it does not fit.
    private mutating func setting(
        _ value: JSON, of parameter: FlowDefinition.Parameter, _ node: FlowDefinition.Node,
        _ outer: Unit
    ) -> JSON? {
        let written = node.settings[parameter.name]
        var value = value
        if value == written {
            guard let resolved = resolve(value, parameter.schema, outer) else { return nil }
            value = resolved
        }
        guard let mismatch = parameter.schema.mismatches(value).first else { return value }
        let place = written.map { FlowSource.nearest(mismatch.path, in: $0) }
        note(
            .wrongSetting, "`\(parameter.name)` \(mismatch.text)",
            (place ?? original(node)).sourceRange, outer.source)
        return nil
    }

    /// Uses a default; one that does not fit its schema was noted when the file was read.
    private func setDefault(
        _ value: JSON, of parameter: FlowDefinition.Parameter, _ unit: inout Unit
    ) {
        if parameter.schema.mismatches(value).isEmpty {
            unit.variables.parameters[parameter.name] = value
        } else {
            unit.variables.unknown.insert(parameter.name)
        }
    }
}
