import SluiceSystem

/// What goes on in a run: tells the run to look at the flow whenever that may have become idle or stuck.
///
/// One look is under way however often the flow may have become quiet since the last.
final class Activity: Sendable {
    private let progress = Lock(Progress())
    private let scheduler: any Scheduler
    /// Looks at the flow; nil once the run has ended.
    private let look = Lock<(@Sendable () -> Void)?>(nil)

    init(scheduler: any Scheduler) { self.scheduler = scheduler }

    /// Whether no message is on an edge or being handled.
    var isIdle: Bool { progress.withLock { $0.look == .idle } }

    /// Now, if messages are there and nothing can go on; nil otherwise.
    var stuckMoment: Progress.Moment? {
        guard case .stuck(let moment) = progress.withLock(\.look) else { return nil }
        return moment
    }

    /// Says how the run looks at the flow; nil for a run that has ended.
    func setLook(_ body: (@Sendable () -> Void)?) { look.withLock { $0 = body } }

    /// Has the flow looked at soon.
    func lookAround() { look(progress.withLock { $0.askForLook() }) }

    /// Notes that the flow seems stuck and is given a while; false where that is known of the moment.
    func doubt(_ moment: Progress.Moment) -> Bool { progress.withLock { $0.doubt(moment) } }

    func beginWork() { progress.withLock { $0.beginWork() } }

    func endWork() { look(progress.withLock { $0.endWork() }) }

    func beginRunning() { progress.withLock { $0.beginRunning() } }

    func endRunning() { look(progress.withLock { $0.endRunning() }) }

    func beginSleeping() { progress.withLock { $0.beginSleeping() } }

    func endSleeping() { look(progress.withLock { $0.endSleeping() }) }

    private func look(_ isDue: Bool) {
        guard isDue else { return }
        scheduler.spawn { [self] in
            progress.withLock { $0.beginLook() }
            look.withLock { $0 }?()
        }
    }
}
