import SluiceJSON
import Synchronization

extension Plan {
    /// The same plan with a node behind each exported output that hands messages to `output`.
    func withSinks(_ output: @escaping @Sendable (String, [JSON]) async -> Void) -> Plan {
        var plan = self
        for (name, place) in outputs {
            var ports = Ports()
            ports.batch("in", JSON.self) { deliveries in
                await output(name, deliveries.map(\.message))
            }
            plan.nodes.append(Node(name: "(\(name))", component: "", ports: ports, folder: ""))
            plan.edges.append(
                Edge(
                    from: place, to: Place(node: plan.nodes.count - 1, port: 0),
                    text: "\(plan.text(output: place)) -> output \(name)"))
        }
        return plan
    }

    func text(output place: Place) -> String {
        let node = nodes[place.node]
        let ports = node.ports.outputs
        return "\(node.name).\(place.port < ports.count ? ports[place.port].name : "error")"
    }

    func text(input place: Place) -> String {
        "\(nodes[place.node].name).\(nodes[place.node].ports.inputs[place.port].name)"
    }

    /// The nodes that end together, in the order in which they do: strongly connected parts of the
    /// graph, sources first (Tarjan 1972, without recursion).
    func endGroups() -> [[Int]] {
        let next = successors(withFeedback: true)
        var groups = StrongComponents(successors: next).components
        let order = finishOrder()
        for index in groups.indices { groups[index].sort { order[$0] < order[$1] } }
        return groups
    }

    func successors(withFeedback: Bool) -> [[Int]] {
        var next = Array(repeating: [Int](), count: nodes.count)
        for edge in edges where withFeedback || !edge.isFeedback {
            if let from = edge.from { next[from.node].append(edge.to.node) }
        }
        return next
    }

    /// Each node's place in an order of the flow without its feedback edges.
    private func finishOrder() -> [Int] {
        let components = StrongComponents(successors: successors(withFeedback: false)).components
        var order = Array(repeating: 0, count: nodes.count)
        for (place, node) in components.joined().enumerated() { order[node] = place }
        return order
    }
}

extension FlowRun {
    /// Makes the nodes: inboxes first, because edges lead to them, then groups, then nodes.
    func build() {
        let inEdges = plan.nodes.indices.map { node in
            plan.edges.indices.filter { plan.edges[$0].to.node == node }
        }
        let inboxes = plan.nodes.indices.map { node in
            Inbox(inEdges[node].map { limits(of: $0) }, waits: activity)
        }
        let members = plan.endGroups()
        var groupOf = Array(repeating: 0, count: plan.nodes.count)
        for (group, nodes) in members.enumerated() { for node in nodes { groupOf[node] = group } }
        let groups = members.map { nodes in
            EndGroup(
                entries: entries(of: Set(nodes), inEdges: inEdges),
                inboxes: nodes.map { inboxes[$0] })
        }
        let nodes = plan.nodes.enumerated().map { index, node in
            NodeRuntime(
                run: self, plan: node,
                inEdges: inEdges[index].map { edge in
                    NodeRuntime.InEdge(
                        port: plan.edges[edge].to.port, template: plan.edges[edge].template,
                        retry: plan.edges[edge].retry)
                },
                outEdges: outEdges(of: index, inEdges, inboxes, groups, groupOf),
                inbox: inboxes[index], group: groups[groupOf[index]])
        }
        state.withLock { state in
            state.nodes = nodes
            state.groups = groups
        }
    }

    private func limits(of index: Int) -> Inbox.Limits {
        let edge = plan.edges[index]
        let node = plan.nodes[edge.to.node]
        let isSingle = edge.retry != nil || node.concurrency > 1 || node.timeoutMilliseconds != nil
        return Inbox.Limits(
            messages: edge.capacity, bytes: edge.capacityBytes, isFeedback: edge.isFeedback,
            batch: isSingle ? 1 : max(Outbox.limit, edge.capacity))
    }

    /// How many things from outside of a group can cause messages in it.
    private func entries(of nodes: Set<Int>, inEdges: [[Int]]) -> Int {
        nodes.reduce(0) { count, node in
            let edges = inEdges[node].filter { edge in
                plan.edges[edge].from.map { !nodes.contains($0.node) } ?? false
            }
            return count + edges.count + plan.nodes[node].ports.sources.count
        }
    }

    private func outEdges(
        of index: Int, _ inEdges: [[Int]], _ inboxes: [Inbox], _ groups: [EndGroup],
        _ groupOf: [Int]
    ) -> [[NodeRuntime.OutEdge]] {
        var ports = Array(
            repeating: [NodeRuntime.OutEdge](), count: Plan.errorPort(of: plan.nodes[index]) + 1)
        for (number, edge) in plan.edges.enumerated() {
            guard let from = edge.from, from.node == index,
                let place = inEdges[edge.to.node].firstIndex(of: number)
            else { continue }
            ports[from.port].append(
                NodeRuntime.OutEdge(
                    inbox: inboxes[edge.to.node], group: groups[groupOf[edge.to.node]],
                    place: place, isFeedback: edge.isFeedback, index: number,
                    isInsideGroup: groupOf[edge.to.node] == groupOf[index]))
        }
        return ports
    }
}

/// The strongly connected components of a graph, in topological order (Tarjan 1972).
struct StrongComponents {
    private(set) var components: [[Int]] = []
    private let successors: [[Int]]
    private var index: [Int?]
    private var low: [Int]
    private var stack: [Int] = []
    private var isOnStack: [Bool]
    private var counter = 0

    init(successors: [[Int]]) {
        self.successors = successors
        index = Array(repeating: nil, count: successors.count)
        low = Array(repeating: 0, count: successors.count)
        isOnStack = Array(repeating: false, count: successors.count)
        for node in successors.indices where index[node] == nil { visit(node) }
        components.reverse()
    }

    private mutating func visit(_ root: Int) {
        var path = [(node: root, next: 0)]
        enter(root)
        while let (node, next) = path.last {
            if next < successors[node].count {
                path[path.count - 1].next += 1
                let successor = successors[node][next]
                if let known = index[successor] {
                    if isOnStack[successor] { low[node] = min(low[node], known) }
                } else {
                    enter(successor)
                    path.append((successor, 0))
                }
            } else {
                path.removeLast()
                if let parent = path.last?.node { low[parent] = min(low[parent], low[node]) }
                if low[node] == index[node] { leave(node) }
            }
        }
    }

    private mutating func enter(_ node: Int) {
        index[node] = counter
        low[node] = counter
        counter += 1
        stack.append(node)
        isOnStack[node] = true
    }

    private mutating func leave(_ node: Int) {
        var component: [Int] = []
        while let member = stack.popLast() {
            isOnStack[member] = false
            component.append(member)
            if member == node { break }
        }
        components.append(component.reversed())
    }
}
