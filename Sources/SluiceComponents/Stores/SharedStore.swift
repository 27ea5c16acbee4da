import Sluice
import SluiceJSON
import SluiceStore
import SluiceSystem

/// A store of a run, open or, with `leaderOnly`, waiting to be its owner.
///
/// May be used from any task.
final class SharedStore: Sendable {
    private enum Phase {
        case waiting(holder: Int32?)
        /// Not in use by another owner, and yet it could not be opened.
        case failed(Failure)
        case open(any Store, since: Int64)
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

    /// What people call the store: its folder, or its name.
    let title: String
    /// The store's folder; empty where it has none.
    let folder: String
    let chosen: ChosenStore
    private let operators: MergeOperators
    private let context: StartContext
    private let state: Lock<State>

    init(
        _ chosen: ChosenStore, in folder: String, _ operators: MergeOperators,
        _ collections: [String], _ context: StartContext
    ) {
        self.chosen = chosen
        self.folder = folder
        title = folder.isEmpty ? "`\(chosen.sharing.name ?? chosen.kind)`" : folder
        self.operators = operators
        self.context = context
        state = Lock(State(collections: collections))
    }

    /// The store.
    ///
    /// - Throws: ``Failure`` (`not_leader`, `closed`, or why it could not be opened).
    func opened() throws(Failure) -> any Store {
        switch state.withLock(\.phase) {
        case .open(let store, _): return store
        case .waiting(let holder): throw .notLeader(title, holder: holder)
        case .failed(let failure): throw failure
        case .closed: throw Failure(StoreError.closed)
        }
    }

    /// The store with the revision that it was opened at, where it is open.
    var ifOpen: (store: any Store, since: Int64)? {
        guard case .open(let store, let since) = state.withLock(\.phase) else { return nil }
        return (store, since)
    }

    // MARK: Users

    /// Takes in another node.
    func join(
        _ other: ChosenStore, _ collections: [String], node: String
    ) async throws(Failure) {
        if let difference = chosen.disagreement(with: other) {
            throw Failure(
                "invalid_settings",
                "nodes `\(context.node)` and `\(node)` share the store \(title) and have to agree "
                    + "on `\(difference.name)`: \(difference.mine) and \(difference.theirs)",
                details: ["path": JSON("$.\(difference.name)")])
        }
        let phase = state.withLock { state in
            state.users += 1
            state.collections += collections
            return state.phase
        }
        guard case .open(let store, _) = phase else { return }
        do throws(StoreError) {
            try await store.declare(collections.map { Name($0) })
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
        do throws(StoreError) {
            try await tryToOpen(mayWait: !chosen.sharing.takesOver && !context.scheduler.isVirtual)
        } catch {
            guard error.code == .locked else { throw Failure(error) }
            guard chosen.sharing.takesOver else { throw .locked(title, holder: error.processID) }
            let holder = error.processID
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
        do throws(StoreError) {
            try await store.close()
        } catch {
            throw Failure(
                error.code.rawValue, "the store \(title) could not be closed: \(error)")
        }
        if let recounts = try? await (store as? any MaintainedStore)?.statistics().recounts,
            recounts > 0
        {
            context.console.log(
                "store \(title): the sums of live records were wrong and have been counted anew")
        }
    }

    private func becomeLeader() async {
        var reported: String?
        while (try? await context.scheduler.sleep(milliseconds: Self.retryMilliseconds)) != nil {
            do throws(StoreError) {
                try await tryToOpen(mayWait: false)
                context.console.log("store \(title): `\(context.node)` is its leader now")
                return
            } catch {
                if error.code == .locked {
                    let holder = error.processID
                    state.withLock { $0.phase = .waiting(holder: holder) }
                    continue
                }
                let failure = Failure(error)
                state.withLock { $0.phase = .failed(failure) }
                if reported != error.description {
                    context.console.log("store \(title): \(error)")
                    reported = error.description
                }
            }
        }
    }

    private func tryToOpen(mayWait: Bool) async throws(StoreError) {
        let store = try await chosen.open(
            StoreOpening(
                folder: folder, mayWait: mayWait, operators: operators, context: context))
        let known = state.withLock(\.collections)
        try await store.declare(known.map { Name($0) })
        let since = (store as? any ChangeFeed)?.revision ?? 0
        let all = state.withLock { state in
            state.phase = .open(store, since: since)
            return state.collections
        }
        // Nodes that joined meanwhile.
        if all.count > known.count { try await store.declare(all.map { Name($0) }) }
    }
}
