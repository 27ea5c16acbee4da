import SluiceJSON
import SluiceSystem

extension FlowBuilder {
    /// An end of an edge: the ports it stands for.
    ///
    /// The `error` of a sub-flow stands for several.
    enum Ends {
        case places([Plan.Place])
        /// Unknown because something else is broken, which has been noted.
        case unknown
    }

    /// Adds the edges of a file to the plan.
    mutating func addEdges(_ unit: inout Unit) {
        var seen = Set<Name>()
        reserveEdges(unit.definition.edges.count)
        for edge in unit.definition.edges {
            let text = edge.text
            let isNew = seen.insert(Name(edge.map.map { "\(text) \($0.text)" } ?? text)).inserted
            if !isNew {
                note(
                    .repeatedEdge, "the edge \(text) is there twice", edge.json.sourceRange,
                    unit.source)
                continue
            }
            let from = source(edge.from, &unit)
            let to = target(edge.to, unit, isMapped: edge.map != nil)
            var schema = Schema.any
            if edge.map != nil, case .places(let places) = to, let place = places.first {
                schema = plan.nodes[place.node].ports.inputs[place.port].schema
            }
            let template = template(of: edge, for: schema, unit)
            guard case .places(let targets) = to, let target = targets.first else { continue }
            guard case .places(let sources) = from else {
                unknownArrivals.append(target.node)
                continue
            }
            for source in sources {
                var planned = Plan.Edge(
                    from: source, to: target, capacity: edge.capacity,
                    capacityBytes: edge.capacityBytes, retry: edge.retry,
                    isFeedback: edge.isFeedback, maximumMessages: edge.maximumMessages,
                    maximumBytes: edge.maximumBytes, text: unit.prefix + text)
                planned.template = template?.isIdentity == true ? nil : template
                add(
                    planned, at: (unit.source, edge.json.sourceRange),
                    check: EdgeCheck(edge: edge, source: unit.source, template: template))
            }
            guard let template, let map = edge.map else { continue }
            noteTexts(ofTemplate: map, for: schema, unit.source)
            noteMadeExpressions(template, for: schema, edge, unit.source)
        }
    }

    /// Makes room for edges at once, as a flow may have very many.
    private mutating func reserveEdges(_ count: Int) {
        plan.edges.reserveCapacity(plan.edges.count + count)
        edgePlaces.reserveCapacity(edgePlaces.count + count)
        edgeChecks.reserveCapacity(edgeChecks.count + count)
    }

    mutating func add(
        _ edge: Plan.Edge, at place: (source: FlowSource, range: FlowSource.Range)?,
        check: EdgeCheck? = nil
    ) {
        plan.edges.append(edge)
        edgePlaces.append(place)
        edgeChecks.append(check)
        if edge.from == nil { entries.insert(edge.to) }
    }

    /// The compiled `map`; `schema` is that of the port that it makes messages for.
    private mutating func template(
        of edge: FlowDefinition.Edge, for schema: Schema, _ unit: Unit
    ) -> Template? {
        guard let map = edge.map,
            let resolved = resolve(map, Wanted(schema, isTemplate: true), unit)
        else { return nil }
        do {
            return try Template(resolved, at: "edge \(edge.text)")
        } catch {
            for problem in error.problems {
                note(
                    .brokenExpression, problem.message, place(of: problem, in: map, unit.source),
                    unit.source, advice: problem.suggestion)
            }
            return nil
        }
    }

    /// Where in a `map` a problem of its template lies.
    func place(
        of problem: Template.Problem, in map: JSON, _ source: FlowSource
    ) -> FlowSource.Range {
        let value = FlowSource.nearest([JSONPath.Step](pathText: problem.path), in: map)
        guard value.string != nil else { return value.sourceRange }
        return range(
            inStringAt: value.sourceRange, offset: problem.offset,
            length: max(1, problem.length), source)
    }

    // MARK: Ends

    /// The output ports that an edge or an export takes from.
    mutating func source(_ end: FlowDefinition.Endpoint, _ unit: inout Unit) -> Ends {
        guard let member = member(end, unit) else { return .unknown }
        unit.used.insert(end.text)
        switch member {
        case .broken:
            return .unknown
        case .leaf(let index):
            if let port = plan.nodes[index].output(named: end.port) {
                return .places([Plan.Place(node: index, port: port)])
            }
            let ports = plan.nodes[index].ports
            if end.port == Ports.errorName {
                if let reason = ports.reasonForNoErrorPort { noteNoErrorPort(end, reason, unit) }
                return .places([Plan.Place(node: index, port: ports.errorPlace)])
            }
            guard !guessed.contains(index) else { return .unknown }
            notePort(end, "output", ports.outputNames, ports.inputs.map(\.name), ports, unit)
            return .unknown
        case .flow(let inner):
            // What the sub-flow exports as `error` does not hide the failures of its other nodes.
            if end.port == Ports.errorName {
                let exported = inner.outputs[Ports.errorName] ?? []
                return .places(exported + inner.errors.filter { !exported.contains($0) })
            }
            if let places = inner.outputs[end.port] { return .places(places) }
            // Exported, but what it stands for is broken, which has been noted.
            if inner.definition.outputs.contains(where: { $0.name == end.port }) { return .unknown }
            notePort(
                end, "output", inner.definition.outputs.map(\.name) + [Ports.errorName],
                inner.definition.inputs.map(\.name), nil, unit)
            return .unknown
        }
    }

    /// The input port that an edge or an export leads to.
    mutating func target(
        _ end: FlowDefinition.Endpoint, _ unit: Unit, isMapped: Bool = false
    ) -> Ends {
        guard let member = member(end, unit) else { return .unknown }
        switch member {
        case .broken:
            return .unknown
        case .leaf(let index):
            if let port = plan.nodes[index].input(named: end.port) {
                return .places([Plan.Place(node: index, port: port)])
            }
            guard !guessed.contains(index) else { return .unknown }
            let ports = plan.nodes[index].ports
            notePort(
                end, "input", ports.inputs.map(\.name),
                ports.outputs.map(\.name) + [Ports.errorName], ports, unit)
            return .unknown
        case .flow(let inner):
            if isMapped, let place = inner.mappedInputs[end.port] { return .places([place]) }
            if let place = inner.inputs[end.port] { return .places([place]) }
            let exports = inner.definition
            if exports.inputs.contains(where: { $0.name == end.port }) { return .unknown }
            notePort(
                end, "input", exports.inputs.map(\.name),
                exports.outputs.map(\.name) + [Ports.errorName], nil, unit)
            return .unknown
        }
    }

    private mutating func member(_ end: FlowDefinition.Endpoint, _ unit: Unit) -> Member? {
        if let member = unit.members[end.node] { return member }
        // A node that the file has and that could not be read has been noted, and so have missing nodes.
        if unit.source.json["nodes"]?.kind == .object, !unit.unreadNodes.contains(Name(end.node)) {
            let range = end.range.lowerBound..<(end.range.lowerBound + end.node.utf8.count)
            note(
                .unknownNode, "there is no node `\(end.node)`", range, unit.source,
                suggestion: Spelling.closest(
                    to: end.node, among: unit.definition.nodes.map(\.name)))
        }
        return nil
    }

    private func portRange(_ end: FlowDefinition.Endpoint) -> FlowSource.Range {
        max(end.range.lowerBound, end.range.upperBound - end.port.utf8.count)..<end.range.upperBound
    }

    private mutating func notePort(
        _ end: FlowDefinition.Endpoint, _ direction: String, _ names: [String],
        _ others: [String], _ ports: Ports?, _ unit: Unit
    ) {
        if let reason = ports?.reasonForNo(end.port) {
            return note(
                .unknownPort, "node `\(end.node)` has no \(direction) `\(end.port)`: \(reason)",
                portRange(end), unit.source)
        }
        if others.contains(end.port) {
            let other = direction == "input" ? "an output" : "an input"
            let list = names.map { "`\($0)`" }.joined(separator: ", ")
            return note(
                .wrongDirection,
                "`\(end.text)` is \(other)"
                    + (names.isEmpty
                        ? "; the node has no \(direction)s"
                        : "; the node's \(direction)s are \(list)"),
                portRange(end), unit.source)
        }
        let list =
            names.isEmpty ? "none" : names.map { "`\($0)`" }.joined(separator: ", ")
        note(
            .unknownPort,
            "node `\(end.node)` has no \(direction) `\(end.port)`; it has \(list)",
            portRange(end), unit.source, suggestion: Spelling.closest(to: end.port, among: names))
    }

    private mutating func noteNoErrorPort(
        _ end: FlowDefinition.Endpoint, _ reason: String, _ unit: Unit
    ) {
        note(
            .noErrorPort, "node `\(end.node)` has no `error` port: \(reason)", portRange(end),
            unit.source)
    }

    // MARK: Exports and failures

    mutating func addExports(_ unit: inout Unit) {
        for export in unit.definition.inputs {
            guard case .places(let places) = target(export.target, unit), let place = places.first
            else { continue }
            unit.inputs[export.name] = place
            guard unit.prefix.isEmpty else { continue }
            plan.inputs.append((export.name, place))
            if !entries.contains(place) {
                add(
                    Plan.Edge(to: place, text: "input \(export.name) -> \(export.target.text)"),
                    at: nil)
            }
        }
        for export in unit.definition.outputs {
            guard case .places(let places) = source(export.target, &unit), !places.isEmpty
            else { continue }
            unit.outputs[export.name] = places
            if unit.prefix.isEmpty {
                for place in places { plan.outputs.append((export.name, place)) }
            }
        }
    }

    /// Gives every `error` port that nothing takes from its way, or leaves it to the flow around.
    mutating func collectErrors(_ unit: inout Unit) {
        var open: [(place: Plan.Place, node: String)] = []
        for node in unit.definition.nodes {
            let isUsed = unit.used.contains("\(node.name).error")
            switch unit.members[node.name] {
            case .leaf(let index)?:
                let isHandled = isUsed && plan.nodes[index].ports.hasErrorPort
                if !isHandled {
                    let error = plan.nodes[index].ports.errorPlace
                    open.append((Plan.Place(node: index, port: error), node.name))
                }
            case .flow(let inner)?:
                if !isUsed { open += inner.errors.map { ($0, node.name) } }
                // An exported `error` that nobody takes would lose failures in silence.
                for (name, places) in inner.outputs
                where !unit.used.contains("\(node.name).\(name)") {
                    open += places.filter { isError($0) }.map { ($0, node.name) }
                }
            case .broken?, nil:
                break
            }
        }
        warnOfOpenErrors(open, unit)
        switch unit.definition.onError {
        case .log?:
            for (place, _) in open { plan.nodes[place.node].unhandled = .log }
            if unit.prefix.isEmpty { plan.onError = .log }
        case .deadLetter(let end)?:
            addDeadLetters(open, end, &unit)
        case .fail?, nil:
            unit.errors = open.map(\.place)
        }
    }

    /// Whether the port is a node's `error`.
    func isError(_ place: Plan.Place) -> Bool {
        plan.nodes[place.node].ports.errorPlace == place.port
    }

    private mutating func addDeadLetters(
        _ open: [(place: Plan.Place, node: String)], _ end: FlowDefinition.Endpoint,
        _ unit: inout Unit
    ) {
        guard case .places(let targets) = target(end, unit), let target = targets.first else {
            return
        }
        let behind = nodes(behind: target.node)
        unit.errors = open.map(\.place).filter { behind.contains($0.node) }
        for (place, _) in open where !behind.contains(place.node) {
            let name = plan.nodes[place.node].name
            add(
                Plan.Edge(
                    from: place, to: target, text: "\(name).error -> \(unit.prefix)\(end.text)"),
                at: nil)
        }
        guard unit.prefix.isEmpty else { return }
        plan.onError = .deadLetter(target)
        if !entries.contains(target) {
            add(Plan.Edge(to: target, text: "failures -> \(end.text)"), at: nil)
        }
    }

    /// The nodes that what leaves a node can reach, with the node itself: a failure there would come
    /// back as its own dead letter.
    private func nodes(behind node: Int) -> Set<Int> {
        var next: [Int: [Int]] = [:]
        for edge in plan.edges {
            if let from = edge.from { next[from.node, default: []].append(edge.to.node) }
        }
        var behind: Set<Int> = [node]
        var stack = [node]
        while let node = stack.popLast() {
            for target in next[node] ?? [] where behind.insert(target).inserted {
                stack.append(target)
            }
        }
        return behind
    }

    private mutating func warnOfOpenErrors(
        _ open: [(place: Plan.Place, node: String)], _ unit: Unit
    ) {
        guard unit.prefix.isEmpty, unit.definition.onError == nil else { return }
        var warned = Set<String>()
        let failing = open.filter { place, _ in
            plan.nodes[place.node].ports.declaresFailures
                && plan.nodes[place.node].ports.hasErrorPort && !mended.contains(place.node)
        }
        guard !failing.isEmpty else { return }
        let nodes = Dictionary(
            unit.definition.nodes.map { ($0.name, $0) }, uniquingKeysWith: { _, last in last })
        for (_, name) in failing where warned.insert(name).inserted {
            guard let node = nodes[name] else { continue }
            note(
                .unconnectedError,
                "nothing takes the failures of `\(name)`: connect `\(name).error`, export it, or "
                    + "say what `onError` does",
                unit.source.nameRange(ofValueAt: node.json.sourceRange), unit.source)
        }
    }
}
