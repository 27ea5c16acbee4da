import Sluice
import SluiceSystem

/// The stores of a run: nodes that name one folder, by whatever path, share one store.
///
/// A folder is known by device and inode. Nodes start one after the other, so a store is never
/// looked up while another node opens it.
final class StoreRegistry: Sendable {
    private let stores = Lock<[SharedStore]>([])

    /// The store in `folder`, opened at the first call, with the node's collections declared.
    ///
    /// - Throws: ``Failure`` where it cannot be opened, or where the node's options differ from
    ///   those of a node that uses it already.
    func attach(
        _ folder: String, _ options: StoreOptions, collections: [String], _ context: StartContext
    ) async throws(Failure) -> SharedStore {
        if let known = known(folder) {
            try await known.join(options, collections, node: context.node)
            return known
        }
        let store = SharedStore(folder, options, collections, context)
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

    private func known(_ folder: String) -> SharedStore? {
        guard let identity = Folder.identity(folder) else { return nil }
        return stores.withLock { stores in
            stores.first { Folder.identity($0.folder) == identity }
        }
    }
}
