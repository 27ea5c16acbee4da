import Sluice
import SluiceJSON
import SluiceStore

extension StoreNode {
    /// Answers a `get`.
    func get(_ request: DocumentStore.Get) async throws(Failure) -> DocumentStore.GetReply {
        try check(request.collection, at: "$.collection")
        var reply = DocumentStore.GetReply(collection: request.collection, key: request.key)
        let store = try store()
        let key = RecordKey(Name(request.collection), Array(request.key.utf8))
        let record: Record?
        do throws(StoreError) {
            if let revision = request.asOf {
                record = try await versioned(store).get([key], asOf: Int64(revision))[0]
            } else {
                record = try await store.get(key)
            }
        } catch {
            throw Failure(error, asOf: request.asOf)
        }
        guard let record else { return reply }
        reply.found = true
        reply.value = try StoredValue.value(of: record.value, request.collection, record.key)
        reply.revision = Int(record.revision)
        reply.expiresAt = record.expiresAt.map { Int($0) }
        reply.createdRevision = Int(record.createdRevision)
        reply.updatedAt = record.updatedAt.map { Int($0) }
        return reply
    }

    /// Answers a `find`.
    func find(
        _ request: DocumentStore.Find, _ context: EvaluationContext
    ) async throws(Failure) -> DocumentStore.FindReply {
        try check(request.collection, at: "$.collection")
        let store = try store()
        var find = Find(
            prefix: request.prefix.map { Array($0.utf8) },
            start: request.start.map { Array($0.utf8) },
            end: request.end.map { Array($0.utf8) },
            after: request.after.map { Array($0.utf8) },
            reverse: request.reverse, limit: request.limit ?? 0, keysOnly: request.keysOnly)
        let condition = StoreCondition(of: request, context)
        if let condition {
            find.where = { record throws(StoreError) in try condition.selects(record) }
        }
        let name = Name(request.collection)
        let page: Page
        do throws(StoreError) {
            if let revision = request.asOf {
                page = try await versioned(store).find(name, find, asOf: Int64(revision))
            } else {
                page = try await store.find(name, find)
            }
        } catch {
            if let failure = condition?.failure { throw failure }
            throw Failure(error, asOf: request.asOf)
        }
        return try reply(to: request, page, skipped: condition?.skipped ?? 0)
    }

    /// The store, for a request that asks what was.
    private func versioned(_ store: any Store) throws(StoreError) -> any VersionedStore {
        guard let store = store as? any VersionedStore else {
            throw StoreError(
                .unsupported, Failure.lacking("`asOf`", "keeps versions", chosen.kind).text)
        }
        return store
    }

    private func reply(
        to request: DocumentStore.Find, _ page: Page, skipped: Int
    ) throws(Failure) -> DocumentStore.FindReply {
        var reply = DocumentStore.FindReply(collection: request.collection)
        reply.items.reserveCapacity(page.records.count)
        for record in page.records {
            var item = DocumentStore.Item(
                key: String(decoding: record.key, as: UTF8.self), revision: Int(record.revision))
            if !request.keysOnly {
                item.value = try StoredValue.value(
                    of: record.value, request.collection, record.key)
            }
            reply.items.append(item)
        }
        reply.count = reply.items.count
        reply.next = page.next.map { String(decoding: $0, as: UTF8.self) }
        if skipped > 0 { reply.skipped = skipped }
        if !page.damaged.isEmpty {
            reply.damaged = page.damaged.map { String(decoding: $0, as: UTF8.self) }
        }
        reply.asOf = Int(page.revision)
        return reply
    }
}
