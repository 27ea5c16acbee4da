import Dispatch
import Glibc
import Sluice
import Synchronization

/// Ends a run that a signal or a closed output wants ended: first gently, then after the drain
/// timeout for good.
///
/// A second signal ends the process at once, and so does one that comes before the flow has started,
/// such as while a named pipe waits for its other end, or a node for the lock of a store: nothing is in
/// flight then.
final class RunStopper: Sendable {
    private let run = Mutex<FlowRun?>(nil)
    private let drainTimeout: TimeSpan
    private let terminal: Terminal
    private let isStopping = Atomic<Bool>(false)
    private let isOver = Atomic<Bool>(false)
    private let hasStarted = Atomic<Bool>(false)
    private let firstSignal = Atomic<Int32>(0)
    private let queue = DispatchQueue(label: "sluice.drain")

    /// How long an aborted run may take to end: longer than it waits for handlers that are blocked, so
    /// that it says itself what became of it wherever it can.
    private static let patience = DispatchTimeInterval.milliseconds(
        Int(FlowRun.patienceAfterAbort) + 1_000)

    init(drainTimeout: TimeSpan, terminal: Terminal) {
        self.drainTimeout = drainTimeout
        self.terminal = terminal
    }

    /// The signal that the run was stopped by; nil where none came.
    var signal: Int32? {
        let number = firstSignal.load(ordering: .relaxed)
        return number == 0 ? nil : number
    }

    /// Begins to listen to signals, before anything is opened for the run.
    func listen() {
        Signals.listen(to: Signals.ending) { [self] in signalled($0) }
    }

    /// Says which run is to be ended.
    func watch(_ run: FlowRun) { self.run.withLock { $0 = run } }

    /// Says that all nodes have started.
    func begin() { hasStarted.store(true, ordering: .relaxed) }

    private func signalled(_ number: Int32) {
        let isFirst = firstSignal.compareExchange(
            expected: 0, desired: number, ordering: .relaxed
        ).exchanged
        guard isFirst, hasStarted.load(ordering: .relaxed) else {
            terminal.show(status: "")
            if isFirst { terminal.note("stopped before the flow had started") }
            _exit(128 + number)
        }
        terminal.note("stopping: what is in flight is finished first; a second signal ends at once")
        stop()
    }

    /// Takes no new input, and gives up what has not drained in time.
    func stop() {
        guard !isStopping.exchange(true, ordering: .relaxed) else { return }
        guard let run = run.withLock(\.self) else { return }
        run.stop()
        let timeout = DispatchTimeInterval.milliseconds(drainTimeout.milliseconds)
        queue.asyncAfter(deadline: .now() + timeout) { [self] in
            guard !isOver.load(ordering: .relaxed) else { return }
            run.abort()
            queue.asyncAfter(deadline: .now() + Self.patience) { [self] in
                guard !isOver.load(ordering: .relaxed) else { return }
                terminal.note("\(terminal.red("error:")) an output or a handler is blocked")
                terminal.report(lost: run.lost)
                terminal.report(unfinished: run.files.unfinished)
                _exit(ExitCode.lost.rawValue)
            }
        }
    }

    /// Says that the run has ended by itself.
    func finish() { isOver.store(true, ordering: .relaxed) }
}
