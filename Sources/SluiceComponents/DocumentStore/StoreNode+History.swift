import Sluice
import SluiceStore

extension StoreNode {
    /// Answers a `history`.
    func history(
        _ request: DocumentStore.History
    ) async throws(Failure) -> DocumentStore.HistoryReply {
        try check(request.collection, at: "$.collection")
        guard let store = try store() as? any VersionedStore else {
            throw .lacking("`history`", "keeps versions", chosen.kind)
        }
        let key = Array(request.key.utf8)
        let found: [Version]
        do throws(StoreError) {
            found = try await store.history(
                RecordKey(Name(request.collection), key), limit: request.limit ?? 0)
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
