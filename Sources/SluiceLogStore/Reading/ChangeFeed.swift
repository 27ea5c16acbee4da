import SluiceSystem

/// Those who wait for a change.
final class ChangeFeed: Sendable {
    private struct State {
        var revision: UInt64 = 0
        var isFinished = false
        var nextID = 0
        var waiting: [Int: (after: UInt64, continuation: UnsafeContinuation<Void, Never>)] = [:]
        /// Waits that were cancelled before they began.
        var cancelled: Set<Int> = []
    }

    private let state = Monitor(State())

    /// Wakes everybody who waits for a change up to `revision`.
    func advance(to revision: UInt64) {
        let ready = state.withLock { state in
            state.revision = max(state.revision, revision)
            guard !state.waiting.isEmpty else { return [UnsafeContinuation<Void, Never>]() }
            let ids = state.waiting.filter { $0.value.after < state.revision }.keys
            return ids.compactMap { state.waiting.removeValue(forKey: $0)?.continuation }
        }
        for continuation in ready { continuation.resume() }
    }

    /// Wakes everybody, for good.
    func finish() {
        let ready = state.withLock { state in
            state.isFinished = true
            defer { state.waiting.removeAll() }
            return state.waiting.values.map(\.continuation)
        }
        for continuation in ready { continuation.resume() }
    }

    /// Returns when there is a change after `revision`, at the end, or when the task is cancelled.
    func wait(after revision: UInt64) async {
        let id = state.withLock { state in
            defer { state.nextID += 1 }
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let isDone = state.withLock { state in
                    let isCancelled = state.cancelled.remove(id) != nil
                    if isCancelled || state.isFinished || state.revision > revision { return true }
                    state.waiting[id] = (revision, continuation)
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            let continuation = state.withLock { state in
                let entry = state.waiting.removeValue(forKey: id)
                if entry == nil { state.cancelled.insert(id) }
                return entry?.continuation
            }
            continuation?.resume()
        }
        _ = state.withLock { $0.cancelled.remove(id) }
    }
}
