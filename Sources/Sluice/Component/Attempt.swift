import SluiceJSON
import SluiceSystem

/// One attempt at a message by a handler that may be given up.
///
/// What it emits and what fails in it counts only where it ends before its time limit.
final class Attempt: Sendable {
    private struct State {
        var delivered: JSON?
        var isOver = false
        var failures: [(report: JSON, lineage: Lineage)] = []
    }

    private let state = Lock(State())

    /// Whether the time limit has run out.
    var isOver: Bool { state.withLock(\.isOver) }

    /// The message after the edge's `map`; nil where the handler has never got it and never will.
    var delivered: JSON? { state.withLock(\.delivered) }

    /// Notes that the handler gets the message; false where it must not, because the time limit has
    /// run out before.
    func deliver(_ message: JSON) -> Bool {
        state.withLock { state in
            guard !state.isOver else { return false }
            state.delivered = message
            return true
        }
    }

    /// Keeps a failure until it is known whether the attempt counts.
    func add(_ report: JSON, _ lineage: Lineage) {
        state.withLock { state in
            if !state.isOver { state.failures.append((report, lineage)) }
        }
    }

    /// What failed, with the lineages, which are kept no longer.
    func takeFailures() -> [(report: JSON, lineage: Lineage)] {
        state.withLock { state in
            defer { state.failures = [] }
            return state.failures
        }
    }

    func giveUp() {
        let failures = state.withLock { state in
            state.isOver = true
            defer { state.failures = [] }
            return state.failures
        }
        // Their lineages may end here, after the lock is free.
        withExtendedLifetime(failures) {}
    }
}
