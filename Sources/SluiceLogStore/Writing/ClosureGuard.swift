import Glibc
import Synchronization

/// Knows which thread runs a closure of the caller's while the store waits for it: what waits for the
/// store in turn would wait for ever, so it asks here first.
///
/// One thread at a time may be in such a closure.
final class ClosureGuard: Sendable {
    /// The thread in the closure, or 0.
    private let thread = Atomic<UInt>(0)

    /// Runs a closure of the caller's.
    func run<R, Failure>(_ body: () throws(Failure) -> R) throws(Failure) -> R {
        thread.store(UInt(pthread_self()), ordering: .relaxed)
        defer { thread.store(0, ordering: .relaxed) }
        return try body()
    }

    /// Whether the calling thread is in the closure.
    var isHere: Bool { thread.load(ordering: .relaxed) == UInt(pthread_self()) }
}

extension LogStoreError {
    /// What waits for the store was called where the store waits for the caller.
    static let insideUpdate = LogStoreError.invalid(
        "the store is written, flushed, compacted or closed inside of the closure of an update or "
            + "of a merge operator, which would wait for ever; do it after the write")
}
