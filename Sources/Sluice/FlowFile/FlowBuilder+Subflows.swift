import SluiceJSON

extension FlowBuilder {
    /// Adds the nodes of another flow file in the place of one.
    mutating func addSubflow(
        _ node: FlowDefinition.Node, _ unit: inout Unit, _ within: [String]
    ) {
        unit.members[node.name] = .broken
        let name = node.component.string ?? ""
        let path = Folder.join(Folder.containing(unit.source.path), name)
        let place = original(node).sourceRange
        guard !within.has(Folder.resolved(path)) else {
            let chain = (within + [Folder.resolved(path)]).map { Folder.lastPart(of: $0) }
            return note(
                .recursiveFlow,
                "the sub-flow contains itself: \(chain.joined(separator: " -> "))", place,
                unit.source)
        }
        guard within.count < FlowBuilder.maximumDepth else {
            return note(
                .recursiveFlow, "sub-flows lie more than \(FlowBuilder.maximumDepth) deep", place,
                unit.source)
        }
        do throws(FileError) {
            let text = try File.contents(of: path)
            if let inner = add(
                text, path: path, use: (node, unit), prefix: unit.prefix + node.name + "/",
                within: within)
            {
                unit.members[node.name] = .flow(inner)
            }
        } catch {
            note(.unreadableFile, error.description, place, unit.source)
        }
    }

    /// Adds one node in the place of a sub-flow, with the ports that the sub-flow exports.
    mutating func addReplacedSubflow(
        _ node: FlowDefinition.Node, _ replace: @escaping @Sendable (Ports) -> Ports,
        _ unit: inout Unit,
        _ within: [String], _ nameRange: FlowSource.Range
    ) {
        var apart = FlowBuilder(loader)
        var copy = unit
        apart.addSubflow(node, &copy, within)
        adopt(apart)
        unit.members[node.name] = .broken
        guard case .flow(let inner)? = copy.members[node.name] else { return }
        var ports = Ports()
        for export in inner.definition.inputs {
            guard let place = inner.inputs[export.name] else { continue }
            let input = apart.plan.nodes[place.node].ports.inputs[place.port]
            ports.declareInput(export.name, input.schema, input.about)
        }
        for export in inner.definition.outputs where export.name != "error" {
            guard let place = inner.outputs[export.name] else { continue }
            let outputs = apart.plan.nodes[place.node].ports.outputs
            let schema =
                place.port < outputs.count ? outputs[place.port].schema : Failure.reportSchema
            ports.declareOutput(export.name, schema)
        }
        let declared = ports
        let make = { @Sendable () throws(Failure) -> Ports in replace(declared) }
        plan.nodes.append(
            Plan.Node(
                name: unit.prefix + node.name, component: node.component.string ?? "",
                ports: replace(ports), make: make, folder: Folder.containing(unit.source.path)))
        nodePlaces.append((unit.source, nameRange))
        nodeUses.append(NodeUse(node: node, source: unit.source, prefix: unit.prefix))
        unit.members[node.name] = .leaf(plan.nodes.count - 1)
    }
}
