import SluiceJSON
import SluiceSystem

extension FlowBuilder {
    /// Adds the nodes of another flow file in the place of one.
    mutating func addSubflow(
        _ node: FlowDefinition.Node, _ unit: inout Unit, _ within: [String]
    ) {
        unit.members[node.name] = .broken
        let links = unit.links ?? Links(unit.definition)
        unit.links = links
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
        guard within.count < FlowLimits.subflowDepth else {
            return note(
                .recursiveFlow, "sub-flows lie more than \(FlowLimits.subflowDepth) deep", place,
                unit.source)
        }
        do throws(FileError) {
            let text = try FileStream.contents(of: path)
            if let inner = add(
                text, path: path, use: (node, unit), prefix: unit.prefix + node.name + "/",
                within: within)
            {
                unit.members[node.name] = .flow(addGate(to: inner, node, unit, links))
                noteTexts(
                    ofParameters: inner.definition.parameters.map { ($0, node.settings[$0.name]) },
                    unit.source)
            }
        } catch {
            note(.unreadableFile, error.description, place, unit.source)
        }
    }

    // MARK: Gates

    /// Adds the gate that a sub-flow node needs, if any, and gives the unit with ports that lead
    /// through it.
    ///
    /// A node that says `timeoutMs`, `concurrency` or `ordered`, or to which an edge with `retry`
    /// leads, is handled as a component. Otherwise messages pass on their own; those of edges with a
    /// `map` go through a gate, at which a `map` that fails is the failure of the sub-flow.
    private mutating func addGate(
        to inner: Unit, _ node: FlowDefinition.Node, _ unit: Unit, _ links: Links
    ) -> Unit {
        let edges = links.edgesTo[node.name] ?? []
        let isCalled =
            ["timeoutMs", "concurrency", "ordered"].contains { node.json[$0] != nil }
            || edges.contains { $0.retry != nil }
        let mapped = Set(edges.filter { $0.map != nil }.map(\.to.port))
        let inputs = inner.definition.inputs.compactMap { export -> (String, Plan.Place)? in
            guard isCalled || mapped.contains(export.name) else { return nil }
            return inner.inputs[export.name].map { (export.name, $0) }
        }
        guard !inputs.isEmpty else { return inner }
        // A failure that is exported and that nobody takes is a failure of the sub-flow.
        let used = links.taken[node.name] ?? []
        let outputs = inner.definition.outputs.compactMap { export -> (String, [Plan.Place])? in
            guard let places = inner.outputs[export.name], export.name != Ports.errorName else {
                return nil
            }
            let isLost = !used.contains(export.name) && places.allSatisfy { isError($0) }
            return isLost ? nil : (export.name, places)
        }
        var errors = inner.errors
        for (name, places) in inner.outputs where !outputs.contains(where: { $0.0 == name }) {
            errors += places.filter { !errors.contains($0) }
        }
        let (gate, index) = addGateNode(node, inputs, outputs, errors, unit, isCalled: isCalled)
        let outside = unit.prefix + node.name
        var through = inner
        for (port, (name, place)) in inputs.enumerated() {
            addEdge(
                from: Plan.Place(node: index, port: gate.entries[port]), to: place,
                "\(outside).\(name) -> \(plan.text(input: place))")
            let entry = Plan.Place(node: index, port: port)
            if isCalled { through.inputs[name] = entry } else { through.mappedInputs[name] = entry }
        }
        let error = Plan.Place(node: index, port: plan.nodes[index].ports.errorPlace)
        guard isCalled else {
            through.errors.append(error)
            return through
        }
        through.outputs = [:]
        for (port, (name, places)) in outputs.enumerated() {
            let exit = Plan.Place(node: index, port: gate.exits[port])
            for place in places {
                addEdge(
                    from: place, to: exit, "\(plan.text(output: place)) -> \(outside).\(name)")
            }
            through.outputs[name] = [Plan.Place(node: index, port: port)]
        }
        let exit = Plan.Place(node: index, port: gate.exits[outputs.count])
        for place in errors {
            addEdge(from: place, to: exit, "\(plan.text(output: place)) -> \(outside).error")
        }
        through.errors = [error]
        return through
    }

    private mutating func addGateNode(
        _ node: FlowDefinition.Node, _ inputs: [(String, Plan.Place)],
        _ outputs: [(String, [Plan.Place])], _ errors: [Plan.Place], _ unit: Unit, isCalled: Bool
    ) -> (SubflowGate, Int) {
        let entering = inputs.map { name, place in
            let port = plan.nodes[place.node].ports.inputs[place.port]
            return SubflowGate.Port(name: name, schema: port.schema, about: port.about)
        }
        let leaving = outputs.map { name, places in
            let place = places[0]
            let schema = plan.nodes[place.node].ports.outputSchema(at: place.port)
            return SubflowGate.Port(name: name, schema: schema, about: "")
        }
        let declaresFailures = errors.contains { plan.nodes[$0.node].ports.declaresFailures }
        let make = { @Sendable () throws(Failure) -> Ports in
            var (_, ports) = SubflowGate.make(
                inputs: entering, outputs: leaving, callsInside: isCalled)
            ports.declaresFailures = isCalled && declaresFailures
            return ports
        }
        let (gate, declared) = SubflowGate.make(
            inputs: entering, outputs: leaving, callsInside: isCalled)
        var ports = declared
        ports.declaresFailures = isCalled && declaresFailures
        var planned = Plan.Node(
            name: unit.prefix + node.name, component: node.component.string ?? "", ports: ports,
            make: make, folder: Folder.containing(unit.source.path))
        planned.gate = gate
        if isCalled {
            planned.concurrency = node.concurrency
            planned.isOrdered = node.isOrdered
            planned.timeoutMilliseconds = node.timeoutMilliseconds
        }
        plan.nodes.append(planned)
        let range = unit.source.nameRange(ofValueAt: node.json.sourceRange)
        nodePlaces.append((unit.source, range))
        nodeUses.append(NodeUse(node: node, source: unit.source, prefix: unit.prefix))
        return (gate, plan.nodes.count - 1)
    }

    /// Adds an edge between a gate and a node behind it.
    private mutating func addEdge(from: Plan.Place, to: Plan.Place, _ text: String) {
        add(Plan.Edge(from: from, to: to, text: text), at: nil)
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
        for export in inner.definition.outputs where export.name != Ports.errorName {
            guard let place = inner.outputs[export.name]?.first else { continue }
            let schema = apart.plan.nodes[place.node].ports.outputSchema(at: place.port)
            ports.declareOutput(export.name, schema)
        }
        let declared = ports
        let make = { @Sendable () throws(Failure) -> Ports in replace(declared) }
        var planned = Plan.Node(
            name: unit.prefix + node.name, component: node.component.string ?? "",
            ports: replace(ports), make: make, folder: Folder.containing(unit.source.path))
        planned.concurrency = node.concurrency
        planned.isOrdered = node.isOrdered
        planned.timeoutMilliseconds = node.timeoutMilliseconds
        plan.nodes.append(planned)
        nodePlaces.append((unit.source, nameRange))
        nodeUses.append(NodeUse(node: node, source: unit.source, prefix: unit.prefix))
        unit.members[node.name] = .leaf(plan.nodes.count - 1)
    }
}
