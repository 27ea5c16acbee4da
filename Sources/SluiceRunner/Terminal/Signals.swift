import Dispatch
import Glibc
import Synchronization

/// Turns signals into calls of a function.
///
/// A handler may do next to nothing, so it writes the signal's number into a pipe, from which a
/// thread reads. From the return of ``listen(to:_:)`` on, no signal is lost.
enum Signals {
    /// Those that end a program which can finish what it does; a terminal that goes away sends SIGHUP.
    static let ending = [SIGINT, SIGTERM, SIGHUP]

    private static let pipeEnd = Atomic<Int32>(-1)

    /// Calls a function for each signal of these kinds, on a thread of its own.
    ///
    /// To be called once. Signals that whoever started the process had it ignore, as shells do for
    /// what runs in the background, stay ignored.
    static func listen(to numbers: [Int32], _ handle: @escaping @Sendable (Int32) -> Void) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        pipeEnd.store(ends[1], ordering: .releasing)
        let input = ends[0]
        DispatchQueue(label: "sluice.signals").async {
            var number: UInt8 = 0
            while true {
                let count = read(input, &number, 1)
                if count == 1 { handle(Int32(number)) } else if errno != EINTR { return }
            }
        }
        for number in numbers {
            let before = signal(number) { number in
                let error = errno
                var byte = UInt8(truncatingIfNeeded: number)
                _ = write(Signals.pipeEnd.load(ordering: .acquiring), &byte, 1)
                errno = error
            }
            let isIgnored =
                unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
            if isIgnored { signal(number, SIG_IGN) }
        }
    }
}
