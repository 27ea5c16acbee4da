import Sluice
import SluiceStore

extension StoreNode {
    /// Answers a `history`.
    ///
    /// An expired version is told as a delete, which is what compaction makes of it sooner or later.
    func history(
        _ request: DocumentStore.History
    ) throws(Failure) -> DocumentStore.HistoryReply {
        try check(request.collection, at: "$.collection")
        let store = try store()
        let key = Array(request.key.utf8)
        let found: [LogStore.Version]
        do throws(LogStoreError) {
            found = try store.history(request.collection, key, limit: request.limit ?? 0)
        } catch {
            throw Failure(error)
        }
        // The store's time is never behind what it has written.
        let now = max(context?.scheduler.now ?? 0, found.first?.updatedAt ?? 0)
        var reply = DocumentStore.HistoryReply(collection: request.collection, key: request.key)
        for version in found {
            let isGone = version.isDelete || version.expiresAt ?? .max <= now
            var item = DocumentStore.Version(
                revision: Int(version.revision), kind: isGone ? "delete" : "put",
                updatedAt: version.updatedAt.map { Int($0) })
            if !isGone {
                item.value = try StoredValue.value(
                    of: version.value ?? [], request.collection, key)
                item.expiresAt = version.expiresAt.map { Int($0) }
            }
            reply.versions.append(item)
        }
        reply.count = reply.versions.count
        return reply
    }
}
