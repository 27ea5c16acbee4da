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
