import Synchronization

/// What is going on in a run: the counts from which it sees that the flow is idle or stuck.
///
/// What runs and what sleeps stand in one word, together with how often they changed: whoever finds
/// the same word twice knows that nothing went on in between, and that what it read meanwhile fits.
final class Activity: Inbox.Waits, Sendable {
    /// Messages on edges or being handled, and timers that are due.
    private let inFlight = Atomic<Int>(0)
    private let word = Atomic<UInt64>(0)
    private let whenQuiet: @Sendable () -> Void

    /// The parts of the word: tasks of the run that are executing or waiting for something outside
    /// of the flow, then timers and waits that time will end, then the number of changes.
    private enum Part {
        static let running: UInt64 = 1
        static let sleeping: UInt64 = 1 << 22
        static let change: UInt64 = 1 << 44
        static let counts = change - 1
        static let runningCounts = sleeping - 1
    }

    /// An instant in which nothing ran and nothing slept.
    struct Moment: Equatable {
        fileprivate let word: UInt64
    }

    /// - Parameter whenQuiet: Called whenever the flow may have become idle or stuck.
    init(whenQuiet: @escaping @Sendable () -> Void) {
        self.whenQuiet = whenQuiet
    }

    /// Whether no message is on an edge or being handled.
    var isIdle: Bool { inFlight.load(ordering: .acquiring) == 0 }

    /// Now, if messages are there and nothing can go on; nil otherwise.
    ///
    /// The flow was stuck all the time between two calls that give the same moment.
    var stuckMoment: Moment? {
        let before = word.load(ordering: .acquiring)
        guard before & Part.counts == 0, !isIdle, word.load(ordering: .acquiring) == before else {
            return nil
        }
        return Moment(word: before)
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

    func endWaiting() { change(by: Part.running) }

    func beginWaiting() {
        if change(by: 0 &- Part.running) & Part.runningCounts == 0 { whenQuiet() }
    }

    func beginSleeping() { change(by: Part.sleeping) }

    func endSleeping() {
        if change(by: 0 &- Part.sleeping) & Part.counts == 0 { whenQuiet() }
    }

    @discardableResult
    private func change(by difference: UInt64) -> UInt64 {
        word.wrappingAdd(difference &+ Part.change, ordering: .acquiringAndReleasing).newValue
    }
}
