import Sluice
import SluiceJSON
import SluiceStore
import SluiceSystem

/// Emits what changes in a node's collections, in order of revision.
final class ChangeSource: Sendable {
    private struct State {
        /// Everything up to this revision has been emitted; nil until the feed has begun.
        var position: Int64?
        var cursor: ChangeCursor?
        var hasEnded = false
    }

    /// How many changes are read from the store at once.
    private static let pageCount = 256
    /// How often a node that is not the leader looks whether it is now.
    private static let leaderMilliseconds: Int64 = 250

    private let start: ChangesFrom
    private let node: StoreNode
    private let state = Lock(State())

    init(_ start: ChangesFrom, _ node: StoreNode) {
        self.start = start
        self.node = node
    }

    /// Whether everything has been emitted that the store holds now.
    var isCaughtUp: Bool {
        let (position, hasEnded) = state.withLock { ($0.position, $0.hasEnded) }
        guard !hasEnded, let feed = node.shared?.ifOpen?.store as? any ChangeFeed else {
            return true
        }
        guard let position else { return false }
        return position >= feed.revision
    }

    /// Emits changes until the source is told to end, and then those that are there by then.
    func run(_ source: Source, _ output: Output<DocumentStore.Change>) async throws {
        defer {
            state.withLock { $0.hasEnded = true }
            source.noteCaughtUp()
        }
        guard let open = await leader(source) else { return }
        guard let store = open.store as? any ChangeFeed else {
            throw Failure.lacking("`change`", "tells changes", node.chosen.kind)
        }
        var position = try await begin(source, store, since: open.since)
        while true {
            let isLastLook = source.isStopping
            let newest = store.revision
            while position < newest {
                position = try await emit(after: position, store, source, output)
                state.withLock { $0.position = position }
            }
            if isLastLook { return }
            source.noteCaughtUp()
            await source.waiting { await store.waitForChange(after: position) }
        }
    }

    /// Waits until the position of the cursor is kept.
    func stop() async {
        await state.withLock(\.cursor)?.stop()
    }

    /// The store once this process owns it; nil where the source ends before.
    private func leader(_ source: Source) async -> (store: any Store, since: Int64)? {
        while true {
            if let open = node.shared?.ifOpen { return open }
            guard await source.sleep(milliseconds: Self.leaderMilliseconds) else { return nil }
        }
    }

    private func begin(
        _ source: Source, _ store: any ChangeFeed, since opened: Int64
    ) async throws(Failure) -> Int64 {
        var position: Int64
        switch start {
        case .now: position = opened
        case .start: position = 0
        case .revision(let revision): position = Int64(revision)
        case .cursor(let name):
            position = try await kept(name, store, since: opened)
            if let context = node.context {
                let cursor = ChangeCursor(name, at: position, in: store, context)
                state.withLock { $0.cursor = cursor }
            }
        }
        // A revision that is still to come is waited for.
        state.withLock { $0.position = position }
        return position
    }

    /// Where a cursor stands: it exists from its first use on, so that a run that ends early does not
    /// lose changes.
    private func kept(
        _ name: String, _ store: any ChangeFeed, since opened: Int64
    ) async throws(Failure) -> Int64 {
        do throws(StoreError) {
            if let position = try await store.cursor(Name(name)) { return position }
            try await store.write(.cursor(Name(name), position: opened))
            return opened
        } catch let error where error.code == .corrupt {
            throw Failure(
                StoreError(
                    .corrupt,
                    error.text + "; the cursor `\(name)` stays as it is until `sluice store cursor "
                        + "set` sets it anew", record: error.record, location: error.location))
        } catch {
            throw Failure(error)
        }
    }

    /// Emits a page of changes; gives the revision up to which all have been emitted.
    ///
    /// What is damaged is a failure of its own, and the feed goes on behind it.
    private func emit(
        after position: Int64, _ store: any ChangeFeed, _ source: Source,
        _ output: Output<DocumentStore.Change>
    ) async throws -> Int64 {
        let page: ChangePage
        do throws(StoreError) {
            page = try await store.changes(after: position, limit: Self.pageCount)
        } catch {
            throw Failure(error)
        }
        let cursor = state.withLock(\.cursor)
        var ready: [DocumentStore.Change] = []
        for change in page.changes where node.isDeclared(change.record.collection.text) {
            do throws(Failure) {
                if let damage = change.damage { throw Failure(damage) }
                ready.append(try DocumentStore.Change(change))
            } catch {
                try await emit(&ready, cursor, source, output)
                await source.fail(error, message: .null)
            }
        }
        try await emit(&ready, cursor, source, output)
        for damage in page.damages { await source.fail(Failure(damage), message: .null) }
        cursor?.skipped(to: page.through)
        return page.through
    }

    /// Emits changes, each with a lineage that the cursor waits for, if there is one.
    private func emit(
        _ changes: inout [DocumentStore.Change], _ cursor: ChangeCursor?, _ source: Source,
        _ output: Output<DocumentStore.Change>
    ) async throws(Failure) {
        defer { changes.removeAll(keepingCapacity: true) }
        guard let cursor else { return try await source.emit(changes, on: output) }
        for change in changes {
            let revision = Int64(change.revision)
            cursor.began(revision)
            try await source.emit(change, on: output) { cursor.finished(revision, isFine: $0) }
        }
    }
}

extension DocumentStore.Change {
    init(_ change: StoreChange) throws(Failure) {
        collection = change.record.collection.text
        key = String(decoding: change.record.key, as: UTF8.self)
        kind = change.isDelete ? "delete" : "put"
        value = try change.value.map { bytes throws(Failure) in
            try StoredValue.value(of: bytes, change.record.collection.text, change.record.key)
        }
        revision = Int(change.revision)
        expiresAt = change.expiresAt.map { Int($0) }
    }
}
