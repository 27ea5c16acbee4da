import SluiceJSON
import SluiceSystem
import Synchronization

extension Plan {
    /// The same plan with a node behind each exported output that hands messages to `output`.
    func withSinks(_ output: @escaping @Sendable (String, [JSON]) async -> Void) -> Plan {
        var plan = self
        for (name, place) in outputs {
            var ports = Ports()
            ports.batch("in", JSON.self) { deliveries, _ in
                await output(name, deliveries.map(\.message))
            }
            plan.nodes.append(
                Node(
                    name: "(\(name))", component: "", ports: ports, make: { Ports() }, folder: ""))
            plan.edges.append(
                Edge(
                    from: place, to: Place(node: plan.nodes.count - 1, port: 0),
                    text: "\(plan.text(output: place)) -> output \(name)"))
        }
        return plan
    }

    func text(output place: Place) -> String {
        let node = nodes[place.node]
        return "\(node.name).\(node.ports.outputName(at: place.port))"
    }

    func text(input place: Place) -> String {
        "\(nodes[place.node].name).\(nodes[place.node].ports.inputs[place.port].name)"
    }
}

/// The input ports of a node that are handled one message at a time, together.
///
/// Most nodes have one lane. Ports that say what they cause have a lane each, and sources beside
/// them have one of their own.
struct Lane {
    let node: Int
    let inputs: [Int]
    /// The output ports that the lane's handlers emit on, `error` last.
    let outputs: [Int]
    let hasSources: Bool

    static func lanes(of ports: Ports, node: Int) -> [Lane] {
        let all = Array(ports.outputPlaces)
        let shared = ports.inputs.indices.filter { ports.inputs[$0].causes == nil }
        var lanes = [
            Lane(node: node, inputs: shared, outputs: all, hasSources: !ports.sources.isEmpty)
        ]
        for (index, input) in ports.inputs.enumerated() {
            guard let causes = input.causes else { continue }
            let outputs = all.filter {
                $0 == ports.errorPlace || causes.contains(ports.outputName(at: $0))
            }
            lanes.append(Lane(node: node, inputs: [index], outputs: outputs, hasSources: false))
        }
        return lanes
    }
}

/// The lanes of a plan as a graph.
private struct LaneGraph {
    let plan: Plan
    /// The ports of each node.
    let ports: [Ports]
    let lanes: [Lane]
    /// The edges that lead to each lane.
    let incoming: [[Int]]
    /// The lane that each edge leads to, and its place among those that lead there.
    let targets: [(lane: Int, place: Int)]
    /// The lanes whose handlers may emit on each edge.
    let emitters: [[Int]]
    /// The lanes that end together.
    let groups: [[Int]]
    let groupOf: [Int]
    /// The ports that feeds lead to.
    let fed: Set<Plan.Place>

    init(_ plan: Plan, _ ports: [Ports]) {
        self.plan = plan
        self.ports = ports
        fed = Set(plan.inputs.map(\.place))
        var lanes: [Lane] = []
        lanes.reserveCapacity(ports.count)
        // The first lane of each node.
        var firstLanes = ports.indices.map { node in
            defer { lanes += Lane.lanes(of: ports[node], node: node) }
            return lanes.count
        }
        firstLanes.append(lanes.count)
        var incoming = Array(repeating: [Int](), count: lanes.count)
        var targets: [(lane: Int, place: Int)] = []
        targets.reserveCapacity(plan.edges.count)
        for (index, edge) in plan.edges.enumerated() {
            let all = firstLanes[edge.to.node]..<firstLanes[edge.to.node + 1]
            let lane = all.first { lanes[$0].inputs.contains(edge.to.port) } ?? all.lowerBound
            targets.append((lane, incoming[lane].count))
            incoming[lane].append(index)
        }
        let emitters = plan.edges.map { edge in
            guard let from = edge.from else { return [Int]() }
            return (firstLanes[from.node]..<firstLanes[from.node + 1]).filter {
                lanes[$0].outputs.contains(from.port)
            }
        }
        (self.lanes, self.incoming) = (lanes, incoming)
        (self.targets, self.emitters) = (targets, emitters)
        groups = LaneGraph.groups(plan, lanes.count, targets.map(\.lane), emitters)
        var groupOf = Array(repeating: 0, count: lanes.count)
        for (group, members) in groups.enumerated() {
            for lane in members { groupOf[lane] = group }
        }
        self.groupOf = groupOf
    }

    /// Strongly connected parts, each in the order of the flow without its feedback edges.
    private static func groups(
        _ plan: Plan, _ count: Int, _ targets: [Int], _ emitters: [[Int]]
    ) -> [[Int]] {
        func successors(withFeedback: Bool) -> [[Int]] {
            var next = Array(repeating: [Int](), count: count)
            for (index, edge) in plan.edges.enumerated() where withFeedback || !edge.isFeedback {
                for lane in emitters[index] { next[lane].append(targets[index]) }
            }
            for lane in next.indices where next[lane].count > 1 {
                next[lane] = Set(next[lane]).sorted()
            }
            return next
        }
        let forward = StrongComponents(successors: successors(withFeedback: false)).components
        guard plan.edges.contains(where: \.isFeedback) else { return forward }
        var order = Array(repeating: 0, count: count)
        for (place, lane) in forward.joined().enumerated() { order[lane] = place }
        return StrongComponents(successors: successors(withFeedback: true)).components.map {
            $0.sorted { order[$0] < order[$1] }
        }
    }

    /// The lanes that what a following source emits can reach, those of the sources among them.
    func followed() -> Set<Int> {
        var next = Array(repeating: [Int](), count: lanes.count)
        for index in plan.edges.indices {
            for lane in emitters[index] { next[lane].append(targets[index].lane) }
        }
        var stack = lanes.indices.filter { lane in
            lanes[lane].hasSources
                && ports[lanes[lane].node].sources.contains { $0.kind == .following }
        }
        var reached = Set(stack)
        while let lane = stack.popLast() {
            for target in next[lane] where reached.insert(target).inserted { stack.append(target) }
        }
        return reached
    }

    /// How many lanes emit on an edge.
    ///
    /// One more where failures enter the flow: they come until the end.
    func emitterCount(of edge: Int) -> Int {
        let planned = plan.edges[edge]
        guard planned.from == nil else { return emitters[edge].count }
        return fed.contains(planned.to) ? 0 : 1
    }

    /// How many things from outside of a group can cause messages in it.
    func entries(of group: Int) -> Int {
        groups[group].reduce(0) { count, lane in
            let edges = incoming[lane].reduce(0) { count, edge in
                count + emitters[edge].count { groupOf[$0] != group }
            }
            return count + edges
                + (lanes[lane].hasSources ? ports[lanes[lane].node].sources.count : 0)
        }
    }
}

extension RunningFlow {
    /// Makes the nodes: groups first, then inboxes, edges that lead to them, and nodes.
    func build(_ ports: [Ports]) {
        let graph = LaneGraph(plan, ports)
        let limits = plan.edges.indices.map { self.limits(of: $0, graph) }
        let groups = graph.groups.indices.map { group in
            EndGroup(entries: graph.entries(of: group), members: graph.groups[group].count)
        }
        let inboxes = graph.lanes.indices.map { lane in
            Inbox(
                graph.incoming[lane].map { limits[$0] },
                tellsEnds: !ports[graph.lanes[lane].node].inputEnds.isEmpty,
                group: groups[graph.groupOf[lane]], activity: activity)
        }
        for (group, members) in zip(groups, graph.groups) {
            group.setMembers(members.map { inboxes[$0] })
        }
        let edges = plan.edges.indices.map { index in
            let (lane, place) = graph.targets[index]
            return Edge(
                plan.edges[index], index: index, limits: limits[index], to: inboxes[lane],
                place: place)
        }
        var laneCounts = Array(repeating: 0, count: plan.nodes.count)
        for lane in graph.lanes { laneCounts[lane.node] += 1 }
        let counters = laneCounts.map { Counters(lanes: $0) }
        var leaving = Array(repeating: [Int](), count: graph.lanes.count)
        for edge in plan.edges.indices {
            for lane in graph.emitters[edge] { leaving[lane].append(edge) }
        }
        let nodes = graph.lanes.enumerated().map { index, lane in
            NodeRuntime(
                run: self, plan: plan.nodes[lane.node], ports: ports[lane.node], lane: lane,
                inEdges: graph.incoming[index].map { edges[$0] },
                outEdges: outEdges(
                    leaving[index].map { edges[$0] }, ports[lane.node].outputPlaces.count),
                inbox: inboxes[index], counters: counters[lane.node])
        }
        state.withLock { state in
            state.nodes = nodes
            state.groups = groups
            state.nodesWithSources = nodes.filter(\.lane.hasSources)
            let followed = graph.followed()
            state.unfollowed = nodes.indices.filter { !followed.contains($0) }.map { nodes[$0] }
            state.isFirstLane = graph.lanes.indices.map {
                $0 == 0 || graph.lanes[$0].node != graph.lanes[$0 - 1].node
            }
        }
    }

    private func limits(of index: Int, _ graph: LaneGraph) -> Inbox.Limits {
        let edge = graph.plan.edges[index]
        let target = edge.to.node
        let mayWait = graph.ports[target].inputs[edge.to.port].mayWait
        let takesBatches = graph.ports[target].inputs[edge.to.port].takesBatches
        let pausesInputs = graph.ports[target].pausesInputs
        // Beside a slow handler's other edges, and their ends, no batch comes first.
        let isTakenInTurn =
            mayWait
            && (graph.incoming[graph.targets[index].lane].count > 1
                || !graph.ports[target].inputEnds.isEmpty)
        let isConcurrent =
            (plan.nodes[target].concurrency > 1 || plan.nodes[target].timeoutMilliseconds != nil)
            && !plan.nodes[target].isExit(input: edge.to.port)
        let isSingle =
            edge.retry != nil || isConcurrent || isTakenInTurn || (pausesInputs && takesBatches)
        var limits = Inbox.Limits(
            messages: edge.capacity, bytes: edge.capacityBytes, isFeedback: edge.isFeedback,
            batch: isSingle ? 1 : max(Outbox.limit, edge.capacity))
        // Where handlers take long or pause, messages wait in the node's batch as they do on the edge.
        limits.asksToBegin = mayWait || pausesInputs
        limits.advancesWithOthers = pausesInputs && !edge.isFeedback
        limits.feedbackMessages = edge.maximumMessages
        limits.feedbackBytes = edge.maximumBytes
        limits.senders = graph.emitterCount(of: index)
        return limits
    }

    /// The edges that leave a lane, by output port.
    private func outEdges(_ edges: [Edge], _ ports: Int) -> [[Edge]] {
        var leaving = Array(repeating: [Edge](), count: ports)
        for edge in edges {
            if let from = plan.edges[edge.index].from { leaving[from.port].append(edge) }
        }
        return leaving
    }

    /// The edge that takes what enters the flow at a port.
    func entry(to place: Plan.Place) -> Edge? {
        for node in state.withLock(\.nodes) {
            let edge = node.inEdges.first { edge in
                plan.edges[edge.index].from == nil && plan.edges[edge.index].to == place
            }
            if let edge { return edge }
        }
        return nil
    }
}
