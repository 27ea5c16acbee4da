import SluiceJSON

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
        let (causes, inputs, outputs) = successors()
        var (next, all) = (causes, causes)
        /// The edge between two ports, by the first times their number plus the second.
        var edgeOf: [Int: Int] = [:]
        for (index, edge) in plan.edges.enumerated() {
            guard let from = edge.from else { continue }
            let start = outputs[from.node][from.port]
            let end = inputs[edge.to.node][edge.to.port]
            all[start].append(end)
            guard !edge.isFeedback else { continue }
            next[start].append(end)
            edgeOf[start * causes.count + end] = index
        }
        for component in StrongComponents(successors: next).components where component.count > 1 {
            let cycle = shortestCycle(from: component[0], within: Set(component), next)
            let edges = zip(cycle, cycle.dropFirst() + cycle.prefix(1)).compactMap {
                edgeOf[$0 * causes.count + $1]
            }
            noteCycle(edges)
        }
        warnOfNeedlessFeedback(all, inputs, outputs)
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
        guard plan.edges.contains(where: \.isFeedback) else { return }
        // An edge closes a cycle where both its ends lie in one.
        var cycleOf = Array(repeating: 0, count: next.count)
        for (index, members) in StrongComponents(successors: next).components.enumerated() {
            for vertex in members { cycleOf[vertex] = index }
        }
        for (index, edge) in plan.edges.enumerated() where edge.isFeedback {
            guard let from = edge.from, let place = edgePlaces[index] else { continue }
            let (start, end) = (outputs[from.node][from.port], inputs[edge.to.node][edge.to.port])
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
        var reached = Set<Int>()
        var stack = plan.edges.filter { $0.from == nil }.map(\.to.node)
        stack += plan.nodes.indices.filter { !plan.sources(of: $0, listened).isEmpty }
        while let node = stack.popLast() {
            guard reached.insert(node).inserted else { continue }
            stack += leaving[node].map { plan.edges[$0].to.node }
        }
        for index in plan.nodes.indices where !reached.contains(index) {
            note(
                .unreachableNode, "no message can reach `\(plan.nodes[index].name)`",
                nodePlaces[index].range, nodePlaces[index].source)
        }
        findUseless(listened, reached)
        findUnfed()
    }

    /// Nodes that do nothing but emit, where nobody takes what they emit.
    private mutating func findUseless(_ listened: Set<Plan.Place>, _ reached: Set<Int>) {
        for (index, node) in plan.nodes.enumerated()
        where node.ports.onlyEmits && reached.contains(index) {
            let outputs = node.ports.outputs.indices
            guard !outputs.contains(where: { listened.contains(Plan.Place(node: index, port: $0)) })
            else { continue }
            note(
                .uselessNode, "nothing takes what `\(node.name)` emits",
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
            guard let path = node.ports.storePath, !node.ports.storeTerms.isEmpty,
                !mended.contains(index), !nodeUses[index].isUnknown
            else { continue }
            let folder = Folder.resolved(
                path.begins(with: "/")
                    ? path : Folder.join(loader.dataDirectory, Folder.normalized(path)))
            guard let first = users[folder] else {
                users[folder] = index
                continue
            }
            let other = plan.nodes[first]
            let terms = zip(other.ports.storeTerms, node.ports.storeTerms)
            guard let (theirs, own) = terms.first(where: { $0.value != $1.value }) else { continue }
            note(
                .storeDisagreement,
                "`\(other.name)` and `\(node.name)` share the store `\(path)` and have to agree on "
                    + "`\(own.name)`: \(theirs.value) and \(own.value)",
                nodePlaces[index].range, nodePlaces[index].source)
        }
    }

    /// Nodes that read standard input, which has one reader, or do not agree on how to write standard
    /// output, under whatever names.
    private mutating func findSharedStreams() {
        var reader: Int?
        var writer: (node: Int, isKept: Bool)?
        for (index, node) in plan.nodes.enumerated() where areSettingsKnown(of: index) {
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
        unknownLeaves[source]?.contains { range.contains($0.lowerBound) } ?? false
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
