import SluiceJSON

// Checks that look at the whole flow, its sub-flows unfolded.
extension FlowBuilder {
    /// Completes the plan of the flow that is run.
    mutating func finish(_ unit: Unit) {
        guard !diagnostics.contains(where: { $0.severity == .error }) else { return }
        findCycles()
        findUnreachable()
        findSharedStores()
        findUntakenRemainders()
    }

    // MARK: Cycles

    /// A port as a vertex: an input leads to the outputs that it causes.
    private func successors() -> (next: [[Int]], inputs: [[Int]], outputs: [[Int]]) {
        var inputs: [[Int]] = []
        var outputs: [[Int]] = []
        var count = 0
        for node in plan.nodes {
            inputs.append(Array(count..<(count + node.ports.inputs.count)))
            count += node.ports.inputs.count
            outputs.append(Array(count..<(count + node.ports.outputs.count + 1)))
            count += node.ports.outputs.count + 1
        }
        var next = Array(repeating: [Int](), count: count)
        for (index, node) in plan.nodes.enumerated() {
            for (port, input) in node.ports.inputs.enumerated() {
                for (place, output) in outputs[index].enumerated() {
                    let isCaused =
                        place == node.ports.outputs.count
                        || input.causes?.contains(node.ports.outputs[place].name) ?? true
                    if isCaused { next[inputs[index][port]].append(output) }
                }
            }
        }
        return (next, inputs, outputs)
    }

    private mutating func findCycles() {
        var (next, inputs, outputs) = successors()
        let forward = plan.edges.indices.filter {
            plan.edges[$0].from != nil && !plan.edges[$0].isFeedback
        }
        var edgeOf: [[Int]: Int] = [:]
        for index in forward {
            guard let from = plan.edges[index].from else { continue }
            let start = outputs[from.node][from.port]
            let end = inputs[plan.edges[index].to.node][plan.edges[index].to.port]
            next[start].append(end)
            edgeOf[[start, end]] = index
        }
        for component in StrongComponents(successors: next).components where component.count > 1 {
            let cycle = shortestCycle(from: component[0], within: Set(component), next)
            let edges = zip(cycle, cycle.dropFirst() + cycle.prefix(1)).compactMap {
                edgeOf[[$0, $1]]
            }
            noteCycle(edges)
        }
        warnOfNeedlessFeedback(next, inputs, outputs)
    }

    private func shortestCycle(from start: Int, within: Set<Int>, _ next: [[Int]]) -> [Int] {
        var cameFrom: [Int: Int] = [:]
        var queue = [start]
        var head = 0
        while head < queue.count {
            let vertex = queue[head]
            head += 1
            for successor in next[vertex] where within.contains(successor) {
                if successor == start {
                    var path = [vertex]
                    while let last = path.last, last != start, let before = cameFrom[last] {
                        path.append(before)
                    }
                    return path.reversed()
                }
                if cameFrom[successor] == nil {
                    cameFrom[successor] = vertex
                    queue.append(successor)
                }
            }
        }
        return []
    }

    private mutating func noteCycle(_ edges: [Int]) {
        guard let placed = edges.last(where: { edgePlaces[$0] != nil }),
            let place = edgePlaces[placed]
        else { return }
        let chain = edges.map { plan.edges[$0].text }.joined(separator: ", ")
        note(
            .cycle,
            "a cycle needs one edge marked `feedback`: \(chain)", place.range, place.source)
    }

    private mutating func warnOfNeedlessFeedback(
        _ next: [[Int]], _ inputs: [[Int]], _ outputs: [[Int]]
    ) {
        for (index, edge) in plan.edges.enumerated() where edge.isFeedback {
            guard let from = edge.from, let place = edgePlaces[index] else { continue }
            var withOther = next
            for other in plan.edges where other.isFeedback {
                guard let start = other.from else { continue }
                withOther[outputs[start.node][start.port]]
                    .append(inputs[other.to.node][other.to.port])
            }
            let end = inputs[edge.to.node][edge.to.port]
            if !reaches(outputs[from.node][from.port], from: end, withOther) {
                note(
                    .needlessFeedback, "the edge is marked `feedback` but closes no cycle",
                    place.range, place.source)
            }
        }
    }

    private func reaches(_ goal: Int, from start: Int, _ next: [[Int]]) -> Bool {
        var seen: Set<Int> = [start]
        var stack = [start]
        while let vertex = stack.popLast() {
            if vertex == goal { return true }
            for successor in next[vertex] where seen.insert(successor).inserted {
                stack.append(successor)
            }
        }
        return false
    }

    // MARK: Nodes

    private mutating func findUnreachable() {
        var reached = Set<Int>()
        var stack = plan.edges.filter { $0.from == nil }.map(\.to.node)
        stack += plan.nodes.indices.filter { !plan.sources(of: $0).isEmpty }
        while let node = stack.popLast() {
            guard reached.insert(node).inserted else { continue }
            stack += plan.edges.filter { $0.from?.node == node }.map(\.to.node)
        }
        for index in plan.nodes.indices where !reached.contains(index) {
            note(
                .unreachableNode, "no message can reach `\(plan.nodes[index].name)`",
                nodePlaces[index].range, nodePlaces[index].source)
        }
    }

    /// Ports by which messages leave that found no match, where nothing takes them.
    private mutating func findUntakenRemainders() {
        let taken = Set(plan.edges.compactMap(\.from) + plan.outputs.map(\.place))
        for (index, node) in plan.nodes.enumerated() {
            for (port, output) in node.ports.outputs.enumerated()
            where output.isRemainder && !taken.contains(Plan.Place(node: index, port: port)) {
                note(
                    .untakenRemainder,
                    "nothing takes what `\(node.name)` has left over, so it is lost: connect "
                        + "`\(node.name).\(output.name)` or export it",
                    nodePlaces[index].range, nodePlaces[index].source)
            }
        }
    }

    /// Two uses of one sub-flow that keep their documents in one store, most likely by mistake.
    private mutating func findSharedStores() {
        var users: [[String]: Int] = [:]
        for (index, node) in plan.nodes.enumerated() {
            guard let path = node.ports.storePath, node.name.contains("/") else { continue }
            let file = nodePlaces[index].source.path
            let inner = node.name.split(separator: "/").last.map(String.init) ?? node.name
            let key = [file, inner, path]
            guard let first = users[key] else {
                users[key] = index
                continue
            }
            note(
                .sharedStore,
                "`\(plan.nodes[first].name)` and `\(node.name)` are two uses of one sub-flow that "
                    + "share the store `\(path)`; give the sub-flow a parameter for it",
                nodePlaces[index].range, nodePlaces[index].source)
        }
    }
}
