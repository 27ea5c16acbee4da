import SluiceJSON
import SluiceSystem
import Synchronization

// How a run notices that it is idle, over, or stuck, and how it ends.
extension RunningFlow {
    // MARK: The end

    /// Waits for the end and says how it went.
    func wait() async -> RunResult {
        await withTaskCancellationHandler {
            await withUnsafeContinuation { (continuation: UnsafeContinuation<RunResult, Never>) in
                let known = state.withLock { state -> RunResult? in
                    if state.life.phase == .ended { return state.result }
                    state.endWaiters.append(continuation)
                    return nil
                }
                if let known { continuation.resume(returning: known) }
            }
        } onCancel: {
            abort()
        }
    }

    /// Notes that the task of a node or a source has ended; the last one ends the run.
    func taskEnded() {
        if state.withLock({ $0.life.endTask() }) { scheduler.spawn { [self] in await end() } }
    }

    /// Ends an aborted run once its tasks have ended, and without those that take too long.
    func endSoon() {
        switch state.withLock(\.life.abort) {
        case .nothing: return
        case .finish: return finish()
        case .endSoon: break
        }
        let deadline = scheduler.spawn { [self] in
            guard await scheduler.sleepInSteps(milliseconds: FlowRun.patienceAfterAbort) else {
                return
            }
            state.withLock { $0.deadline = nil }
            await end()
        }
        let isTooLate = state.withLock { state in
            guard state.life.isRunning else { return true }
            state.deadline = deadline
            return false
        }
        if isTooLate { deadline.cancel() }
    }

    /// Stops the nodes and gives the result to all who wait for it.
    private func end() async {
        guard state.withLock({ $0.life.end() }) else { return }
        let (nodes, tasks) = state.withLock { state in
            state.result.unreturned = state.nodes.filter {
                !$0.hasEnded.load(ordering: .acquiring)
            }.map(\.plan.name)
            for source in state.runningSources where !state.result.unreturned.has(source) {
                state.result.unreturned.append(source)
            }
            return (state.nodes, state.looseTasks.values + [state.deadline].compactMap(\.self))
        }
        for task in tasks { task.cancel() }
        let firstLanes = firstLanes
        for node in firstLanes where !node.ports.stops.isEmpty {
            let failures = await node.stop()
            state.withLock { $0.result.stopFailures += failures.map { $0.hiding(plan.secrets) } }
        }
        for node in nodes {
            for edge in node.inEdges { lose(edge.measure().dropped, on: edge.index) }
        }
        let held = firstLanes.flatMap { node in
            node.ports.holding().filter { $0.messages > 0 }.map {
                RunResult.Held(node: node.plan.name, input: $0.input, messages: $0.messages)
            }
        }
        state.withLock { $0.result.held = held }
        finish()
    }

    /// Ends the run, whether or not it was ever started, and lets go of all that refers to it.
    func finish() {
        stop()
        let statistics = statistics
        // What the run held goes after the lock is free: it may come back here when it goes.
        let (held, result) = state.withLock { state in
            guard state.life.finish() else { return (State(), state.result) }
            state.result.nodes = statistics
            let held = state
            state = State()
            state.life = held.life
            state.result = held.result
            return (held, held.result)
        }
        for node in held.nodes { node.inbox.abort() }
        for group in held.groups { group.letGo() }
        for waiter in held.idleWaiters { waiter.resume() }
        activity.setLook(nil)
        observers.end()
        for waiter in held.endWaiters { waiter.resume(returning: result) }
    }

    /// Called when nobody refers to the run any more: one that was never started ends.
    func letGo() {
        if state.withLock({ $0.life.phase == .prepared }) { finish() }
    }

    // MARK: Idle and stuck

    /// Looks whether the flow has become idle or stuck; call after anything that may have made it so.
    func noteProgress() {
        activity.lookAround()
    }

    /// Waits until no message is on an edge, no handler is running, no timer is due, and every finite
    /// source has ended; a run that has not been started or has ended is idle.
    func idle() async {
        await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            let mustWait = state.withLock { state in
                guard !isAborted, state.life.isRunning else { return false }
                state.idleWaiters.append(continuation)
                return true
            }
            if mustWait { noteProgress() } else { continuation.resume() }
        }
    }

    /// Called whenever the flow may have become quiet.
    func lookAround() {
        guard state.withLock(\.life.isRunning), !isAborted else { return }
        if activity.isIdle {
            guard isCaughtUp, state.withLock({ $0.finiteSources == 0 }) else { return }
            wakeIdleWaiters()
            stopEndlessSources()
        } else if let moment = stuckMoment {
            guard waitsForFeeds else { return endStuck() }
            endIfStillStuck(since: moment)
        }
    }

    /// Now, if no message and no source can go on; nil otherwise.
    private var stuckMoment: Progress.Moment? {
        let moment = activity.stuckMoment
        guard moment != nil, noSourceCanGoOn, activity.stuckMoment == moment else { return nil }
        return moment
    }

    private func endStuck() {
        let chain = waitChain()
        state.withLock { state in
            state.result.stuck = chain.isEmpty ? ["messages wait for each other"] : chain
        }
        abort()
    }

    /// Whether a task could send that has an open feed and has not sent yet; where tasks run in turn, all
    /// have had theirs.
    private var waitsForFeeds: Bool {
        !scheduler.isVirtual && state.withLock { $0.feeds.values }.contains { $0.isWaiting }
    }

    /// Gives tasks that have an open feed a while, and ends the run if nothing has happened by then.
    private func endIfStillStuck(since moment: Progress.Moment) {
        guard activity.doubt(moment) else { return }
        scheduler.spawn { [weak self, scheduler] in
            _ = await scheduler.sleepInSteps(milliseconds: FlowRun.patienceWithFeeds)
            if let self, !isAborted, stuckMoment == moment { endStuck() }
        }
    }

    private var isCaughtUp: Bool {
        state.withLock(\.nodesWithSources).allSatisfy { node in
            node.ports.sources.allSatisfy { $0.isCaughtUp() }
        }
    }

    /// Whether every source has emitted all there is, or waits for room on an edge.
    private var noSourceCanGoOn: Bool {
        state.withLock(\.nodesWithSources).allSatisfy { node in
            node.emittingSources.load(ordering: .acquiring) > 0
                || node.ports.sources.allSatisfy { $0.isCaughtUp() }
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

    /// Counts messages that were given up, by the edge that they were on or came by.
    func lose(_ count: Int, on edge: Int) { lose(count, on: plan.edges[edge].text) }

    func lose(_ count: Int, on text: String) {
        guard count > 0 else { return }
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
            for edge in node.inEdges {
                let held = edge.measure()
                guard held.messages > 0 else { continue }
                let plan = plan.edges[edge.index]
                let wait = held.messages == 1 ? "message waits" : "messages wait"
                var line = "\(plan.text): \(held.messages) \(wait)"
                if held.isPaused {
                    line += "; `\(node.plan.name)` does not take from this edge now"
                    line += node.reasonToPause(edge).map { ": \($0)" } ?? ""
                }
                if held.isBlocking, let from = plan.from {
                    line += "; `\(self.plan.nodes[from.node].name)` waits for room on it"
                }
                chain.append(line)
            }
        }
        guard chain.isEmpty else { return chain }
        return firstLanes.flatMap { node in
            node.ports.holding().filter { $0.messages > 0 }.map { held in
                let messages = held.messages == 1 ? "1 message" : "\(held.messages) messages"
                return "`\(node.plan.name)` has \(messages) of its input `\(held.input)` and "
                    + "waits for more to happen"
            }
        }
    }

    /// One lane of each node: for what concerns the node as a whole.
    var firstLanes: [NodeRuntime] {
        state.withLock { state in
            zip(state.nodes, state.isFirstLane).filter(\.1).map(\.0)
        }
    }

    /// What each node has done.
    var statistics: [RunResult.Node] {
        if let ended = state.withLock({ $0.life.phase == .ended ? $0.result.nodes : nil }) {
            return ended
        }
        return firstLanes.filter { !$0.plan.component.isEmpty }.map { node in
            RunResult.Node(
                name: node.plan.name, component: node.plan.component,
                received: node.counters.received.load(ordering: .relaxed),
                emitted: node.counters.emitted.load(ordering: .relaxed),
                failed: node.counters.failed.load(ordering: .relaxed),
                retries: node.counters.retries.load(ordering: .relaxed))
        }
    }
}
