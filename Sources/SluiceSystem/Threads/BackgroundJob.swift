/// A job that runs on a thread of its own whenever somebody has asked for it since it last began.
///
/// The thread starts when it is first needed.
package final class BackgroundJob: Sendable {
    private struct State {
        var isAsked = false
        var isStopped = false
        var thread: SystemThread?
    }

    private let state = Monitor(State())
    private let delay: Int

    /// A job that begins so many milliseconds after it was asked for.
    package init(delayMilliseconds: Int) {
        delay = delayMilliseconds
    }

    /// Asks for the job; `run` has to be the same each time.
    ///
    /// Gives whether it will run.
    @discardableResult
    package func ask(_ run: @escaping @Sendable () -> Void) -> Bool {
        if state.withLock({ $0.isAsked }) { return true }
        return state.change { state in
            guard !state.isStopped else { return false }
            if state.thread == nil { state.thread = SystemThread { [self] in serve(run) } }
            guard state.thread != nil else { return false }
            state.isAsked = true
            return true
        }
    }

    /// Whether the job is being stopped; a long job looks here.
    package var isStopped: Bool {
        state.withLock { $0.isStopped }
    }

    /// Ends the thread and waits for it.
    package func stop() {
        let thread = state.change { state in
            state.isStopped = true
            defer { state.thread = nil }
            return state.thread
        }
        if let thread, !thread.isCurrent { thread.join() }
    }

    private func serve(_ run: @Sendable () -> Void) {
        while next() { run() }
    }

    private func next() -> Bool {
        let isStopped = state.wait(until: { $0.isAsked || $0.isStopped }) { $0.isStopped }
        if isStopped { return false }
        if delay > 0 { state.wait(until: { $0.isStopped }, atMost: delay) { _ in } }
        return state.withLock { state in
            state.isAsked = false
            return !state.isStopped
        }
    }
}
