import SluiceSystem

// Timers of a component, and inputs that it pauses.
extension NodeRuntime {
    func schedule(_ timer: Int, _ delay: Int64) {
        let ticket = run.nextTicket()
        replace(timer, by: (ticket, nil))
        let task = run.after(milliseconds: delay) { [self] in
            // Under the lock: who takes the timer back finds it either set or due.
            state.withLock { state in
                guard state.timers[timer]?.ticket == ticket else { return }
                state.timers[timer] = nil
                inbox.put(timer: timer)
            }
        }
        state.withLock { state in
            if state.timers[timer]?.ticket == ticket { state.timers[timer]?.task = task }
        }
    }

    func cancelTimer(_ timer: Int) { replace(timer, by: nil) }

    /// Takes a timer back, also where it is due and has not been handled yet.
    private func replace(_ timer: Int, by new: (ticket: UInt64, task: Task<Void, Never>?)?) {
        let (task, wasDue) = state.withLock { state in
            let old = state.timers[timer]
            state.timers[timer] = new
            return (old?.task, old == nil && inbox.takeBack(timer: timer))
        }
        task?.cancel()
        if wasDue { inbox.acknowledge(1) }
    }

    /// Why the component takes nothing from an edge now, where it says so.
    func reasonToPause(_ edge: Edge) -> String? {
        let input = ports.inputs[edge.port].name
        let held = ports.holding().first { $0.input == input }
        return held.flatMap { held in
            held.limit.map { "it holds \(held.messages) of `\(input)`, \($0)" }
        }
    }

    func letSendersGoOn() { inbox.letSendersGoOn() }

    func setPaused(_ isPaused: Bool, input name: String) {
        let edges = inEdges.indices.filter { ports.inputs[inEdges[$0].port].name == name }
        inbox.setPaused(isPaused, edges: edges)
    }
}
