import Dispatch
import Glibc
import Sluice
import Synchronization

/// Ends a run that a signal or a closed output wants ended: first gently, then after the drain
/// timeout for good.
///
/// A second signal ends the process at once.
final class RunStopper: Sendable {
    private let run: FlowRun
    private let drainTimeout: TimeSpan
    private let terminal: Terminal
    private let isStopping = Atomic<Bool>(false)
    private let isOver = Atomic<Bool>(false)
    private let wasSignalled = Atomic<Bool>(false)
    private let queue = DispatchQueue(label: "sluice.drain")

    /// How long an aborted run may take to let go of what blocks it, such as a pipe nobody reads.
    private static let patience = DispatchTimeInterval.seconds(2)

    init(_ run: FlowRun, drainTimeout: TimeSpan, terminal: Terminal) {
        self.run = run
        self.drainTimeout = drainTimeout
        self.terminal = terminal
    }

    /// Begins to listen to signals.
    func listen() {
        Signals.listen(to: [SIGINT, SIGTERM]) { [self] in signalled($0) }
    }

    private func signalled(_ number: Int32) {
        guard !wasSignalled.exchange(true, ordering: .relaxed) else {
            terminal.show(status: "")
            _exit(128 + number)
        }
        terminal.note("stopping: what is in flight is finished first; a second signal ends at once")
        stop()
    }

    /// Takes no new input, and gives up what has not drained in time.
    func stop() {
        guard !isStopping.exchange(true, ordering: .relaxed) else { return }
        run.stop()
        let timeout = DispatchTimeInterval.milliseconds(drainTimeout.milliseconds)
        queue.asyncAfter(deadline: .now() + timeout) { [self] in
            guard !isOver.load(ordering: .relaxed) else { return }
            run.abort()
            queue.asyncAfter(deadline: .now() + Self.patience) { [self] in
                guard !isOver.load(ordering: .relaxed) else { return }
                terminal.note("\(terminal.red("error:")) an output or a handler is blocked")
                terminal.report(lost: run.lost)
                _exit(ExitCode.lost.rawValue)
            }
        }
    }

    /// Says that the run has ended by itself.
    func finish() { isOver.store(true, ordering: .relaxed) }
}
