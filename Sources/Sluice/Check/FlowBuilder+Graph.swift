import SluiceJSON
import SluiceSystem

// Checks that look at the whole flow, its sub-flows unfolded.
extension FlowBuilder {
    /// Completes the plan of the flow that is run.
    mutating func finish(_ unit: Unit) {
        checkShapes()
        findCycles()
        findStoreDisagreements()
        findSharedStreams()
        findFileConflicts()
        // Where a part is broken, what depends on it is not known.
        guard !hasErrors else { return }
        findUnreachable()
        findSharedStores()
        findUntakenRemainders()
    }

    // MARK: Cycles

    /// The ports of a plan as vertices: an input leads to the outputs that it causes.
    private struct PortGraph {
        /// The vertices of each node's first input and output; those of the others follow.
        private(set) var firstInput: [Int] = []
        private(set) var firstOutput: [Int] = []
        private(set) var next: [[Int]] = []

        init(_ nodes: [Plan.Node]) {
            for index in nodes.indices {
                let ports = nodes[index].ports
                firstInput.append(next.count)
                let first = next.count + ports.inputs.count
                firstOutput.append(first)
                for input in ports.inputs {
                    // `error` is caused by all.
                    let caused = ports.outputPlaces.filter { output in
                        output == ports.errorPlace
                            || input.causes?.contains(ports.outputName(at: output)) ?? true
                    }
                    next.append(caused.map { first + $0 })
                }
                for _ in ports.outputPlaces { next.append([]) }
            }
        }

        func ends(of edge: Plan.Edge) -> (start: Int, end: Int)? {
            edge.from.map {
                (firstOutput[$0.node] + $0.port, firstInput[edge.to.node] + edge.to.port)
            }
        }

        mutating func add(_ edge: Plan.Edge) {
            if let (start, end) = ends(of: edge) { next[start].append(end) }
        }
    }

    private mutating func findCycles() {
        // Most flows have none; a cycle of ports is one of nodes.
        guard hasCycle else { return }
        var graph = PortGraph(plan.nodes)
        for edge in plan.edges where !edge.isFeedback { graph.add(edge) }
        let cycles = StrongComponents(successors: graph.next).components.filter { $0.count > 1 }
        if !cycles.isEmpty { noteCycles(cycles, graph) }
        warnOfNeedlessFeedback(graph)
    }

    /// Whether nodes and edges, `feedback` edges among them, make a cycle.
    private var hasCycle: Bool {
        if plan.edges.contains(where: \.isFeedback) { return true }
        var waiting = Array(repeating: 0, count: plan.nodes.count)
        for edge in plan.edges where edge.from != nil { waiting[edge.to.node] += 1 }
        let leaving = leaving
        var ready = waiting.indices.filter { waiting[$0] == 0 }
        var next = 0
        while next < ready.count {
            for edge in leaving[ready[next]] {
                let target = plan.edges[edge].to.node
                waiting[target] -= 1
                if waiting[target] == 0 { ready.append(target) }
            }
            next += 1
        }
        return ready.count < plan.nodes.count
    }

    private mutating func noteCycles(_ cycles: [[Int]], _ graph: PortGraph) {
        var edgeOf: [[Int]: Int] = [:]
        for (index, edge) in plan.edges.enumerated() where !edge.isFeedback {
            if let (start, end) = graph.ends(of: edge) { edgeOf[[start, end]] = index }
        }
        for component in cycles {
            let cycle = shortestCycle(from: component[0], within: Set(component), graph.next)
            let edges = zip(cycle, cycle.dropFirst() + cycle.prefix(1)).compactMap {
                edgeOf[[$0, $1]]
            }
            noteCycle(edges)
        }
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

    private mutating func warnOfNeedlessFeedback(_ graph: PortGraph) {
        guard plan.edges.contains(where: \.isFeedback) else { return }
        var graph = graph
        for edge in plan.edges where edge.isFeedback { graph.add(edge) }
        // An edge closes a cycle where both its ends lie in one.
        var cycleOf = Array(repeating: 0, count: graph.next.count)
        for (index, members) in StrongComponents(successors: graph.next).components.enumerated() {
            for vertex in members { cycleOf[vertex] = index }
        }
        for (index, edge) in plan.edges.enumerated() where edge.isFeedback {
            guard let (start, end) = graph.ends(of: edge), let place = edgePlaces[index] else {
                continue
            }
            if cycleOf[start] != cycleOf[end] {
                note(
                    .needlessFeedback, "the edge is marked `feedback` but closes no cycle",
                    place.range, place.source)
            }
        }
    }

    // MARK: Nodes

    private mutating func findUnreachable() {
        let (leaving, listened) = (leaving, plan.listened)
        var reached = Array(repeating: false, count: plan.nodes.count)
        var stack = plan.edges.filter { $0.from == nil }.map(\.to.node)
        stack += plan.nodes.indices.filter { !plan.sources(of: $0, listened).isEmpty }
        while let node = stack.popLast() {
            guard !reached[node] else { continue }
            reached[node] = true
            stack += leaving[node].map { plan.edges[$0].to.node }
        }
        for index in plan.nodes.indices where !reached[index] {
            note(
                .unreachableNode, "no message can reach `\(plan.nodes[index].name)`",
                nodePlaces[index].range, nodePlaces[index].source)
        }
        findUseless(listened, reached)
        findUnfed()
    }

    /// Nodes that do nothing but emit, where nobody takes what they emit.
    private mutating func findUseless(_ listened: Set<Plan.Place>, _ reached: [Bool]) {
        for index in plan.nodes.indices
        where plan.nodes[index].ports.onlyEmits && reached[index] {
            let outputs = plan.nodes[index].ports.outputs.indices
            guard !outputs.contains(where: { listened.contains(Plan.Place(node: index, port: $0)) })
            else { continue }
            note(
                .uselessNode, "nothing takes what `\(plan.nodes[index].name)` emits",
                nodePlaces[index].range, nodePlaces[index].source)
        }
    }

    /// Inputs that nothing feeds, of nodes that need all of theirs.
    private mutating func findUnfed() {
        let fed = Set(plan.edges.map(\.to))
        for (index, node) in plan.nodes.enumerated() where node.ports.needsAllInputs {
            for (port, input) in node.ports.inputs.enumerated()
            where !fed.contains(Plan.Place(node: index, port: port)) {
                note(
                    .unfedInput, "nothing feeds the input `\(input.name)` of `\(node.name)`",
                    nodePlaces[index].range, nodePlaces[index].source)
            }
        }
    }

    // MARK: What nodes share

    /// Nodes that keep their data in one store and do not agree on what it is.
    private mutating func findStoreDisagreements() {
        var users: [String: Int] = [:]
        for (index, node) in plan.nodes.enumerated() {
            guard let store = node.ports.store, !store.terms.isEmpty,
                !mended.contains(index), !nodeUses[index].isUnknown
            else { continue }
            let folder = Folder.resolved(
                store.path.begins(with: "/")
                    ? store.path
                    : Folder.join(loader.dataDirectory, Folder.normalized(store.path)))
            guard let first = users[folder] else {
                users[folder] = index
                continue
            }
            let other = plan.nodes[first]
            let terms = zip(other.ports.store?.terms ?? [], store.terms)
            guard let (theirs, own) = terms.first(where: { $0.value != $1.value }) else { continue }
            note(
                .storeDisagreement,
                "`\(other.name)` and `\(node.name)` share the store `\(store.path)` and have to agree on "
                    + "`\(own.name)`: \(theirs.value) and \(own.value)",
                nodePlaces[index].range, nodePlaces[index].source)
        }
    }

    /// Nodes that read standard input, which has one reader, or do not agree on how to write standard
    /// output, under whatever names.
    private mutating func findSharedStreams() {
        var reader: Int?
        var writer: (node: Int, isKept: Bool)?
        for (index, node) in plan.nodes.enumerated()
        where !node.ports.files.isEmpty && areSettingsKnown(of: index) {
            for file in node.ports.files {
                let path = FilePlaces.asTheyAre.path(
                    of: file.path, from: node.folder, for: file.use)
                guard path == "-" else { continue }
                switch file.way {
                case .reading:
                    if let reader { noteSecondReader(index, beside: reader) }
                    reader = reader ?? index
                case .writing(let isKept):
                    if let writer, writer.isKept != isKept {
                        noteStreamConflict(index, beside: writer.node, isKept: isKept)
                    }
                    writer = writer ?? (index, isKept)
                }
            }
        }
    }

    private mutating func noteSecondReader(_ index: Int, beside other: Int) {
        note(
            .secondReader,
            "`\(plan.nodes[other].name)` and `\(plan.nodes[index].name)` both read standard input, "
                + "which has one reader", nodePlaces[index].range, nodePlaces[index].source)
    }

    private mutating func noteStreamConflict(_ index: Int, beside other: Int, isKept: Bool) {
        let (first, second) = isKept ? (other, index) : (index, other)
        note(
            .fileConflict,
            "node `\(plan.nodes[first].name)` replaces standard output, which node "
                + "`\(plan.nodes[second].name)` appends to", nodePlaces[index].range,
            nodePlaces[index].source, advice: FileConflict.writersRemedy)
    }

    /// Nodes that write a file which the flow reads, or do not agree on how to write it.
    private mutating func findFileConflicts() {
        let files = RunFiles()
        try? files.register(
            plan.sourceFiles.map { .reading($0, by: "the flow", isFromOutside: false) })
        for (index, node) in plan.nodes.enumerated()
        where !node.ports.files.isEmpty && areSettingsKnown(of: index) {
            let uses = files.uses(of: node)
            do throws(FileConflict) {
                try files.register(uses.filter { !$0.isStandardInput })
            } catch {
                note(
                    .fileConflict, error.text, nodePlaces[index].range, nodePlaces[index].source,
                    advice: error.remedy)
            }
        }
    }

    /// Whether no setting of a node was made up.
    func areSettingsKnown(of index: Int) -> Bool {
        let use = nodeUses[index]
        return !hasUnknown(in: use.node.settings.sourceRange, use.source)
            && !guessed.contains(index)
    }

    /// Whether a value that was made up stands in a part of a file.
    func hasUnknown(in range: FlowSource.Range, _ source: FlowSource) -> Bool {
        guard !unknownLeaves.isEmpty else { return false }
        return unknownLeaves[source]?.contains { range.contains($0.lowerBound) } ?? false
    }

    /// Ports by which messages leave that found no match, where nothing takes them.
    private mutating func findUntakenRemainders() {
        let taken = Set(plan.edges.compactMap(\.from) + plan.outputs.map(\.place))
        for index in plan.nodes.indices {
            for (port, output) in plan.nodes[index].ports.outputs.enumerated()
            where output.isRemainder && !taken.contains(Plan.Place(node: index, port: port)) {
                let name = plan.nodes[index].name
                note(
                    .untakenRemainder,
                    "nothing takes what `\(name)` has left over, so it is lost: connect "
                        + "`\(name).\(output.name)` or export it",
                    nodePlaces[index].range, nodePlaces[index].source)
            }
        }
    }

    /// Two uses of one sub-flow that keep their documents in one store, most likely by mistake.
    private mutating func findSharedStores() {
        var users: [[String]: Int] = [:]
        for (index, node) in plan.nodes.enumerated() {
            guard let path = node.ports.store?.path, node.name.contains("/") else { continue }
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
