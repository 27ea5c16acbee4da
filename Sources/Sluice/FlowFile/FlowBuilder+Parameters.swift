import SluiceJSON
import SluiceSystem

extension FlowBuilder {
    /// Gives the parameters of the flow that is run their values: those given, else the defaults, and
    /// where there is none the variable of that name.
    mutating func setParameters(_ unit: inout Unit) {
        for parameter in unit.definition.parameters {
            let name = parameter.name
            if let text = loader.parameterTexts[name] {
                // Whoever gave it is told by the name of the option.
                let value = parameter.schema.value(ofText: text)
                if let mismatch = parameter.schema.mismatches(value).first {
                    note(
                        "--set \(name)", .wrongSetting,
                        mismatch.sentence(about: "the parameter `\(name)`"))
                }
                set(parameter, value, folder: currentFolder, &unit)
            } else if let value = loader.parameters[name] {
                set(parameter, value, &unit)
            } else if let value = parameter.defaultValue {
                setDefault(value, of: parameter, &unit)
            } else if let text = loader.variables(name) {
                setVariable(text, of: parameter, &unit)
            } else if loader.assumesParameters {
                let sample = parameter.schema.sample(for: .any, named: name)
                unit.variables.parameters[name] = Variables.Parameter(
                    schema: parameter.schema, value: sample, isUnknown: true)
            } else {
                unit.variables.unset.insert(name)
            }
        }
    }

    private mutating func set(
        _ parameter: FlowDefinition.Parameter, _ value: JSON, folder: String? = nil,
        _ unit: inout Unit
    ) {
        secrets.insert(value, of: parameter.schema)
        unit.variables.parameters[parameter.name] = Variables.Parameter(
            schema: parameter.schema, value: value, folder: folder)
    }

    /// Uses a variable: typed and checked as what is given on the command line.
    private mutating func setVariable(
        _ text: String, of parameter: FlowDefinition.Parameter, _ unit: inout Unit
    ) {
        let value = parameter.schema.value(ofText: text)
        set(parameter, value, &unit)
        guard let mismatch = parameter.schema.mismatches(value).first else { return }
        unit.variables.parameters[parameter.name] = nil
        unit.variables.broken.insert(parameter.name)
        note(
            .wrongSetting,
            mismatch.sentence(
                about: "the parameter `\(parameter.name)` from the variable of that name"),
            parameter.nameRange, unit.source)
    }

    /// Uses a default; one that does not fit its schema was noted when the file was read.
    private mutating func setDefault(
        _ value: JSON, of parameter: FlowDefinition.Parameter, _ unit: inout Unit
    ) {
        set(parameter, value, &unit)
        guard !parameter.schema.mismatches(value).isEmpty else { return }
        unit.variables.parameters[parameter.name] = nil
        unit.variables.broken.insert(parameter.name)
    }

    /// Parameters that no string of the file reads.
    mutating func findUnusedParameters(_ unit: Unit) {
        let used = usedParameters[unit.prefix] ?? []
        for parameter in unit.definition.parameters where !used.contains(parameter.name) {
            note(
                .unusedParameter, "nothing reads the parameter `\(parameter.name)`",
                parameter.nameRange, unit.source)
        }
    }

    // MARK: Sub-flows

    /// Gives a sub-flow's parameters their values: those of the node that uses it, else the
    /// defaults.
    ///
    /// A value that is missing or wrong is noted here, once, and not again wherever it is read.
    mutating func setParameters(
        _ unit: inout Unit, of node: FlowDefinition.Node, in outer: Unit
    ) {
        let parameters = unit.definition.parameters
        let full = outer.prefix + node.name
        let given = loader.given(to: full)
        for parameter in parameters {
            let name = parameter.name
            let own = given.filter { $0.names.first?.isSame(as: name) == true }
            if !own.isEmpty {
                setGiven(own, of: parameter, node, outer, &unit)
            } else if let written = node.settings[name] {
                setWritten(written, of: parameter, outer, &unit)
            } else if let value = parameter.defaultValue {
                setDefault(value, of: parameter, &unit)
            } else {
                unit.variables.broken.insert(name)
                note(
                    .missingMember, "the sub-flow's parameter `\(name)` has no value",
                    original(node).sourceRange, outer.source)
            }
        }
        let names = parameters.map(\.name)
        for member in node.settings.members
        where !names.has(member.name) && !member.name.begins(with: "x-") {
            note(
                .unknownSetting, "the sub-flow has no parameter `\(member.name)`",
                outer.source.nameRange(ofValueAt: member.value.sourceRange), outer.source,
                suggestion: Spelling.closest(to: member.name, among: names))
        }
        for override in given where !names.has(override.names.first ?? "") {
            note(
                override.option, .unknownSetting,
                "the sub-flow has no parameter `\(override.names.first ?? "")`",
                suggestion: Spelling.closest(to: override.names.first ?? "", among: names))
        }
    }

    /// Uses the value that the node gives.
    private mutating func setWritten(
        _ written: JSON, of parameter: FlowDefinition.Parameter, _ outer: Unit, _ unit: inout Unit
    ) {
        guard let found = resolved(written, Wanted(parameter.schema), outer) else {
            unit.variables.broken.insert(parameter.name)
            return
        }
        let folder = found.folder ?? Folder.resolved(Folder.containing(outer.source.path))
        set(parameter, found.json, folder: folder, &unit)
        unit.variables.parameters[parameter.name]?.isUnknown = found.isUnknown
        guard let mismatch = parameter.schema.mismatches(found.json).first else { return }
        unit.variables.parameters[parameter.name] = nil
        unit.variables.broken.insert(parameter.name)
        note(
            .wrongSetting, mismatch.sentence(about: "the parameter `\(parameter.name)`"),
            FlowSource.nearest(mismatch.path, in: written).sourceRange, outer.source)
    }

    /// Uses what is given from outside, which may be a part of the value only.
    private mutating func setGiven(
        _ overrides: [Override], of parameter: FlowDefinition.Parameter,
        _ node: FlowDefinition.Node, _ outer: Unit, _ unit: inout Unit
    ) {
        let name = parameter.name
        var value = parameter.defaultValue ?? .emptyObject
        if !overrides.contains(where: { $0.names.count == 1 }), let written = node.settings[name] {
            let inner = overrides.map { Array($0.names.dropFirst()) }
            value = resolve(written, Wanted(parameter.schema, replaced: inner), outer) ?? value
        }
        for override in overrides {
            value = value.setting(
                override.names.dropFirst(), to: override.value(for: parameter.schema))
        }
        let isText = overrides.contains(where: \.isText)
        set(parameter, value, folder: isText ? currentFolder : nil, &unit)
        guard let mismatch = parameter.schema.mismatches(value).first else { return }
        unit.variables.parameters[name] = nil
        unit.variables.broken.insert(name)
        note(
            overrides[0].option, .wrongSetting,
            mismatch.sentence(about: "the parameter `\(name)`"))
    }
}
