/// Tells a caller of progress, about once a megabyte, and hears whether to go on.
final class ProgressMeter {
    private static let step = 1 << 20

    private let tell: (LogStoreProgress) -> Bool
    private var progress = LogStoreProgress(done: 0, total: 0, unit: .bytes)
    private var told = 0

    init(_ tell: @escaping (LogStoreProgress) -> Bool) {
        self.tell = tell
    }

    /// Bytes done so far.
    var done: Int { progress.done }

    /// Announces work to come.
    func expect(_ bytes: Int) throws(LogStoreError) {
        progress.total += bytes
        try report()
    }

    /// Counts work that is done; throws `cancelled` when the caller says no.
    func advance(_ bytes: Int) throws(LogStoreError) {
        progress.done += bytes
        progress.total = max(progress.total, progress.done)
        if progress.done - told >= Self.step { try report() }
    }

    /// Tells the present state.
    func report() throws(LogStoreError) {
        told = progress.done
        guard tell(progress) else { throw .cancelled(CancellationError()) }
    }
}
