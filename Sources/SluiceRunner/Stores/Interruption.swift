import Glibc
import Sluice
import Synchronization

/// Whether a signal has asked a command to stop where it can go on another time.
///
/// SIGINT, SIGTERM and SIGHUP count; a second one ends the process at once.
final class Interruption: Sendable {
    private let number = Atomic<Int32>(0)

    /// Whether to stop.
    var isRequested: Bool { number.load(ordering: .relaxed) != 0 }

    /// How the command ends.
    var code: ExitCode {
        ExitCode(signal: number.load(ordering: .relaxed)) ?? .interrupted
    }

    /// Begins to listen; to be called once in a process.
    init(_ terminal: Terminal) {
        Signals.listen(to: Signals.ending) { [self] signal in
            let (isFirst, _) = number.compareExchange(
                expected: 0, desired: signal, ordering: .relaxed)
            guard isFirst else {
                terminal.show(status: "")
                _exit(128 + signal)
            }
        }
    }
}
