import Sluice
import SluiceStore
import SluiceSystem

/// How far a node's changes are handled, kept in the store under a name.
///
/// Changes may be done in any order; the cursor moves to the newest revision up to which all are.
/// It never moves past one that failed, so that the next run emits it again.
final class ChangeCursor: Sendable {
    private struct State {
        /// Changes emitted and not yet passed, in order of revision, and whether each is done.
        var open: [(revision: Int64, isDone: Bool)] = []
        var passed: Int64
        var saved: Int64
        var saving: Task<Void, Never>?

        /// Passes what is done at the front.
        mutating func advance() {
            let done = open.prefix { $0.isDone }
            if let last = done.last { passed = last.revision }
            open.removeFirst(done.count)
        }
    }

    private let name: String
    private let store: any Store
    private let context: StartContext
    private let state: Lock<State>

    init(_ name: String, at revision: Int64, in store: any Store, _ context: StartContext) {
        self.name = name
        self.store = store
        self.context = context
        state = Lock(State(passed: revision, saved: revision))
    }

    /// Notes that a change is about to be emitted.
    func began(_ revision: Int64) {
        state.withLock { $0.open.append((revision, false)) }
    }

    /// Notes that everything up to a revision has been looked at, and the rest is of no concern.
    func skipped(to revision: Int64) {
        state.withLock { state in
            if state.open.last?.isDone == true { state.open.removeLast() }
            state.open.append((revision, true))
            state.advance()
        }
        saveSoon()
    }

    /// Notes that all a change caused is done.
    func finished(_ revision: Int64, isFine: Bool) {
        guard isFine else { return }
        state.withLock { state in
            let place = state.open.firstIndex { $0.revision == revision && !$0.isDone }
            if let place { state.open[place].isDone = true }
            state.advance()
        }
        saveSoon()
    }

    /// Waits until the cursor is kept.
    func stop() async {
        while let saving = state.withLock(\.saving) { await saving.value }
    }

    /// One task saves at a time, and only the newest position.
    private func saveSoon() {
        state.withLock { state in
            guard state.saving == nil, state.passed > state.saved else { return }
            state.saving = context.scheduler.spawn { await self.save() }
        }
    }

    private func save() async {
        while let revision = nextToSave() {
            do throws(StoreError) {
                try await store.write(.cursor(Name(name), position: revision))
            } catch {
                context.console.log(
                    "cannot keep the cursor \"\(name)\" at \(revision): \(error)")
            }
        }
    }

    private func nextToSave() -> Int64? {
        state.withLock { state in
            guard state.passed > state.saved else {
                state.saving = nil
                return nil
            }
            state.saved = state.passed
            return state.passed
        }
    }
}
