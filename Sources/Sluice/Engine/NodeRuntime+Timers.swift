// Timers of a component, and inputs that it pauses.
extension NodeRuntime {
    func schedule(_ timer: Int, _ delay: Int64) {
        let ticket = run.nextTicket()
        let replaced = timers.withLock { timers in
            defer { timers[timer] = (ticket, nil) }
            return timers[timer]?.task
        }
        replaced?.cancel()
        let task = run.after(milliseconds: delay) { [self] in
            let isDue = timers.withLock { timers in
                guard timers[timer]?.ticket == ticket else { return false }
                timers[timer] = nil
                return true
            }
            guard isDue else { return }
            run.activity.began(1)
            if !inbox.put(timer: timer) { run.activity.finished(1) }
        }
        timers.withLock { timers in
            if timers[timer]?.ticket == ticket { timers[timer]?.task = task }
        }
    }

    func cancelTimer(_ timer: Int) {
        timers.withLock { $0.removeValue(forKey: timer) }?.task?.cancel()
    }

    /// Why the component takes nothing from an edge now, where it says so.
    func reasonToPause(_ edge: InEdge) -> String? {
        let input = plan.ports.inputs[edge.port].name
        let held = plan.ports.holding().first { $0.input == input }
        return held.flatMap { held in
            held.limit.map { "it holds \(held.messages) of `\(input)`, \($0)" }
        }
    }

    func setPaused(_ isPaused: Bool, input name: String) {
        let edges = inEdges.indices.filter { plan.ports.inputs[inEdges[$0].port].name == name }
        inbox.setPaused(isPaused, edges: edges)
    }
}
