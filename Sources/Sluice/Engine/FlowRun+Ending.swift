import SluiceJSON
import Synchronization

// How a run notices that it is idle, over, or stuck.
extension FlowRun {
    /// Looks whether the flow has become idle or stuck; call after anything that may have made it so.
    func noteProgress() {
        activity.lookAround()
    }

    /// Waits until no message is on an edge, no handler is running, no timer is due, and every finite
    /// source has ended.
    func idle() async {
        await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            let mustWait = state.withLock { state in
                guard !isAborted else { return false }
                state.idleWaiters.append(continuation)
                return true
            }
            if mustWait { noteProgress() } else { continuation.resume() }
        }
    }

    /// Called whenever the flow may have become quiet.
    func lookAround() {
        guard state.withLock(\.isStarted), !isAborted else { return }
        if activity.isIdle {
            guard isCaughtUp, state.withLock({ $0.finiteSources == 0 }) else { return }
            wakeIdleWaiters()
            stopEndlessSources()
        } else if activity.isStuck, noSourceCanGoOn, activity.isStuck {
            let chain = waitChain()
            state.withLock { $0.result.stuck = chain }
            abort()
        }
    }

    private var isCaughtUp: Bool {
        state.withLock(\.nodes).allSatisfy { node in
            node.plan.ports.sources.allSatisfy { $0.isCaughtUp() }
        }
    }

    /// Whether every source has emitted all there is, or waits for room on an edge.
    private var noSourceCanGoOn: Bool {
        state.withLock(\.nodes).allSatisfy { node in
            node.emittingSources.load(ordering: .acquiring) > 0
                || node.plan.ports.sources.allSatisfy { $0.isCaughtUp() }
        }
    }

    func wakeIdleWaiters() {
        let waiters = state.withLock { state in
            defer { state.idleWaiters = [] }
            return state.idleWaiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Endless sources end with the inputs, in a run that has any; those that follow what the flow
    /// does end last, when no other node is left that could do something.
    private func stopEndlessSources() {
        let tasks = state.withLock { state -> [Task<Void, Never>] in
            guard state.hadInputs, state.openInputs == 0 else { return [] }
            let hasOthersEnded = state.unfollowed.allSatisfy {
                $0.hasEnded.load(ordering: .acquiring)
            }
            return state.sourceTasks.filter {
                $0.kind == .endless || ($0.kind == .following && hasOthersEnded)
            }.map(\.task)
        }
        for task in tasks { task.cancel() }
    }

    /// The edges that hold messages, as people write them.
    func backlog() -> [RunResult.Backlog] {
        var backlog: [RunResult.Backlog] = []
        let nodes = state.withLock(\.nodes)
        for node in nodes {
            for (edge, held) in zip(node.inEdges, node.inbox.backlog) where held.messages > 0 {
                backlog.append(
                    RunResult.Backlog(edge: plan.edges[edge.index].text, messages: held.messages))
            }
        }
        return backlog
    }

    /// Counts messages that were given up, by the edge that they were on or came by.
    func lose(_ count: Int, on edge: Int) {
        guard count > 0 else { return }
        let text = plan.edges[edge].text
        state.withLock { state in
            if let place = state.result.lost.firstIndex(where: { $0.edge == text }) {
                state.result.lost[place].messages += count
            } else {
                state.result.lost.append(RunResult.Backlog(edge: text, messages: count))
            }
        }
    }

    /// Who waits for whom, a line each.
    private func waitChain() -> [String] {
        var chain: [String] = []
        let nodes = state.withLock(\.nodes)
        for node in nodes {
            for (edge, held) in zip(node.inEdges, node.inbox.backlog) where held.messages > 0 {
                let plan = plan.edges[edge.index]
                let wait = held.messages == 1 ? "message waits" : "messages wait"
                var line = "\(plan.text): \(held.messages) \(wait)"
                if held.isPaused {
                    line += "; `\(node.plan.name)` does not take from this edge now"
                }
                if held.isBlocking, let from = plan.from {
                    line += "; `\(self.plan.nodes[from.node].name)` waits for room on it"
                }
                chain.append(line)
            }
        }
        return chain
    }

    /// One lane of each node: for what concerns the node as a whole.
    var firstLanes: [NodeRuntime] {
        state.withLock { state in
            zip(state.nodes, state.isFirstLane).filter(\.1).map(\.0)
        }
    }

    /// What each node has done.
    public var statistics: [RunResult.Node] {
        firstLanes.filter { !$0.plan.component.isEmpty }.map { node in
            RunResult.Node(
                name: node.plan.name, component: node.plan.component,
                received: node.counters.received.load(ordering: .relaxed),
                emitted: node.counters.emitted.load(ordering: .relaxed),
                failed: node.counters.failed.load(ordering: .relaxed))
        }
    }
}
