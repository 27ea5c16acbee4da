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
    private let queue = DispatchQueue(label: "sluice.signals")
    // Set once before anything runs, and sources may be used from any thread.
    private nonisolated(unsafe) let sources: [Source]
    private typealias Source = (source: any DispatchSourceSignal, number: Int32)

    /// How long an aborted run may take to let go of what blocks it, such as a pipe nobody reads.
    private static let patience = DispatchTimeInterval.seconds(2)

    init(_ run: FlowRun, drainTimeout: TimeSpan, terminal: Terminal) {
        self.run = run
        self.drainTimeout = drainTimeout
        self.terminal = terminal
        let queue = queue
        sources = [SIGINT, SIGTERM].compactMap { number -> Source? in
            // Whoever starts a program in the background may have had it ignore the signal.
            let before = unsafeBitCast(signal(number, SIG_IGN), to: Int.self)
            guard before != unsafeBitCast(SIG_IGN, to: Int.self) else { return nil }
            return (DispatchSource.makeSignalSource(signal: number, queue: queue), number)
        }
    }

    /// Begins to listen to signals.
    func listen() {
        for (source, number) in sources {
            source.setEventHandler { [self] in signalled(number) }
            source.resume()
        }
    }

    private func signalled(_ number: Int32) {
        guard !wasSignalled.exchange(true, ordering: .relaxed) else { _exit(128 + number) }
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
