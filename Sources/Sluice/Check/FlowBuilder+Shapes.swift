import SluiceJSON

extension FlowBuilder {
    /// An edge of the plan as its file has it.
    ///
    /// A class, as a flow may have very many.
    final class EdgeCheck {
        let edge: FlowDefinition.Edge
        let source: FlowSource
        /// The compiled `map`; nil where there is none, or it is broken.
        let template: Template?

        init(edge: FlowDefinition.Edge, source: FlowSource, template: Template?) {
            self.edge = edge
            self.source = source
            self.template = template
        }
    }

    /// Checks that what each edge carries can fit the port it leads to.
    ///
    /// Shapes go with the flow: behind a component that makes messages of messages, such as a
    /// `transform`, they are those that it makes of what reaches it. Only what is certain is noted: a
    /// member that may be missing, or a value of an unknown type, shows when the flow runs.
    mutating func checkShapes() {
        let leaving = leaving
        var walk = ShapeWalk(plan)
        for node in unknownArrivals { walk.arriveUnknown(at: node) }
        while let node = walk.next() {
            let inferred = inferred(by: node, of: walk.arriving(at: node))
            for index in leaving[node] {
                let port = plan.edges[index].from?.port ?? 0
                let shape = inferred[port] ?? declaredShape(of: port, of: node)
                walk.arrive(checkEdge(index, carrying: shape), by: plan.edges[index])
            }
        }
    }

    /// The edges that leave each node.
    var leaving: [[Int]] {
        var leaving = Array(repeating: [Int](), count: plan.nodes.count)
        for (index, edge) in plan.edges.enumerated() {
            if let from = edge.from { leaving[from.node].append(index) }
        }
        return leaving
    }

    /// The shapes of what leaves a node, by the outputs that make theirs of the messages that arrive.
    private mutating func inferred(by node: Int, of arriving: Schema) -> [Int: Schema] {
        var shapes: [Int: Schema] = [:]
        for (port, output) in plan.nodes[node].ports.outputs.enumerated() {
            guard let infer = output.infer else { continue }
            let shape = infer(arriving)
            for problem in shape.problems {
                let code = problem.code == Failure.neverTrueCode ? Code.neverTrue : .impossiblePath
                noteSetting(problem, code, nodeUses[node])
            }
            // What a made-up value makes of the messages is not known.
            shapes[port] = areSettingsKnown(of: node) ? shape.schema.bounded : .any
        }
        return shapes
    }

    private func declaredShape(of port: Int, of node: Int) -> Schema {
        plan.nodes[node].ports.closedOutputSchema(at: port)
    }

    /// Checks an edge, and gives the shape of what it delivers.
    private mutating func checkEdge(_ index: Int, carrying: Schema) -> Schema {
        guard let check = edgeChecks[index] else { return carrying }
        let edge = check.edge
        var carried = carrying
        let to = plan.edges[index].to
        let input = plan.nodes[to.node].ports.inputs[to.port]
        if let map = edge.map {
            guard let template = check.template else { return .any }
            let (schema, problems) = template.infer(from: carried)
            for problem in problems {
                note(
                    problem.isCaught ? .neverTrue : .impossiblePath, problem.message,
                    place(of: problem, in: map, check.source), check.source,
                    advice: problem.suggestion)
            }
            carried = schema.bounded
            noteStrays(schema.strays(of: input.schema), map, check)
            guard problems.allSatisfy(\.isCaught) else { return carried }
        }
        let conflicts = carried.conflicts(with: input.narrowed)
        for conflict in conflicts {
            let value = FlowSource.nearest(conflict.path, in: edge.map ?? edge.json)
            let place = conflict.path.isEmpty ? "" : " at \(conflict.pathText)"
            note(
                conflict.isMissing ? .missingAfterMap : .impossibleType,
                "`\(edge.to.text)`\(place): \(conflict.text)",
                conflict.isMissing && edge.map != nil ? value.opening : value.sourceRange,
                check.source)
        }
        if conflicts.isEmpty, let refusal = input.refusal(of: carried) {
            let path = [JSONPath.Step](pathText: refusal.path ?? "$")
            let place = path.isEmpty ? "" : " at \(refusal.path ?? "")"
            note(
                .impossibleType, "`\(edge.to.text)`\(place): \(refusal.text)",
                FlowSource.nearest(path, in: edge.map ?? edge.json).sourceRange, check.source)
        }
        let isKnown = edge.map.map { !hasUnknown(in: $0.sourceRange, check.source) } ?? true
        return isKnown ? carried : .any
    }

    /// Members that a `map` makes and the port does not have: most likely misspelt.
    private mutating func noteStrays(
        _ strays: [Schema.Mismatch], _ map: JSON, _ check: EdgeCheck
    ) {
        for stray in strays {
            let value = FlowSource.nearest(stray.path, in: map)
            note(
                .unknownTarget, "`\(check.edge.to.text)`: \(stray.text)",
                check.source.nameRange(ofValueAt: value.sourceRange), check.source,
                suggestion: stray.suggestion)
        }
    }
}

/// The nodes of a plan, each after those whose messages reach it.
private struct ShapeWalk {
    private var arrived: [[Schema]]
    private var waiting: [Int]
    private var ready: [Int]
    private var place = 0
    /// Where to look for nodes of cycles, which wait for each other.
    private var rest = 0
    private var isDone: [Bool]

    init(_ plan: Plan) {
        arrived = Array(repeating: [], count: plan.nodes.count)
        waiting = Array(repeating: 0, count: plan.nodes.count)
        isDone = Array(repeating: false, count: plan.nodes.count)
        for edge in plan.edges {
            // What comes from outside, or round a cycle, is not known.
            if edge.from == nil || edge.isFeedback {
                arrived[edge.to.node].append(.any)
            } else {
                waiting[edge.to.node] += 1
            }
        }
        ready = []
        ready = waiting.indices.filter { waiting[$0] == 0 }
    }

    mutating func next() -> Int? {
        while place < ready.count {
            let node = ready[place]
            place += 1
            if !isDone[node] {
                isDone[node] = true
                return node
            }
        }
        while rest < isDone.count {
            let node = rest
            rest += 1
            if !isDone[node] {
                isDone[node] = true
                arrived[node].append(.any)
                return node
            }
        }
        return nil
    }

    mutating func arriveUnknown(at node: Int) { arrived[node].append(.any) }

    func arriving(at node: Int) -> Schema {
        let shapes = arrived[node]
        if let only = shapes.first, shapes.count == 1, only.anyOf.isEmpty { return only }
        return shapes.isEmpty ? .any : Schema(union: shapes)
    }

    mutating func arrive(_ shape: Schema, by edge: Plan.Edge) {
        guard !edge.isFeedback else { return }
        arrived[edge.to.node].append(shape)
        waiting[edge.to.node] -= 1
        if waiting[edge.to.node] == 0 { ready.append(edge.to.node) }
    }
}

extension Schema {
    /// The schema, or anything where it has grown so large that following it costs too much.
    fileprivate var bounded: Schema {
        var left = 1_000
        return isSmaller(&left, depth: 0) ? self : .any
    }

    private func isSmaller(_ left: inout Int, depth: Int) -> Bool {
        left -= 1
        guard left > 0, depth < 64 else { return false }
        for property in properties where !property.schema.isSmaller(&left, depth: depth + 1) {
            return false
        }
        for part in otherMembers + items + anyOf where !part.isSmaller(&left, depth: depth + 1) {
            return false
        }
        left -= enumeration?.count ?? 0
        return left > 0
    }
}
