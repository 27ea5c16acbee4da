import Sluice
import SluiceLogStore

extension StoreNode {
    /// Answers a `history`.
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
        var reply = DocumentStore.HistoryReply(collection: request.collection, key: request.key)
        let damaged = found.filter { $0.damage != nil }
        if !damaged.isEmpty { reply.damaged = damaged.map { Int($0.revision) } }
        for version in found where version.damage == nil {
            var item = DocumentStore.Version(
                revision: Int(version.revision), kind: version.isDelete ? "delete" : "put",
                updatedAt: version.updatedAt.map { Int($0) })
            if !version.isDelete {
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
