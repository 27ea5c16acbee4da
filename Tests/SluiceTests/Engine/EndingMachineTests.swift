import Testing

@testable import Sluice

/// The state machines of end and stuck detection, under every sequence of up to 6 events.
@Suite struct EndingMachines {
    /// Calls `visit` with each state that a sequence of up to `length` events leads to.
    ///
    /// - Parameter step: Applies an event; false where it cannot happen now.
    private static func explore<State, Event>(
        _ state: State, _ events: [Event], length: Int = 6,
        _ step: (inout State, Event) -> Bool, _ visit: (State) -> Void
    ) {
        visit(state)
        guard length > 0 else { return }
        for event in events {
            var next = state
            guard step(&next, event) else { continue }
            explore(next, events, length: length - 1, step, visit)
        }
    }

    // MARK: Groups

    private struct Group {
        var ending: GroupEnding
        var entries: Int
        var messages = 0
        var isStarted = false
        var closed: [Int] = []
        var finished = 0
        let members: Int

        var isMoving: Bool {
            entries > 0 || messages > 0 || !isStarted || finished < closed.count
        }

        /// Ends one thing that could cause messages.
        mutating func end() {
            if let next = ending.end(1) {
                #expect(!isMoving, "a node ended while something could reach it")
                closed.append(next)
            }
        }
    }

    private enum GroupEvent: CaseIterable { case start, entryEnds, send, handle, nodeFinishes }

    @Test(arguments: [0, 1, 2], [0, 1, 2])
    func nodesEndOneAfterTheOther(entries: Int, members: Int) {
        let start = Group(
            ending: GroupEnding(entries: entries, members: members), entries: entries,
            members: members)
        Self.explore(start, GroupEvent.allCases, Self.step) { group in
            #expect(group.closed == Array(0..<group.closed.count), "once each, in order")
            if !group.isMoving { #expect(group.closed.count == members, "an end was left out") }
        }
    }

    private static func step(_ group: inout Group, _ event: GroupEvent) -> Bool {
        switch event {
        case .start:
            guard !group.isStarted else { return false }
            group.isStarted = true
            group.end()
        case .entryEnds:
            guard group.entries > 0 else { return false }
            group.entries -= 1
            group.end()
        case .send:
            // Only what may still cause messages does.
            guard group.isMoving else { return false }
            group.messages += 1
            group.ending.begin(1)
        case .handle:
            guard group.isStarted, group.messages > 0 else { return false }
            group.messages -= 1
            group.end()
        case .nodeFinishes:
            guard group.finished < group.closed.count else { return false }
            group.finished += 1
            group.end()
        }
        return true
    }

    // MARK: Edges

    private struct Edge {
        var ending: EdgeEnding
        var senders: Int
        var messages = 0
        var counted = 0
        var told = 0
    }

    private enum EdgeEvent: CaseIterable { case join, leave, put, take, tell }

    @Test(arguments: [0, 1, 2]) func anEdgeTellsItsEndOnceAllHasBeenTaken(senders: Int) {
        var start = Edge(ending: EdgeEnding(senders: senders), senders: senders)
        if start.ending.count() { start.counted += 1 }
        #expect(start.counted == (senders == 0 ? 1 : 0))
        Self.explore(start, EdgeEvent.allCases, Self.step) { edge in
            #expect(edge.told <= 1 && edge.counted <= 1 && edge.told <= edge.counted)
            let isOver = edge.senders == 0 && edge.messages == 0
            #expect(edge.ending.isDue(isEmpty: edge.messages == 0) == (isOver && edge.told == 0))
        }
    }

    private static func step(_ edge: inout Edge, _ event: EdgeEvent) -> Bool {
        switch event {
        case .join:
            // Who puts something on an edge that has ended would come too late.
            guard edge.senders > 0 else { return false }
            edge.senders += 1
            edge.ending.beginSender()
        case .leave:
            guard edge.senders > 0 else { return false }
            edge.senders -= 1
            edge.ending.endSender()
            if edge.ending.count() { edge.counted += 1 }
        case .put:
            guard edge.senders > 0 else { return false }
            edge.messages += 1
        case .take:
            guard edge.messages > 0 else { return false }
            edge.messages -= 1
        case .tell:
            guard edge.ending.isDue(isEmpty: edge.messages == 0) else { return false }
            edge.told += 1
            edge.ending.tell()
        }
        return true
    }

    // MARK: The run

    private struct Life {
        var life = RunLife()
        var tasks = 0
        var ends = 0
        var finishes = 0
    }

    private enum LifeEvent: CaseIterable { case start, run, begin, taskEnds, deadline, finish }

    @Test func aRunEndsOnceAndNotBeforeItsTasks() {
        Self.explore(Life(), LifeEvent.allCases, length: 6, Self.step) { life in
            #expect(life.ends <= 1 && life.finishes <= 1)
            #expect((life.life.phase == .ended) == (life.finishes == 1))
            let abort: RunLife.Abort =
                switch life.life.phase {
                case .prepared: .finish
                case .running: .endSoon
                case .starting, .ending, .ended: .nothing
                }
            #expect(life.life.abort == abort)
        }
    }

    private static func step(_ state: inout Life, _ event: LifeEvent) -> Bool {
        let before = state.life.phase
        switch event {
        case .start:
            let isFirst = state.life.start()
            #expect(isFirst == (before == .prepared), "a run is started once")
        case .run:
            state.life.run()
            #expect((state.life.phase == .running) == (before == .starting || before == .running))
        case .begin:
            guard before == .starting || state.tasks > 0 else { return false }
            state.tasks += 1
            state.life.beginTasks(1)
        case .taskEnds:
            guard state.tasks > 0 else { return false }
            state.tasks -= 1
            let isLast = state.life.endTask()
            #expect(isLast == (state.tasks == 0 && before == .running))
            if isLast, state.life.end() { state.ends += 1 }
        case .deadline:
            // The patience after an abort is over.
            if state.life.end() { state.ends += 1 }
        case .finish:
            if state.life.finish() { state.finishes += 1 }
        }
        return true
    }

    // MARK: Idle and stuck

    private struct Flow {
        var progress = Progress()
        var messages = 0
        var running = 0
        var sleeping = 0
        /// Whether a look has been asked for that has not begun.
        var isLookDue = false
        /// Whether the flow has been quiet, in a way that nobody has looked at.
        var isUnseen = false
        /// The last moment at which the flow was stuck, and whether something ran or slept since.
        var lastStuck: Progress.Moment?

        var isQuiet: Bool { messages == 0 || (running == 0 && sleeping == 0) }

        mutating func note(_ asks: Bool) {
            #expect(!(asks && isLookDue), "two looks at once")
            if asks { isLookDue = true }
        }
    }

    private enum FlowEvent: CaseIterable {
        case send, handle, run, rest, sleep, wake, look
    }

    @Test func aFlowIsStuckOnlyWhereNothingCanGoOn() {
        Self.explore(Flow(), FlowEvent.allCases, Self.step) { flow in
            switch flow.progress.look {
            case .idle: #expect(flow.messages == 0)
            case .stuck(let moment):
                #expect(flow.messages > 0 && flow.running == 0 && flow.sleeping == 0)
                if let last = flow.lastStuck { #expect(last == moment, "nothing has changed") }
            case .moving:
                #expect(flow.messages > 0 && flow.running + flow.sleeping > 0)
            }
            if flow.isUnseen { #expect(flow.isLookDue, "a quiet flow was not looked at") }
        }
    }

    private static func step(_ flow: inout Flow, _ event: FlowEvent) -> Bool {
        let wasQuiet = flow.isQuiet
        switch event {
        case .send:
            // Only a task that runs sends.
            guard flow.running > 0 else { return false }
            flow.messages += 1
            flow.progress.beginWork()
        case .handle:
            guard flow.running > 0, flow.messages > 0 else { return false }
            flow.messages -= 1
            flow.note(flow.progress.endWork())
        case .run:
            flow.running += 1
            flow.progress.beginRunning()
        case .rest:
            guard flow.running > 0 else { return false }
            flow.running -= 1
            flow.note(flow.progress.endRunning())
        case .sleep:
            flow.sleeping += 1
            flow.progress.beginSleeping()
        case .wake:
            guard flow.sleeping > 0 else { return false }
            flow.sleeping -= 1
            flow.note(flow.progress.endSleeping())
        case .look:
            guard flow.isLookDue else { return false }
            flow.isLookDue = false
            flow.progress.beginLook()
            flow.isUnseen = false
        }
        if [.run, .rest, .sleep, .wake].contains(event) { flow.lastStuck = nil }
        if case .stuck(let moment) = flow.progress.look { flow.lastStuck = moment }
        if flow.isQuiet, !wasQuiet { flow.isUnseen = true }
        if !flow.isQuiet { flow.isUnseen = false }
        return true
    }

    @Test func aMomentIsDoubtedOnce() {
        var progress = Progress()
        progress.beginWork()
        var moments: [Progress.Moment] = []
        for isNews in [true, false, true] {
            if isNews {
                progress.beginSleeping()
                _ = progress.endSleeping()
            }
            guard case .stuck(let moment) = progress.look else {
                Issue.record("not stuck")
                return
            }
            let isDoubted = progress.doubt(moment)
            #expect(isDoubted == isNews)
            moments.append(moment)
        }
        #expect(moments[0] == moments[1] && moments[1] != moments[2])
    }
}
