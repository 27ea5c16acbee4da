import Sluice
import SluiceJSON
import SluiceLogStore
import SluiceSystem

/// A store of a run, open or, with `leaderOnly`, waiting to be its owner.
///
/// May be used from any task.
final class SharedStore: Sendable {
    private enum Phase {
        case waiting(holder: Int32?)
        /// Not in use by another owner, and yet it could not be opened.
        case failed(Failure)
        case open(LogStore, since: Int64)
        case closed
    }

    private struct State {
        var phase = Phase.waiting(holder: nil)
        var users = 1
        var collections: [String]
        var retrying: Task<Void, Never>?
    }

    /// How long to wait between two attempts to become the owner.
    private static let retryMilliseconds: Int64 = 250

    let folder: String
    private let options: StoreOptions
    private let context: StartContext
    private let state: Lock<State>

    init(
        _ folder: String, _ options: StoreOptions, _ collections: [String], _ context: StartContext
    ) {
        self.folder = folder
        self.options = options
        self.context = context
        state = Lock(State(collections: collections))
    }

    /// The store.
    ///
    /// - Throws: ``Failure`` (`not_leader`, `closed`, or why it could not be opened).
    func opened() throws(Failure) -> LogStore {
        switch state.withLock(\.phase) {
        case .open(let store, _): return store
        case .waiting(let holder): throw .notLeader(folder, holder: holder)
        case .failed(let failure): throw failure
        case .closed: throw Failure(.closed)
        }
    }

    /// The store with the revision that it was opened at, where it is open.
    var ifOpen: (store: LogStore, since: Int64)? {
        guard case .open(let store, let since) = state.withLock(\.phase) else { return nil }
        return (store, since)
    }

    // MARK: Users

    /// Takes in another node.
    func join(
        _ other: StoreOptions, _ collections: [String], node: String
    ) async throws(Failure) {
        if let difference = options.disagreement(with: other) {
            throw Failure(
                "invalid_settings",
                "nodes `\(context.node)` and `\(node)` share the store \(folder) and have to agree "
                    + "on `\(difference.name)`: \(difference.mine) and \(difference.theirs)",
                details: ["path": JSON("$.\(difference.name)")])
        }
        let phase = state.withLock { state in
            state.users += 1
            state.collections += collections
            return state.phase
        }
        guard case .open(let store, _) = phase else { return }
        do throws(LogStoreError) {
            try await declare(collections, in: store)
        } catch {
            throw Failure(error)
        }
    }

    /// Lets a node go; true where it was the last.
    func leave() -> Bool {
        state.withLock { state in
            state.users -= 1
            return state.users == 0
        }
    }

    // MARK: Opening and closing

    /// Opens the store; with `leaderOnly` another owner may have it still.
    func open() async throws(Failure) {
        let timeout = options.leaderOnly || context.scheduler.isVirtual ? 0 : options.lockTimeoutMs
        do throws(LogStoreError) {
            try await tryToOpen(lockTimeout: timeout)
        } catch {
            guard case .locked(_, let holder) = error else { throw Failure(error) }
            guard options.leaderOnly else { throw .locked(folder, holder: holder) }
            state.withLock { state in
                state.phase = .waiting(holder: holder)
                state.retrying = context.scheduler.spawn { await self.becomeLeader() }
            }
        }
    }

    /// Gives up waiting, or closes the store.
    ///
    /// - Throws: ``Failure`` where what was written may not be there at the next start.
    func close() async throws(Failure) {
        let retrying = state.withLock(\.retrying)
        retrying?.cancel()
        await retrying?.value
        let phase = state.withLock { state in
            defer { state.phase = .closed }
            return state.phase
        }
        guard case .open(let store, _) = phase else { return }
        let failure = await context.blocking { () -> LogStoreError? in
            do throws(LogStoreError) {
                try store.close()
                return nil
            } catch {
                return error
            }
        }
        if store.statistics.recounts > 0 {
            context.console.log(
                "store \(folder): the sums of live records were wrong and have been counted anew")
        }
        guard let failure else { return }
        throw Failure(failure.code, "the store \(folder) could not be closed: \(failure)")
    }

    private func becomeLeader() async {
        var reported: String?
        while (try? await context.scheduler.sleep(milliseconds: Self.retryMilliseconds)) != nil {
            do throws(LogStoreError) {
                try await tryToOpen(lockTimeout: 0)
                context.console.log("store \(folder): `\(context.node)` is its leader now")
                return
            } catch {
                if case .locked(_, let holder) = error {
                    state.withLock { $0.phase = .waiting(holder: holder) }
                    continue
                }
                state.withLock { $0.phase = .failed(Failure(error)) }
                if reported != error.description {
                    context.console.log("store \(folder): \(error)")
                    reported = error.description
                }
            }
        }
    }

    private func tryToOpen(lockTimeout: Int) async throws(LogStoreError) {
        let scheduler = context.scheduler
        let options = options.logStoreOptions(
            lockTimeout: lockTimeout, isInline: scheduler.isVirtual, clock: { scheduler.now })
        let result = await context.blocking { [folder] () -> Result<LogStore, LogStoreError> in
            do throws(LogStoreError) {
                return .success(try LogStore.openAndWait(folder, options: options))
            } catch {
                return .failure(error)
            }
        }
        let store = try result.get()
        let known = state.withLock(\.collections)
        try await declare(known, in: store)
        reportRecovery(store.recoveryReport)
        let all = state.withLock { state in
            state.phase = .open(store, since: store.revision)
            return state.collections
        }
        // Nodes that joined meanwhile.
        if all.count > known.count { try await declare(all, in: store) }
    }

    /// Declares collections on a thread that may wait for the disk.
    private func declare(
        _ collections: [String], in store: LogStore
    ) async throws(LogStoreError) {
        let failure = await context.blocking { () -> LogStoreError? in
            do throws(LogStoreError) {
                try store.declare(collections: collections)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    private func reportRecovery(_ report: LogStore.RecoveryReport) {
        if report.bytesCut > 0 {
            context.console.log(
                "store \(folder): \(report.bytesCut) bytes behind the last sound write have been "
                    + "cut off: they never got to the device")
        }
        for damage in report.damages {
            context.console.log(
                "store \(folder): \(damage.file) is damaged at byte \(damage.offset): "
                    + damage.message)
        }
    }
}
