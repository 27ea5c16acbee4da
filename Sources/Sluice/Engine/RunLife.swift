/// How far a run has come and when it ends, without locks and tasks.
struct RunLife {
    enum Phase: Equatable {
        case prepared, starting, running, ending, ended
    }

    /// What an abort leads to.
    enum Abort: Equatable {
        /// The run has not started and ends at once.
        case finish
        /// The run ends with its tasks, and without those that take too long.
        case endSoon
        /// The run comes to its end anyway, or looks again once it has started.
        case nothing
    }

    private(set) var phase = Phase.prepared
    /// Tasks of nodes and sources that have not ended, and what else must come before the end.
    private var openTasks = 0

    var isRunning: Bool { phase == .running }

    /// Begins the start; false at a second call.
    mutating func start() -> Bool { move(from: .prepared, to: .starting) }

    /// Notes that all nodes have started.
    mutating func run() { _ = move(from: .starting, to: .running) }

    /// Notes tasks that the run does not end before.
    mutating func beginTasks(_ count: Int) { openTasks += count }

    /// Notes that a task has ended; true for the last one, after which the run ends.
    mutating func endTask() -> Bool {
        openTasks -= 1
        return openTasks == 0 && isRunning
    }

    /// What an abort leads to now.
    var abort: Abort {
        switch phase {
        case .prepared: .finish
        case .running: .endSoon
        case .starting, .ending, .ended: .nothing
        }
    }

    /// Begins the end; true for the first call in a run that runs.
    mutating func end() -> Bool { move(from: .running, to: .ending) }

    /// Ends the run, whether or not it was ever started; true at the first call.
    mutating func finish() -> Bool {
        defer { phase = .ended }
        return phase != .ended
    }

    private mutating func move(from: Phase, to: Phase) -> Bool {
        guard phase == from else { return false }
        phase = to
        return true
    }
}
