internal import Synchronization

/// The store's time: the caller's clock, but never behind the newest time in the log, and never
/// going back.
final class StoreClock: Sendable {
    private let newest: Atomic<Int64>
    private let source: @Sendable () -> Int64

    init(_ source: @escaping @Sendable () -> Int64, notBefore time: Int64) {
        self.source = source
        newest = Atomic(time)
    }

    /// Milliseconds since 1970.
    func now() -> Int64 {
        let time = min(max(source(), 0), RecordFrame.maximumTime)
        let (_, newest) = newest.max(time, ordering: .relaxed)
        return newest
    }
}
