import Sluice
import SluiceStore
import SluiceSystem

/// The stores of a run: nodes that name one folder, by whatever path, or one name share one store.
///
/// A folder is known by device and inode. Nodes start one after the other, so a store is never
/// looked up while another node opens it.
final class StoreRegistry: Sendable {
    private let stores = Lock<[SharedStore]>([])

    /// The store that a node wants, opened at the first call, with the node's collections declared.
    ///
    /// - Throws: ``Failure`` where it cannot be opened, or where what the node says of it differs from
    ///   what a node says that uses it already.
    func attach(
        _ chosen: ChosenStore, in folder: String, _ operators: MergeOperators,
        collections: [String], _ context: StartContext
    ) async throws(Failure) -> SharedStore {
        if let known = known(chosen, folder) {
            try await known.join(chosen, collections, node: context.node)
            return known
        }
        let store = SharedStore(chosen, in: folder, operators, collections, context)
        try await store.open()
        stores.withLock { $0.append(store) }
        return store
    }

    /// Gives a store back; the last node to do so closes it.
    ///
    /// - Throws: ``Failure`` where it could not be closed.
    func detach(_ store: SharedStore) async throws(Failure) {
        guard store.leave() else { return }
        stores.withLock { $0.removeAll { $0 === store } }
        try await store.close()
    }

    private func known(_ chosen: ChosenStore, _ folder: String) -> SharedStore? {
        if let name = chosen.sharing.name {
            return stores.withLock { stores in
                stores.first {
                    $0.chosen.kind == chosen.kind
                        && $0.chosen.sharing.name?.isSame(as: name) == true
                }
            }
        }
        guard !folder.isEmpty, let identity = Folder.identity(folder) else { return nil }
        return stores.withLock { stores in
            stores.first { !$0.folder.isEmpty && Folder.identity($0.folder) == identity }
        }
    }
}
