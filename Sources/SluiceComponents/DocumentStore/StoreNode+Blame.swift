import Sluice
import SluiceJSON
import SluiceLogStore

// What of a request the store refused.
extension StoreNode {
    /// What the store's refusal is to the flow, with the member that it is about.
    func failure(of put: DocumentStore.Put, _ error: LogStoreError) -> Failure {
        // The rest of a put is checked before; how long it may live, the store's clock decides.
        guard case .invalid(let text) = error, put.ttlSeconds != nil else { return Failure(error) }
        return .invalid(text, at: "$.ttlSeconds")
    }

    /// What the store's refusal is to the flow, with the operation that it is about.
    func failure(of write: DocumentStore.Write, _ error: LogStoreError) -> Failure {
        if case .invalid(let text) = error, let index = longestLived(write.operations) {
            return .invalid(text, at: "$.operations[\(index)].ttlSeconds")
        }
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

    /// The operation whose record would live longest; nil where none expires.
    private func longestLived(_ operations: [DocumentStore.Operation]) -> Int? {
        let living = operations.indices.filter { operations[$0].ttlSeconds != nil }
        return living.max { operations[$0].ttlSeconds ?? 0 < operations[$1].ttlSeconds ?? 0 }
    }

    /// The operation that an error is about; nil where it is about all.
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
        case .conflict(_, let index):
            operations.indices.contains(index) ? index : nil
        default:
            nil
        }
    }
}
