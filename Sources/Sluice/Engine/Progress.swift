/// What goes on in a run, without locks and tasks: the counts from which it is seen that a flow is idle
/// or stuck.
///
/// A flow that may have become idle or stuck is looked at: at most one look is due at a time, and none
/// is left out.
struct Progress {
    /// An instant in which nothing ran and nothing slept.
    struct Moment: Equatable {
        fileprivate let changes: UInt64
    }

    /// How a flow looks.
    enum Look: Equatable {
        /// No message is on an edge or being handled.
        case idle
        /// Messages are there and nothing can go on.
        ///
        /// The flow was stuck all the time between two looks of the same moment.
        case stuck(Moment)
        /// Something goes on.
        case moving
    }

    /// Nodes with something to do (messages that are not acknowledged, timers that are due, ends that
    /// are not told), and what is entering the flow.
    private var busy = 0
    /// Tasks of the run that are executing or waiting for something outside of the flow.
    private var running = 0
    /// Timers and waits that time will end.
    private var sleeping = 0
    /// How often what runs and what sleeps has changed.
    private var changes: UInt64 = 0
    private var isLookDue = false
    /// When the flow seemed stuck last, unless a task sends that has not done so yet.
    private var doubted: Moment?

    /// How the flow looks now.
    var look: Look {
        if busy == 0 { return .idle }
        return running == 0 && sleeping == 0 ? .stuck(Moment(changes: changes)) : .moving
    }

    // Each of these says whether the flow has to be looked at.

    mutating func beginWork() { busy += 1 }

    mutating func endWork() -> Bool {
        busy -= 1
        return busy == 0 && askForLook()
    }

    mutating func beginRunning() {
        running += 1
        changes &+= 1
    }

    mutating func endRunning() -> Bool {
        running -= 1
        changes &+= 1
        return running == 0 && askForLook()
    }

    mutating func beginSleeping() {
        sleeping += 1
        changes &+= 1
    }

    mutating func endSleeping() -> Bool {
        sleeping -= 1
        changes &+= 1
        return sleeping == 0 && running == 0 && askForLook()
    }

    /// Asks for a look at the flow; false where one is due already.
    mutating func askForLook() -> Bool {
        defer { isLookDue = true }
        return !isLookDue
    }

    /// Notes that the look begins: what happens from now on asks for another one.
    mutating func beginLook() { isLookDue = false }

    /// Notes that the flow seems stuck and is given a while; false where that is known of the moment.
    mutating func doubt(_ moment: Moment) -> Bool {
        defer { doubted = moment }
        return doubted != moment
    }
}
