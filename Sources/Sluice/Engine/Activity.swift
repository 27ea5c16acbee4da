import Synchronization

/// What is going on in a run: the counts from which it sees that the flow is idle or stuck.
final class Activity: Inbox.Waits, Sendable {
    /// Messages on edges or being handled, and timers that are due.
    private let inFlight = Atomic<Int>(0)
    /// Tasks of the run that are executing, or waiting for something outside of the flow.
    private let running = Atomic<Int>(0)
    /// Timers and waits that time will end.
    private let sleeping = Atomic<Int>(0)
    private let whenQuiet: @Sendable () -> Void

    /// - Parameter whenQuiet: Called whenever the flow may have become idle or stuck.
    init(whenQuiet: @escaping @Sendable () -> Void) {
        self.whenQuiet = whenQuiet
    }

    /// Whether no message is on an edge or being handled.
    var isIdle: Bool { inFlight.load(ordering: .acquiring) == 0 }

    /// Whether messages are there and nothing can go on.
    var isStuck: Bool {
        !isIdle && running.load(ordering: .acquiring) == 0
            && sleeping.load(ordering: .acquiring) == 0
    }

    /// Has the flow looked at soon.
    func lookAround() { whenQuiet() }

    func began(_ count: Int) {
        inFlight.wrappingAdd(count, ordering: .relaxed)
    }

    func finished(_ count: Int) {
        if inFlight.wrappingSubtract(count, ordering: .acquiringAndReleasing).newValue == 0 {
            whenQuiet()
        }
    }

    func endWaiting() {
        running.wrappingAdd(1, ordering: .relaxed)
    }

    func beginWaiting() {
        if running.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0 {
            whenQuiet()
        }
    }

    func beginSleeping() {
        sleeping.wrappingAdd(1, ordering: .relaxed)
    }

    func endSleeping() {
        if sleeping.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0,
            running.load(ordering: .acquiring) == 0
        {
            whenQuiet()
        }
    }
}
