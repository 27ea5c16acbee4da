import Sluice
import SluiceJSON
import SluiceStore

// Which operation of a `write` the store refused.
extension StoreNode {
    /// What the store's refusal is to the flow, with the operation that it is about.
    func failure(of write: DocumentStore.Write, _ error: LogStoreError) -> Failure {
        var failure = Failure(error)
        guard let index = refused(write.operations, error) else { return failure }
        let operation = write.operations[index]
        var facts = failure.details?.members.map { ($0.name, $0.value) } ?? []
        facts += [
            ("operation", JSON(index)), ("collection", JSON(operation.collection)),
            ("key", JSON(operation.key)),
        ]
        if let details = try? JSON(object: facts) { failure.details = details }
        return failure
    }

    /// The operation that an error is about; nil where it is about all, or cannot be told.
    private func refused(
        _ operations: [DocumentStore.Operation], _ error: LogStoreError
    ) -> Int? {
        switch error {
        case .keyEmpty:
            operations.firstIndex { $0.kind == "put" && $0.key.isEmpty }
        case .keyTooLarge:
            operations.firstIndex {
                $0.kind == "put" && $0.key.utf8.count > LogStore.maximumKeyBytes
            }
        case .conflict(let revision):
            conflicting(operations, with: Int(revision))
        default:
            nil
        }
    }

    /// The operation whose key had a revision that its condition did not ask for.
    ///
    /// The store says the revision, not the operation. Other writes may have come in between since,
    /// so only what is certain is told.
    private func conflicting(_ operations: [DocumentStore.Operation], with revision: Int) -> Int? {
        var open = operations.indices.filter {
            operations[$0].ifRevision.map { $0 != revision } ?? false
        }
        if open.count > 1 {
            let now = Dictionary(
                uniqueKeysWithValues: open.map { ($0, self.revision(of: operations[$0])) })
            // A revision is that of one key alone.
            if revision > 0, let found = open.first(where: { now[$0] == revision }) {
                return found
            }
            // A key that is at the revision asked for was there before.
            open.removeAll { now[$0] == operations[$0].ifRevision && now[$0] != 0 }
        }
        return open.count == 1 ? open[0] : nil
    }

    /// The revision of an operation's key, 0 for an absent one; nil where it cannot be read.
    private func revision(of operation: DocumentStore.Operation) -> Int? {
        guard let store = try? store() else { return nil }
        do {
            let record = try store.get(operation.collection, Array(operation.key.utf8))
            return record.map { Int($0.revision) } ?? 0
        } catch {
            return nil
        }
    }
}
